"""The chain of seals gone through from the first fact: seals, positions, times, checkpoints."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator, Sequence

from journey.errors import StoreUnusable
from journey.storage.checkpoint import Checkpoint
from journey.storage.finding import FindingKind
from journey.storage.merkle import Frontier
from journey.storage.reading import Raw
from journey.storage.seal import GENESIS, seal

Found = tuple[Raw | None, FindingKind, str]
"""The row that is at fault, if one can be named, and what is wrong."""


Also = Callable[[Raw], Sequence[Found]]
"""What else looks at each fact as it passes by."""


class Chain:
    """One pass over all facts in the order of their positions; memory does not grow with them."""

    def __init__(self, checkpoints: Sequence[Checkpoint], also: Also | None = None) -> None:
        self.count = 0
        self._also = also
        self._previous = GENESIS
        self._position = self._time = 0
        self._waiting = sorted(checkpoints, key=lambda one: one.size, reverse=True)
        self._tree = Frontier()

    def go_through(
        self, pages: Iterable[list[Raw]], progress: Callable[[int], None]
    ) -> Iterator[Found]:
        """Everything that is wrong with the chain and its checkpoints."""
        yield from self._checkpoints()
        try:
            for rows in pages:
                for row in rows:
                    if found := self._fact(row):
                        yield from found
                progress(self.count)
        except StoreUnusable as error:
            yield None, FindingKind.UNREADABLE, f"after position {self._position}: {error}"
        for late in reversed(self._waiting):
            detail = f"the checkpoint knows {late.size} facts; the store has {self.count}"
            yield None, FindingKind.CHECKPOINT, detail

    def _fact(self, row: Raw) -> list[Found]:
        position, _, _, _, _, recorded_at, sealed = row
        found: list[Found] = []
        if position != self._position + 1:
            detail = f"position {position} comes after {self._position}"
            found.append((row, FindingKind.POSITION, detail))
        if not self._fits(row):
            detail = f"the seal at position {position} does not fit the fact"
            found.append((row, FindingKind.SEAL, detail))
        self._position = position
        if isinstance(recorded_at, int):
            if recorded_at < self._time:
                detail = f"position {position} is earlier than the one before"
                found.append((row, FindingKind.TIME, detail))
            else:
                self._time = recorded_at
        if isinstance(sealed, bytes):
            self._previous = sealed
        self.count += 1
        if self._waiting:
            self._tree.append(self._previous)
            found += self._checkpoints()
        if self._also:
            found += self._also(row)
        return found

    def _fits(self, row: Raw) -> bool:
        position, stream, version, name, body, recorded_at, sealed = row
        try:
            said = name.decode("utf-8")
            return sealed == seal(
                self._previous, position, recorded_at, stream, version, said, body
            )
        except (TypeError, ValueError, AttributeError, struct.error):
            return False  # a value of another type than facts have

    def _checkpoints(self) -> Iterator[Found]:
        while self._waiting and self._waiting[-1].size == self.count:
            known = self._waiting.pop()
            if self._tree.root() != known.root:
                detail = f"the first {known.size} facts are not those of the checkpoint"
                yield None, FindingKind.CHECKPOINT, detail
