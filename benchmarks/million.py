"""A large store: the shared three years' history, again and again under new keys."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec
from sqlalchemy import insert

from journey import Journeys
from journey.storage.codec import decode
from journey.storage.decided import stream_of, stream_of_unit
from journey.storage.prepared import Prepared
from journey.storage.recorder import Row
from journey.storage.schema import facts
from journey.storage.seal import GENESIS, seal

HISTORY = Path(__file__).parents[1] / "tests" / "data" / "hoglandet-2018-2020.jsonl"
LATE = date(2030, 1, 1)
_MICROSECONDS_APART = 1000


def make(store: str, count: int) -> None:
    """Fill a new store with so many facts; positions, versions and seals are as they should be.

    Rows are not written: a rebuild makes them.
    """
    templates = _performed()
    journeys = Journeys(store, today=LATE)
    text = Prepared(insert(facts), journeys.engine.dialect).text
    position, last = 0, GENESIS
    for copy in range(-(-count // len(templates))):
        rows: list[Row] = []
        for stream, version, name, body in _renamed(templates, copy):
            if position == count:
                break
            position += 1
            now = position * _MICROSECONDS_APART
            last = seal(last, position, now, stream, version, name, body)
            rows.append((position, stream, version, name, body, now, last))
        with journeys.facts.exclusively() as cursor:
            cursor.executemany(text, rows)
    journeys.close()


def _performed() -> list[Row]:
    """The history's facts, once, in the order of the store."""
    with Journeys("sqlite://", today=LATE) as journeys:
        lines = HISTORY.read_bytes().splitlines()
        for _ in journeys.record(map(msgspec.json.decode, lines), keep_going=True):
            pass
        return [row for page in journeys.facts.scan() for row in page]


def _renamed(rows: list[Row], copy: int) -> Iterator[tuple[bytes, int, str, bytes]]:
    """The same facts about other journeys, of other persons and units."""
    streams: dict[bytes, bytes] = {}
    for _, stream, version, name, body, *_ in rows:
        new = body
        if version == 1:
            fact = decode(name, body).data
            unit = getattr(fact, "unit", None)
            key = f"{unit or getattr(fact, 'journey', '')}-{copy}"
            streams[stream] = stream_of_unit(key) if unit else stream_of(key)
        for field in (b'"journey":"', b'"person":"', b'"unit":"'):
            new = _suffixed(new, field, copy)
        yield streams[stream], version, name, new


def _suffixed(body: bytes, field: bytes, copy: int) -> bytes:
    """The body with a copy's number behind the text in one field, if it has that."""
    before, found, after = body.partition(field)
    if not found:
        return body
    value, quote, rest = after.partition(b'"')
    return b"".join((before, found, value, b"-%d" % copy, quote, rest))
