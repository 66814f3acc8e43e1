"""Opening a store: what is made, what is left alone, and what is said of one that is unusable."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import (
    Column,
    Date,
    Engine,
    Integer,
    MetaData,
    Table,
    bindparam,
    create_engine,
    event,
    insert,
    select,
)

from journey import Journeys
from journey.errors import StoreError, StoreLocked, StoreReadOnly, StoreTooNew, StoreUnusable
from journey.storage.append import Append
from journey.storage.database import is_in_memory, open_engine
from journey.storage.prepared import Prepared
from journey.storage.recorder import Recorder
from journey.storage.schema import FORM, facts
from journey.storage.sqlite import SQLite
from tests.examples import referral

ROOT = Path(__file__).parents[2]
FACT = ("Said", b"1")


@contextmanager
def opened(target: str | Engine, **options: float) -> Iterator[Recorder]:
    """A recorder on a store, closed in the end."""
    engine = open_engine(target, busy_seconds=options.get("busy_seconds", 5.0))
    recorder = Recorder(engine)
    try:
        yield recorder
    finally:
        recorder.close()
        engine.dispose()


def make_store(path: Path) -> str:
    """A store that holds one fact; its URL."""
    with opened(f"sqlite:///{path}") as recorder:
        recorder.append(Append(uuid4().bytes, 1, (FACT,)))
    return f"sqlite:///{path}"


def run(path: Path, *statements: str) -> None:
    """Run statements as the sqlite3 shell would."""
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def pragma(engine: Engine, name: str) -> object:
    with engine.connect() as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


def said_of(target: str, kind: type[StoreError]) -> str:
    """The sentence with which a store is refused."""
    with pytest.raises(kind) as raised:
        open_engine(target)
    assert type(raised.value) is kind
    return str(raised.value)


def assert_one_plain_sentence(sentence: str) -> None:
    assert sentence.endswith((".", "?", ")"))
    assert "\n" not in sentence
    assert not any(word in sentence.upper() for word in ("SELECT", "INSERT", "PRAGMA", "SQLITE3"))


# --- made and left alone -------------------------------------------------------------


def test_a_new_store_is_durable_and_knows_its_form(tmp_path: Path) -> None:
    """WAL, synchronous=FULL (2), foreign keys; the version of the tables is kept."""
    engine = open_engine(f"sqlite:///{tmp_path / 'store.db'}", busy_seconds=1.5)
    settings = {
        name: pragma(engine, name)
        for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    }
    engine.dispose()
    assert settings == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 1500,
    }
    kept = sqlite3.connect(tmp_path / "store.db")
    assert kept.execute("SELECT * FROM store_form").fetchall() == [(FORM,)]
    kept.close()


def test_an_empty_file_becomes_a_store(tmp_path: Path) -> None:
    (tmp_path / "store.db").touch()
    with opened(f"sqlite:///{tmp_path / 'store.db'}") as recorder:
        assert recorder.head()[0] == 0


def test_opening_a_complete_store_writes_nothing(tmp_path: Path) -> None:
    """Every byte of the file is as before, and what it holds is there."""
    url = make_store(tmp_path / "store.db")
    before = (tmp_path / "store.db").read_bytes()
    with opened(url) as recorder:
        assert recorder.head()[0] == 1
    assert (tmp_path / "store.db").read_bytes() == before


def test_opening_a_complete_store_with_all_its_rows_writes_nothing(tmp_path: Path) -> None:
    """Also where it may only be read."""
    path = tmp_path / "store.db"
    with Journeys(f"sqlite:///{path}") as journeys:
        journeys.record([referral()])
        journeys.close()
    before, changed = path.read_bytes(), path.stat().st_mtime_ns
    for url in (f"sqlite:///{path}", f"sqlite:///file:{path}?mode=ro&uri=true"):
        Journeys(url).close()
    assert path.read_bytes() == before
    assert path.stat().st_mtime_ns == changed


OPENER = """
import sys
from journey import Journeys
with Journeys(sys.argv[1]) as journeys:
    assert journeys.facts.head()[0] == 0
