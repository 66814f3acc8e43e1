"""Rows from nothing equal the rows that followed (design.md §3; scenario 43)."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

import pytest
from hypothesis import given as drawn_from
from hypothesis import settings
from hypothesis import strategies as st
from sqlalchemy import Table

from journey import Journeys
from journey.state import Journey
from journey.storage.rows import Rows
from journey.units import Unit
from projections import Rebuilt, TableDifference, at, rebuild, yearly
from projections.enrolments import Outcomes
from tests.examples import (
    BOARD,
    COACH,
    deregistration,
    exit_decision,
    exited_to_work,
    in_step_1,
    in_step_3,
    wish,
)
from tests.projections.histories import MOVES, STAGES, Move, drawn, lived, told
from tests.projections.stores import a_store, change, of, performed, rows_in

ALLOCATED = {
    "do": "allocate_post",
    "by": BOARD,
    "on": "2026-01-01",
    "unit": "Nässjö",
    "percent": 150,
}


@pytest.fixture
def journeys(any_url: str) -> Iterator[Journeys]:
    """Three journeys and a unit."""
    with a_store(any_url) as opened:
        opened.perform(ALLOCATED)
        for key in ("a", "b"):
            performed(opened, of(key, exited_to_work()))
        performed(opened, of("c", in_step_1()))
        yield opened


def hash_of(rows: dict[str, list[Any]]) -> str:
    return hashlib.sha256(repr(rows).encode()).hexdigest()


# --- equal ---------------------------------------------------------------------------------


def test_rows_rebuilt_equal_rows_followed(journeys: Journeys) -> None:
    """Nothing was wrong, so nothing differs; a unit is no journey's row."""
    followed = rows_in(journeys)
    rebuilt = rebuild(journeys)
    assert rows_in(journeys) == followed
    assert rebuilt.facts == journeys.facts.head()[0]
    assert rebuilt.changed == 0


def test_scenario_43_a_thousand_random_histories_rebuild_to_the_same_rows_and_hash() -> None:
    with a_store() as journeys:
        lived(journeys, drawn(Random(43), 0, 1000))
        followed = rows_in(journeys)
        rebuilt = rebuild(journeys)
        assert hash_of(rows_in(journeys)) == hash_of(followed)
        assert rows_in(journeys) == followed
        assert (rebuilt.journeys, rebuilt.changed) == (1000, 0)
        seen = {row[5] for row in followed["journeys"]}
        assert len(seen) >= 10, f"the histories reach few phases: {seen}"


@settings(max_examples=40)
@drawn_from(st.lists(st.integers(0, len(STAGES) - 1), min_size=1, max_size=4), MOVES)
def test_scenario_43_whatever_happened_rows_rebuilt_equal_rows_followed(
    stages: list[int], moves: list[Move]
) -> None:
    with a_store() as journeys:
        lived(journeys, told(stages, moves))
        followed = rows_in(journeys)
        assert rebuild(journeys).changed == 0
        assert rows_in(journeys) == followed


def test_corrections_are_in_the_rebuilt_rows(journeys: Journeys) -> None:
    fixed = wish("correct", COACH, "2026-09-02", entry=1, field="sex", value="man", reason="typo")
    performed(journeys, of("a", [fixed]))
    assert rebuild(journeys).changed == 0
    with at(journeys) as connection:
        assert yearly(connection, 2026, 2026)[0].men == 1


def test_an_empty_store_can_be_rebuilt() -> None:
    with a_store() as journeys:
        nothing = tuple(TableDifference(table.name, 0, 0) for table in journeys.rows.tables)
        assert rebuild(journeys) == Rebuilt(journeys=0, facts=0, changed=0, tables=nothing)


def test_progress_is_told_up_to_the_last_fact(journeys: Journeys) -> None:
    told_of: list[tuple[int, int]] = []
    facts = rebuild(journeys, lambda done, total: told_of.append((done, total))).facts
    assert told_of == sorted(told_of)
    assert told_of[-1] == (facts, facts)
    assert {total for _, total in told_of} == {facts}


def test_after_a_rebuild_the_rows_go_on_following(journeys: Journeys) -> None:
    rebuild(journeys)
    performed(journeys, of("a", [deregistration()]))
    performed(journeys, of("d", in_step_1()))
    assert rebuild(journeys).changed == 0


# --- mended --------------------------------------------------------------------------------

