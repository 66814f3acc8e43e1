"""Shared examples: the people, places and days of the stories, and how far they have come.

Nobody here exists. Every function gives wishes in the order in which they are
carried out; a later stage holds the ones before it.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from journey.commands import parse
from journey.wishes import JourneyWish

COACH = "coach:c1@Nässjö"
MANAGER = "manager:m1@Nässjö"
OTHER_MANAGER = "manager:m2@Eksjö"
FK = "fk:olle"
AF = "af:ann"
REGION = "region:kim"
MUNICIPALITY = "municipality:eva@Nässjö"
FEDERATION_MANAGER = "federation_manager:f1"
BOARD = "board:b1"
STEERING_GROUP = "steering_group:s1"
PARTICIPANT = "participant:p1"
EMPLOYER = "employer:e1"
AUDITOR = "auditor:r1"
SYSTEM = "system:scheduler"
ALL_FOR = {"municipality": "for", "fk": "for", "af": "for", "region": "for"}
SPLIT = {**ALL_FOR, "af": "against"}
PARTIES = ("municipality", "fk", "af", "region")


def wish(do: str, by: str, on: str | date, **fields: Any) -> JourneyWish:
    """A wish about the journey ``j1``, written as contract.md §2 writes it."""
    command = {"do": do, "journey": "j1", "by": by, "on": str(on), **fields}
    parsed = parse({name: _plain(value) for name, value in command.items()})
    assert isinstance(parsed, JourneyWish)
    return parsed


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def referral(on: str = "2026-02-02", **fields: Any) -> JourneyWish:
    """A referral by FK to SE-Höglandet in Nässjö."""
    usual = {
        "person": "p1",
        "municipality": "Nässjö",
        "referring_party": "fk",
        "grounds": ["mental_ill_health"],
        "needs_from": ["fk", "region"],
        "birth_date": "1999-05-17",
        "sex": "woman",
    }
    return wish("refer", FK, on, **{**usual, **fields})


def consent(kind: str = "referral_group", on: str = "2026-02-02", **fields: Any) -> JourneyWish:
    """A consent; the referral group's is obtained by FK, the others by the coach."""
    group = kind == "referral_group"
    usual = {"kind": kind, "obtained_by": "fk" if group else "municipality"}
    return wish("give_consent", FK if group else COACH, on, **{**usual, **fields})


def prepared(**fields: Any) -> tuple[JourneyWish, ...]:
    """Referred, with consent, livelihood and motivation, from 2026-02-02 to -06."""
    return (
        referral(**fields),
        consent(),
        wish(
            "secure_livelihood",
            FK,
            "2026-02-04",
            income_source="activity_compensation",
            securing_party="fk",
        ),
        wish("confirm_motivation", FK, "2026-02-06"),
    )


def presented(**fields: Any) -> tuple[JourneyWish, ...]:
    """Prepared, and presented in the referral group on 2026-02-10."""
    return (*prepared(**fields), wish("present", COACH, "2026-02-10", parties_present=PARTIES))


def included(**fields: Any) -> tuple[JourneyWish, ...]:
    """Presented, and unanimously included on 2026-02-10."""
    return (
        *presented(**fields),
        wish("decide_inclusion", COACH, "2026-02-10", outcome="include", votes=ALL_FOR),
    )


def decision_granted(on: str = "2026-02-11") -> JourneyWish:
    """FK's individual decision."""
    return wish(
        "record_individual_decision",
        FK,
        on,
        authority="fk",
        legal_basis="fk",
        outcome="granted",
    )


def coach_assigned(on: str = "2026-02-11") -> JourneyWish:
    """The manager assigns coach c1."""
    return wish("assign_coach", MANAGER, on, coach="c1")


def ready(**fields: Any) -> tuple[JourneyWish, ...]:
    """A ready person of domain.md §8: included, decision granted, coach assigned."""
    return (*included(**fields), decision_granted(), coach_assigned())


def enrolment(on: str = "2026-02-12") -> JourneyWish:
    """The coach enrols."""
    return wish(
        "enrol",
        COACH,
        on,
        income_before="activity_compensation",
        occupation_before="none",
    )


def in_step_1(**fields: Any) -> tuple[JourneyWish, ...]:
    """Enrolled on 2026-02-12 and registered in SUS by name the same day."""
    return (
        *ready(**fields),
        enrolment(),
        consent("sus_registration", "2026-02-12"),
        wish("register_in_sus", COACH, "2026-02-12", mode="identified"),
    )


