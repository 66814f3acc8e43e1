"""The pen: the one connection on which a program writes, and its transactions.

It is held, with fixed statement texts (speed.md, findings 1, 10): SQLAlchemy Core writes the
statements and opens the connection, the driver's own cursor runs them, which measured half
the time of a command beside the commit.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from threading import RLock
from typing import Any

from sqlalchemy.engine import Connection, Engine

from journey.errors import StoreUnusable
from journey.storage.database import Database
from journey.storage.queries import HEAD
from journey.storage.seal import GENESIS, Head


class Pen:
    """Writes on a connection of its own; one thread at a time holds it, under ``lock``."""

    def __init__(self, engine: Engine, database: Database) -> None:
        self.lock = RLock()
        self._engine = engine
        self._database = database
        self._connection: Connection | None = None
        self._cursor: Any = None

    @property
    def connection(self) -> Connection:
        """The connection, in autocommit; opened when it is first asked for."""
        if self._connection is None:
            opened = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            self._database.make_a_pen(opened.connection.dbapi_connection)
            self._connection = opened
        return self._connection

    @property
    def cursor(self) -> Any:
        """The driver's cursor on the connection, held."""
        if self._cursor is None:
            self._cursor = self.connection.connection.cursor()
        return self._cursor

    @contextmanager
    def transaction(self) -> Iterator[tuple[Any, Head]]:
        """The cursor, and the head of the record, within one write transaction: it is committed
        at the end, or nothing is written."""
        begun = self.begin()
        try:
            yield begun
            self.commit()
        except BaseException:
            self.roll_back()
            raise

    def begin(self) -> tuple[Any, Head]:
        """Begin a write transaction; gives the cursor, and the head of the record.

        A connection that broke while no one wrote is replaced: nothing was begun on it.
        """
        try:
            self._database.begin(self.cursor, HEAD)
        except Exception:
            if self._connection is None or not self._drop_if_lost():
                self.roll_back()
                raise
            self._database.begin(self.cursor, HEAD)
        return self.cursor, self._head()

    def _head(self) -> Head:
        return self.cursor.fetchone() or (0, 0, GENESIS)

    def together(self) -> AbstractContextManager[Any]:
        """Within it, statements may go to the database in one parcel."""
        return self._database.together(self.cursor)

    def commit(self) -> None:
        """Commit what is begun."""
        self.cursor.execute("COMMIT")

    def roll_back(self) -> None:
        """Leave no transaction open; the database may have rolled back itself."""
        if self._connection is None or self._drop_if_lost():
            return
        with suppress(Exception):  # what went wrong before is what is told
            if self._database.in_transaction(self.cursor):
                self.cursor.execute("ROLLBACK")
        self._drop_if_lost()

    @contextmanager
    def part(self) -> Iterator[Any]:
        """The cursor within a part of a transaction that can fail by itself."""
        cursor = self.cursor
        cursor.execute("SAVEPOINT part")
        try:
            yield cursor
        except Exception:
            if self._database.in_transaction(cursor):
                cursor.execute("ROLLBACK TO part")
                cursor.execute("RELEASE part")
            raise
        cursor.execute("RELEASE part")

    def _drop_if_lost(self) -> bool:
        assert self._connection is not None
        if not self._database.is_lost(self._connection.connection.dbapi_connection):
            return False
        connection, self._connection, self._cursor = self._connection, None, None
        connection.invalidate()
        connection.close()
        return True

    def close(self) -> None:
        """Give the connection back; it is opened again when it is asked for."""
        with self.lock:
            self._cursor = None
            if self._connection is not None:
                self._connection.close()
                self._connection = None


class HostsPen(Pen):
    """Writes within the transaction that a host has begun on a connection of its own.

    Each transaction of ours is a part of the host's: it can fail by itself, and it is
    committed, or not, with all that the host writes there.
    """

    def __init__(self, connection: Connection, database: Database) -> None:
        super().__init__(connection.engine, database)
        self._connection = connection

    def begin(self) -> tuple[Any, Head]:
        """Wait for the turn to write and begin a part of the host's transaction.

        The turn is kept until the host's transaction ends. Raises StoreUnusable where
        there is none: what is written would be committed at once.
        """
        self._database.join(self.cursor, HEAD)
        head = self._head()
        if not self._database.in_transaction(self.cursor):
            raise StoreUnusable("The connection has no open transaction to write in.")
        self.cursor.execute("SAVEPOINT facts")
        return self.cursor, head

    def together(self) -> AbstractContextManager[Any]:
        """No parcels: the connection is not made for them."""
        return nullcontext()

    def commit(self) -> None:
        """Leave the part to the host's commit."""
        self.cursor.execute("RELEASE facts")

    def roll_back(self) -> None:
        """Take back the part alone; the host decides on its own writes."""
        with suppress(Exception):  # what went wrong before is what is told
            if self._database.in_transaction(self.cursor):
                self.cursor.execute("ROLLBACK TO facts")
                self.cursor.execute("RELEASE facts")

    def close(self) -> None:
        """The connection is the host's."""
