"""A rebuild stands beside the live rows until it is done: looked at, overtaken, killed."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence

import msgspec
import pytest
from hypothesis import given as drawn_from
from hypothesis import settings
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, LargeBinary, MetaData, String, Table, text
from sqlalchemy.exc import IntegrityError

from journey import Journeys
from journey.state import Journey
from journey.storage.rows import Follower, Rows
from journey.storage.turn import RebuildGoesOn, Turn
from journey.units import Unit
from projections import TableDifference, at, rebuild, yearly
from tests.examples import FK, exit_decision, exited_to_work, in_step_1, in_step_3, referral, wish
from tests.projections.histories import MOVES, STAGES, Move, lived, told
from tests.projections.stores import a_store, change, of, performed, rows_in


@pytest.fixture
def journeys(any_url: str) -> Iterator[Journeys]:
    """Three journeys."""
    with a_store(any_url) as opened:
        for key in ("a", "b"):
            performed(opened, of(key, exited_to_work()))
        performed(opened, of("c", in_step_1()))
        yield opened


def left_behind(journeys: Journeys) -> list[str]:
    """Tables and values that belong to a rebuild alone."""
    with journeys.facts.reading() as connection:
        tables = journeys.facts.database.tables_in(connection)
        turns = connection.scalars(text("SELECT name FROM store WHERE name = 'rebuild'"))
        return [*(name for name in tables if "__" in name), *turns]


INDEXES = {
    "sqlite": "SELECT sql FROM sqlite_master WHERE type = 'index'",
    "postgresql": "SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema()",
}


def indexes(journeys: Journeys) -> set[str]:
    """What the store's indexes say, without their names."""
    with journeys.facts.reading() as connection:
        said = connection.scalars(text(INDEXES[journeys.engine.dialect.name]))
        return {line.partition(" ON ")[2].replace('"', "") for line in said if line}


def once(act: Callable[[], None]) -> Callable[[int, int], None]:
    """As a progress: does this when the shadows are filled and not yet in their place."""
    left = [act]

    def progress(done: int, total: int) -> None:
        if left:
            left.pop()()

    return progress


# --- only looking ----------------------------------------------------------------------------

FOUND = {
    "UPDATE outcomes SET exit_date = '2020-01-01' WHERE journey = 'a'": (("outcomes", 1, 1),),
    "DELETE FROM outcomes WHERE journey = 'a'": (("outcomes", 1, 0),),
    "UPDATE journeys SET queued_on = '2020-01-01' WHERE journey = 'a'": (("journeys", 1, 1),),
    "DELETE FROM journeys WHERE journey = 'a'": (("journeys", 1, 0),),
}


@pytest.mark.parametrize("damage", FOUND)
def test_looking_says_what_would_differ_and_changes_nothing(
    journeys: Journeys, damage: str
) -> None:
    change(journeys, damage)
    damaged = rows_in(journeys)
    looked = rebuild(journeys, only_look=True)
    assert (looked.changed, looked.examples, looked.swapped) == (1, ("a",), False)
    differ = tuple((t.table, t.missing, t.extra) for t in looked.tables if t.missing or t.extra)
    assert differ == FOUND[damage]
    assert rows_in(journeys) == damaged
    assert left_behind(journeys) == []
    assert msgspec.structs.replace(rebuild(journeys), swapped=False) == looked
    assert rebuild(journeys, only_look=True).changed == 0


def test_a_row_of_no_journey_is_extra_and_named_by_its_stream(journeys: Journeys) -> None:
    change(
        journeys,
        "INSERT INTO journeys SELECT :nobody, 'x', 'x', programme, "
        "municipality, phase, open, birth_date, queued_on FROM journeys WHERE journey = 'a'",
    )
    looked = rebuild(journeys, only_look=True)
    assert looked.examples == ("00000000-0000-0000-0000-000000000000",)
    assert looked.tables[0] == TableDifference("journeys", 0, 1)


def test_examples_are_few_and_the_count_is_whole(journeys: Journeys) -> None:
    for number in range(20):
        performed(journeys, of(f"j{number}", in_step_1()))
    change(journeys, "UPDATE outcomes SET sex = 'undisclosed'")
    looked = rebuild(journeys, only_look=True)
    assert looked.changed == 23
    assert len(set(looked.examples)) == 10


# --- while others write -------------------------------------------------------------------------


def test_what_is_recorded_meanwhile_is_caught_up_with(journeys: Journeys) -> None:
    """Few facts: in the last round, which is one transaction with the swap."""
    followed = []

    def write() -> None:
        performed(journeys, of("c", [exit_decision("illness", "2026-05-18")]))
        performed(journeys, of("d", in_step_1()))
        followed.append(rows_in(journeys))

    rebuilt = rebuild(journeys, once(write))
    assert (rebuilt.journeys, rebuilt.changed) == (4, 0)
    assert rebuilt.facts == journeys.facts.head()[0]
    assert [rows_in(journeys)] == followed


