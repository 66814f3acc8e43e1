"""The tree over the chain of seals (RFC 9162 §2.1): roots, and proofs for who has no store.

Its leaves are the seals, in the order of their positions. A chain alone proves nothing to
one who holds a single fact; from a tree, a few hashes lead from any fact to a signed root,
or from an older root to a newer. Libraries were weighed: pymerkle is under the GPL, the
others known keep their own hashes or are no longer kept; the tree is two hash functions
and three recursions of the RFC, so it stands here. What a checker needs as well stands in
``bundle/check.py``, which must stand alone.
"""

from __future__ import annotations

from journey.storage.bundle.check import Growing, leaf_hash, node_hash

Frontier = Growing
"""A tree that knows its root alone, in memory that does not grow with its leaves."""


class Tree:
    """A tree that gives proofs. It holds every full subtree's root: 64 bytes a leaf."""

    def __init__(self) -> None:
        self._levels: list[bytearray] = [bytearray()]

    @property
    def size(self) -> int:
        """How many leaves it has."""
        return len(self._levels[0]) // 32

    def append(self, leaf: bytes) -> None:
        """One more leaf."""
        here = leaf_hash(leaf)
        for level in self._levels:
            level.extend(here)
            if len(level) % 64:
                return
            here = node_hash(bytes(level[-64:-32]), bytes(level[-32:]))
        self._levels.append(bytearray(here))

    def root(self, size: int | None = None) -> bytes:
        """The root of the first ``size`` leaves, of all unless given."""
        return self._root(0, self.size if size is None else size)

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """The proof that the leaf at ``index`` (from 0) is among the first ``size`` (§2.1.3.1)."""
        return self._inclusion(index, 0, self.size if size is None else size)

    def consistency(self, old: int, size: int | None = None) -> list[bytes]:
        """The proof that the tree of ``size`` leaves begins with that of ``old`` (§2.1.4.1)."""
        whole = self.size if size is None else size
        return self._consistency(old, 0, whole, known=True) if old else []

    def _root(self, start: int, end: int) -> bytes:
        count = end - start
        if count == 0:
            return Frontier().root()
        if count & (count - 1) == 0:
            level = count.bit_length() - 1
            place = (start >> level) * 32
            return bytes(self._levels[level][place : place + 32])
        middle = start + _split(count)
        return node_hash(self._root(start, middle), self._root(middle, end))

    def _inclusion(self, index: int, start: int, end: int) -> list[bytes]:
        if end - start == 1:
            return []
        middle = start + _split(end - start)
        if index < middle:
            return [*self._inclusion(index, start, middle), self._root(middle, end)]
        return [*self._inclusion(index, middle, end), self._root(start, middle)]

    def _consistency(self, old: int, start: int, end: int, *, known: bool) -> list[bytes]:
        """``known`` says that the root of the older part is the older tree's own."""
        if old == end:
            return [] if known else [self._root(start, end)]
        middle = start + _split(end - start)
        if old <= middle:
            return [
                *self._consistency(old, start, middle, known=known),
                self._root(middle, end),
            ]
        return [
            *self._consistency(old, middle, end, known=False),
            self._root(start, middle),
        ]


def _split(count: int) -> int:
    """The largest power of two below ``count``."""
    return 1 << (count - 1).bit_length() - 1
