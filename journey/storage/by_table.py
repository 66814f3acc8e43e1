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


class ByTable:
    """What is known of each stream so far."""

    def __init__(self) -> None:
        self._versions: dict[bytes, int] = {}
        self._phases: dict[bytes, Phase | None] = {}
        self._given_up: set[bytes] = set()

    @property
    def journeys(self) -> int:
        """How many streams are journeys'; one that cannot be read counts as one."""
        return len(self._phases)

    def fact(self, row: Raw) -> Sequence[Found]:
        """What is wrong with the next fact; of a stream that was given up, nothing more."""
        _, stream, version, name, body, _, _ = row
        if stream in self._given_up:
            return ()
        expected = self._versions.get(stream, 0) + 1
        self._versions[stream] = expected
        if version != expected:
            detail = f"version {version} stands where {expected} should; the rest is not judged"
            return self._give_up(row, FindingKind.VERSION, detail)
        try:
            fact = decode(name.decode("utf-8"), body).data
        except (StoreError, UnicodeDecodeError, AttributeError, TypeError) as error:
            detail = f"the fact cannot be read ({error}); the rest is not judged"
            return self._give_up(row, FindingKind.BODY, detail)
        if version == 1:
            if not in_its_stream(fact, stream):
                detail = "the stream is not that of the key in its first fact"
                return self._give_up(row, FindingKind.STREAM, detail)
            if type(fact) in OF_JOURNEYS:
                self._phases[stream] = None
        return self._moved(row, fact) if stream in self._phases else ()

    def _moved(self, row: Raw, fact: Fact) -> Sequence[Found]:
        stream = row[1]
        phase = self._phases[stream]
        self._phases[stream] = phase_after(fact, phase)
        if allowed(fact, phase):
            return ()
        detail = f"{type(fact).__name__} may not happen in the phase {phase or 'none'}"
        return ((row, FindingKind.LIFECYCLE, detail),)

    def _give_up(self, row: Raw, kind: FindingKind, detail: str) -> Sequence[Found]:
        self._given_up.add(row[1])
        if self._versions[row[1]] == 1:
            self._phases[row[1]] = None
        return ((row, kind, detail),)
