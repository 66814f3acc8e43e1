"""The databases that can hold a store: what differs between them, and how each is opened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final, Protocol

from sqlalchemy import Connection, MetaData
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import StaticPool

from journey.errors import StoreError, StoreUnusable
from journey.storage.postgresql import PostgreSQL
from journey.storage.sqlite import SQLite
from journey.storage.tables import make_ready

BUSY_SECONDS: Final = 5.0


class Bell(Protocol):
    """Tells that there may be new facts."""

    def wait(self) -> None:
        """Wait until it rings, and no longer than a subscriber may sleep."""

    def close(self) -> None:
        """Hear no more."""


class Database(Protocol):
    """What differs between the databases. A ``cursor`` is the driver's own, in autocommit."""

    drivers: Sequence[str]
    """The URL's words before the colon."""
    index_names: str
    """A query for the names of the indexes that are there."""

    def engine(self, url: URL, busy_seconds: float) -> Engine:
        """An engine whose commits reach the disk. Raises StoreUnusable for a wrong URL."""

    def begin_reading(self, connection: Connection) -> None:
        """Begin a transaction all of whose answers are of one moment."""

    def make_a_pen(self, connection: Any) -> None:
        """Make the driver's connection one on which parcels can be sent."""

    def begin(self, cursor: Any, ask: str) -> None:
        """Begin a write transaction, in its turn after those of all other writers, and ask
        this query of what is there then."""

    def join(self, cursor: Any, ask: str) -> None:
        """Wait for the turn to write in a transaction that the host has begun; then ask this."""

    def together(self, cursor: Any) -> AbstractContextManager[Any]:
        """Within it, statements may go to the server in one parcel; the first error is raised
        at its end at the latest."""

    def in_transaction(self, cursor: Any) -> bool:
        """Whether a transaction is open on the cursor's connection."""

    def is_lost(self, connection: Any) -> bool:
        """Whether the driver's connection has broken and can only be thrown away."""

    def keep_readers_out(self, cursor: Any) -> None:
        """Wait until no one reads, and let no one until this transaction ends: tables change."""

    def tables_in(self, connection: Connection) -> set[str]:
        """The names of the tables that are there."""

    def begin_making(self, connection: Connection) -> None:
        """Begin the transaction in which tables are made; no one else makes any meanwhile."""

    def bell(self, engine: Engine) -> Bell:
        """A bell that rings when facts were recorded, from now on."""

    def refusing_table(self, error: Exception) -> str | None:
        """The table whose constraint refused something; None where the driver does not say."""

    def as_store_error(self, error: Exception) -> StoreError:
        """What a driver's error means for the caller, without its SQL or values."""


_DATABASES: Final[tuple[Database, ...]] = (SQLite(), PostgreSQL())


def open_engine(
    target: str | Engine, *, tables: Sequence[MetaData] = (), busy_seconds: float = BUSY_SECONDS
) -> Engine:
    """An engine on a store that is ready: made if it is new, completed if tables are missing.

    Nothing is written to a store that has everything. Raises StoreTooNew,
    StoreUnusable, StoreLocked or StoreReadOnly.
    """
    engine = target if isinstance(target, Engine) else _engine(target, busy_seconds)
    database = database_of(engine)
    with translated(database):
        try:
            make_ready(engine, database, tables, hosted=engine is target)
        except BaseException:
            if engine is not target:
                engine.dispose()
            raise
    return engine


def database_of(engine: Engine) -> Database:
    """What is particular to the engine's database. Raises StoreUnusable for any other."""
    name = f"{engine.dialect.name}+{engine.dialect.driver}"
    for database in _DATABASES:
        if name in database.drivers:
            return database
    raise _no_url()


def is_in_memory(engine: Engine) -> bool:
    """Whether the store lives in this process alone, on one connection."""
    return isinstance(engine.pool, StaticPool)


def _engine(target: str, busy_seconds: float) -> Engine:
    try:
        url = make_url(target)
        for database in _DATABASES:
            if url.drivername in database.drivers:
                return database.engine(url, busy_seconds)
    except (ArgumentError, NoSuchModuleError, ValueError):
        pass
    raise _no_url()


def _no_url() -> StoreUnusable:
    return StoreUnusable(
        "The store must be given as sqlite:///PATH or postgresql+psycopg://USER@SERVER/DATABASE."
    )


@contextmanager
def translated(database: Database) -> Iterator[None]:
    """Within it, the database's errors are raised as StoreError."""
    try:
        yield
    except Exception as error:
        if not _is_the_driver_s(error):
            raise
        raise database.as_store_error(error) from error


def _is_the_driver_s(error: Exception) -> bool:
    return isinstance(error, DBAPIError) or type(error).__module__.split(".")[0] in _DRIVERS


_DRIVERS: Final = ("sqlite3", "psycopg")
