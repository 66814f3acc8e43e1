"""The recorder: for ever, in one gap-free order, sealed, durable, all or nothing."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from threading import Event
from uuid import UUID, uuid4

import pytest
from eventsourcing.persistence import IntegrityError
from sqlalchemy import Column, Integer, MetaData, Table, select

from journey.errors import StoreUnusable
from journey.storage.append import (
    Append,
    Appended,
    Claim,
    Command,
    CommandTaken,
    RowsRefused,
    VersionMoved,
)
from journey.storage.database import open_engine
from journey.storage.recorder import Recorder, Row
from journey.storage.seal import GENESIS, seal

ROOT = Path(__file__).parents[2]
STREAM = UUID(int=1).bytes
FACT = ("Said", b"1")

ROWS = MetaData()
Table("numbers", ROWS, Column("number", Integer, primary_key=True))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journey.db"


@pytest.fixture
def recorder(store_url: str) -> Iterator[Recorder]:
    yield from opened(store_url)


@pytest.fixture
def on_sqlite(path: Path) -> Iterator[Recorder]:
    yield from opened(f"sqlite:///{path}")


def opened(url: str) -> Iterator[Recorder]:
    engine = open_engine(url, tables=[ROWS])
    recorder = Recorder(engine)
    yield recorder
    recorder.close()
    engine.dispose()


def said(stream: bytes = STREAM, version: int = 1, *, number: int | None = None) -> Append:
    """One fact; with a number, a row that follows it."""
    row = () if number is None else ((f"INSERT INTO numbers VALUES ({number})", ()),)
    return Append(stream, version, (FACT,), row)


def all_rows(recorder: Recorder) -> list[Row]:
    return list(chain.from_iterable(recorder.scan(batch=97)))


def numbers(recorder: Recorder) -> list[int]:
    """What the rows' table holds, as another connection reads it."""
    with recorder.engine.connect() as connection:
        return list(connection.scalars(select(ROWS.tables["numbers"])))


def assert_whole(rows: Sequence[Row]) -> None:
    """Positions from 1 without a gap, time that never runs backwards, seals that chain."""
    assert [row[0] for row in rows] == list(range(1, len(rows) + 1))
    times = [row[5] for row in rows]
    assert times == sorted(times)
    previous = GENESIS
    for position, stream, version, name, body, recorded_at, sealed in rows:
        previous = seal(previous, position, recorded_at, stream, version, name, body)
        assert sealed == previous


# --- appending and reading -----------------------------------------------------------


def test_what_is_appended_is_read_by_stream_and_by_position(store_url: str) -> None:
    engine = open_engine(store_url)
    recorder = Recorder(engine, clock=lambda: 1_000)
    other = uuid4().bytes
    events = (("Said", b"1"), ("Done", b"2"))
    assert recorder.append(Append(STREAM, 1, events)) == Appended(1, 1_000, 2)
    assert recorder.append(said(other)) == Appended(3, 1_000, 1)
    assert recorder.read(STREAM) == [(1, "Said", b"1", 1_000, 1), (2, "Done", b"2", 1_000, 2)]
    assert recorder.read(STREAM, after=1) == [(2, "Done", b"2", 1_000, 2)]
    assert recorder.read(uuid4().bytes) == []
    assert [recorder.version(s) for s in (STREAM, other, uuid4().bytes)] == [2, 1, 0]
    assert [row[:3] for row in all_rows(recorder)] == [
        (1, STREAM, 1),
        (2, STREAM, 2),
        (3, other, 1),
    ]
    recorder.close()
    engine.dispose()


def test_an_empty_store_has_the_genesis_as_its_head(recorder: Recorder) -> None:
    assert recorder.head() == (0, 0, GENESIS)
    assert all_rows(recorder) == []


def test_a_clock_that_is_set_back_never_turns_the_record_s_time(store_url: str) -> None:
    engine = open_engine(store_url)
    times = iter([500, 300, 700])
    recorder = Recorder(engine, clock=lambda: next(times))
    recorded = [recorder.append(said(version=n)).recorded_at for n in (1, 2, 3)]
    assert recorded == [500, 500, 700]
    recorder.close()
    engine.dispose()


