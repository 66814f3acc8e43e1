"""Questions about the past: the same rows, of the facts up to a day or known at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime

from sqlalchemy import Connection, create_engine, insert
from sqlalchemy.pool import StaticPool

from journey.storage.journeys import Journeys
from journey.storage.rebuild import states
from journey.storage.rows import rows_of


@contextmanager
def at(
    journeys: Journeys, *, as_of: date | None = None, known_at: datetime | None = None
) -> Iterator[Connection]:
    """A connection on the rows as of a day, as known at a time, or as they are now.

    For the past the journeys are folded from their facts into tables in memory; the
    same queries run on them.
    """
    if as_of is None and known_at is None:
        with journeys.engine.connect() as connection:
            yield connection
        return
    engine = create_engine("sqlite://", poolclass=StaticPool)
    with engine.connect() as connection:
        _fill(connection, journeys, as_of, known_at)
        yield connection
    engine.dispose()


def _fill(
    connection: Connection, journeys: Journeys, as_of: date | None, known_at: datetime | None
) -> None:
    for follower in journeys.followers:
        for table in follower.tables:
            table.create(connection)
    for stream, state in states(journeys, as_of=as_of, known_at=known_at):
        for follower in journeys.followers:
            for table in follower.tables:
                for row in rows_of(follower, state).get(table.name, ()):
                    connection.execute(insert(table).values(stream=stream, **row))
