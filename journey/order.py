"""The order of days in a journey that is corrected: nothing comes before what it builds on.

A single decision looks at the days that it builds on itself. A correction moves a
day under facts that were decided long ago, so the whole journey is looked at.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from journey.corrections import EntryCorrected, corrected
from journey.enrolment import JourneyEnrolled
from journey.errors import Reason, refuse
from journey.facts import Fact
from journey.lifecycle import BEFORE_ENROLMENT, destinations, phase_after
from journey.notices import NoticeIssued
from journey.values import Phase


def broken_by(history: Iterable[Fact], corrections: Iterable[Fact]) -> Reason | None:
    """Why these corrections would put a fact before the one that it builds on."""
    before = tuple(history)
    worse = _out_of_order((*before, *corrections)) - _out_of_order(before)
    if not worse:
        return None
    return refuse(
        "date_before_predecessor",
        "Corrected so, entry {entry} would come before what it builds on.",
        rule="§4",
        source="contract §1",
        field="value",
        entry=min(worse),
    )


def _out_of_order(facts: tuple[Fact, ...]) -> set[int]:
    """The versions of facts whose day lies before what they build on."""
    entries = list(corrected(enumerate(facts, 1)))
    found: set[int] = set()
    phase: Phase | None = None
    moved_on = enrolled_on = date.min
    for version, fact in entries:
        if isinstance(fact, EntryCorrected | NoticeIssued):
            continue
        then = phase_after(fact, phase)
        base = _base(fact, entries[0][1].on, enrolled_on, moved_on if then != phase else date.min)
        if fact.on < base:
            found.add(version)
        if isinstance(fact, JourneyEnrolled):
            enrolled_on = fact.on
        if then != phase:
            phase, moved_on = then, fact.on
    return found


def _base(fact: Fact, referred_on: date, enrolled_on: date, moved_on: date) -> date:
    """The day before which the fact cannot have happened."""
    free = any(destinations(type(fact), phase) for phase in BEFORE_ENROLMENT)
    return max(referred_on, moved_on, date.min if free else enrolled_on)