def test_rounds_go_on_until_little_is_left(journeys: Journeys) -> None:
    """Many facts: rounds of their own, with writers between them."""
    told_of: list[tuple[int, int]] = []

    def progress(done: int, total: int) -> None:
        told_of.append((done, total))
        if len(told_of) <= 3:
            for number in range(15):
                performed(journeys, of(f"r{len(told_of)}-{number}", in_step_3()))

    rebuilt = rebuild(journeys, progress)
    assert (rebuilt.journeys, rebuilt.changed) == (48, 0)
    assert told_of == sorted(told_of)
    assert told_of[-1] == (journeys.facts.head()[0],) * 2
    assert rebuild(journeys).changed == 0


def test_a_person_s_one_open_journey_may_have_become_another_meanwhile(journeys: Journeys) -> None:
    """The rows filled before it ended and those after its successor began never meet."""
    first, second = (
        msgspec.structs.replace(referral(on, person="p9"), journey=key)
        for key, on in (("old", "2026-02-02"), ("new", "2026-03-11"))
    )
    ended = wish("withdraw_referral", FK, "2026-03-10", reason="r1")
    performed(journeys, [first])
    write = once(
        lambda: performed(journeys, [msgspec.structs.replace(ended, journey="old"), second])
    )
    assert rebuild(journeys, write).changed == 0
    assert rebuild(journeys).changed == 0


def test_a_difference_that_a_command_mended_meanwhile_counts_no_more(journeys: Journeys) -> None:
    change(journeys, "UPDATE outcomes SET sex = 'undisclosed' WHERE journey = 'c'")
    mend = once(lambda: performed(journeys, of("c", [exit_decision("illness", "2026-05-18")])))
    assert rebuild(journeys, mend, only_look=True).changed == 0


@settings(max_examples=20, deadline=None)
@drawn_from(st.lists(st.integers(0, len(STAGES) - 1), min_size=1, max_size=4), MOVES)
def test_scenario_43_whatever_happens_meanwhile_rows_rebuilt_equal_rows_followed(
    stages: list[int], moves: list[Move]
) -> None:
    with a_store() as journeys:
        lived(journeys, told(stages, ()))
        followed = []

        def write() -> None:
            lived(journeys, told(stages, moves))
            followed.append(rows_in(journeys))

        assert rebuild(journeys, once(write)).changed == 0
        assert [rows_in(journeys)] == followed


def test_two_programs_that_write_in_turn_leave_the_right_rows(store_url: str) -> None:
    """Neither takes the rows that it remembers for those that the other has written since."""
    with a_store(store_url) as one, a_store(store_url) as other:
        for number, step in enumerate(exited_to_work()):
            performed((one, other)[number % 2], [step])
        assert rebuild(one).changed == 0


# --- killed, failed, overtaken -----------------------------------------------------------------

KILLED = """
import os, sys
from datetime import date
from journey import Journeys
from projections import rebuild
rebuild(Journeys(sys.argv[1], today=date(2030, 1, 1)), lambda done, total: os._exit(9))
"""


def test_a_killed_rebuild_has_changed_nothing_and_the_next_clears_it_away(store_url: str) -> None:
    with a_store(store_url) as journeys:
        performed(journeys, in_step_1())
        change(journeys, "UPDATE outcomes SET sex = 'undisclosed'")
        damaged = rows_in(journeys)
        killed = subprocess.run([sys.executable, "-c", KILLED, store_url], check=False)
        assert killed.returncode == 9
        assert rows_in(journeys) == damaged
        assert left_behind(journeys)
        performed(journeys, of("b", in_step_1()))
        assert rebuild(journeys).changed == 1
        assert left_behind(journeys) == []


def test_a_rebuild_that_fails_leaves_nothing_behind(journeys: Journeys) -> None:
    def fail() -> None:
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        rebuild(journeys, once(fail))
    assert left_behind(journeys) == []


def test_a_rebuild_that_slept_too_long_finds_that_another_took_its_turn(store_url: str) -> None:
    with a_store(store_url) as sleeper, a_store(store_url) as other:
        performed(sleeper, in_step_1())
        with pytest.raises(RebuildGoesOn):
            rebuild(sleeper, once(lambda: _assert_unchanged(other)))
        assert left_behind(sleeper) == []
        _assert_unchanged(sleeper)


def _assert_unchanged(journeys: Journeys) -> None:
    assert rebuild(journeys).changed == 0


def test_who_is_at_work_keeps_the_turn(journeys: Journeys) -> None:
    """Each step says that the rebuild is there; a second one is refused."""
    mine, theirs = (Turn(journeys.facts, journeys.engine.dialect) for _ in range(2))
    mine.take()
    done = threading.Event()

    def work() -> None:
        while not done.wait(0.05):
            with journeys.facts.exclusively() as cursor:
                mine.keep(cursor)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        with pytest.raises(RebuildGoesOn):
            theirs.take()
    finally:
        done.set()
        worker.join()


