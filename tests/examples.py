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
