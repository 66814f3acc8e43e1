"""Caseload, queue and due as of any day and as known at any time (contract.md §3; scenario 43)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from journey import Journeys, Refused
from projections import at
from projections.caseload import caseload, journeys_of
from projections.due import due
from projections.queue import queue
from tests.projections.histories import MOVES, STAGES, Move, lived, told
from tests.projections.stores import a_store

STORIES = st.lists(st.integers(0, len(STAGES) - 1), min_size=1, max_size=4)
DAYS = st.dates(date(2026, 2, 1), date(2028, 1, 31))


def answers(journeys: Journeys, day: date, **moment: Any) -> tuple[Any, ...]:
    """All answers of a day, read at a moment."""
    with at(journeys, **moment) as connection:
        return (
            due(connection, day, ahead=120),
            due(connection, day, coach="c1"),
            caseload(connection, day),
            journeys_of(connection),
            queue(connection, day, "Nässjö"),
        )


@settings(max_examples=10)
@given(STORIES, MOVES, st.integers(0, 400))
def test_scenario_43_the_answer_as_of_a_day_is_the_answer_given_on_it(
    stages: list[int], moves: list[Move], pause: int
) -> None:
    """Where nothing is back-dated: asked on the evening of each day, and again at the end."""
    with a_store() as journeys:
        asked = {}
        days = groupby(sorted(told(stages, moves), key=lambda w: w.on), key=lambda w: w.on)
        for day, wishes in days:
            lived(journeys, wishes)
            asked[day] = answers(journeys, day)
        for day, answer in asked.items():
            assert answers(journeys, day, as_of=day) == answer
        last = max(asked) + timedelta(days=pause)
        assert answers(journeys, last, as_of=last) == answers(journeys, last)


@settings(max_examples=10)
@given(STORIES, MOVES, DAYS)
def test_scenario_43_what_was_known_at_a_time_is_what_was_answered_then(
    stages: list[int], moves: list[Move], day: date
) -> None:
    """Journeys are told one after the other, so that most of it is back-dated."""
    with a_store() as journeys:
        asked = []
        for number, wish in enumerate(told(stages, moves)):
            try:
                journeys.perform(wish)
            except Refused:
                continue
            if number % 7 == 0:
                asked.append((datetime.now(UTC), answers(journeys, day)))
        for known_at, answer in asked:
            assert answers(journeys, day, known_at=known_at) == answer


@settings(max_examples=10)
@given(STORIES, MOVES, DAYS)
def test_nothing_is_due_of_who_has_ended_and_nobody_is_counted_twice(
    stages: list[int], moves: list[Move], day: date
) -> None:
    """domain.md §12.8, §3: active, in aftercare and ended exclude each other."""
    with a_store() as journeys:
        lived(journeys, told(stages, moves))
        with at(journeys) as connection:
            rows, cases = due(connection, day, ahead=3650), journeys_of(connection)
    going_on = {case.journey for case in cases}
    assert {row.journey for row in rows} <= going_on
    assert not any(case.active and case.aftercare for case in cases)
    assert len({(row.journey, row.kind, row.what) for row in rows}) == len(rows)
