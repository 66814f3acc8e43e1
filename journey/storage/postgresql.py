"""A store on a PostgreSQL server, in the first schema of the connection's search path.

Writers take turns by a lock on the table ``store``: it is held to the end of the
transaction, so that positions have no gaps and become visible in their order. The lock
needs no right to change facts. Who reads several tables locks it against a rebuild's
swap alone.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, cast

from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import DBAPIError

from journey.errors import StoreError, StoreLocked, StoreReadOnly, StoreUnusable
from journey.storage.append import ParcelRefused
from journey.storage.schema import CHANNEL

_TABLES: Final = text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
_HEARING_SECONDS: Final = 0.5
_TURN: Final = "LOCK TABLE store IN SHARE ROW EXCLUSIVE MODE"
_ABORTED: Final = "PipelineAborted"
_IDLE: Final = 0
"""libpq's number for a connection without a transaction."""


class Listener:
    """A connection that hears the notifications of commits which recorded facts."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Any = None
        self._listen()

    def wait(self) -> None:
        """Wait for a notification; for half a second at most, and shorter where the server is
        away: the next question to it says so."""
        try:
            if self._connection is None:
                self._listen()
            for _ in self._connection.notifies(timeout=_HEARING_SECONDS, stop_after=1):
                return
        except Exception as error:
            if not isinstance(error, self._engine.dialect.loaded_dbapi.Error | DBAPIError):
                raise
            self.close()
            time.sleep(_HEARING_SECONDS)

    def close(self) -> None:
        """Hear no more."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _listen(self) -> None:
        borrowed = self._engine.raw_connection()
        borrowed.detach()  # it is not the pool's any more, nor is it closed for us
        connection = self._connection = cast("Any", borrowed.dbapi_connection)
        try:
            connection.rollback()
            connection.autocommit = True
            connection.execute(f"LISTEN {CHANNEL}")
        except BaseException:
            self.close()
            raise


