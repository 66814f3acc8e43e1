"""A command on its way to the store: parsed, decided, answered."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final
from uuid import UUID, uuid5

import msgspec
from msgspec import Struct

from journey.commands import parse
from journey.errors import Caution, Refused
from journey.facts import Fact
from journey.state import Journey
from journey.storage.append import Append, Appended
from journey.storage.history import Recorded, newly_recorded
from journey.units import Unit
from journey.wishes import JourneyWish, UnitWish, Wish

_JOURNEYS: Final = UUID("6f3d0c1e-52c8-5a53-9a5e-0d7f5f0f6a01")
_UNITS: Final = UUID("6f3d0c1e-52c8-5a53-9a5e-0d7f5f0f6a02")

Command = Mapping[str, Any] | Wish


class Outcome(Struct, frozen=True):
    """What became of a command: the facts recorded (none if it was already true).

    ``repeated`` says that nothing was recorded now: the command's id is known, and
    ``facts`` are those of then, or its wish was already true.
    """

    journey: str
    facts: tuple[Recorded, ...] = ()
    warnings: tuple[Caution, ...] = ()
    repeated: bool = False


class Decided(Struct, frozen=True):
    """A decided command: what to append, and what the journey or unit is then."""

    append: Append
    facts: tuple[Fact, ...]
    ruleset: str
    state: Journey | Unit
    warnings: tuple[Caution, ...] = ()

    @property
    def stores_nothing(self) -> bool:
        """Whether there is nothing to write: already true, and without an id to keep."""
        return not self.facts and self.append.command is None


@lru_cache(maxsize=65536)
def stream_of(journey: str) -> bytes:
    """The stream of a journey's key."""
    return uuid5(_JOURNEYS, journey).bytes


def stream_of_unit(unit: str) -> bytes:
    """The stream of a unit."""
    return uuid5(_UNITS, unit).bytes


def outcome_of(wish: Wish, prepared: Decided, appended: Appended | None) -> Outcome:
    """The answer to a command that was carried out."""
    facts = newly_recorded(
        prepared.facts,
        prepared.append.version,
        appended.recorded_at if appended else 0,
        wish.by,
        prepared.ruleset,
    )
    return Outcome(
        journey=subject_of(wish),
        facts=facts,
        warnings=prepared.warnings,
        repeated=not facts,
    )


def stream_for(wish: Wish) -> bytes:
    """The stream that a wish writes to."""
    if isinstance(wish, UnitWish):
        return stream_of_unit(wish.unit)
    assert isinstance(wish, JourneyWish)
    return stream_of(wish.journey)


def subject_of(wish: Wish) -> str:
    """The key of the journey, or the unit, that a wish is about."""
    return wish.unit if isinstance(wish, UnitWish) else getattr(wish, "journey", "")


def as_wish(command: Command) -> Wish:
    """A command as a wish. Raises InvalidCommand."""
    return command if isinstance(command, Wish) else parse(dict(command))


def as_wish_or_refused(command: Command | Refused) -> Wish | Refused:
    """A command as a wish, or why it is none."""
    try:
        return command if isinstance(command, Refused) else as_wish(command)
    except Refused as refused:
        return refused


def digest_of(wish: Wish) -> bytes:
    """What tells whether a command with a known id says the same (32 bytes)."""
    return sha256(msgspec.json.encode(wish, order="deterministic")).digest()
