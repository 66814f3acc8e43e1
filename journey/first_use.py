"""What msgspec must not do in two threads at once: learn a type.

It learns one when it first decodes or converts to it. Two threads that do so at the same
moment can break the whole process (seen with msgspec 0.22 as a segmentation fault); once a
type is learnt, any number of threads may use it.
"""

from __future__ import annotations

from threading import RLock
from typing import Final

import msgspec

LEARNING: Final = RLock()
"""Held while msgspec learns types."""

_learnt: set[type] = set()


def learn(kind: type) -> None:
    """Have msgspec learn a type, and those in it, if it does not know it yet."""
    if kind in _learnt:
        return
    with LEARNING:
        msgspec.json.Decoder(kind)
        _learnt.add(kind)