"""


def test_two_programs_may_open_a_new_store_at_once(tmp_path: Path) -> None:
    """With all read models; one makes the tables, the other finds them."""
    for number in range(3):
        words = [sys.executable, "-c", OPENER, f"sqlite:///{tmp_path / f'{number}.db'}"]
        openers = [subprocess.Popen(words, cwd=ROOT) for _ in range(3)]
        assert [opener.wait(timeout=60) for opener in openers] == [0, 0, 0]


def test_a_table_that_is_missing_is_made_in_an_existing_store(tmp_path: Path) -> None:
    """A read model that came later gets its table; the facts stay."""
    url = make_store(tmp_path / "store.db")
    rows = MetaData()
    late = Table("late", rows, Column("number", Integer, primary_key=True))
    engine = open_engine(url, tables=[rows])
    with engine.connect() as connection:
        assert connection.execute(select(late)).all() == []
        assert len(connection.execute(select(facts)).all()) == 1
    engine.dispose()


def test_an_engine_of_the_caller_s_own_is_used_and_never_disposed(tmp_path: Path) -> None:
    """Also where the store is refused: it is the caller's to dispose of."""
    run(tmp_path / "other.db", "CREATE TABLE facts (name TEXT)")
    engine = create_engine(f"sqlite:///{tmp_path / 'other.db'}")
    pool = engine.pool
    with pytest.raises(StoreUnusable):
        open_engine(engine)
    assert engine.pool is pool
    engine.dispose()


def test_many_may_open_a_new_store_at_once(tmp_path: Path) -> None:
    """One makes the tables, the others find them."""
    url = f"sqlite:///{tmp_path / 'store.db'}"
    with ThreadPoolExecutor(8) as pool:
        engines = list(pool.map(lambda _: open_engine(url), range(8)))
    for engine in engines:
        assert Recorder(engine).head()[0] == 0
    for engine in engines:
        engine.dispose()


def test_a_new_store_that_another_holds_is_waited_for_no_longer_than_asked(tmp_path: Path) -> None:
    """Also for the switch to WAL, which SQLite does not wait for by itself."""
    other = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    with pytest.raises(StoreLocked):
        open_engine(f"sqlite:///{tmp_path / 'store.db'}", busy_seconds=0.1)
    assert time.monotonic() - began < 2
    other.execute("ROLLBACK")
    other.close()
    with opened(f"sqlite:///{tmp_path / 'store.db'}") as recorder:
        assert recorder.head()[0] == 0


MEMORY = (
    "sqlite://",
    "sqlite:///:memory:",
    "sqlite:///file::memory:?uri=true",
    "sqlite:///file:shared?mode=memory&cache=shared&uri=true",
)


@pytest.mark.parametrize("url", MEMORY)
def test_a_store_in_memory_is_one_for_all_threads(url: str) -> None:
    with opened(url) as recorder:
        assert is_in_memory(recorder.engine)
        with ThreadPoolExecutor(4) as pool:
            streams = [uuid4().bytes for _ in range(40)]
            list(pool.map(lambda s: recorder.append(Append(s, 1, (FACT,))), streams))
            counts = list(pool.map(lambda s: len(recorder.read(s)), streams))
        assert (recorder.head()[0], counts) == (40, [1] * 40)


# --- refused -------------------------------------------------------------------------


def test_a_newer_program_s_store_is_refused_and_unchanged(tmp_path: Path) -> None:
    url = make_store(tmp_path / "store.db")
    run(tmp_path / "store.db", "UPDATE store_form SET version_num = '0999'")
    before = (tmp_path / "store.db").read_bytes()
    assert_one_plain_sentence(said_of(url, StoreTooNew))
    assert (tmp_path / "store.db").read_bytes() == before


