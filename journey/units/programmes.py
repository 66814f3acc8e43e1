"""Which programme's rules hold for a unit on a day."""

from __future__ import annotations

from datetime import date

from journey.programme import Programme, programme, programmes
from journey.rules import Rules

FEDERATION = "*"
"""The unit that is the whole federation."""


def open_programmes(day: date) -> tuple[Programme, ...]:
    """The shipped programmes that are open on this day."""
    shipped = (programme(id) for id in programmes())
    return tuple(one for one in shipped if one.open_on(day))


def municipalities() -> frozenset[str]:
    """Every municipality of a shipped programme."""
    return frozenset(place for id in programmes() for place in programme(id).municipalities)


def rules_of(unit: str, day: date) -> Rules | None:
    """The rules in force for a unit on a day; None where no programme is open there."""
    found = (one for one in open_programmes(day) if unit in one.municipalities)
    return next((one.rules_on(day) for one in found), None)
