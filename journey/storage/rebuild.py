"""Rows from nothing: the same function over every journey that follows each command.

One write transaction: readers see the old rows until it commits, and a rebuild that
is killed has changed nothing. Facts are read a journey at a time, so memory does not
grow with the history.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from journey.state import Journey, fold_entries
from journey.storage.history import Recorded, as_recorded, cut
from journey.units import CoachingPostAllocated, Unit, evolve_unit

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
    for stream, history in histories(journeys.facts.by_stream()):
        journeys.rows.write(cursor, stream, state_of(history))
        seen, done = seen + 1, done + len(history)
        if progress:
            progress(done, total)
    return seen, done


def histories(rows: Iterable[StreamRow]) -> Iterator[tuple[bytes, tuple[Recorded, ...]]]:
    """Each stream with its facts, from rows that come a stream after the other."""
    for stream, group in groupby(rows, key=lambda row: row[0]):
        yield stream, tuple(as_recorded(*row[1:]) for row in group)


def state_of(history: Iterable[Recorded]) -> Journey | Unit:
    """The journey or unit that a stream's facts make."""
    entries = [(entry.version, entry.fact) for entry in history]
    if not any(isinstance(fact, CoachingPostAllocated) for _, fact in entries):
        return fold_entries(entries)
    unit = Unit()
    for _, fact in entries:
        unit = evolve_unit(unit, fact)
    return unit


def states(
    journeys: Journeys, *, as_of: date | None = None, known_at: datetime | None = None
) -> Iterator[tuple[bytes, Journey | Unit]]:
    """Every journey and unit as of a day, as known at a time; those that had begun by then."""
    for stream, history in histories(journeys.facts.by_stream()):
        kept = cut(history, as_of, known_at)
        if kept:
            yield stream, state_of(kept)
