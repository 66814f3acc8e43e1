"""Every question as of a day, and as known at a time (contract.md §3; scenario 43)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any

import msgspec
import pytest
from hypothesis import given as drawn_from
from hypothesis import settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from journey import Journeys
from journey.storage.index import JourneyIndex, as_waiting, waiting_in
from journey.storage.journeys import followers_of_the_program
from journey.wishes import JourneyWish
from projections import at, goal, yearly
from tests.examples import (
    COACH,
    FK,
    exit_decision,
    exited_to_work,
    in_step_1,
    ready,
    referral,
    wish,
)
from tests.projections.histories import MOVES, STAGES, Move, lived, told
from tests.projections.stores import a_store, of, performed, rows_in

FOLLOWERS = (JourneyIndex(), *followers_of_the_program())
TABLES = tuple(table for follower in FOLLOWERS for table in follower.tables)


@pytest.fixture
def journeys() -> Iterator[Journeys]:
    """An empty store in memory."""
    with a_store() as opened:
        yield opened


def figures(connection: Connection) -> tuple[Any, ...]:
    return (yearly(connection, 2025, 2027), goal(connection, 2025, 2027))


def rows_at(journeys: Journeys, **moment: Any) -> dict[str, list[Any]]:
    """Every row of that moment, by table."""
    with at(journeys, **moment) as connection:
        return _rows_on(connection)


def _rows_on(connection: Connection) -> dict[str, list[Any]]:
    return {
        table.name: sorted((tuple(r) for r in connection.execute(select(*table.c))), key=repr)
        for table in TABLES
    }


def answers_at(journeys: Journeys, **moment: Any) -> tuple[Any, ...]:
    """The rows of that moment, and the figures read from them."""
    with at(journeys, **moment) as connection:
        return _rows_on(connection), figures(connection)


# --- as of a day -------------------------------------------------------------------------


def test_scenario_43_as_of_a_day_later_facts_are_hidden(journeys: Journeys) -> None:
    """As of 2026-06-30 the exit of 2026-08-31 has not happened."""
    performed(journeys, exited_to_work())
    with at(journeys, as_of=date(2026, 6, 30)) as connection:
        (then,) = yearly(connection, 2026, 2026)
    with at(journeys) as connection:
        (now,) = yearly(connection, 2026, 2026)
    assert (then.enrolled, then.exited, then.carried) == (1, 0, 1)
    assert (now.enrolled, now.exited, now.carried) == (1, 1, 0)


def test_as_of_the_very_day_its_facts_are_seen(journeys: Journeys) -> None:
    performed(journeys, exited_to_work())
    with at(journeys, as_of=date(2026, 8, 31)) as connection:
        assert yearly(connection, 2026, 2026)[0].exited == 1
    with at(journeys, as_of=date(2026, 2, 11)) as connection:
        assert yearly(connection, 2026, 2026)[0].enrolled == 0


def test_before_everything_there_is_nothing(journeys: Journeys) -> None:
    performed(journeys, exited_to_work())
    then = rows_at(journeys, as_of=date(2020, 1, 1))
    assert then == {table.name: [] for table in TABLES}


def test_a_correction_made_later_is_hidden(journeys: Journeys) -> None:
    """The person was first recorded as a woman; that is what the earlier day knew."""
    performed(journeys, in_step_1())
    fixed = wish("correct", COACH, "2026-03-02", entry=1, field="sex", value="man", reason="typo")
    performed(journeys, [fixed])
    with at(journeys, as_of=date(2026, 3, 1)) as connection:
        assert yearly(connection, 2026, 2026)[0].women == 1
    with at(journeys, as_of=date(2026, 3, 2)) as connection:
        assert yearly(connection, 2026, 2026)[0].men == 1


def test_a_person_may_have_had_two_open_journeys_as_of_a_day(journeys: Journeys) -> None:
    """The second was referred, with a day in the past, when the first had been withdrawn."""
    first, second = (
        msgspec.structs.replace(referral(on, person="p9"), journey=key)
        for key, on in (("a", "2026-02-02"), ("b", "2026-03-02"))
    )
    ended = wish("withdraw_referral", FK, "2026-03-10", reason="r1")
    performed(journeys, [first, msgspec.structs.replace(ended, journey="a"), second])
    assert len(rows_at(journeys, as_of=date(2026, 3, 5))["journeys"]) == 2


def test_the_queue_of_a_past_day_can_be_asked_for(journeys: Journeys) -> None:
    """Its order needs each referral's place among all, which the past has too."""
    for key in ("b", "a"):
        performed(journeys, of(key, (*ready(), wish("queue", COACH, "2026-02-20"))))
    performed(journeys, of("b", [wish("leave_queue", COACH, "2026-03-02")]))
    asked = {"municipality": "Nässjö", "programme": "se-hoglandet"}
    with at(journeys, as_of=date(2026, 3, 1)) as connection:
        then = [as_waiting(row) for row in connection.execute(waiting_in(), asked)]
    assert [w.journey for w in sorted(then, key=lambda w: w.sequence)] == ["b", "a"]


