"""Facts judged by the lifecycle table alone, as they pass by in the order of their positions.

Quick, for every night: of a journey it keeps its version and its phase, so that memory
grows with the journeys and not with their facts. A correction changes no phase
(``journey/corrections.py`` lets none that leads one be corrected), so it need not be folded.
"""

from __future__ import annotations

from collections.abc import Sequence

from journey.errors import StoreError
from journey.facts import Fact
from journey.lifecycle import allowed, phase_after
from journey.storage.chain import Found
from journey.storage.codec import decode
from journey.storage.finding import FindingKind
from journey.storage.reading import Raw
from journey.storage.stream_check import OF_JOURNEYS, in_its_stream
from journey.values import Phase


class _Stream:
    """A stream so far; ``phase`` is a journey's, ``judged`` ends where it cannot go on."""

    __slots__ = ("is_journey", "judged", "phase", "version")

    def __init__(self) -> None:
        self.version = 0
        self.phase: Phase | None = None
        self.is_journey = self.judged = True


class ByTable:
    """What is known of each stream so far."""

    def __init__(self) -> None:
        self._streams: dict[bytes, _Stream] = {}

    @property
    def journeys(self) -> int:
        """How many streams are journeys'; one that cannot be read counts as one."""
        return sum(stream.is_journey for stream in self._streams.values())

    def fact(self, row: Raw) -> Sequence[Found]:
        """What is wrong with the next fact; of a stream that was given up, nothing more."""
        stream = self._streams.get(row[1])
        if stream is None:
            stream = self._streams[row[1]] = _Stream()
        return self._next(stream, row) if stream.judged else ()

    def _next(self, stream: _Stream, row: Raw) -> Sequence[Found]:
        _, id, version, name, body, _, _ = row
        stream.version += 1
        if version != stream.version:
            detail = f"version {version} stands where {stream.version} should"
            return _given_up(stream, row, FindingKind.VERSION, detail)
        try:
            fact = decode(name.decode("utf-8"), body).data
        except (StoreError, UnicodeDecodeError, AttributeError, TypeError) as error:
            detail = f"the fact cannot be read ({error})"
            return _given_up(stream, row, FindingKind.BODY, detail)
        if version == 1:
            stream.is_journey = type(fact) in OF_JOURNEYS
            if not in_its_stream(fact, id):
                detail = "the stream is not that of the key in its first fact"
                return _given_up(stream, row, FindingKind.STREAM, detail)
        return _moved(stream, row, fact) if stream.is_journey else ()


def _moved(stream: _Stream, row: Raw, fact: Fact) -> Sequence[Found]:
    phase = stream.phase
    stream.phase = phase_after(fact, phase)
    if allowed(fact, phase):
        return ()
    detail = f"{type(fact).__name__} may not happen in the phase {phase or 'none'}"
    return ((row, FindingKind.LIFECYCLE, detail),)


def _given_up(stream: _Stream, row: Raw, kind: FindingKind, detail: str) -> Sequence[Found]:
    stream.judged = False
    return ((row, kind, f"{detail}; the rest is not judged"),)