DAMAGE = {
    "a value": "UPDATE outcomes SET exit_date = '2020-01-01' WHERE journey = 'a'",
    "a value lost": "UPDATE outcomes SET outcome = NULL WHERE journey = 'a'",
    "a row lost": "DELETE FROM outcomes WHERE journey = 'a'",
    "the index": "UPDATE journeys SET phase = 'step_1' WHERE journey = 'a'",
    "a row of the index lost": "DELETE FROM journeys WHERE journey = 'a'",
    "a row of no journey": (
        "INSERT INTO outcomes (stream, journey, person, sex, programme, municipality, "
        "enrolled_on, employed_when_due, surveyed) SELECT :nobody, 'x', 'x', sex, "
        "programme, municipality, enrolled_on, false, false FROM outcomes WHERE journey = 'a'"
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_one_damaged_journey_is_mended_and_counted(journeys: Journeys, damage: str) -> None:
    followed = rows_in(journeys)
    change(journeys, DAMAGE[damage])
    assert rows_in(journeys) != followed
    assert rebuild(journeys).changed == 1
    assert rows_in(journeys) == followed
    assert rebuild(journeys).changed == 0


def test_a_row_that_holds_another_journey_s_key_is_no_obstacle(journeys: Journeys) -> None:
    """Keys are unique, so two wrong rows could stand in each other's way."""
    followed = rows_in(journeys)
    for wrong, name in (("a", "tmp"), ("b", "a"), ("tmp", "b")):
        change(journeys, "UPDATE journeys SET journey = :n WHERE journey = :w", n=name, w=wrong)
    assert rebuild(journeys).changed == 2
    assert rows_in(journeys) == followed


def test_all_rows_lost_are_made_anew(journeys: Journeys) -> None:
    """Those of three journeys and of a unit."""
    followed = rows_in(journeys)
    for table in journeys.rows.tables:
        change(journeys, f"DELETE FROM {table.name}")
    assert rebuild(journeys).changed == 4
    assert rows_in(journeys) == followed


class Broken(Outcomes):
    """A read model that fails at one journey when it is told to."""

    fails = False

    def rows(self, journey: Journey) -> Rows:
        """The rows of outcomes."""
        if self.fails and journey.key == "b":
            raise ValueError("no rows")
        return super().rows(journey)


def test_a_rebuild_that_fails_half_way_has_changed_nothing() -> None:
    broken = Broken()
    with a_store(followers=(broken,)) as journeys:
        for key in ("a", "b"):
            performed(journeys, of(key, exited_to_work()))
        change(journeys, "DELETE FROM outcomes WHERE journey = 'a'")
        damaged = rows_in(journeys)
        broken.fails = True
        with pytest.raises(ValueError, match="no rows"):
            rebuild(journeys)
        assert rows_in(journeys) == damaged
        broken.fails = False
        performed(journeys, of("c", in_step_1()))  # the store is still there to write to
        assert rebuild(journeys).changed == 1


# --- while others read and write --------------------------------------------------------------


def test_a_reader_that_polls_never_sees_a_half_built_table(store_url: str) -> None:
    """Readers see the old rows until the swap, and the new ones after it."""
    with a_store(store_url) as journeys:
        for number in range(40):
            performed(journeys, of(f"j{number}", in_step_1()))
        change(journeys, "UPDATE outcomes SET sex = 'undisclosed'")
        seen: list[tuple[int, int]] = []
        stop = threading.Event()
        failed: list[BaseException] = []

        def poll() -> None:
            try:
                while not stop.is_set():
                    with at(journeys) as connection:
                        (row,) = yearly(connection, 2026, 2026)
                    seen.append((row.women, row.undisclosed))
            except BaseException as error:  # shown by the assert below, whatever it is
                failed.append(error)

        readers = [threading.Thread(target=poll) for _ in range(3)]
        for reader in readers:
            reader.start()
        changed = [rebuild(journeys).changed for _ in range(5)]
        stop.set()
        for reader in readers:
            reader.join()
    assert failed == []
    assert changed == [40, *[0] * 4]
    assert set(seen) <= {(0, 40), (40, 0)}
    assert (40, 0) in seen


@pytest.mark.parametrize("second", [False, True], ids=["one program", "two programs"])
def test_writers_wait_and_lose_nothing(store_url: str, second: bool) -> None:
    """Commands recorded while rows are rebuilt again and again, in this program or another."""
    with a_store(store_url) as journeys, a_store(store_url) as other:
        writer = other if second else journeys
        stop = threading.Event()
        failed: list[BaseException] = []

        def write() -> None:
            try:
                for number in range(15):
                    performed(writer, of(f"j{number}", in_step_3()))
            except BaseException as error:  # shown by the assert below, whatever it is
                failed.append(error)
            finally:
                stop.set()

        thread = threading.Thread(target=write)
        thread.start()
        rebuilds = [rebuild(journeys)]
        while not stop.wait(0.05):  # another program asks for the lock now and then, not in line
            rebuilds.append(rebuild(journeys))
        thread.join()
        assert failed == []
        assert {done.changed for done in rebuilds} == {0}
        assert rebuild(journeys).journeys == 15
        assert len(rows_in(journeys)["outcomes"]) == 15


# --- read models that a store did not have ------------------------------------------------------


class Nothing:
    """A read model without rows, to be another set than the program's."""

    tables: Sequence[Table] = ()

    def rows(self, journey: Journey) -> Rows:
        """None."""
        return {}

    def rests_on(self, journey: Journey) -> tuple[object, ...]:
        return (journey,)

    def unit_rows(self, unit: Unit) -> Rows:
        """None."""
        return {}


def test_a_read_model_that_is_new_to_a_store_is_filled_when_it_opens(store_url: str) -> None:
    with a_store(store_url, followers=(Nothing(),)) as older:
        performed(older, exited_to_work())
        assert list(rows_in(older)) == ["journeys"]
    with a_store(store_url) as newer:
        assert [row[1] for row in rows_in(newer)["outcomes"]] == ["j1"]
        assert rebuild(newer).changed == 0


def test_a_read_model_left_behind_by_a_host_without_it_catches_up(store_url: str) -> None:
    """Between two openings someone wrote who does not follow it."""
    with a_store(store_url) as all_rows:
        performed(all_rows, in_step_1())
    with a_store(store_url, followers=()) as fewer:
        performed(fewer, [exit_decision("illness", "2026-05-18")])
    with a_store(store_url) as all_rows:
        with at(all_rows) as connection:
            assert yearly(connection, 2026, 2026)[0].exited == 1
        assert rebuild(all_rows).changed == 0


def test_opening_a_complete_store_writes_nothing(store_url: str) -> None:
    """Damage stays until someone asks for a rebuild: opening is quick."""
    with a_store(store_url) as journeys:
        performed(journeys, in_step_1())
        change(journeys, "DELETE FROM outcomes")
    with a_store(store_url) as journeys:
        assert rows_in(journeys)["outcomes"] == []
        assert rebuild(journeys).changed == 1
