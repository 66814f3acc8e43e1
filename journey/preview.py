"""What would fall due by facts that are not recorded yet: ``journey preview``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from msgspec import Struct

from journey.aftercare import AftercareExtended, AftercareStarted
from journey.calendar import add_months, add_working_days
from journey.enrolment import JourneyEnrolled
from journey.exit import JourneyExited
from journey.facts import Fact
from journey.pause import JourneyPaused
from journey.rules import Rules
from journey.state import Journey
from journey.values import SusMode


class DueDate(Struct, frozen=True):
    """Something that someone must do: by ``act_by`` at the latest, told on ``notify_on``."""

    kind: str
    what: str
    due_on: date
    act_by: date | None = None
    notify_on: date | None = None


def falls_due(facts: Iterable[Fact], journey: Journey, rules: Rules) -> tuple[DueDate, ...]:
    """The dates that follow from these facts, in their order of due date."""
    found = [due for fact in facts for due in _dates(fact, journey, rules)]
    return tuple(sorted(found, key=lambda due: due.due_on))


def _dates(fact: Fact, journey: Journey, rules: Rules) -> Iterator[DueDate]:
    if isinstance(fact, JourneyEnrolled):
        yield DueDate("sus_registration", "registration", fact.on)
        by = add_working_days(fact.on, rules.documentation_working_days)
        yield DueDate("documentation", "municipal_system", fact.on, by)
    if isinstance(fact, AftercareStarted):
        for slot in fact.slots:
            yield DueDate("aftercare", slot.slot, slot.due_on, slot.act_by, slot.notify_on)
        if fact.earliest_end:
            yield DueDate("aftercare", "earliest_end", fact.earliest_end)
    if isinstance(fact, JourneyExited) and journey.sus.mode is SusMode.IDENTIFIED:
        yield DueDate("sus_deregistration", "deregistration", fact.sus_due_on, fact.sus_act_by)
    if isinstance(fact, JourneyPaused) and fact.review_on:
        yield DueDate("review", "pause", fact.review_on)
    if isinstance(fact, AftercareExtended) and journey.aftercare.started:
        anchor = journey.aftercare.started.anchor
        first = rules.aftercare_min_months + rules.extension_review_months
        yield DueDate("review", "aftercare", add_months(anchor, first))
