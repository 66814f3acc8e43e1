"""The seal of a fact: a hash over what it says, its place, and the seal before it.

One chain over the whole store: whoever changes, drops, swaps or slips in a fact
breaks every seal from there on.
"""

from __future__ import annotations

from hashlib import sha256
from struct import Struct as Layout

GENESIS = bytes(32)
"""What stands before the first fact."""

Head = tuple[int, int, bytes]
"""The last position, its time (µs since 1970) and its seal."""

_HEAD = Layout(">QqII")


def seal(  # noqa: PLR0917  # what is sealed, in the order in which it is stored
    previous: bytes,
    position: int,
    recorded_at: int,
    stream: bytes,
    version: int,
    name: str,
    body: bytes,
) -> bytes:
    """SHA-256 over the previous seal and the fact as it is stored (32 bytes).

    Each part has a fixed length or bears it, so that no two facts are sealed alike.
    """
    named = name.encode()
    head = _HEAD.pack(position, recorded_at, version, len(named))
    return sha256(b"".join((previous, head, stream, named, body))).digest()
