"""Opening a store: its engine, its tables, and what is said when it cannot be used."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import (
    Connection,
    Date,
    MetaData,
    bindparam,
    create_engine,
    delete,
    event,
    insert,
    select,
    text,
)
from sqlalchemy.engine import URL, Dialect, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import StaticPool
from sqlalchemy.sql import Executable

from journey.errors import StoreError, StoreLocked, StoreReadOnly, StoreTooNew, StoreUnusable
from journey.storage.schema import SCHEMA_VERSION, record, store

BUSY_SECONDS: Final = 5.0
_DAYS: Final = 4096


class Prepared:
    """A statement compiled once to the driver's own text (speed.md, finding 14)."""

    def __init__(self, clause: Executable, dialect: Dialect) -> None:
        compiled = clause.compile(dialect=dialect)  # type: ignore[attr-defined]  # every Executable compiles
        self.text = str(compiled)
        self._by_name = not compiled.positional
        self._names = tuple(compiled.positiontup or compiled.params)
        processors = dict(compiled._bind_processors)
        for name, process in processors.items():
            if isinstance(compiled.binds[name].type, Date):  # the same few days again and again
                processors[name] = lru_cache(_DAYS)(process)
        self._values = tuple((name, processors.get(name)) for name in self._names)
        self._defaults = {n: v for n, v in compiled.params.items() if v is not None}

    def bind(self, values: Mapping[str, Any]) -> tuple[Any, ...] | dict[str, Any]:
        """The values as the driver takes them with ``text``."""
        if self._defaults:
            values = {**self._defaults, **values}
        ready = [
            values[name] if process is None else process(values[name])
            for name, process in self._values
        ]
        return dict(zip(self._names, ready, strict=True)) if self._by_name else tuple(ready)


def open_engine(
    target: str | Engine, *, tables: Sequence[MetaData] = (), busy_seconds: float = BUSY_SECONDS
) -> Engine:
    """An engine on a store that is ready: made if it is new, completed if tables are missing.

    Nothing is written to a store that has everything. Raises StoreTooNew,
    StoreUnusable, StoreLocked or StoreReadOnly.
    """
    engine = target if isinstance(target, Engine) else _engine(target, busy_seconds)
    with translated():
        try:
            _make_ready(engine, (record, *tables))
        except BaseException:
            if engine is not target:
                engine.dispose()
            raise
    return engine


def is_in_memory(engine: Engine) -> bool:
    """Whether the store lives in this process alone, on one connection."""
    return isinstance(engine.pool, StaticPool)


def _engine(target: str, busy_seconds: float) -> Engine:
    url = _url(target)
    options: dict[str, Any] = {"poolclass": StaticPool} if _lives_in_memory(url) else {}
    arguments = {
        "isolation_level": None,
        "check_same_thread": False,
        "timeout": busy_seconds,
    }
    try:
        engine = create_engine(url, connect_args=arguments, **options)
    except (ArgumentError, ValueError):
        raise _no_url() from None
    event.listen(engine, "connect", _durable)
    return engine


def _url(target: str) -> URL:
    try:
        url = make_url(target)
        known = url.drivername in ("sqlite", "sqlite+pysqlite")
    except (ArgumentError, NoSuchModuleError, ValueError):
        raise _no_url() from None
    if not known:
        raise StoreUnusable("Only SQLite stores can be opened: sqlite:///PATH.")
    if not _is_heeded(url):
        raise _no_url()
    return url


def _is_heeded(url: URL) -> bool:
    """SQLite reads options in a file: URI alone, and opens no name with a NUL or a stray byte."""
    name = url.database or ""
    sound = "\0" not in name and name.encode(errors="ignore").decode() == name
    return sound and (not url.query or "uri" in url.query)


def _lives_in_memory(url: URL) -> bool:
    nameless = url.database in (None, "", ":memory:", "file::memory:")
    return nameless or url.query.get("mode") == "memory"


def _no_url() -> StoreUnusable:
    return StoreUnusable("The store must be given as sqlite:///PATH.")


def _durable(connection: sqlite3.Connection, _: object) -> None:
    """Every commit reaches the disk before it is answered."""
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


# --- tables --------------------------------------------------------------------------


def _make_ready(engine: Engine, wanted: Sequence[MetaData]) -> None:
    with engine.connect() as connection:
        existing = _tables_in(connection)
        if existing and not {"store", "facts", "commands"} <= existing:
            raise StoreUnusable("This database is not a store of this program.")
        if existing:
            _refuse_newer(connection)
        if not all(table in existing for group in wanted for table in group.tables):
            _create(engine, connection, wanted)


def _tables_in(connection: Connection) -> set[str]:
    names = text("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return set(connection.scalars(names))


def _refuse_newer(connection: Connection) -> None:
    version = connection.scalar(select(store.c.value).where(store.c.name == "schema_version"))
    if version is None or not version.isdecimal():
        raise StoreUnusable("The store is damaged.")
    if int(version) > SCHEMA_VERSION:
        raise StoreTooNew(
            "A newer program wrote this store (form {found}; this one knows {known}).",
            found=version,
            known=SCHEMA_VERSION,
        )


def _create(engine: Engine, connection: Connection, wanted: Sequence[MetaData]) -> None:
    _write_ahead(connection)
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    try:
        existing = _tables_in(connection)
        for group in wanted:
            missing = [table for name, table in group.tables.items() if name not in existing]
            group.create_all(connection, tables=missing, checkfirst=False)
        if "store" not in existing:
            version = {"name": "schema_version", "value": str(SCHEMA_VERSION)}
            connection.execute(insert(store).values(version))
        connection.exec_driver_sql("COMMIT")
    except BaseException:
        connection.exec_driver_sql("ROLLBACK")
        raise


class Kept:
    """A value that the store keeps of itself; ``cursor`` is the driver's, in a transaction."""

    def __init__(self, name: str, dialect: Dialect) -> None:
        mine = store.c.name == name
        self.query = Prepared(select(store.c.value).where(mine), dialect)
        self._delete = Prepared(delete(store).where(mine), dialect)
        new = insert(store).values(name=name, value=bindparam("said"))
        self._insert = Prepared(new, dialect)

    def read(self, cursor: Any) -> str | None:
        """The value; None if there is none."""
        cursor.execute(self.query.text, self.query.bind({}))
        row = cursor.fetchone()
        return row[0] if row else None

    def write(self, cursor: Any, value: str) -> None:
        """Keep another value in its place."""
        self.drop(cursor)
        cursor.execute(self._insert.text, self._insert.bind({"said": value}))

    def drop(self, cursor: Any) -> None:
        """Keep none."""
        cursor.execute(self._delete.text, self._delete.bind({}))


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


# --- faults --------------------------------------------------------------------------

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


def as_store_error(error: Exception) -> StoreError:
    """What a database's error means for the caller, without its SQL or values."""
    said = str(error.orig if isinstance(error, DBAPIError) else error).lower()
    for sign, kind, sentence in _FAULTS:
        if sign in said:
            return kind(sentence)
    return StoreUnusable("The database refused; nothing was recorded.")


@contextmanager
def translated() -> Iterator[None]:
    """Within it, the database's errors are raised as StoreError."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        raise as_store_error(error) from error