def test_a_scan_gives_the_asked_part_in_batches(recorder: Recorder) -> None:
    """Between two positions, and writers go on meanwhile."""
    recorder.append(Append(STREAM, 1, (FACT,) * 10))
    batches = recorder.scan(after=2, upto=9, batch=3)
    found = [[row[0] for row in next(batches)]]
    recorder.append(said(version=11))
    found += [[row[0] for row in batch] for batch in batches]
    assert found == [[3, 4, 5], [6, 7, 8], [9]]


def test_all_facts_by_stream_come_a_stream_after_the_other(recorder: Recorder) -> None:
    low, high = bytes(16), b"\xff" * 16
    for append in (said(high), said(low), said(high, 2)):
        recorder.append(append)
    assert [row[:2] for row in recorder.by_stream()] == [(low, 1), (high, 1), (high, 2)]


def test_facts_by_stream_span_pages_and_end_at_a_position(recorder: Recorder) -> None:
    """A stream longer than a page is whole; what is recorded meanwhile is left out."""
    low, high = bytes(16), b"\xff" * 16
    recorder.append(Append(high, 1, (FACT,) * 4500))
    recorder.append(Append(low, 1, (FACT,) * 2000))
    rows = recorder.by_stream(upto=6000)
    found = [next(rows)]
    recorder.append(said(low, 2001))
    found += rows
    assert [(row[0], row[1]) for row in found] == [
        *((low, version) for version in range(1, 1501)),
        *((high, version) for version in range(1, 4501)),
    ]
    assert [row[4] for row in found[1499:1501]] == [6000, 1]


def test_the_streams_that_changed_between_two_positions(recorder: Recorder) -> None:
    """Each once, in their order."""
    low, high = bytes(16), b"\xff" * 16
    for append in (said(STREAM), said(high), said(low), said(high, 2), said(STREAM, 2)):
        recorder.append(append)
    assert list(recorder.changed_streams(1, 4)) == [low, high]
    assert list(recorder.changed_streams(5, 5)) == []


def test_the_last_position_by_a_time(store_url: str) -> None:
    """Several facts may bear one time; before the first there is none."""
    engine = open_engine(store_url)
    times = iter([100, 200, 200, 300])
    recorder = Recorder(engine, clock=lambda: next(times))
    assert recorder.position_at(100) == 0
    for version in (1, 2, 3, 4):
        recorder.append(said(version=version))
    asked = {time: recorder.position_at(time) for time in (99, 100, 199, 200, 299, 300, 999)}
    assert asked == {99: 0, 100: 1, 199: 1, 200: 3, 299: 3, 300: 4, 999: 4}
    recorder.close()
    engine.dispose()


def test_answers_within_one_reading_are_of_one_moment(recorder: Recorder) -> None:
    """Whatever is written meanwhile."""
    count = "SELECT COUNT(*) FROM facts"
    recorder.append(said())
    with recorder.reading() as connection:
        before = connection.exec_driver_sql(count).scalar()
        recorder.append(said(version=2))
        assert (before, connection.exec_driver_sql(count).scalar()) == (1, 1)
    assert recorder.head()[0] == 2


# --- refused: all or nothing ---------------------------------------------------------


def test_a_version_that_is_taken_is_refused_and_nothing_of_the_append_is_kept(
    recorder: Recorder,
) -> None:
    recorder.append(said(version=2))
    overlapping = Append(STREAM, 1, (FACT, FACT), said(number=7).statements, Claim("c", bytes(32)))
    with pytest.raises(VersionMoved):
        recorder.append(overlapping)
    assert (recorder.head()[0], numbers(recorder), recorder.find_command("c")) == (1, [], None)


def test_a_key_that_is_taken_is_refused_and_nothing_of_the_append_is_kept(
    recorder: Recorder,
) -> None:
    recorder.append(Append(STREAM, 1, (FACT, FACT), (), Claim("c", b"d" * 32)))
    again = Append(STREAM, 3, (FACT,), said(number=7).statements, Claim("c", b"e" * 32))
    with pytest.raises(CommandTaken):
        recorder.append(again)
    assert recorder.find_command("c") == Command(b"d" * 32, STREAM, 1, 2)
    assert (recorder.head()[0], numbers(recorder)) == (2, [])