def in_step_2(**fields: Any) -> tuple[JourneyWish, ...]:
    """Agreement concluded, step 2 from 2026-03-02."""
    return (
        *in_step_1(**fields),
        wish("conclude_agreement", COACH, "2026-03-02"),
        wish("advance", COACH, "2026-03-02"),
    )


def in_step_3(**fields: Any) -> tuple[JourneyWish, ...]:
    """Profile complete, step 3 from 2026-03-16."""
    return (
        *in_step_2(**fields),
        wish("complete_profile", COACH, "2026-03-16"),
        wish("advance", COACH, "2026-03-16"),
    )


def work_trial(on: str = "2026-04-01", **fields: Any) -> JourneyWish:
    """A work trial at employer e1."""
    usual = {
        "activity": "a1",
        "kind": "work_trial",
        "employer": "e1",
        "until": "2026-06-30",
        "open_labour_market": True,
    }
    return wish("start_activity", COACH, on, **{**usual, **fields})


def in_step_4(**fields: Any) -> tuple[JourneyWish, ...]:
    """Workplace analysed and a trial begun, step 4 from 2026-04-01."""
    return (
        *in_step_3(**fields),
        wish("analyse_workplace", COACH, "2026-03-30", employer="e1"),
        work_trial(),
        wish("advance", COACH, "2026-04-01"),
    )


def in_step_5(**fields: Any) -> tuple[JourneyWish, ...]:
    """Step 5 from 2026-05-04."""
    return (*in_step_4(**fields), wish("advance", COACH, "2026-05-04"))


def employment(on: str = "2026-08-31", **fields: Any) -> JourneyWish:
    """A job at employer e1."""
    usual = {"employment": "w1", "employer": "e1", "percent": 75, "form": "permanent"}
    return wish("start_employment", COACH, on, **{**usual, **fields})


def exit_decision(reason: str = "work", on: str = "2026-08-31", **fields: Any) -> JourneyWish:
    """The group's unanimous decision on an exit."""
    return wish("decide_exit", COACH, on, **{"reason": reason, "votes": ALL_FOR, **fields})


def exited_to_work(on: str = "2026-08-31") -> tuple[JourneyWish, ...]:
    """Employed and exited on the same day: scenario 24."""
    return (*in_step_5(), employment(on), exit_decision("work", on))


def deregistration(on: str = "2026-11-30", **fields: Any) -> JourneyWish:
    """Registered out of SUS."""
    usual = {"occupation_after": "employed", "income_after": "wage"}
    return wish("deregister_from_sus", COACH, on, **{**usual, **fields})


def contact(on: str, mode: str = "visit", **fields: Any) -> JourneyWish:
    """An aftercare contact with both sides."""
    return wish(
        "record_contact", COACH, on, **{"mode": mode, "met": ["participant", "employer"], **fields}
    )


def exited(reason: str = "illness", on: str = "2026-05-18") -> tuple[JourneyWish, ...]:
    """Exited from step 4 for another reason than work or studies, registered by name."""
    return (*in_step_4(), exit_decision(reason, on))


def studies(on: str = "2026-08-24", **fields: Any) -> JourneyWish:
    """Studies begin."""
    return wish("start_studies", COACH, on, **{"percent": 100, "level": "vocational", **fields})


def exited_to_studies(on: str = "2026-08-24") -> tuple[JourneyWish, ...]:
    """Studying, and exited on the same day: scenario 28."""
    return (*in_step_4(), studies(on), exit_decision("studies", on))


def split_on_inclusion() -> tuple[JourneyWish, ...]:
    """Presented, and AF against: scenario 7."""
    split = wish("decide_inclusion", COACH, "2026-02-10", outcome="include", votes=SPLIT)
    return (*presented(), split)


def enrolled_in_fortsattning() -> tuple[JourneyWish, ...]:
    """Enrolled and registered by name in the programme of 2018-2020, from 2020-01-13 on."""
    return (
        referral("2020-01-13", programme="se-fortsattning"),
        consent(on="2020-01-13"),
        wish("confirm_motivation", FK, "2020-01-13"),
        wish("present", COACH, "2020-01-20", parties_present=PARTIES),
        wish("decide_inclusion", COACH, "2020-01-20", outcome="include", votes=ALL_FOR),
        decision_granted("2020-01-21"),
        coach_assigned("2020-01-21"),
        enrolment("2020-01-22"),
        consent("sus_registration", "2020-01-22"),
        wish("register_in_sus", COACH, "2020-01-22", mode="identified"),
    )


