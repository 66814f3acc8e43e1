"""What a fact is: something that happened on a day, and is never changed.

The facts themselves stand in their chapters (``entry`` … ``corrections``). The
name of a fact's class is its stored name and its fields are stored by name:
once a store holds one, neither may change. A change of shape is a new version
with an upcaster (``journey/storage/codec.py``), a change of meaning a new fact.
"""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from msgspec import Struct

from journey.values import Phase


class Fact(Struct, frozen=True, kw_only=True, gc=False):
    """The base of every fact. ``on`` is the civil day (Europe/Stockholm) on which it is true."""

    schema_version: ClassVar[int] = 1

    on: date

    def leads_to(self) -> Phase | None:
        """The phase that this fact names itself, where the table leaves it to the fact."""
        return None
