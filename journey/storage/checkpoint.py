"""Checkpoints: the head of the record, signed, to be kept where the store's owner cannot reach.

A checkpoint (C2SP tlog-checkpoint) says how many facts there are and the root of their
tree, and, in a line of our own, when it was signed. Whoever later cuts off the end, or
writes the whole store anew with fitting seals, comes to another root than the one that
somebody else has kept.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from journey.errors import StoreError
from journey.language import N_
from journey.storage.bundle.check import Wrong, checkpoint_of
from journey.storage.finding import Finding, FindingKind
from journey.storage.merkle import Frontier
from journey.storage.note import signed
from journey.storage.reading import pages_by_position, sealed

if TYPE_CHECKING:
    from journey.storage.journeys import Journeys
    from journey.storage.signing import Key, PublicKeys


class Checkpoint(Struct, frozen=True):
    """So many facts (from the first), and the root of their tree (32 bytes)."""

    size: int
    root: bytes


class BadCheckpoint(StoreError):
    """A text that is no checkpoint of this store, or that none of its keys has signed."""


class RecordRewritten(StoreError):
    """The store does not begin with the facts that a checkpoint knows."""


def make_checkpoint(
    journeys: Journeys, key: Key, *, at: datetime | None = None, after: Checkpoint | None = None
) -> str:
    """The head of the record, signed at a time (now): a note in the checkpoint's form.

    Raises StoreError, and RecordRewritten where the record is not what the checkpoint
    ``after`` knows, and more: nothing is signed then.
    """
    head = _head(journeys, journeys.facts.head()[0], after)
    return checkpoint_note(key, head, at or datetime.now(UTC))


def checkpoint_note(key: Key, known: Checkpoint, at: datetime) -> str:
    """The signed note of a checkpoint: origin, size, root, and the time in UTC."""
    root = base64.b64encode(known.root).decode()
    time = f"time {at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return signed(f"{key.origin}\n{known.size}\n{root}\n{time}\n", key.signer)


def read_checkpoint(note: str, keys: PublicKeys) -> Checkpoint:
    """The checkpoint in a note that one of the keys has signed. Raises BadCheckpoint."""
    try:
        return Checkpoint(*checkpoint_of(note, list(keys.all()), "the note"))
    except Wrong as error:
        sentence = N_("This is no checkpoint that a key of this store has signed.")
        raise BadCheckpoint(sentence) from error


def check_checkpoint(journeys: Journeys, note: str, keys: PublicKeys) -> tuple[Finding, ...]:
    """Whether the store still begins with the facts that a checkpoint knows; empty if it does.

    The seals are taken as they are; ``verify`` with the same checkpoint looks at those too.
    """
    try:
        known = read_checkpoint(note, keys)
    except BadCheckpoint as error:
        return (Finding(None, None, FindingKind.CHECKPOINT, str(error)),)
    if _head(journeys, known.size) == known:
        return ()
    detail = f"the first {known.size} facts are not those of the checkpoint"
    return (Finding(None, None, FindingKind.CHECKPOINT, detail),)


def _head(journeys: Journeys, upto: int, after: Checkpoint | None = None) -> Checkpoint:
    """The tree of the facts up to a position, which begins with the facts of another."""
    tree = Frontier()
    begins = after is None or after == Checkpoint(0, tree.root())
    for rows in pages_by_position(journeys.facts, upto):
        for row in rows:
            tree.append(sealed(row))
            if after is not None and tree.size == after.size:
                begins = tree.root() == after.root
    if not begins:
        raise RecordRewritten(
            "The store does not begin with the facts of the last checkpoint; none was made. "
            "See journey audit verify."
        )
    return Checkpoint(tree.size, tree.root())


def read_all(notes: Sequence[str], keys: PublicKeys) -> tuple[Checkpoint, ...]:
    """The checkpoints in these notes, for ``verify``. Raises BadCheckpoint."""
    return tuple(read_checkpoint(note, keys) for note in notes)
