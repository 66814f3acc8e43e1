"""Plausible fields of every command, for the question what may happen next.

A sample is asked, never recorded. Where a command has several faces (each kind of
consent, each ruling), there is a sample of each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from journey.state import Journey
from journey.values import ConsentKind, Question, SusMode

Fields = Mapping[str, Any]
Samples = Callable[[Journey, date], list[Fields]]

ASKED = "asked"
"""The key that stands for one not known yet."""

_AGREED = {"fk": "for", "af": "for"}
_TWO = ["fk", "af"]


def _one(**fields: Any) -> Samples:
    """The same fields whatever the journey."""
    return lambda journey, day: [fields]


def _consents(journey: Journey, day: date) -> list[Fields]:
    party = journey.referral.referring_party
    return [{"kind": kind.value, "obtained_by": party} for kind in ConsentKind]


def _withdrawals(journey: Journey, day: date) -> list[Fields]:
    known = {consent.kind for consent in journey.consents.given} or {ConsentKind.REFERRAL_GROUP}
    return [{"kind": kind.value} for kind in sorted(known)]


def _individual_decisions(journey: Journey, day: date) -> list[Fields]:
    deciders = {"fk": "fk", "af": "af", "municipality": "sol"}
    return [
        {"authority": party, "legal_basis": basis, "outcome": "granted"}
        for party, basis in deciders.items()
    ]


def _inclusions(journey: Journey, day: date) -> list[Fields]:
    outcomes = ("include", "include_when_motivated", "decline")
    return [{"outcome": outcome, "votes": _AGREED} for outcome in outcomes]


def _rulings(journey: Journey, day: date) -> list[Fields]:
    if journey.escalations.about(Question.EXIT) is not None:
        question, outcomes = "exit", ["remain", "exit"]
    else:
        question, outcomes = "inclusion", ["include", "include_when_motivated", "decline"]
    return [{"question": question, "outcome": o, "reason": ASKED} for o in outcomes]


def _exits(journey: Journey, day: date) -> list[Fields]:
    reasons = ("own_request", "work", "studies")
    return [{"reason": reason, "votes": _AGREED} for reason in reasons]


def _requesters(journey: Journey, day: date) -> list[Fields]:
    return [{"requested_by": who} for who in ("participant", "employer")]


def _another_coach(journey: Journey, day: date) -> list[Fields]:
    current = journey.coaching.coach
    return [{"coach": ASKED if current != ASKED else f"{ASKED}-too", "reason": ASKED}]


def _a_coach(journey: Journey, day: date) -> list[Fields]:
    return [{"coach": journey.coaching.coach or ASKED}, {"coach": ASKED}]


def _running_job(**fields: Any) -> Samples:
    def samples(journey: Journey, day: date) -> list[Fields]:
        job = journey.work.current
        return [{"employment": job.started.employment if job else ASKED, **fields}]

    return samples


def _running_activity(journey: Journey, day: date) -> list[Fields]:
    running = [a.started.activity for a in journey.workplace.activities if a.ended is None]
    return [{"activity": running[0] if running else ASKED}]


def _correction(journey: Journey, day: date) -> list[Fields]:
    value = not journey.referral.protected_identity
    return [{"entry": 1, "field": "protected_identity", "value": value, "reason": ASKED}]


def _livelihood(journey: Journey, day: date) -> list[Fields]:
    return [{"income_source": "other", "securing_party": journey.referral.referring_party}]


def _step_before(journey: Journey, day: date) -> list[Fields]:
    return [{"to": max((journey.steps.step or 1) - 1, 1), "reason": ASKED}]


SAMPLES: Mapping[str, Samples] = {
    # Entry
    "secure_livelihood": _livelihood,
    "confirm_motivation": _one(),
    "note_motivation_lacking": _one(),
    "give_consent": _consents,
    "withdraw_consent": _withdrawals,
    "support_preparation": _one(kind=ASKED),
    "hold_coordinated_plan": _one(parties=_TWO),
    "start_gk": _one(),
    "end_gk": _one(),
    "present": _one(parties_present=_TWO),
    "decide_inclusion": _inclusions,
    "decide_as_manager": _rulings,
    "record_individual_decision": _individual_decisions,
    "queue": _one(),
    "leave_queue": _one(),
    "refer_onward": _one(to=ASKED),
    "withdraw_referral": _one(reason=ASKED),
    "reopen_referral": _one(reason=ASKED),
    "assign_coach": _a_coach,
    "hand_over": _another_coach,
    "enrol": _one(income_before="other", occupation_before="none"),
    "document": _one(system_ref=ASKED),
    # Steps
    "conclude_agreement": _one(),
    "complete_profile": _one(),
    "contact_workplace": _one(employer=ASKED),
    "analyse_workplace": _one(employer=ASKED),
    "start_activity": _one(
        activity=ASKED, kind="study_visit", employer=ASKED, open_labour_market=True
    ),
    "end_activity": _running_activity,
    "advance": _one(),
    "step_back": _step_before,
    "give_support": _one(side="both", place="on_job", mode="visit"),
    "pause": _one(reason="other"),
    "resume": _one(),
    "meet_individual_team": _one(parties=_TWO),
    "request_follow_up": _one(reason=ASKED),
    "hold_follow_up": _one(with_person=True),
    # Work and studies
    "start_employment": _one(employment=ASKED, employer=ASKED, percent=100, form="permanent"),
    "change_employment": _running_job(percent=50),
    "end_employment": _running_job(cause="other"),
    "start_studies": _one(percent=100, level="vocational"),
    "end_studies": _one(),
    "record_income": _one(phase="during", source="other"),
    # Exit, SUS, aftercare
    "propose_exit": _one(reason="own_request"),
    "decide_exit": _exits,
    "reopen": _one(reason="other"),
    "register_in_sus": lambda journey, day: [{"mode": mode.value} for mode in SusMode],
    "deregister_from_sus": _one(occupation_after="other", income_after="other"),
    "start_aftercare": _requesters,
    "record_contact": _one(mode="visit", met=["participant"]),
    "note_failed_contact": _one(side="participant"),
    "extend_aftercare": _requesters,
    "end_aftercare": lambda journey, day: [
        {"reason": reason} for reason in ("completed", "participant_declined")
    ],
    # Record keeping
    "correct": _correction,
    "transfer_programme": lambda journey, day: [{"programme": journey.referral.programme}],
    "offer_survey": lambda journey, day: [{"year": day.year}],
}