# --- the form of the tables --------------------------------------------------------------------


def test_rebuilt_tables_keep_their_indexes_and_constraints(journeys: Journeys) -> None:
    """Twice: the names of the indexes alternate."""
    before = indexes(journeys)
    for _ in range(3):
        rebuild(journeys)
        assert indexes(journeys) == before
        second = "INSERT INTO journeys SELECT :nobody, 'x', person, programme, municipality, "
        second += "phase, open, birth_date, queued_on FROM journeys WHERE journey = 'c'"
        with pytest.raises(IntegrityError):
            change(journeys, second)


older_metadata = MetaData()
older = Table(
    "outcomes",
    older_metadata,
    Column("stream", LargeBinary(16), primary_key=True),
    Column("journey", String(64), nullable=False, index=True),
    Column("facts", Integer, nullable=False),
)


class OlderOutcomes:
    """A read model of an earlier release: the same table with other columns."""

    tables: Sequence[Table] = (older,)

    def rows(self, journey: Journey) -> Rows:
        """Its key and how many facts it has."""
        return {"outcomes": ({"journey": journey.key, "facts": journey.version},)}

    def rests_on(self, journey: Journey) -> tuple[object, ...]:
        return (journey,)

    def unit_rows(self, unit: Unit) -> Rows:
        """None."""
        return {}


OLDER: tuple[Follower, ...] = (OlderOutcomes(),)


@pytest.mark.parametrize("wishes", [in_step_1(), ()], ids=["facts", "no facts"])
def test_a_table_of_another_form_is_made_anew_when_the_store_opens(
    store_url: str, wishes: tuple[msgspec.Struct, ...]
) -> None:
    """By the newer program, and by the older one again; facts are never touched."""
    with a_store(store_url, followers=OLDER) as old:
        performed(old, wishes)  # type: ignore[arg-type]  # wishes, or none
        rows, facts = rows_in(old), list(old.facts.by_stream())
    with a_store(store_url) as new:
        with at(new) as connection:
            assert yearly(connection, 2026, 2026)[0].enrolled == min(1, len(wishes))
        assert rebuild(new).changed == 0
        performed(new, of("more", in_step_1()))
    with a_store(store_url, followers=OLDER) as old:
        assert [row for row in rows_in(old)["outcomes"] if row[1] != "more"] == rows["outcomes"]
        assert [row for row in old.facts.by_stream() if row in facts] == facts


def test_a_store_that_kept_names_alone_is_made_ready(store_url: str) -> None:
    """As stores of the first release did."""
    with a_store(store_url) as journeys:
        performed(journeys, in_step_1())
        change(journeys, "UPDATE store SET value = 'journeys,outcomes' WHERE name = 'rows'")
        change(journeys, "DELETE FROM outcomes")
    with a_store(store_url) as journeys:
        assert len(rows_in(journeys)["outcomes"]) == 1


def test_programs_that_open_a_store_of_another_form_at_once_wait_for_each_other(
    store_url: str,
) -> None:
    with a_store(store_url, followers=OLDER) as old:
        for number in range(10):
            performed(old, of(f"j{number}", in_step_1()))
    found = []

    def open_it() -> None:
        with a_store(store_url) as new:
            found.append(len(rows_in(new)["outcomes"]))

    programs = [threading.Thread(target=open_it) for _ in range(3)]
    for program in programs:
        program.start()
    for program in programs:
        program.join()
    assert found == [10, 10, 10]


def test_a_reader_and_writers_in_threads_while_rows_are_made_anew(store_url: str) -> None:
    """Commands go on between the steps; no one is told of an error; the rows are right."""
    with a_store(store_url) as journeys:
        for number in range(30):
            performed(journeys, of(f"j{number}", in_step_1()))
        stop = threading.Event()
        failed: list[BaseException] = []
        written: list[str] = []

        def work(name: str, act: Callable[[str], None]) -> None:
            number = 0
            try:
                while not stop.is_set():
                    number += 1
                    act(f"{name}{number}")
            except BaseException as error:  # shown by the assert below, whatever it is
                failed.append(error)

        def write(key: str) -> None:
            performed(journeys, of(key, in_step_1()))
            written.append(key)

        def read(_: str) -> None:
            with at(journeys) as connection:
                assert yearly(connection, 2026, 2026)[0].enrolled >= 30

        threads = [
            threading.Thread(target=work, args=(name, act))
            for name, act in (("w", write), ("v", write), ("r", read))
        ]
        for thread in threads:
            thread.start()
        changed = {rebuild(journeys).changed for _ in range(4)}
        stop.set()
        for thread in threads:
            thread.join()
        assert failed == []
        assert changed == {0}
        assert rebuild(journeys).changed == 0
        assert len(rows_in(journeys)["outcomes"]) == 30 + len(written)
