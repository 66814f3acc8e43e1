"""``audit verify``: is the record what was recorded, and was it allowed?

Two passes over the facts that are there when it begins. By position: every seal is made
anew, positions have no gaps, time never runs backwards, and the tree of the seals is that
of each checkpoint given. By stream: versions have no gaps, every stream is that of its
key, every body can be read, every fact is allowed by the table in its phase, and every
decision on a journey is judged again (``journey/judge.py`` says what can be and what
cannot). Of units, the facts are read and sealed, not judged.

A chain alone cannot tell that its end was cut off, or that all of it was written anew:
that shows against a checkpoint (``journey/storage/checkpoint.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final
from uuid import UUID

from msgspec import Struct

from journey.errors import StoreError, StoreUnusable
from journey.facts import Fact
from journey.judge import judge
from journey.lifecycle import LIFECYCLE
from journey.referral import ReferralReceived
from journey.state import Journey
from journey.storage import reading
from journey.storage.chain import Chain
from journey.storage.checkpoint import Checkpoint
from journey.storage.codec import Envelope, decode
from journey.storage.decided import stream_of, stream_of_unit
from journey.storage.finding import Finding, FindingKind, HeadView, Verified
from journey.storage.reading import Raw

if TYPE_CHECKING:
    from journey.storage.journeys import Journeys
    from journey.storage.recorder import Recorder

Progress = Callable[[int, int], None]
"""Called with the steps done and the steps in all (two for each fact)."""

MOST: Final = 1000
"""So many findings are listed at most: memory does not grow with what is wrong."""

_OF_JOURNEYS: Final = frozenset(row.fact for row in LIFECYCLE)


def verify(
    journeys: Journeys, progress: Progress | None = None, checkpoints: Sequence[Checkpoint] = ()
) -> Verified:
    """Verify every fact of the store, and these checkpoints of it.

    ``intact`` is False where anything is wrong; at most ``MOST`` findings are listed.
    Raises StoreError where the store cannot be read now (it is locked, say); one that is
    damaged gives a finding.
    """
    return _Verification(journeys.facts, progress or (lambda done, total: None)).run(checkpoints)


class _Verification:
    """One verification: the findings so far, and how far it is."""

    def __init__(self, facts: Recorder, progress: Progress) -> None:
        self._facts = facts
        self._progress = progress
        self._findings: list[Finding] = []
        self._journeys = 0
        self._head = facts.head()

    def run(self, checkpoints: Sequence[Checkpoint]) -> Verified:
        upto = self._head[0]
        chain = Chain(checkpoints)
        pages = reading.pages_by_position(self._facts, upto)
        for row, kind, detail in chain.go_through(pages, lambda n: self._progress(n, 2 * upto)):
            if len(self._findings) < MOST:
                self._findings.append(self._named(row, kind, detail))
        self._streams(upto, chain.count)
        return Verified(
            facts=chain.count,
            journeys=self._journeys,
            intact=not self._findings,
            findings=tuple(self._findings),
            head=HeadView(upto, _hex(self._head[2])),
        )

    def _streams(self, upto: int, count: int) -> None:
        done = 0
        try:
            for rows in reading.streams(self._facts, upto):
                checked = check_stream(rows)
                self._journeys += checked.is_journey
                self._findings += checked.findings[: MOST - len(self._findings)]
                if (done := done + len(rows)) % reading.PAGE < len(rows):
                    self._progress(upto + done, 2 * upto)
        except StoreUnusable as error:
            self._without_a_fact(FindingKind.UNREADABLE, f"the facts by stream: {error}")
        else:
            if done != count:
                detail = f"{count} facts by position, {done} by stream"
                self._without_a_fact(FindingKind.STREAM, detail)
        self._progress(2 * upto, 2 * upto)

    def _without_a_fact(self, kind: FindingKind, detail: str) -> None:
        self._findings.append(Finding(None, None, kind, detail))

    def _named(self, row: Raw | None, kind: FindingKind, detail: str) -> Finding:
        """The finding with its journey's key, read from the stream's first fact."""
        if row is None:
            return Finding(None, None, kind, detail)
        _, stream, version, *_ = row
        try:
            first = self._facts.read(stream)[0]
            key = key_of(decode(first[1], first[2]).data)
        except (StoreError, IndexError, TypeError):
            key = None
        return Finding(key or _id_of(stream), _number(version), kind, detail)


# --- one stream ----------------------------------------------------------------------


class Checked(Struct, frozen=True):
    """What was found in one stream, and whether it is a journey's."""

    findings: tuple[Finding, ...]
    is_journey: bool


Entry = tuple[Raw, Envelope[Fact]]


def check_stream(rows: Sequence[Raw]) -> Checked:
    """Judge all facts of one stream, given in the order of their versions."""
    entries, broken = _readable(rows)
    first = entries[0][1].data if entries else None
    key = (key_of(first) if first else None) or _id_of(rows[0][1])
    found = [Finding(key, version, kind, detail) for version, kind, detail in broken]
    is_journey = first is None or type(first) in _OF_JOURNEYS
    if first is not None and not _in_its_stream(first, rows[0][1]):
        detail = "the stream is not that of the key in its first fact"
        found.append(Finding(key, _number(rows[0][2]), FindingKind.STREAM, detail))
    elif is_journey:
        found += (Finding(key, *fault) for fault in _faults(entries))
    return Checked(tuple(found), is_journey)


Broken = tuple[int | None, FindingKind, str]


def _readable(rows: Sequence[Raw]) -> tuple[list[Entry], list[Broken]]:
    """The facts up to the first that is missing or cannot be read; those after rest on it."""
    entries: list[Entry] = []
    position = 0
    for expected, row in enumerate(rows, 1):
        if row[2] != expected or row[0] <= position:
            detail = f"version {row[2]} at position {row[0]} stands where {expected} should"
            return entries, [
                (_number(row[2]), FindingKind.VERSION, f"{detail}; the rest is not judged")
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


def _in_its_stream(first: Fact, stream: bytes) -> bool:
    """Whether a stream is that of the key in its first fact, where that names one."""
    key = key_of(first)
    if key is None:
        return True
    return stream == (stream_of if isinstance(first, ReferralReceived) else stream_of_unit)(key)


def _number(version: object) -> int | None:
    """A version; None where a damaged store has something else in its place."""
    return version if isinstance(version, int) else None


def _hex(sealed: object) -> str:
    return sealed.hex() if isinstance(sealed, bytes) else ""


def _id_of(stream: object) -> str:
    """A stream's id, as it is; of anything else, what it is."""
    try:
        return str(UUID(bytes=bytes(stream)))  # type: ignore[call-overload]  # any type, if damaged
    except (TypeError, ValueError):
        return repr(stream)[:64]
