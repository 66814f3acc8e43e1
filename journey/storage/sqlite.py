"""A store in a SQLite file, or in memory."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final

from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from journey.errors import StoreError, StoreLocked, StoreReadOnly, StoreUnusable

_TABLES: Final = text(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
)

_GLANCE_SECONDS: Final = 0.05


class Glance:
    """A look at the store twenty times a second."""

    def wait(self) -> None:
        """Sleep until the next look."""
        time.sleep(_GLANCE_SECONDS)

    def close(self) -> None:
        """Nothing is held."""


class SQLite:
    """What is particular to SQLite: one file, one writer, readers beside it (WAL)."""

    drivers: Sequence[str] = ("sqlite", "sqlite+pysqlite")
    index_names = "SELECT name FROM sqlite_master WHERE type = 'index'"

    def engine(self, url: URL, busy_seconds: float) -> Engine:
        """An engine whose commits reach the disk. Raises StoreUnusable for a wrong URL."""
        if not _is_heeded(url):
            raise StoreUnusable("The store must be given as sqlite:///PATH.")
        arguments = {
            "isolation_level": None,
            "check_same_thread": False,
            "timeout": busy_seconds,
        }
        pool: dict[str, Any] = (
            {"poolclass": StaticPool} if _lives_in_memory(url) else {"max_overflow": -1}
        )
        engine = create_engine(url, connect_args=arguments, **pool)
        event.listen(engine, "connect", _durable)
        return engine

    def begin_reading(self, connection: Connection) -> None:
        """Begin a transaction all of whose answers are of one moment, unless a host's own
        listener has begun one, as SQLAlchemy's manual advises."""
        connection.begin()
        if not _has_begun(connection):
            connection.exec_driver_sql("BEGIN")

    def make_a_pen(self, connection: Any) -> None:
        """Every connection is one."""

    def begin(self, cursor: Any, ask: str) -> None:
        """Begin a write transaction, in its turn after those of all other writers; then ask."""
        cursor.execute("BEGIN IMMEDIATE")
        cursor.execute(ask)

    def join(self, cursor: Any, ask: str) -> None:
        """Wait for the turn to write in a transaction that the host has begun; then ask."""
        cursor.execute("UPDATE store SET value = value WHERE name = ''")
        cursor.execute(ask)

    def together(self, cursor: Any) -> AbstractContextManager[Any]:
        """There is no server to send a parcel to: each statement runs at once."""
        return nullcontext()

    def in_transaction(self, cursor: Any) -> bool:
        """Whether one is open; SQLite may have rolled back itself (a full disk, say)."""
        return bool(cursor.connection.in_transaction)

    def is_lost(self, connection: Any) -> bool:
        """A file's connection does not break."""
        return False

    def keep_readers_out(self, cursor: Any) -> None:
        """No need: who reads goes on with the tables as they were."""

    def tables_in(self, connection: Connection) -> set[str]:
        """The names of the tables that are there."""
        return set(connection.scalars(_TABLES))

    def begin_making(self, connection: Connection) -> None:
        """Begin the transaction in which tables are made; no one else makes any meanwhile."""
        if _has_begun(connection):  # by a host's listener; what was read so far is read again
            connection.exec_driver_sql("ROLLBACK")
        _write_ahead(connection)
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    def bell(self, engine: Engine) -> Glance:
        """SQLite rings none: the store is looked at every now and then."""
        return Glance()

    def refusing_table(self, error: Exception) -> str | None:
        """SQLite says it at once, by the statement that it refuses."""
        return None

    def as_store_error(self, error: Exception) -> StoreError:
        """What a driver's error means for the caller, without its SQL or values."""
        said = str(error.orig if isinstance(error, DBAPIError) else error).lower()
        for sign, kind, sentence in _FAULTS:
            if sign in said:
                return kind(sentence)
        return StoreUnusable("The database refused; nothing was recorded.")


_FAULTS: tuple[tuple[str, type[StoreError], str], ...] = (
    ("locked", StoreLocked, "Another program holds the store; try again in a moment."),
    ("busy", StoreLocked, "Another program holds the store; try again in a moment."),
    ("readonly", StoreReadOnly, "The store can be read, but not written."),
    ("read-only", StoreReadOnly, "The store can be read, but not written."),
    ("not a database", StoreUnusable, "This file is not a store of this program."),
    ("malformed", StoreUnusable, "The store is damaged."),
    ("full", StoreUnusable, "The disk is full; nothing was recorded."),
    ("unable to open", StoreUnusable, "The store cannot be opened: is its folder there?"),
    ("disk i/o", StoreUnusable, "The disk failed while the store was in use."),
)


def _has_begun(connection: Connection) -> bool:
    driver_s: Any = connection.connection.dbapi_connection
    return bool(driver_s.in_transaction)


def _is_heeded(url: URL) -> bool:
    """SQLite reads options in a file: URI alone, and opens no name with a NUL or a stray byte."""
    name = url.database or ""
    sound = "\0" not in name and name.encode(errors="ignore").decode() == name
    return sound and (not url.query or "uri" in url.query)


def _lives_in_memory(url: URL) -> bool:
    nameless = url.database in (None, "", ":memory:", "file::memory:")
    return nameless or url.query.get("mode") == "memory"


def _durable(connection: sqlite3.Connection, _: object) -> None:
    """Every commit reaches the disk before it is answered."""
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


def _write_ahead(connection: Connection) -> None:
    """Readers go on while someone writes. Switching asks for the store alone, so it may wait."""
    busy = connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one()
    deadline = time.monotonic() + busy / 1000
    while True:
        try:
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
            return
        except DBAPIError as error:
            if "locked" not in str(error.orig) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