SAMPLES: dict[str, dict[str, Any]] = {
    "refer": {
        "person": "p1",
        "municipality": "Nässjö",
        "referring_party": "fk",
        "grounds": ["disability"],
        "needs_from": ["fk", "af"],
        "birth_date": "1999-05-17",
        "sex": "man",
        "protected_identity": True,
        "programme": "se-hoglandet",
        "previous_journey": "j0",
    },
    "secure_livelihood": {"income_source": "wage", "securing_party": "fk"},
    "confirm_motivation": {},
    "note_motivation_lacking": {},
    "give_consent": {
        "kind": "referral_group",
        "obtained_by": "fk",
        "form": "oral",
        "recipients": ["af"],
        "scope": ["goal"],
        "valid_until": "2027-02-02",
    },
    "withdraw_consent": {"kind": "referral_group"},
    "support_preparation": {"kind": "visit", "minutes": 45},
    "hold_coordinated_plan": {"parties": ["fk", "region"]},
    "start_gk": {},
    "end_gk": {},
    "present": {"parties_present": ["fk", "af"]},
    "decide_inclusion": {
        "outcome": "decline",
        "votes": {"fk": "for", "af": "abstain"},
        "reason": "r1",
    },
    "decide_as_manager": {"question": "exit", "outcome": "remain", "reason": "r1"},
    "record_individual_decision": {"authority": "fk", "legal_basis": "fk", "outcome": "granted"},
    "queue": {},
    "leave_queue": {},
    "refer_onward": {"to": "daily_activity"},
    "withdraw_referral": {"reason": "r1"},
    "reopen_referral": {"reason": "r1"},
    "assign_coach": {"coach": "c1"},
    "hand_over": {"coach": "c2", "reason": "r1"},
    "enrol": {"income_before": "none", "occupation_before": "none", "bypass_reason": "r1"},
    "document": {"system_ref": "ref-1"},
    "conclude_agreement": {},
    "complete_profile": {},
    "contact_workplace": {"employer": "e1", "kind": "phone"},
    "analyse_workplace": {"employer": "e1"},
    "start_activity": {
        "activity": "a1",
        "kind": "work_trial",
        "employer": "e1",
        "until": "2026-06-30",
        "open_labour_market": True,
    },
    "end_activity": {"activity": "a1", "outcome": "job"},
    "advance": {"to": 2},
    "step_back": {"to": 1, "reason": "r1"},
    "give_support": {"side": "both", "place": "on_job", "mode": "visit", "minutes": 60},
    "pause": {"reason": "illness", "review_on": "2026-09-01"},
    "resume": {},
    "meet_individual_team": {"parties": ["fk"]},
    "request_follow_up": {"reason": "r1"},
    "hold_follow_up": {"with_person": True},
    "start_employment": {
        "employment": "w1",
        "employer": "e1",
        "percent": 75,
        "form": "hourly",
        "open_labour_market": True,
        "wage_subsidy": True,
        "agreement_wage": False,
    },
    "change_employment": {"employment": "w1", "percent": 100},
    "end_employment": {"employment": "w1", "cause": "resigned"},
    "start_studies": {"percent": 50, "level": "university"},
    "end_studies": {"cause": "finished"},
    "record_income": {"phase": "during", "source": "wage"},
    "propose_exit": {"reason": "work"},
    "decide_exit": {
        "reason": "work",
        "votes": {"fk": "for", "af": "for"},
        "exit_date": "2026-02-02",
    },
    "reopen": {"reason": "job_lost", "to_step": 2},
    "register_in_sus": {"mode": "anonymous"},
    "deregister_from_sus": {"occupation_after": "employed", "income_after": "wage"},
    "start_aftercare": {"requested_by": "participant"},
    "record_contact": {
        "mode": "visit",
        "met": ["participant"],
        "initiated_by": "employer",
        "closing": True,
    },
    "note_failed_contact": {"side": "employer"},
    "extend_aftercare": {"requested_by": "employer", "until": "2027-05-31"},
    "end_aftercare": {"reason": "completed"},
    "correct": {"entry": 1, "field": "sex", "value": "man", "reason": "r1"},
    "transfer_programme": {"programme": "se-hoglandet"},
    "offer_survey": {"year": 2026},
}
"""Every command about a journey in contract.md §2 (``erase`` apart), with all its fields."""


def sample(do: str, by: str = COACH, on: str = "2026-09-01", **fields: Any) -> JourneyWish:
    """A well-formed wish of this name."""
    return wish(do, by, on, **{**SAMPLES[do], **fields})
