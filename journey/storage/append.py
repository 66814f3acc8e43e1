"""What is appended to the record, what is answered, and what may stand in the way."""

from __future__ import annotations

from typing import Any

from eventsourcing.persistence import IntegrityError
from msgspec import Struct


class VersionMoved(IntegrityError):
    """Another fact has this version of the stream."""


class CommandTaken(IntegrityError):
    """The idempotence key is there already."""


class RowsRefused(IntegrityError):
    """A read model's own constraint refused the rows."""


class ParcelRefused(IntegrityError):
    """Something in a parcel of statements was refused; what, only their being run singly tells."""


class Claim(Struct, frozen=True):
    """An idempotence key and the digest of the command that bears it."""

    id: str
    digest: bytes


class Append(Struct, frozen=True):
    """What one command writes: facts from ``version`` on, rows, and its key; all or nothing."""

    stream: bytes
    version: int
    events: tuple[tuple[str, bytes], ...]
    statements: tuple[tuple[str, Any], ...] = ()
    command: Claim | None = None


class Appended(Struct, frozen=True):
    """Where the facts are: the position of the first, and when they were recorded (µs)."""

    first_position: int
    recorded_at: int
    count: int


class Command(Struct, frozen=True):
    """What is kept of a command that bore a key."""

    digest: bytes
    stream: bytes
    first_version: int
    fact_count: int
