"""What is to be said of a journey: its things to do, the policies' sentences, what was issued.

Pure: a function of a journey and a day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import chain, count, takewhile

from journey.calendar import add_months
from journey.notices import Notice
from journey.programme import Programme, programme
from journey.state import Journey
from journey.values import ENDED
from policies import retention_reached
from policies.sentence import Says
from projections.due_items import SURVEY, DueItem, DueKind, due_items, survey_of

_SURVEY_MONTHS = 3
"""A survey is spoken of until so many months after its first day, and then no more."""


class Speech:
    """The policies together."""

    def __init__(self, policies: Mapping[DueKind, tuple[Says, ...]]) -> None:
        self._policies = policies

    def to_say(self, journey: Journey, day: date) -> tuple[Notice, ...]:
        """Every notice whose day has come and that was not issued, in the order of their days.

        What a late round finds is the same as what punctual ones would have said; of
        what is done by now, or asked for no more, nothing is said.
        """
        begun = journey.referral.referred_on
        if begun is None or day < begun:
            return ()
        found = chain.from_iterable(
            takewhile(lambda notice: notice.fell_on <= day, said)
            for said in self._about_each(journey, day)
        )
        return tuple(sorted(_unsaid(journey, found), key=lambda n: n.fell_on))

    def to_come(self, journey: Journey, after: date, until: date) -> tuple[Notice, ...]:
        """The notices of the days after the one to the other, if nobody does anything."""
        found = {
            notice.key: notice
            for day in _days_of_surveys(after, until)
            for notice in _unsaid(journey, chain.from_iterable(self._about_each(journey, day)))
            if after < notice.fell_on <= until
        }
        return tuple(sorted(found.values(), key=lambda n: n.fell_on))

    def next_on(self, journey: Journey) -> date | None:
        """The earliest day on which something is to be said that was not; None if nothing is."""
        first = (next(_unsaid(journey, said), None) for said in self._about_each(journey, None))
        return min((notice.fell_on for notice in first if notice), default=None)

    def _about_each(self, journey: Journey, day: date | None) -> Iterator[Iterator[Notice]]:
        """For each thing to do its notices in the order of their days; said or not.

        Of the surveys that of this day; without a day those of which more may be said.
        """
        plan = programme(journey.referral.programme)
        if journey.phase in ENDED:
            last = journey.latest or date.min
            yield retention_reached.says(journey, plan.rules_on(last))
            return
        for item in due_items(journey):
            asked = _surveys(journey, item, plan, day) if item.kind == SURVEY else (item,)
            for each in asked:
                yield self._about(journey, each, plan)

    def _about(self, journey: Journey, item: DueItem, plan: Programme) -> Iterator[Notice]:
        rules = plan.rules_on(item.due_on)
        for says in self._policies[item.kind]:
            yield from says(journey, item, rules)


def _unsaid(journey: Journey, notices: Iterable[Notice]) -> Iterator[Notice]:
    issued = journey.notices.issued
    return (notice for notice in notices if notice.key not in issued)


# --- the survey, which comes every year ------------------------------------------------


def _surveys(
    journey: Journey, item: DueItem, plan: Programme, day: date | None
) -> Iterator[DueItem]:
    """The survey that is spoken of on this day; without a day those of which more may be said.

    ``item`` is the first that was not offered. One that was missed is followed by the
    next year's, and of years gone by nothing is said any more.
    """
    said = (due_on.year for kind, _, _, due_on in journey.notices.issued if kind == SURVEY)
    first = max((int(item.what), *said))
    if day is not None:
        surveys = (_survey(year, plan) for year in count(max(first, day.year - 1)))
        yield next(s for s in surveys if day < add_months(s.due_on, _SURVEY_MONTHS))
    else:
        yield from (_survey(year, plan) for year in (first, first + 1))


def _survey(year: int, plan: Programme) -> DueItem:
    """The survey of a year, by the rules in force when the year begins."""
    rules = plan.rules_on(date(year, 1, 1))
    assert rules.survey is not None
    return survey_of(year, rules.survey, rules)


def _days_of_surveys(after: date, until: date) -> Iterator[date]:
    """Days enough for every survey between two days: the first, the last, one in each year."""
    yield after
    yield from (date(year, 1, 1) for year in range(after.year + 1, until.year + 1))
    yield until