def test_a_command_that_records_nothing_keeps_its_key(recorder: Recorder) -> None:
    recorder.append(Append(STREAM, 1, (), (), Claim("c", b"d" * 32)))
    assert recorder.find_command("c") == Command(b"d" * 32, STREAM, 1, 0)
    assert recorder.head() == (0, 0, GENESIS)


def test_rows_that_are_refused_take_their_facts_with_them(recorder: Recorder) -> None:
    recorder.append(said(number=7))
    with pytest.raises(RowsRefused):
        recorder.append(said(version=2, number=7))
    assert (recorder.version(STREAM), numbers(recorder)) == (1, [7])


def test_every_conflict_is_one_of_eventsourcing_s() -> None:
    assert all(issubclass(kind, IntegrityError) for kind in (VersionMoved, CommandTaken))
    assert issubclass(RowsRefused, IntegrityError)


def test_many_in_one_commit_stop_at_the_first_that_is_refused(recorder: Recorder) -> None:
    """Those before it are written; it and those after it are not."""
    batch = [said(version=1, number=1), said(version=1, number=2), said(version=2, number=3)]
    assert [done.first_position for done in recorder.append_all(batch)] == [1]
    assert (recorder.version(STREAM), numbers(recorder)) == (1, [1])
    assert len(recorder.append_all([said(version=2), said(version=3)])) == 2
    assert_whole(all_rows(recorder))


def test_a_transaction_of_its_own_is_all_or_nothing(recorder: Recorder) -> None:
    with recorder.exclusively() as cursor:
        cursor.execute("INSERT INTO numbers VALUES (1)")
    with pytest.raises(ZeroDivisionError):
        insert_and_stumble(recorder)
    assert numbers(recorder) == [1]
    assert recorder.append(said()).first_position == 1


def insert_and_stumble(recorder: Recorder) -> None:
    with recorder.exclusively() as cursor:
        cursor.execute("INSERT INTO numbers VALUES (2)")
        raise ZeroDivisionError


# --- for ever ------------------------------------------------------------------------

FORBIDDEN = (
    "UPDATE facts SET body = x'00' WHERE position = 1",
    "UPDATE OR REPLACE facts SET position = 1 WHERE position = 2",
    "DELETE FROM facts WHERE position = 1",
    "DELETE FROM facts",
    "INSERT OR REPLACE INTO facts SELECT position, stream, version, name, x'00', recorded_at,"
    " seal FROM facts WHERE position = 1",
    "INSERT OR REPLACE INTO facts SELECT 3, stream, version, name, x'00', recorded_at, seal"
    " FROM facts WHERE position = 1",
    "INSERT INTO facts SELECT position, stream, 9, name, x'00', recorded_at, seal FROM facts"
    " WHERE position = 1 ON CONFLICT (position) DO UPDATE SET body = x'00'",
    "INSERT INTO facts SELECT 9, stream, 9, name, body, recorded_at, seal FROM facts"
    " WHERE position = 1",
    "INSERT INTO facts SELECT NULL, stream, 9, name, body, recorded_at, seal FROM facts"
    " WHERE position = 1",
    "REPLACE INTO facts SELECT position, stream, version, name, x'00', recorded_at, seal"
    " FROM facts",
    "REPLACE INTO facts (rowid, stream, version, name, body, recorded_at, seal)"
    " SELECT 1, stream, 9, name, x'00', recorded_at, seal FROM facts WHERE position = 2",
    "INSERT INTO facts SELECT 3, stream, version, name, x'00', recorded_at, seal FROM facts"
    " WHERE position = 1 ON CONFLICT (stream, version) DO UPDATE SET body = excluded.body",
    "INSERT OR IGNORE INTO facts SELECT -1, stream, 9, name, x'00', recorded_at, seal FROM facts",
    "UPDATE commands SET digest = x'00'",
    "UPDATE OR REPLACE commands SET id = 'd'",
    "DELETE FROM commands",
    "INSERT OR REPLACE INTO commands SELECT id, x'00', stream, 1, 1 FROM commands",
    "REPLACE INTO commands SELECT id, x'00', stream, 1, 1 FROM commands",
    "INSERT INTO commands SELECT id, x'00', stream, 1, 1 FROM commands WHERE TRUE"
    " ON CONFLICT DO UPDATE SET digest = excluded.digest",
)


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_database_itself_refuses_to_change_what_is_recorded(
    on_sqlite: Recorder, path: Path, statement: str
) -> None:
    """design.md §4.1, through a connection that knows nothing of this program."""
    on_sqlite.append(Append(STREAM, 1, (FACT, FACT), (), Claim("c", b"d" * 32)))
    before = all_rows(on_sqlite)
    plain = sqlite3.connect(path)
    plain.execute("PRAGMA recursive_triggers=OFF")
    with pytest.raises(sqlite3.IntegrityError, match="what is recorded is for ever"):
        plain.execute(statement)
    plain.commit()
    plain.close()
    assert all_rows(on_sqlite) == before
    assert on_sqlite.find_command("c") == Command(b"d" * 32, STREAM, 1, 2)


