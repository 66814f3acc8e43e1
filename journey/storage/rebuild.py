"""Rows from nothing: the same function over every journey that follows each command.

One write transaction: readers see the old rows until it commits, and a rebuild that
is killed has changed nothing. Facts are read a journey at a time, so memory does not
grow with the history.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from journey.facts import Fact
from journey.state import Journey, fold_entries
from journey.storage.codec import decode
from journey.storage.history import as_recorded, cut
from journey.units import UNIT_FACTS, Unit, evolve_unit

if TYPE_CHECKING:
    from journey.storage.journeys import Journeys
    from journey.storage.recorder import StreamRow

Progress = Callable[[int, int], None]
"""Called with the facts done and the facts in all."""


class Rebuilt(Struct, frozen=True):
    """What a rebuild went through, and how many journeys' rows were not as they should be."""

    journeys: int
    facts: int
    changed: int


def rebuild(journeys: Journeys, progress: Progress | None = None) -> Rebuilt:
    """Make all rows anew from the facts. Raises StoreError; nothing is changed then."""
    writer = journeys.rows
    with journeys.facts.exclusively() as cursor:
        before = writer.digests(cursor)
        writer.clear(cursor)
        seen, done = _write_all(journeys, cursor, progress)
        after = writer.digests(cursor)
    streams = before.keys() | after.keys()
    changed = sum(before.get(stream) != after.get(stream) for stream in streams)
    return Rebuilt(seen, done, changed)


def _write_all(journeys: Journeys, cursor: Any, progress: Progress | None) -> tuple[int, int]:
    total = journeys.facts.head()[0]
    seen = done = 0
    for stream, rows in _streams(journeys):
        facts = [(version, decode(name, body).data) for _, version, name, body, _ in rows]
        journeys.rows.write(cursor, stream, state_of(facts))
        seen, done = seen + 1, done + len(facts)
        if progress:
            progress(done, total)
    return seen, done


def _streams(journeys: Journeys) -> Iterator[tuple[bytes, Iterator[StreamRow]]]:
    return groupby(journeys.facts.by_stream(), key=itemgetter(0))


def state_of(facts: Sequence[tuple[int, Fact]]) -> Journey | Unit:
    """The journey or unit that a stream's facts, each with its version, make."""
    if not isinstance(facts[0][1], UNIT_FACTS):
        return fold_entries(facts)
    unit = Unit()
    for _, fact in facts:
        unit = evolve_unit(unit, fact)
    return unit


def states(
    journeys: Journeys, *, as_of: date | None = None, known_at: datetime | None = None
) -> Iterator[tuple[bytes, Journey | Unit]]:
    """Every journey and unit as of a day, as known at a time; those that had begun by then."""
    for stream, rows in _streams(journeys):
        kept = cut((as_recorded(*row[1:]) for row in rows), as_of, known_at)
        if kept:
            yield stream, state_of([(entry.version, entry.fact) for entry in kept])
