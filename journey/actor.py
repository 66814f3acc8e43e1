"""Who acts: a role, an opaque id and, for those bound to one, a municipality."""

from __future__ import annotations

import re
from functools import lru_cache

from msgspec import Struct

from journey.errors import InvalidCommand, Reason, refuse
from journey.values import Role

_FORM = re.compile(r"(?P<role>[a-z_]+):(?P<id>[\w.\-]{1,64})(?:@(?P<municipality>[\w .\-]{1,64}))?")


class Actor(Struct, frozen=True):
    """An actor of contract.md §1. The host authenticates; the engine authorises."""

    role: Role
    id: str
    municipality: str | None = None

    def __str__(self) -> str:
        """The form of contract.md §1: ``role:id`` or ``role:id@municipality``."""
        place = f"@{self.municipality}" if self.municipality else ""
        return f"{self.role.value}:{self.id}{place}"


@lru_cache(maxsize=4096)
def parse_actor(text: str) -> Actor:
    """The actor that ``role:id@municipality`` names.

    Raises InvalidCommand where the form or the role is unknown.
    """
    match = _FORM.fullmatch(text)
    if match is None or match["role"] not in Role._value2member_map_:
        raise InvalidCommand([_malformed()])
    return Actor(Role(match["role"]), match["id"], match["municipality"])


def _malformed() -> Reason:
    return refuse(
        "invalid_command",
        "The actor must be written role:id or role:id@municipality, with a known role.",
        field="by",
        source="contract §1",
    )
