"""A journey's facts as they were recorded, and the cuts through them by day and by time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta

from msgspec import Struct

from journey.facts import Fact
from journey.storage.codec import decode

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Recorded(Struct, frozen=True):
    """A fact with its place in the journey: when it became known, by whom, under which rules."""

    version: int
    event: str
    fact: Fact
    recorded_at: datetime
    by: str
    ruleset: str

    @property
    def on(self) -> date:
        """The day on which it is true."""
        return self.fact.on


def as_recorded(version: int, name: str, body: bytes, recorded_at: int) -> Recorded:
    """A stored row as a fact; ``recorded_at`` in microseconds since 1970, UTC."""
    envelope = decode(name, body)
    return Recorded(
        version=version,
        event=name.partition(".")[0],
        fact=envelope.data,
        recorded_at=moment(recorded_at),
        by=envelope.by,
        ruleset=envelope.ruleset,
    )


def newly_recorded(
    facts: Sequence[Fact], first_version: int, recorded_at: int, by: str, ruleset: str
) -> tuple[Recorded, ...]:
    """Facts that were recorded just now."""
    known = moment(recorded_at)
    return tuple(
        Recorded(version, type(fact).__name__, fact, known, by, ruleset)
        for version, fact in enumerate(facts, first_version)
    )


def moment(microseconds: int) -> datetime:
    """Microseconds since 1970 as a UTC time."""
    return _EPOCH + timedelta(microseconds=microseconds)


def microseconds(time: datetime) -> int:
    """A time as microseconds since 1970; one without a zone is read as UTC."""
    aware = time if time.tzinfo else time.replace(tzinfo=UTC)
    return (aware - _EPOCH) // timedelta(microseconds=1)


def cut(
    history: Iterable[Recorded], as_of: date | None = None, known_at: datetime | None = None
) -> tuple[Recorded, ...]:
    """The facts with ``on`` no later than ``as_of`` that were recorded by ``known_at``."""
    last = None if known_at is None else microseconds(known_at)
    return tuple(
        entry
        for entry in history
        if (as_of is None or entry.on <= as_of)
        and (last is None or microseconds(entry.recorded_at) <= last)
    )
