"""A journey: the parts of its chapters together, folded from its facts.

``evolve`` never refuses, and knows neither the clock nor the rules: what an
earlier day decided stands in the facts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from journey import (
    aftercare,
    coach,
    consent,
    corrections,
    enrolment,
    escalation,
    exit,
    inclusion,
    manager,
    meetings,
    notices,
    pause,
    preparation,
    referral,
    steps,
    sus,
    work,
    workplace,
)
from journey.facts import Fact
from journey.lifecycle import MOVING, phase_after
from journey.values import ACTIVE, ConsentKind, Flag, Phase

CHAPTERS = (
    referral,
    preparation,
    consent,
    inclusion,
    escalation,
    manager,
    coach,
    enrolment,
    steps,
    workplace,
    meetings,
    pause,
    work,
    exit,
    sus,
    aftercare,
    corrections,
    notices,
)


class Journey(Struct, frozen=True):
    """One participant's journey after ``version`` facts.

    ``phase`` is None before the referral; ``since`` is the day of the fact that led
    into the phase, ``latest`` the day of the latest fact by its own date, notices apart.
    """

    version: int = 0
    phase: Phase | None = None
    since: date | None = None
    latest: date | None = None
    referral: referral.Referral = referral.Referral()
    preparation: preparation.Preparation = preparation.Preparation()
    consents: consent.Consents = consent.Consents()
    inclusion: inclusion.InclusionPart = inclusion.InclusionPart()
    escalations: escalation.Escalations = escalation.Escalations()
    coaching: coach.Coaching = coach.Coaching()
    enrolment: enrolment.Enrolment = enrolment.Enrolment()
    steps: steps.Steps = steps.Steps()
    workplace: workplace.Workplace = workplace.Workplace()
    meetings: meetings.Meetings = meetings.Meetings()
    pauses: pause.Pauses = pause.Pauses()
    work: work.Work = work.Work()
    exit: exit.Exit = exit.Exit()
    sus: sus.Sus = sus.Sus()
    aftercare: aftercare.Aftercare = aftercare.Aftercare()
    surveys: corrections.Surveys = corrections.Surveys()
    notices: notices.Notices = notices.Notices()

    @property
    def key(self) -> str:
        """The key that the caller chose for the journey."""
        return self.referral.journey

    @property
    def exists(self) -> bool:
        """Whether the journey has begun."""
        return self.phase is not None

    @property
    def active(self) -> bool:
        """In a step or paused; aftercare after an exit is not active (domain.md §3)."""
        return self.phase in ACTIVE

    def flags(self, day: date) -> tuple[Flag, ...]:
        """What stands beside the phase on this day (domain.md §3)."""
        consented = self.consents.valid(ConsentKind.REFERRAL_GROUP, day) is not None
        raised = {
            Flag.EXIT_ESCALATED: self.escalations.exit is not None,
            Flag.GK_ACTIVE: self.pauses.gk_active,
            Flag.CONSENT_MISSING: self.active and not consented,
            Flag.FOLLOWUP_MEETING_WANTED: self.meetings.follow_up_wanted is not None,
        }
        return tuple(flag for flag, up in raised.items() if up)


Evolver = Callable[[Any, Any], Any]


def _evolvers() -> dict[type[Fact], tuple[tuple[str, Evolver], ...]]:
    """For each fact, the parts that it changes, in the order of the chapters."""
    found: dict[type[Fact], tuple[tuple[str, Evolver], ...]] = {}
    for chapter in CHAPTERS:
        changes: dict[str, dict[type[Fact], Evolver]] = getattr(chapter, "EVOLVE")  # noqa: B009
        for part, by_fact in changes.items():
            for fact, evolver in by_fact.items():
                found[fact] = (*found.get(fact, ()), (part, evolver))
    return found


_EVOLVERS = _evolvers()


def evolve(journey: Journey, fact: Fact) -> Journey:
    """The journey after one more fact."""
    return _after(journey, (fact,), journey.version + 1)


def _after(journey: Journey, facts: Iterable[Fact], version: int) -> Journey:
    """The journey after these facts: its parts change one by one, itself once."""
    parts: dict[str, Any] = {}
    phase, since, latest = journey.phase, journey.since, journey.latest
    for fact in facts:
        for part, change in _EVOLVERS.get(type(fact), ()):
            before = parts[part] if part in parts else getattr(journey, part)
            parts[part] = change(before, fact)
        if type(fact) in MOVING:
            to = phase_after(fact, phase)
            if to is not phase:
                phase, since = to, fact.on
        if (latest is None or fact.on > latest) and type(fact) is not notices.NoticeIssued:
            latest = fact.on
    return replace(journey, version=version, phase=phase, since=since, latest=latest, **parts)


def fold(facts: Iterable[Fact]) -> Journey:
    """The journey that these facts, in their order, make; corrections in their place."""
    return fold_entries(enumerate(facts, 1))


def fold_entries(entries: Iterable[tuple[int, Fact]]) -> Journey:
    """The same from (version, fact), where some versions may be left out (as of a day)."""
    kept = list(entries)
    if not kept:
        return Journey()
    facts = [fact for _, fact in kept]
    if corrections.EntryCorrected in map(type, facts):
        facts = [fact for _, fact in corrections.corrected(kept)]
    return _after(Journey(), facts, kept[-1][0])
