"""Questions about the past: the same rows, of the facts up to a day or known at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from itertools import islice
from typing import Any

from sqlalchemy import Column, Connection, MetaData, Table, create_engine, insert, select
from sqlalchemy.pool import StaticPool

from journey.storage.journeys import Journeys
from journey.storage.rebuild import states
from journey.storage.rows import rows_of
from journey.storage.schema import facts

_BATCH = 1000


@contextmanager
def at(
    journeys: Journeys, *, as_of: date | None = None, known_at: datetime | None = None
) -> Iterator[Connection]:
    """A connection on the rows as of a day, as known at a time, or as they are now.

    For the past the journeys are folded from their facts into tables in memory; the
    same queries run on them. Of ``facts`` those tables hold the place of each
    stream's first, which orders the queue, and no more.
    """
    past = as_of is not None or known_at is not None
    with _past(journeys, as_of, known_at) if past else journeys.facts.reading() as connection:
        yield connection


@contextmanager
def _past(
    journeys: Journeys, as_of: date | None, known_at: datetime | None
) -> Iterator[Connection]:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    try:
        with engine.connect() as connection:
            _fill_rows(connection, journeys, as_of, known_at)
            _fill_places(connection, journeys)
            yield connection
    finally:
        engine.dispose()


def _fill_rows(
    connection: Connection, journeys: Journeys, as_of: date | None, known_at: datetime | None
) -> None:
    tables = {table.name: _bare(connection, table) for table in journeys.rows.tables}
    streams = states(journeys, as_of=as_of, known_at=known_at)
    while batch := list(islice(streams, _BATCH)):
        rows: dict[str, list[dict[str, Any]]] = {name: [] for name in tables}
        for stream, state in batch:
            for follower in journeys.followers:
                for name, found in rows_of(follower, state).items():
                    rows[name] += ({"stream": stream, **row} for row in found)
        for name, table in tables.items():
            if rows[name]:
                connection.execute(insert(table), rows[name])


def _fill_places(connection: Connection, journeys: Journeys) -> None:
    place = select(facts.c.position, facts.c.stream, facts.c.version)
    table = _bare(connection, facts)
    with journeys.facts.reading() as live:
        for rows in live.execute(place.where(facts.c.version == 1)).mappings().partitions(_BATCH):
            connection.execute(insert(table), [dict(row) for row in rows])


def _bare(connection: Connection, table: Table) -> Table:
    """The table without its constraints.

    As of a day a person may have two open journeys: one referred with a day in the
    past, after the other had ended.
    """
    bare = Table(table.name, MetaData(), *(Column(c.name, c.type) for c in table.columns))
    bare.create(connection)
    return bare
