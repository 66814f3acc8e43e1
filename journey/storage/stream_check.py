"""One stream gone through for an auditor: its versions, its key, its bodies, its decisions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from uuid import UUID

from msgspec import Struct

from journey.errors import StoreError
from journey.facts import Fact
from journey.judge import judge
from journey.lifecycle import LIFECYCLE
from journey.referral import ReferralReceived
from journey.state import Journey
from journey.storage.codec import Envelope, decode
from journey.storage.decided import stream_of, stream_of_unit
from journey.storage.finding import MOST, Finding, FindingKind
from journey.storage.reading import Raw
from journey.units.judge import judge_unit
from journey.units.unit import Unit, evolve_unit

OF_JOURNEYS: Final = frozenset(row.fact for row in LIFECYCLE)


class Checked(Struct, frozen=True):
    """What was found in some streams: how many facts, how many streams of journeys."""

    findings: tuple[Finding, ...] = ()
    facts: int = 0
    journeys: int = 0

    def and_also(self, other: Checked) -> Checked:
        """Both together; of the findings, the first."""
        return Checked(
            (*self.findings, *other.findings)[:MOST],
            self.facts + other.facts,
            self.journeys + other.journeys,
        )


def check_streams(streams: Iterable[Sequence[Raw]]) -> Checked:
    """Judge all facts of these streams."""
    checked = Checked()
    for rows in streams:
        checked = checked.and_also(check_stream(rows))
    return checked


Entry = tuple[Raw, Envelope[Fact]]


def check_stream(rows: Sequence[Raw]) -> Checked:
    """Judge all facts of one stream, given in the order of their versions."""
    entries, broken = _readable(rows)
    first = entries[0][1].data if entries else None
    key = (key_of(first) if first else None) or id_of(rows[0][1])
    found = [Finding(key, version, kind, detail) for version, kind, detail in broken]
    is_journey = first is None or type(first) in OF_JOURNEYS
    if first is not None and not in_its_stream(first, rows[0][1]):
        detail = "the stream is not that of the key in its first fact"
        found.append(Finding(key, number_of(rows[0][2]), FindingKind.STREAM, detail))
    else:
        faults = _faults(entries) if is_journey else _faults_of_unit(key, entries)
        found += (Finding(key, *fault) for fault in faults)
    return Checked(tuple(found), len(rows), int(is_journey))


Broken = tuple[int | None, FindingKind, str]


def _readable(rows: Sequence[Raw]) -> tuple[list[Entry], list[Broken]]:
    """The facts up to the first that is missing or cannot be read; those after rest on it."""
    entries: list[Entry] = []
    position = 0
    for expected, row in enumerate(rows, 1):
        if row[2] != expected or row[0] <= position:
            detail = f"version {row[2]} at position {row[0]} stands where {expected} should"
            return entries, [
                (number_of(row[2]), FindingKind.VERSION, f"{detail}; the rest is not judged")
            ]
        position = row[0]
        try:
            entries.append((row, decode(row[3].decode("utf-8"), row[4])))
        except (StoreError, UnicodeDecodeError, AttributeError, TypeError) as error:
            detail = f"the fact cannot be read ({error}); the rest is not judged"
            return entries, [(row[2], FindingKind.BODY, detail)]
    return entries, []


def _faults(entries: Sequence[Entry]) -> Iterator[Broken]:
    journey, history = Journey(), list[Fact]()
    place = 0
    while place < len(entries):
        envelope = entries[place][1]
        facts = _recorded_together(entries, place)
        judged = judge(journey, history, facts, envelope.by, envelope.ruleset)
        yield from (
            (fault.version, FindingKind(fault.kind.value), fault.detail) for fault in judged.faults
        )
        history += facts[: judged.count]
        journey, place = judged.then, place + judged.count


def _faults_of_unit(key: str, entries: Sequence[Entry]) -> Iterator[Broken]:
    unit = Unit(key)
    for row, envelope in entries:
        fault = judge_unit(unit, envelope.data, envelope.by)
        if fault:
            yield row[2], FindingKind.RULE, fault
        unit = evolve_unit(unit, envelope.data)


def _recorded_together(entries: Sequence[Entry], place: int) -> list[Fact]:
    """The facts from this one on that may be of the same command: side by side, at one time,
    by one actor, under one rule set."""
    row, first = entries[place]
    end = place + 1
    while end < len(entries):
        other, envelope = entries[end]
        together = other[0] == row[0] + end - place and other[5] == row[5]
        if not (together and (envelope.by, envelope.ruleset) == (first.by, first.ruleset)):
            break
        end += 1
    return [envelope.data for _, envelope in entries[place:end]]


def key_of(first: Fact) -> str | None:
    """The journey, or the unit, that a stream's first fact names."""
    if isinstance(first, ReferralReceived):
        return first.journey
    unit = getattr(first, "unit", None)
    return unit if isinstance(unit, str) else None


def in_its_stream(first: Fact, stream: bytes) -> bool:
    """Whether a stream is that of the key in its first fact, where that names one."""
    key = key_of(first)
    if key is None:
        return True
    return stream == (stream_of if isinstance(first, ReferralReceived) else stream_of_unit)(key)


def number_of(version: object) -> int | None:
    """A version; None where a damaged store has something else in its place."""
    return version if isinstance(version, int) else None


def id_of(stream: object) -> str:
    """A stream's id, as it is; of anything else, what it is."""
    try:
        return str(UUID(bytes=bytes(stream)))  # type: ignore[call-overload]  # any type, if damaged
    except (TypeError, ValueError):
        return repr(stream)[:64]
