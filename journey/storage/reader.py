"""Reading beside the pen, on connections that are kept for the next who reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from threading import Lock
from typing import Any, Protocol

from sqlalchemy import Select
from sqlalchemy.engine import Connection, Engine

from journey.storage.database import Database, translated
from journey.storage.pen import Pen
from journey.storage.prepared import Prepared


class _Lost(Exception):
    """The connection had broken before it was asked."""


class Reader(Protocol):
    """Reads a store. Raises StoreError."""

    def select(self, query: Prepared, values: Mapping[str, Any]) -> list[Any]:
        """The rows of a prepared query, as the driver gives them."""

    def rows(self, query: Select[Any]) -> list[Any]:
        """The rows of a query."""

    def reading(self) -> AbstractContextManager[Connection]:
        """A connection on which all answers are of one moment, whatever others write meanwhile."""

    def close(self) -> None:
        """Give back all connections."""


class PooledReader:
    """Reads on connections of its own, as many as threads read at once.

    ``keep`` says whether they are kept: not those of a host, whose pool may have few.
    """

    def __init__(self, engine: Engine, database: Database, *, keep: bool) -> None:
        self._engine = engine
        self._database = database
        self._keep = keep
        self._lock = Lock()
        self._idle: list[Connection] = []

    def select(self, query: Prepared, values: Mapping[str, Any]) -> list[Any]:
        """The rows of a prepared query, as the driver gives them."""
        with translated(self._database):
            return self._on_one(lambda connection: fetched(connection, query, values))

    def rows(self, query: Select[Any]) -> list[Any]:
        """The rows of a query."""
        with translated(self._database):
            return self._on_one(lambda connection: list(connection.execute(query)))

    def _on_one(self, ask: Callable[[Connection], list[Any]]) -> list[Any]:
        """Ask on a connection; once more where the server has gone away from those kept idle."""
        with suppress(_Lost), self._lent() as connection:
            try:
                return ask(connection)
            except Exception as error:
                if self._is_lost(connection):
                    raise _Lost from error
                raise
        self._drop_idle()
        with self._lent() as connection:
            return ask(connection)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection on which all answers are of one moment, whatever others write meanwhile."""
        with translated(self._database), self._engine.connect() as plain:
            connection = plain.execution_options(isolation_level="AUTOCOMMIT")
            self._database.begin_reading(connection)
            try:
                yield connection
            finally:
                if not self._is_lost(connection):
                    connection.exec_driver_sql("ROLLBACK")

    @contextmanager
    def _lent(self) -> Iterator[Connection]:
        """A connection for one read; kept for the next, whichever thread asks.

        It is never closed by another thread: SQLite's driver does not survive a
        connection that is closed while a statement of it runs.
        """
        with self._lock:
            idle = self._idle
            connection = idle.pop() if idle else None
        if connection is None:
            connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            yield connection
        except BaseException:
            if self._is_lost(connection):
                connection.invalidate()
                connection.close()
            else:
                self._give_back(connection, idle)
            raise
        self._give_back(connection, idle)

    def _give_back(self, connection: Connection, idle: list[Connection]) -> None:
        if not self._keep:
            connection.close()
            return
        with self._lock:
            if idle is self._idle:
                idle.append(connection)
                return
        connection.detach()  # the pool may be gone already
        connection.close()

    def _is_lost(self, connection: Connection) -> bool:
        if connection.invalidated:
            return True
        return self._database.is_lost(connection.connection.dbapi_connection)

    def _drop_idle(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.invalidate()
            connection.close()

    def close(self) -> None:
        """Give back all connections; those that read now give theirs back themselves."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()


class PenReader:
    """Reads on the pen's own connection: there is no other, or it alone sees what is written.

    Who reads waits for who writes. The connection stays open: closing would roll back what
    the writer has begun.
    """

    def __init__(self, pen: Pen, database: Database) -> None:
        self._pen = pen
        self._database = database

    def select(self, query: Prepared, values: Mapping[str, Any]) -> list[Any]:
        """The rows of a prepared query, as the driver gives them."""
        with translated(self._database), self._pen.lock:
            return fetched(self._pen.connection, query, values)

    def rows(self, query: Select[Any]) -> list[Any]:
        """The rows of a query."""
        with translated(self._database), self._pen.lock:
            return list(self._pen.connection.execute(query))

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """The pen's connection, on which no one else writes meanwhile."""
        with translated(self._database), self._pen.lock:
            yield self._pen.connection

    def close(self) -> None:
        """The connection is the pen's."""


def fetched(connection: Connection, query: Prepared, values: Mapping[str, Any]) -> list[Any]:
    """The rows of a prepared query on a connection, as its driver gives them."""
    cursor = connection.connection.cursor()
    cursor.execute(query.text, query.bind(values))
    return list(cursor.fetchall())