def test_another_program_s_database_is_refused_and_unchanged(tmp_path: Path) -> None:
    run(tmp_path / "other.db", "CREATE TABLE people (name TEXT)")
    before = (tmp_path / "other.db").read_bytes()
    assert "not a store" in said_of(f"sqlite:///{tmp_path / 'other.db'}", StoreUnusable)
    assert (tmp_path / "other.db").read_bytes() == before


def test_a_file_that_is_no_database_is_refused_and_unchanged(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear all, " * 500)
    before = (tmp_path / "letter.txt").read_bytes()
    assert "not a store" in said_of(f"sqlite:///{tmp_path / 'letter.txt'}", StoreUnusable)
    assert (tmp_path / "letter.txt").read_bytes() == before


WOUNDS: dict[str, Callable[[bytes], bytes]] = {
    "cut in its first page": lambda whole: whole[:1000],
    "cut after its first page": lambda whole: whole[:4096],
    "cut in half": lambda whole: whole[: len(whole) // 2],
    "garbage in its first page": lambda whole: whole[:100] + b"\xa5" * 3996 + whole[4096:],
    "garbage after its first page": lambda whole: whole[:4096] + b"\xa5" * (len(whole) - 4096),
}


@pytest.mark.parametrize("wound", WOUNDS.values(), ids=WOUNDS.keys())
def test_a_damaged_store_is_refused_and_unchanged(
    tmp_path: Path, wound: Callable[[bytes], bytes]
) -> None:
    url, path = make_store(tmp_path / "store.db"), tmp_path / "store.db"
    path.write_bytes(wound(path.read_bytes()))
    before = path.read_bytes()
    assert_one_plain_sentence(said_of(url, StoreUnusable))
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM store_form",
        "UPDATE store_form SET version_num = 'x'",
        "DROP TABLE store_form",
        "DROP TABLE store",
        "DROP TABLE commands",
        "ALTER TABLE store_form RENAME COLUMN version_num TO other",
    ],
)
def test_a_store_without_its_marks_is_refused_and_unchanged(tmp_path: Path, change: str) -> None:
    """It is not completed by guessing what it was."""
    url, path = make_store(tmp_path / "store.db"), tmp_path / "store.db"
    run(path, change)
    before = path.read_bytes()
    assert_one_plain_sentence(said_of(url, StoreUnusable))
    assert path.read_bytes() == before


def test_a_folder_is_no_store(tmp_path: Path) -> None:
    assert_one_plain_sentence(said_of(f"sqlite:///{tmp_path}", StoreUnusable))
    assert list(tmp_path.iterdir()) == []


def test_a_store_that_is_not_there_is_not_made_for_reading(tmp_path: Path) -> None:
    url = f"sqlite:///file:{tmp_path / 'store.db'}?mode=ro&uri=true"
    assert_one_plain_sentence(said_of(url, StoreUnusable))
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_is_full_at_the_start_is_said(tmp_path: Path) -> None:
    """No table is left half made: with more room the store is made."""
    engine = create_engine(f"sqlite:///{tmp_path / 'store.db'}")
    room = [3]
    event.listen(
        engine, "connect", lambda made, _: made.execute(f"PRAGMA max_page_count={room[0]}")
    )
    with pytest.raises(StoreUnusable, match="disk is full"):
        open_engine(engine)
    engine.dispose()
    room[0] = 1000
    assert Recorder(open_engine(engine)).head()[0] == 0
    engine.dispose()


