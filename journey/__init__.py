"""An event-sourced workflow engine for participant journeys in Supported Employment.

The front door: a host opens a store with ``Journeys`` and performs the commands of
``docs/contract.md`` as objects; ``projections`` asks the questions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from journey.errors import (
    Caution,
    Conflict,
    InvalidCommand,
    JourneyError,
    Reason,
    Refused,
    StoreError,
    StoreLocked,
    StoreReadOnly,
    StoreTooNew,
    StoreUnusable,
)

if TYPE_CHECKING:
    from journey.actor import Actor, parse_actor
    from journey.commands import parse, read_command
    from journey.language import Language
    from journey.next import Possibility, possible
    from journey.state import Journey, fold
    from journey.storage.decided import Outcome
    from journey.storage.history import Recorded
    from journey.storage.journeys import Journeys
    from journey.values import Role

__all__ = [
    "Actor",
    "Caution",
    "Conflict",
    "InvalidCommand",
    "Journey",
    "JourneyError",
    "Journeys",
    "Language",
    "Outcome",
    "Possibility",
    "Reason",
    "Recorded",
    "Refused",
    "Role",
    "StoreError",
    "StoreLocked",
    "StoreReadOnly",
    "StoreTooNew",
    "StoreUnusable",
    "fold",
    "parse",
    "parse_actor",
    "possible",
    "read_command",
]

_HOMES = {
    "Actor": "journey.actor",
    "Journey": "journey.state",
    "Journeys": "journey.storage.journeys",
    "Language": "journey.language",
    "Outcome": "journey.storage.decided",
    "Possibility": "journey.next",
    "Recorded": "journey.storage.history",
    "Role": "journey.values",
    "fold": "journey.state",
    "parse": "journey.commands",
    "parse_actor": "journey.actor",
    "possible": "journey.next",
    "read_command": "journey.commands",
}


def __getattr__(name: str) -> Any:
    """Names are fetched when they are asked for: what is not used is not imported."""
    from importlib import import_module  # noqa: PLC0415  # only when a name is asked for

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