def test_a_key_has_no_hidden_place_by_which_another_could_replace_it(
    on_sqlite: Recorder, path: Path
) -> None:
    """SQLite's own row number would be a second key, which REPLACE empties unasked."""
    on_sqlite.append(Append(STREAM, 1, (FACT, FACT), (), Claim("c", b"d" * 32)))
    plain = sqlite3.connect(path)
    with pytest.raises(sqlite3.Error):
        plain.execute(
            "REPLACE INTO commands (rowid, id, digest, stream, first_version, fact_count)"
            " SELECT rowid, 'other', x'00', stream, 1, 1 FROM commands"
        )
    plain.commit()
    plain.close()
    assert on_sqlite.find_command("c") == Command(b"d" * 32, STREAM, 1, 2)


# --- many writers --------------------------------------------------------------------


def test_eight_threads_lose_nothing_and_leave_no_gap(recorder: Recorder) -> None:
    """8 × 200 appends; every answer names the place where the fact is."""

    def write(_: int) -> list[tuple[int, bytes, int]]:
        stream = uuid4().bytes
        return [(recorder.append(said(stream, n)).first_position, stream, n) for n in range(1, 201)]

    with ThreadPoolExecutor(8) as pool:
        answers = list(chain.from_iterable(pool.map(write, range(8))))
    rows = all_rows(recorder)
    assert len(rows) == 1600
    assert_whole(rows)
    assert sorted(answers) == [row[:3] for row in rows]


def test_time_never_runs_backwards_along_positions_whatever_the_clock_says(store_url: str) -> None:
    """Eight threads and a clock that jumps to and fro; what was answered is what is kept."""
    engine = open_engine(store_url)
    clock = random.Random(1)
    recorder = Recorder(engine, clock=lambda: clock.randrange(1_000_000))

    def write(_: int) -> list[Appended]:
        stream = uuid4().bytes
        return [recorder.append(said(stream, version)) for version in range(1, 51)]

    with ThreadPoolExecutor(8) as pool:
        answers = list(chain.from_iterable(pool.map(write, range(8))))
    rows = all_rows(recorder)
    assert_whole(rows)
    assert {(one.first_position, one.recorded_at) for one in answers} == {
        (row[0], row[5]) for row in rows
    }
    recorder.close()
    engine.dispose()


def test_batches_and_single_appends_of_many_threads_leave_no_gap(recorder: Recorder) -> None:
    def write(number: int) -> int:
        appends = [said(uuid4().bytes) for _ in range(50)]
        if number % 2:
            return len(recorder.append_all(appends))
        return len([recorder.append(append) for append in appends])

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(write, range(6))) == 300
    rows = all_rows(recorder)
    assert len(rows) == 300
    assert_whole(rows)


def together(recorder: Recorder, appends: Sequence[Append]) -> list[Appended | Exception]:
    """What each is answered when they share one commit: they line up while the pen is held."""
    with ThreadPoolExecutor(len(appends)) as pool:
        with recorder.exclusively():
            waiting = [pool.submit(recorder.append, append) for append in appends]
            line_up(recorder, len(appends))
        wait(waiting)
    return [future.exception() or future.result() for future in waiting]  # type: ignore[misc]  # no BaseException is raised here