@settings(max_examples=10)
@drawn_from(
    st.lists(st.integers(0, len(STAGES) - 1), min_size=1, max_size=4), MOVES, st.integers(0, 30)
)
def test_scenario_43_the_answer_as_of_a_day_is_the_answer_given_on_it(
    stages: list[int], moves: list[Move], pause: int
) -> None:
    """Where nothing is back-dated: asked on the evening of each day, and again at the end."""
    with a_store() as journeys:
        asked = {}
        days = groupby(sorted(told(stages, moves), key=lambda w: w.on), key=lambda w: w.on)
        for day, wishes in days:
            lived(journeys, wishes)
            asked[day] = answers_at(journeys)
        for day, answer in asked.items():
            assert answers_at(journeys, as_of=day) == answer
        last = max(asked) + timedelta(days=pause)
        assert answers_at(journeys, as_of=last) == answers_at(journeys)


# --- as known at a time ---------------------------------------------------------------------


def _recorded_last(journeys: Journeys) -> datetime:
    return max(entry.recorded_at for entry in journeys.history("j1"))


def test_known_at_a_time_what_was_recorded_later_is_hidden(journeys: Journeys) -> None:
    """A back-dated exit is true from its day on, and known only from its recording on."""
    performed(journeys, in_step_1())
    known = _recorded_last(journeys)
    performed(journeys, [exit_decision("illness", "2026-05-18")])
    with at(journeys, known_at=known) as connection:
        assert yearly(connection, 2026, 2026)[0].exited == 0
    with at(journeys, known_at=_recorded_last(journeys)) as connection:
        assert yearly(connection, 2026, 2026)[0].exited == 1


def test_a_day_and_a_time_may_both_be_given(journeys: Journeys) -> None:
    performed(journeys, in_step_1())
    known = _recorded_last(journeys)
    performed(journeys, [exit_decision("illness", "2026-05-18")])
    late = datetime(2100, 1, 1, tzinfo=UTC)
    exits = {}
    for day in (date(2026, 5, 17), date(2026, 5, 18)):
        for time in (known, late):
            with at(journeys, as_of=day, known_at=time) as connection:
                exits[day.day, time is late] = yearly(connection, 2026, 2026)[0].exited
    assert exits == {(17, False): 0, (17, True): 0, (18, False): 0, (18, True): 1}


# --- as it is now -----------------------------------------------------------------------------


def test_without_a_moment_the_live_rows_are_asked(journeys: Journeys) -> None:
    performed(journeys, exited_to_work())
    live = rows_in(journeys)
    assert rows_at(journeys) == live


def test_asking_between_two_commands_leaves_the_store_as_it_was(journeys: Journeys) -> None:
    """In memory there is one connection: asking must not undo what others have begun."""
    wishes: tuple[JourneyWish, ...] = exited_to_work()
    for one in wishes:
        performed(journeys, [one])
        with at(journeys) as connection:
            yearly(connection, 2026, 2026)
    assert len(journeys.history("j1")) == journeys.load("j1").version
    assert journeys.load("j1").phase == "exited"


def test_answers_on_one_connection_are_of_one_moment(tmp_path: Any) -> None:
    """What is recorded meanwhile is seen by the next question, not by the rest of this one."""
    with a_store(f"sqlite:///{tmp_path}/s.db") as journeys:
        performed(journeys, in_step_1())
        with at(journeys) as connection:
            before = yearly(connection, 2026, 2026)
            performed(journeys, [exit_decision("illness", "2026-05-18")])
            assert yearly(connection, 2026, 2026) == before
        with at(journeys) as connection:
            assert yearly(connection, 2026, 2026) != before