class PostgreSQL:
    """What is particular to PostgreSQL, by the driver psycopg."""

    drivers: Sequence[str] = ("postgresql+psycopg",)
    index_names = "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()"

    def engine(self, url: URL, busy_seconds: float) -> Engine:
        """An engine whose commits reach the disk, and who waits for so long for a lock."""
        engine = create_engine(url, max_overflow=-1, client_encoding="utf8")
        milliseconds = round(busy_seconds * 1000)

        def prepare(connection: Any, _: object) -> None:
            with connection.cursor() as cursor:
                cursor.execute(
                    f"SELECT set_config('lock_timeout', '{milliseconds}', false),"
                    " set_config('synchronous_commit', CASE current_setting('synchronous_commit')"
                    " WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false)"
                )
            connection.commit()

        event.listen(engine, "connect", prepare)
        return engine

    def begin_reading(self, connection: Connection) -> None:
        """Begin a transaction all of whose answers are of one moment; no table is swapped."""
        connection.exec_driver_sql(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; LOCK TABLE store IN ACCESS SHARE MODE"
        )

    def make_a_pen(self, connection: Any) -> None:
        """Prepare statements at their first use: psycopg takes one for prepared that it would
        have prepared later, in a parcel of which the server then did nothing."""
        connection.prepare_threshold = 0

    def begin(self, cursor: Any, ask: str) -> None:
        """Begin a write transaction, in its turn after those of all other writers, and ask, all
        in one parcel; each of its statements sees what was committed before it."""
        cursor.execute(f"BEGIN; {_TURN}; {ask}", prepare=False)
        cursor.nextset()
        cursor.nextset()

    def join(self, cursor: Any, ask: str) -> None:
        """Wait for the turn to write in a transaction that the host has begun; then ask."""
        cursor.execute(f"{_TURN}; {ask}", prepare=False)
        cursor.nextset()

    @contextmanager
    def together(self, cursor: Any) -> Iterator[None]:
        """All statements within go to the server in one parcel.

        Raises the first error that is known, or ParcelRefused where the server only says
        that a part of it was refused.
        """
        first: Exception | None = None
        try:
            with cursor.connection.pipeline():
                try:
                    yield
                except Exception as error:
                    first = error  # kept until the parcel has ended: psycopg logs it otherwise
        except Exception as error:
            first = first or error
        if type(first).__name__ == _ABORTED:
            raise ParcelRefused(str(first)) from first
        if first is not None:
            raise first

    def in_transaction(self, cursor: Any) -> bool:
        """Whether one is open; a connection that has broken has none."""
        connection = cursor.connection
        return not connection.closed and connection.info.transaction_status != _IDLE

    def is_lost(self, connection: Any) -> bool:
        """Whether the server has gone away from it."""
        return bool(connection.closed)

    def keep_readers_out(self, cursor: Any) -> None:
        """Rows of a table that is put in place now are not in the snapshot of who reads already."""
        cursor.execute("LOCK TABLE store IN ACCESS EXCLUSIVE MODE")

    def tables_in(self, connection: Connection) -> set[str]:
        """The names of the tables that are there."""
        return set(connection.scalars(_TABLES))

    def begin_making(self, connection: Connection) -> None:
        """Begin the transaction in which tables are made; no one else makes any meanwhile.

        Raises StoreUnusable where the database cannot hold every text.
        """
        if connection.exec_driver_sql("SHOW server_encoding").scalar_one() != "UTF8":
            raise StoreUnusable("The database must have the encoding UTF8.")
        connection.exec_driver_sql(
            "BEGIN; SELECT pg_advisory_xact_lock(hashtext('journey'), hashtext(current_schema()))"
        )

    def bell(self, engine: Engine) -> Listener:
        """Rings by LISTEN and NOTIFY, from now on."""
        return Listener(engine)

    def refusing_table(self, error: Exception) -> str | None:
        """The table whose constraint refused something, as the server names it."""
        table: str | None = getattr(getattr(error, "diag", None), "table_name", None)
        return table

    def as_store_error(self, error: Exception) -> StoreError:
        """What a driver's error means for the caller, without its SQL or values."""
        cause: Any = error.orig if isinstance(error, DBAPIError) else error
        state = getattr(cause, "sqlstate", None) or _state_without_words(cause)
        for signs, kind, sentence in _FAULTS:
            if state.startswith(signs):
                return kind(sentence)
        return StoreUnusable("The database refused; nothing was recorded.")


_BROKEN: Final = "08"
"""The class of SQL states that say: the connection broke."""

_AWAY: Final = "away"
_NOT_LET_IN: Final = "28"
"""No SQL state comes where no connection came about."""


def _state_without_words(error: Any) -> str:
    """The driver refuses values too (a NUL in a text), unasked: that says nothing of the server."""
    if {"OperationalError", "InterfaceError"}.isdisjoint(k.__name__ for k in type(error).__mro__):
        return ""
    if getattr(error, "pgconn", None) is None:
        return _BROKEN
    return _NOT_LET_IN if "FATAL" in str(error) else _AWAY


_FAULTS: tuple[tuple[tuple[str, ...], type[StoreError], str], ...] = (
    (
        ("55P03", "40"),
        StoreLocked,
        "Another program holds the store; try again in a moment.",
    ),
    (("57014",), StoreLocked, "The server broke off the work; try again in a moment."),
    (("53300",), StoreLocked, "The server has no connection left; try again in a moment."),
    (("25006",), StoreReadOnly, "The store can be read, but not written."),
    (
        ("42501",),
        StoreReadOnly,
        "This role may not do that in the store. Its owner makes and changes tables: journey init.",
    ),
    (("53100",), StoreUnusable, "The disk is full; nothing was recorded."),
    (
        (_NOT_LET_IN, "3D000"),
        StoreUnusable,
        "The database server does not let us in: are user, password and database right?",
    ),
    ((_AWAY,), StoreUnusable, "The database server does not answer; nothing was recorded."),
    (
        ("3F000",),
        StoreUnusable,
        "The connection's search path names no schema that is there.",
    ),
    (("XX001", "XX002"), StoreUnusable, "The store is damaged."),
    (
        ("57P", _BROKEN),
        StoreUnusable,
        "The database server went away. What was being recorded at that moment may be there or "
        "not: look, or give the command again with the same id.",
    ),
)
