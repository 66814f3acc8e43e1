"""What a wish is: a command as contract.md §2 writes it, parsed and typed.

The wishes themselves stand in their chapters, beside the facts that they become.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated

from msgspec import Meta, Struct

from journey.values import Key

FEDERATION = "*"
"""The unit that is the whole federation."""

EARLIEST_YEAR, LATEST_YEAR = 1900, 2199

CommandId = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=128,
        pattern=r"^[^\x00]+$",  # no database but SQLite keeps a NUL in a text
        description="Idempotence key, chosen by the caller.",
    ),
]


class Wish(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="do",
):
    """The base of every command.

    ``by`` is the actor (``role:id`` or ``role:id@municipality``), ``on`` the day on
    which the fact is true, ``id`` the caller's idempotence key.
    """

    by: str
    on: date
    id: CommandId | None = None


class JourneyWish(Wish, frozen=True, kw_only=True):
    """A command about one journey; ``journey`` is the key that the caller chose."""

    journey: Key


class UnitWish(Wish, frozen=True, kw_only=True):
    """A command about a unit; ``unit`` is a municipality, or ``*`` for the whole federation."""

    @property
    def unit(self) -> str:
        """The whole federation, unless the command names a unit."""
        return FEDERATION


class PlaceWish(UnitWish, frozen=True, kw_only=True):
    """A command that names its unit."""

    unit: str


def day_out_of_reach(said: Struct) -> str | None:
    """The field of a wish or a fact whose day is no day of anyone's life (1900-2199)."""
    for name in said.__struct_fields__:
        value = getattr(said, name)
        if isinstance(value, date) and not EARLIEST_YEAR <= value.year <= LATEST_YEAR:
            return name
    return None