def line_up(recorder: Recorder, count: int) -> None:
    """Wait until so many appends stand in line."""
    moment = Event()
    for _ in range(1000):
        if len(recorder._writing._waiting) == count:
            return
        moment.wait(0.005)
    raise AssertionError("they never lined up")


def test_one_that_is_refused_in_a_shared_commit_touches_no_other(recorder: Recorder) -> None:
    """Each of the three kinds of conflict, among others that are written with their rows."""
    recorder.append(Append(STREAM, 1, (FACT,), said(number=0).statements, Claim("c", bytes(32))))
    fresh = [said(uuid4().bytes, number=n) for n in (1, 2, 3)]
    moved = said(STREAM, 1, number=8)
    refused = said(uuid4().bytes, number=0)
    taken = Append(uuid4().bytes, 1, (FACT,), said(number=9).statements, Claim("c", bytes(32)))
    answers = together(recorder, [fresh[0], moved, fresh[1], refused, taken, fresh[2]])
    kinds = [type(answer) for answer in answers]
    assert kinds == [Appended, VersionMoved, Appended, RowsRefused, CommandTaken, Appended]
    assert (recorder.head()[0], sorted(numbers(recorder))) == (4, [0, 1, 2, 3])
    assert_whole(all_rows(recorder))


def test_only_one_of_many_gets_a_version(recorder: Recorder) -> None:
    """Optimistic concurrency within a shared commit, too."""
    answers = together(recorder, [said()] * 6)
    kinds = sorted(type(answer).__name__ for answer in answers)
    assert kinds == ["Appended"] + ["VersionMoved"] * 5


def test_those_who_wait_together_share_one_commit(on_sqlite: Recorder) -> None:
    run: list[str] = []
    with on_sqlite.exclusively() as cursor:
        cursor.connection.set_trace_callback(run.append)
    run.clear()
    together(on_sqlite, [said(uuid4().bytes) for _ in range(6)])
    assert run.count("COMMIT") == len(("what held the pen", "the six"))
    assert on_sqlite.head()[0] == 6


def test_those_who_share_a_commit_share_its_failure(recorder: Recorder) -> None:
    """Nothing was written, so no one is answered as recorded; later appends go on.

    A foreign key that is checked last makes the COMMIT itself fail.
    """
    with recorder.exclusively() as cursor:
        cursor.execute(
            "CREATE TABLE late (number integer"
            " REFERENCES numbers (number) DEFERRABLE INITIALLY DEFERRED)"
        )
    dangling = Append(uuid4().bytes, 1, (FACT,), (("INSERT INTO late VALUES (404)", ()),))
    answers = together(recorder, [said(number=1), dangling, said(uuid4().bytes, number=2)])
    assert [type(answer) for answer in answers] == [StoreUnusable] * 3
    assert (recorder.head()[0], numbers(recorder)) == (0, [])
    assert recorder.append(said(number=1)).first_position == 1
    assert_whole(all_rows(recorder))


# --- a full disk ---------------------------------------------------------------------

HEAVY = (("Said", b"x" * 20_000),)


@contextmanager
def no_more_room(recorder: Recorder) -> Iterator[None]:
    """The store's file may not grow meanwhile, as on a full disk."""
    with recorder.exclusively() as cursor:
        (pages,) = cursor.execute("PRAGMA page_count").fetchone()
        cursor.execute(f"PRAGMA max_page_count={pages}")
    try:
        yield
    finally:
        with recorder.exclusively() as cursor:
            cursor.execute("PRAGMA max_page_count=1000000")


def heavy(number: int) -> Append:
    """An append that needs more room than a file has left, with its row and its key."""
    return Append(
        uuid4().bytes, 1, HEAVY, said(number=number).statements, Claim(str(number), bytes(32))
    )


def test_a_full_disk_records_nothing_of_an_append_and_the_recorder_goes_on(
    on_sqlite: Recorder,
) -> None:
    on_sqlite.append(said(number=1))
    with no_more_room(on_sqlite), pytest.raises(StoreUnusable, match="disk is full"):
        on_sqlite.append(heavy(2))
    assert (on_sqlite.head()[0], numbers(on_sqlite), on_sqlite.find_command("2")) == (1, [1], None)
    assert on_sqlite.append(heavy(2)).first_position == 2
    assert_whole(all_rows(on_sqlite))


