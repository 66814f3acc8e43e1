"""What someone must do, and by when: everything that a journey's facts ask for.

A pure function of the journey. Whether a thing is coming, due or overdue is read on a
day and never stored (domain.md §12.8): follow-ups neither vanish nor stay when a
journey ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count
from typing import Final, Literal

from msgspec import Struct

from journey.aftercare import Aftercare
from journey.calendar import act_by, add_months, add_working_days, notify_on
from journey.consent import Consent
from journey.programme import programme
from journey.rules import Rules, Survey
from journey.slots import SlotState
from journey.state import Journey
from journey.values import (
    ENDED,
    AftercareEndReason,
    AftercareModel,
    AftercareStatus,
    ConsentKind,
    Phase,
    SusStatus,
)

DueKind = Literal[
    "aftercare",
    "sus_registration",
    "sus_deregistration",
    "documentation",
    "individual_team",
    "consent",
    "review",
    "survey",
    "escalation",
]
Status = Literal["coming", "due", "overdue"]

SURVEY: Final = "survey"
_DAY: Final = timedelta(days=1)


class DueItem(Struct, frozen=True):
    """One thing to do: from ``due_on``, by ``act_by`` at the latest; told on ``notify_on``.

    A journey has at most one of the same ``kind`` and ``what``.
    """

    kind: DueKind
    what: str
    due_on: date
    act_by: date
    notify_on: date


def status_on(day: date, due_on: date, act_by: date) -> Status:
    """What a thing is on this day: on time to ``act_by``, that day included (§6.3)."""
    if day < due_on:
        return "coming"
    return "due" if day <= act_by else "overdue"


def asked_by(journey: Journey) -> tuple[object, ...]:
    """The parts of a journey that ask for something: what ``due_items`` looks at."""
    return (
        journey.referral,
        journey.phase,
        journey.consents,
        journey.escalations,
        journey.enrolment,
        journey.meetings,
        journey.pauses,
        journey.exit,
        journey.sus,
        journey.aftercare,
        journey.surveys,
    )


def due_items(journey: Journey) -> tuple[DueItem, ...]:
    """Everything that this journey asks for; nothing once it is declined, withdrawn or closed.

    After a death only the deregistration from SUS remains (domain.md §3.3).
    """
    if journey.phase is None or journey.phase in ENDED:
        return ()
    known = _latest.known
    if known is None or known[0] is not journey:
        known = _latest.known = (journey, tuple(_asked_for(journey)))
    return known[1]


class _Latest:
    """The journey that was asked of last: several rows of one command ask the same."""

    known: tuple[Journey, tuple[DueItem, ...]] | None = None


_latest: Final = _Latest()


def _asked_for(journey: Journey) -> Iterator[DueItem]:
    yield from _escalation(journey)
    if journey.phase is Phase.EXITED:
        yield from _sus_deregistration(journey)
        if _deceased(journey):
            return
    else:
        yield from _consents(journey)
    if journey.enrolment.enrolled_on is not None:
        yield from _since_enrolment(journey, journey.enrolment.enrolled_on)
    yield from _pause_review(journey)
    if journey.aftercare.runs:
        yield from _aftercare(journey)


def _deceased(journey: Journey) -> bool:
    exited, ended = journey.exit.exited, journey.aftercare.ended
    word = AftercareEndReason.DECEASED.value
    return word in (exited and exited.reason, ended and ended.reason)


def _rules(journey: Journey, day: date) -> Rules:
    """The rules of the day of the fact from which a thing stems (domain.md §11 Q22)."""
    return programme(journey.referral.programme).rules_on(day)


def _item(
    kind: DueKind, what: str, due_on: date, rules: Rules, *, by: date | None = None
) -> DueItem:
    return DueItem(kind, what, due_on, by or act_by(due_on), notify_on(due_on, rules.lead_days))


# --- a question that waits for the manager -------------------------------------------------


def _escalation(journey: Journey) -> Iterator[DueItem]:
    """T9, T22: from the day on which the group did not agree."""
    part = journey.escalations
    if journey.phase is Phase.INCLUSION_ESCALATED and part.inclusion:
        day = part.inclusion.on
        yield _item("escalation", "inclusion", day, _rules(journey, day))
    if journey.active and part.exit:
        yield _item("escalation", "exit", part.exit.on, _rules(journey, part.exit.on))


# --- from the enrolment on -----------------------------------------------------------------


def _since_enrolment(journey: Journey, enrolled_on: date) -> Iterator[DueItem]:
    """S1; the duties to document (S2 §3), to gather the team (S2 §6.5), to ask (S2 §8.1)."""
    rules = _rules(journey, enrolled_on)
    if journey.enrolment.documented_on is None:
        by = add_working_days(enrolled_on, rules.documentation_working_days)
        yield _item("documentation", "municipal_system", enrolled_on, rules, by=by)
    if not journey.active:
        return
    if rules.sus_used and journey.sus.mode is None:
        yield _item("sus_registration", "registration", enrolled_on, rules)
    if rules.individual_team_days is not None and journey.meetings.team is None:
        by = act_by(enrolled_on + rules.individual_team_days * _DAY)
        yield _item("individual_team", "first_meeting", enrolled_on, rules, by=by)
    if rules.survey is not None:
        year = _first_survey(enrolled_on, rules.survey, journey.surveys.offered)
        yield survey_of(year, rules.survey, rules)


def _first_survey(enrolled_on: date, survey: Survey, offered: tuple[int, ...]) -> int:
    """The first year whose survey comes after the enrolment and after the last one offered."""
    first = enrolled_on.year + (enrolled_on.month > survey.month)
    return max(first, *(year + 1 for year in offered)) if offered else first


def survey_of(year: int, survey: Survey, rules: Rules) -> DueItem:
    """The survey of a year: from the first to the last day of its month (S2 §8.1)."""
    due_on = date(year, survey.month, 1)
    by = act_by(add_months(due_on, 1) - _DAY)
    return _item(SURVEY, str(year), due_on, rules, by=by)


def survey_on(day: date, first_year: int, rules: Rules) -> DueItem | None:
    """The survey to think of on this day, where the first one not yet offered is known.

    One that was missed is reported and gone at the end of ``reported_month``; then the
    next year's comes.
    """
    survey = rules.survey
    if survey is None:
        return None
    for year in count(max(first_year, day.year - 1)):
        into_next_year = survey.reported_month < survey.month
        reported = date(year + into_next_year, survey.reported_month, 1)
        if day < add_months(reported, 1):
            return survey_of(year, survey, rules)
    raise AssertionError("years do not end")


def _sus_deregistration(journey: Journey) -> Iterator[DueItem]:
    """S3, S4: by the days that the exit gave; a person registered by name."""
    part, exited = journey.sus, journey.exit.exited
    if part.status is SusStatus.DEREGISTRATION_PENDING and part.due_on and exited:
        rules = _rules(journey, exited.on)
        yield _item("sus_deregistration", "deregistration", part.due_on, rules, by=part.act_by)


# --- consent and pause ---------------------------------------------------------------------


def _consents(journey: Journey) -> Iterator[DueItem]:
    """T28, §2.3: a consent that ends is renewed, or one withdrawn in the steps is answered."""
    for kind in dict.fromkeys(consent.kind for consent in journey.consents.given):
        known = journey.consents.known(kind)
        due_on = _ends(known)
        if due_on is None and kind is ConsentKind.REFERRAL_GROUP and journey.active:
            due_on = _withdrawn(known)
        if due_on is not None:
            yield _item("consent", kind.value, due_on, _rules(journey, known[-1].given_on))


def _ends(known: tuple[Consent, ...]) -> date | None:
    """The last day on which consents of a kind hold; None where one has no end, or none stands."""
    ends = [consent.valid_until for consent in known if consent.withdrawn_on is None]
    return max((day for day in ends if day), default=None) if None not in ends else None


def _withdrawn(known: tuple[Consent, ...]) -> date | None:
    """The day on which the last consent of a kind was withdrawn; None while one stands."""
    days = [consent.withdrawn_on for consent in known]
    return max((day for day in days if day), default=None) if None not in days else None


def _pause_review(journey: Journey) -> Iterator[DueItem]:
    """T18: on the day that was named, or else some months after the pause began."""
    paused = journey.pauses.paused
    if journey.phase is not Phase.PAUSED or paused is None:
        return
    rules = _rules(journey, paused.on)
    review_on = paused.review_on or add_months(paused.on, rules.pause_review_months)
    yield _item("review", "pause", review_on, rules)


# --- aftercare -----------------------------------------------------------------------------


def _aftercare(journey: Journey) -> Iterator[DueItem]:
    part = journey.aftercare
    listed = [state for state in part.slots if _listed(state, part)]
    for slot in (state.slot for state in listed):
        yield DueItem("aftercare", slot.slot, slot.due_on, slot.act_by, slot.notify_on)
    days = (_review(journey), None if listed else _end(part))
    due_on = min((day for day in days if day is not None), default=None)
    if due_on is not None and part.started is not None:
        yield _item("review", "aftercare", due_on, _rules(journey, part.started.on))


def _listed(state: SlotState, part: Aftercare) -> bool:
    """Whether a slot still asks for something.

    One that was missed for good stays overdue until a later slot is filled: then the
    contact is taken up again, and the missed week is history (§6.2).
    """
    if state.settled is not None:
        return False
    last = state.slot.last_day
    later = part.slots[part.slots.index(state) + 1 :]
    return last is None or not any(s.contact_on and s.contact_on > last for s in later)


def _end(part: Aftercare) -> date | None:
    """The day from which someone should end it: nothing more is planned, nobody wants more."""
    return None if any(wish.until is None for wish in part.wishes) else part.earliest_end


def _review(journey: Journey) -> date | None:
    """§6.2: M(9), M(12) … once extended; every so many months where there is no calendar.

    A review is answered by a contact or a renewed wish from the day of its notice on.
    """
    part = journey.aftercare
    started = part.started
    extended = part.status is AftercareStatus.EXTENDED
    if started is None or (started.model is AftercareModel.CALENDAR and not extended):
        return None
    rules = _rules(journey, max((wish.on for wish in part.wishes), default=started.on))
    every = rules.extension_review_months
    if not every:
        return None
    first = rules.aftercare_min_months if started.model is AftercareModel.CALENDAR else 0
    answers = (part.contacted_on, *(wish.on for wish in part.wishes))
    answered = max((day for day in answers if day is not None), default=date.min)
    reviews = (add_months(started.anchor, months) for months in count(first + every, every))
    return next(day for day in reviews if notify_on(day, rules.lead_days) > answered)
