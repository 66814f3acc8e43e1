"""Questions about the past: the same rows, of the facts up to a day or known at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from itertools import islice
from typing import Any, Final

from sqlalchemy import Column, Connection, MetaData, Table, create_engine, insert
from sqlalchemy.pool import StaticPool

from journey.storage.folding import Folded, folded
from journey.storage.history import microseconds
from journey.storage.journeys import Journeys
from journey.storage.schema import facts

_BATCH: Final = 500
_CACHE_KIBIBYTES: Final = 64 * 1024
"""So much of the past is held in memory; what is more, SQLite puts into an unnamed file."""


@contextmanager
def at(
    journeys: Journeys, *, as_of: date | None = None, known_at: datetime | None = None
) -> Iterator[Connection]:
    """A connection on the rows as of a day, as known at a time, or as they are now.

    For the past the journeys are folded from their facts into tables that go with the
    connection; the same queries run on them. Of ``facts`` those tables hold the place of
    each stream's first, which orders the queue, and no more.
    """
    past = as_of is not None or known_at is not None
    with _past(journeys, as_of, known_at) if past else journeys.facts.reading() as connection:
        yield connection


@contextmanager
def _past(
    journeys: Journeys, as_of: date | None, known_at: datetime | None
) -> Iterator[Connection]:
    recorder = journeys.facts
    upto = recorder.head()[0] if known_at is None else recorder.position_at(microseconds(known_at))
    engine = create_engine("sqlite://", creator=_nameless, poolclass=StaticPool)
    try:
        with engine.connect() as connection:
            _fill(connection, journeys, folded(recorder, upto, as_of=as_of))
            yield connection
    finally:
        engine.dispose()


def _nameless() -> sqlite3.Connection:
    """A database that is no one else's, and gone when it is closed."""
    connection = sqlite3.connect("", check_same_thread=False)
    connection.execute("PRAGMA journal_mode=OFF")
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute(f"PRAGMA cache_size=-{_CACHE_KIBIBYTES}")
    return connection


def _fill(connection: Connection, journeys: Journeys, streams: Iterator[Folded]) -> None:
    tables = {t.name: _bare(connection, t) for t in (*journeys.rows.tables, facts)}
    while batch := list(islice(streams, _BATCH)):
        rows = _rows(journeys, batch)
        for name, table in tables.items():
            if rows[name]:
                connection.execute(insert(table), rows[name])


def _rows(journeys: Journeys, batch: Iterable[Folded]) -> dict[str, list[dict[str, Any]]]:
    """The rows of the batch, by table, and the place of each stream's first fact."""
    rows: dict[str, list[dict[str, Any]]] = {t.name: [] for t in (*journeys.rows.tables, facts)}
    for one in batch:
        place = {"position": one.first_position, "stream": one.stream, "version": 1}
        rows[facts.name].append(place)
        for by_table in journeys.rows.rows_of(one.state):
            for name, some in by_table.items():
                rows[name].extend({"stream": one.stream, **row} for row in some)
    return rows


def _bare(connection: Connection, table: Table) -> Table:
    """The table without its constraints.

    As of a day a person may have two open journeys: one referred with a day in the
    past, after the other had ended.
    """
    bare = Table(table.name, MetaData(), *(Column(c.name, c.type) for c in table.columns))
    bare.create(connection)
    return bare
