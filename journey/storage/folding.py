"""All journeys and units, a stream after the other, folded from their facts as of a position.

Facts are read in pages and no transaction is held between them: what is recorded
meanwhile has a later position and is left out, so that everything is of one moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby
from operator import itemgetter

from msgspec import Struct

from journey.facts import Fact
from journey.state import Journey, fold_entries
from journey.storage.codec import decode_facts
from journey.storage.recorder import StreamRecorder, StreamRow
from journey.units import UNIT_FACTS, Unit, evolve_unit

_VERSION = itemgetter(1)
_STORED = itemgetter(2, 3)


class Folded(Struct, frozen=True, gc=False):
    """What a stream's facts make: the position of the first one read, and how many they are."""

    stream: bytes
    first_position: int
    facts: int
    state: Journey | Unit


def folded(facts: StreamRecorder, upto: int, *, as_of: date | None = None) -> Iterator[Folded]:
    """Every journey and unit by the facts up to a position, in the order of their streams.

    With ``as_of`` only facts that are true by that day count; who had not begun is left out.
    """
    for stream, rows in groupby(facts.by_stream(upto), key=itemgetter(0)):
        found = fold_stream(stream, rows, as_of=as_of)
        if found is not None:
            yield found


def fold_stream(
    stream: bytes, rows: Iterable[StreamRow], *, as_of: date | None = None
) -> Folded | None:
    """What the stored facts of one stream make; None if none is left."""
    read = list(rows)
    facts = decode_facts(map(_STORED, read))
    kept = list(zip(map(_VERSION, read), facts, strict=True))
    if as_of is not None:
        kept = [(version, fact) for version, fact in kept if fact.on <= as_of]
    return Folded(stream, read[0][4], len(kept), state_of(kept)) if kept else None


def state_of(facts: Sequence[tuple[int, Fact]]) -> Journey | Unit:
    """The journey or unit that a stream's facts, each with its version, make."""
    if not isinstance(facts[0][1], UNIT_FACTS):
        return fold_entries(facts)
    unit = Unit()
    for _, fact in facts:
        unit = evolve_unit(unit, fact)
    return unit