def test_a_full_disk_answers_no_one_of_a_shared_commit_as_recorded(on_sqlite: Recorder) -> None:
    """Also not those whose own facts had found room."""
    small = [said(uuid4().bytes, number=n) for n in (1, 2)]
    with no_more_room(on_sqlite):
        answers = together(on_sqlite, [small[0], heavy(3), small[1]])
    assert [type(answer) for answer in answers] == [StoreUnusable] * 3
    assert (on_sqlite.head()[0], numbers(on_sqlite)) == (0, [])
    answers = together(on_sqlite, [small[0], heavy(3), small[1]])
    assert [type(answer) for answer in answers] == [Appended] * 3
    assert_whole(all_rows(on_sqlite))


def test_a_full_disk_records_nothing_of_many_that_were_given_together(on_sqlite: Recorder) -> None:
    with no_more_room(on_sqlite), pytest.raises(StoreUnusable, match="disk is full"):
        on_sqlite.append_all([said(number=1), heavy(2), said(version=2, number=3)])
    assert (on_sqlite.head()[0], numbers(on_sqlite)) == (0, [])
    assert len(on_sqlite.append_all([said(number=1), heavy(2)])) == 2


# --- several processes, and sudden ends ----------------------------------------------

WRITER = """
import sys
from uuid import uuid4
from journey.storage.database import open_engine
from journey.storage.append import (Append, Claim)
from journey.storage.recorder import Recorder

recorder = Recorder(open_engine(sys.argv[1], busy_seconds=60))
for number in range(int(sys.argv[2])):
    stream = uuid4()
    events = (("Said", b"1"), ("Done", b"2"))
    recorder.append(Append(stream.bytes, 1, events, (), Claim(stream.hex, bytes(32))))
    sys.stdout.write(stream.hex + "\\n")
    sys.stdout.flush()
"""


def start_writer(path: Path, count: int) -> subprocess.Popen[str]:
    """Another process that appends pairs of facts and says each when it is answered."""
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, f"sqlite:///{path}", str(count)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def answered_by(process: subprocess.Popen[str]) -> set[str]:
    """The streams that a process was answered for; it has ended then."""
    said, _ = process.communicate(timeout=120)
    return {line for line in said.split("\n") if len(line) == 32}


def recorded_in(path: Path) -> list[Row]:
    engine = open_engine(f"sqlite:///{path}")
    recorder = Recorder(engine)
    rows = all_rows(recorder)
    recorder.close()
    engine.dispose()
    return rows


def test_two_processes_leave_no_gap_on_one_file(path: Path) -> None:
    writers = [start_writer(path, 150) for _ in range(2)]
    answered = set().union(*(answered_by(writer) for writer in writers))
    assert [writer.returncode for writer in writers] == [0, 0]
    rows = recorded_in(path)
    assert_whole(rows)
    assert {row[1].hex() for row in rows} == answered
    assert len(rows) == 600


def test_a_killed_program_loses_nothing_it_answered_and_leaves_nothing_half(path: Path) -> None:
    """kill -9 at several moments: what was answered is there; each pair with its key, or none."""
    answered: set[str] = set()
    for lines in (1, 20, 45, 70, 111):
        writer = start_writer(path, 100_000)
        assert writer.stdout is not None
        answered |= {writer.stdout.readline().strip() for _ in range(lines)}
        writer.send_signal(signal.SIGKILL)
        answered |= answered_by(writer)
        assert writer.returncode == -signal.SIGKILL
    rows = recorded_in(path)
    assert_whole(rows)
    versions: dict[str, list[int]] = {}
    for row in rows:
        versions.setdefault(row[1].hex(), []).append(row[2])
    assert answered <= versions.keys()
    assert all(found == [1, 2] for found in versions.values())
    assert keys_in(path) == versions.keys()


def keys_in(path: Path) -> set[str]:
    connection = sqlite3.connect(path)
    found = {key for (key,) in connection.execute("SELECT id FROM commands")}
    connection.close()
    return found