def test_a_missing_folder_is_said_and_not_made(tmp_path: Path) -> None:
    sentence = said_of(f"sqlite:///{tmp_path / 'missing' / 'store.db'}", StoreUnusable)
    assert_one_plain_sentence(sentence)
    assert not (tmp_path / "missing").exists()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+asyncpg://server/journey",
        "mysql://server/journey",
        "sqlite+aiosqlite:///journey.db",
        "sqlite://server/journey.db",
        "sqlite://:port/journey.db",
        "sqlite:/journey.db",
        "sqlite:///\0",
        "sqlite:///\udcff.db",
        "sqlite:///file:x?uri=true&timeout=soon",
        "://",
        "journey.db",
        "",
    ],
)
def test_a_url_that_is_not_sqlite_is_refused(url: str) -> None:
    """Its sentence never repeats the URL, which may hold a password."""
    sentence = said_of(url, StoreUnusable)
    assert_one_plain_sentence(sentence)
    assert "server" not in sentence


def test_an_option_that_would_not_be_heeded_is_refused(tmp_path: Path) -> None:
    """Who asks for a store to be read only must not get one that is written to."""
    url = f"{make_store(tmp_path / 'store.db')}?mode=ro"
    assert_one_plain_sentence(said_of(url, StoreUnusable))


def test_a_read_only_store_can_be_read_and_refuses_to_be_written(tmp_path: Path) -> None:
    make_store(tmp_path / "store.db")
    with opened(f"sqlite:///file:{tmp_path / 'store.db'}?mode=ro&uri=true") as recorder:
        assert recorder.head()[0] == 1
        with pytest.raises(StoreReadOnly) as raised:
            recorder.append(Append(uuid4().bytes, 1, (FACT,)))
        assert_one_plain_sentence(str(raised.value))
        assert recorder.head()[0] == 1


def test_a_store_that_another_writes_to_can_be_read_and_is_locked_for_writers(
    tmp_path: Path,
) -> None:
    """The wait is the busy time; once the other is done the same recorder goes on."""
    url = make_store(tmp_path / "store.db")
    other = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with opened(url, busy_seconds=0.1) as recorder:
        assert recorder.head()[0] == 1
        with pytest.raises(StoreLocked) as raised:
            recorder.append(Append(uuid4().bytes, 1, (FACT,)))
        assert_one_plain_sentence(str(raised.value))
        other.execute("ROLLBACK")
        assert recorder.append(Append(uuid4().bytes, 1, (FACT,))).first_position == 2
    other.close()


def test_a_store_that_another_holds_alone_cannot_be_opened(tmp_path: Path) -> None:
    url = make_store(tmp_path / "store.db")
    other = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
    other.execute("PRAGMA locking_mode=EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreLocked):
        open_engine(url, busy_seconds=0.1)
    other.execute("ROLLBACK")
    other.close()


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("database is locked", StoreLocked),
        ("database table is locked", StoreLocked),
        ("attempt to write a readonly database", StoreReadOnly),
        ("file is not a database", StoreUnusable),
        ("database disk image is malformed", StoreUnusable),
        ("database or disk is full", StoreUnusable),
        ("unable to open database file", StoreUnusable),
        ("disk I/O error", StoreUnusable),
        ("something with the value 'Anna'", StoreUnusable),
    ],
)
def test_a_fault_becomes_one_sentence_without_values(message: str, kind: type[StoreError]) -> None:
    error = SQLite().as_store_error(sqlite3.OperationalError(message))
    assert type(error) is kind
    assert_one_plain_sentence(str(error))
    assert "Anna" not in str(error)


# --- prepared statements -------------------------------------------------------------


def test_a_prepared_statement_binds_values_as_the_driver_takes_them() -> None:
    """In the order of the text, each converted as its column asks, with given defaults."""
    days = Table("days", MetaData(), Column("day", Date), Column("number", Integer))
    query = select(days.c.number).where(days.c.day >= bindparam("since")).limit(3)
    engine = open_engine("sqlite://")
    prepared, new = (Prepared(q, engine.dialect) for q in (query, insert(days)))
    assert prepared.bind({"since": date(2026, 3, 1)}) == ("2026-03-01", 3, 0)
    assert new.bind({"number": 1, "day": date(2026, 3, 1)}) == ("2026-03-01", 1)
    engine.dispose()
