"""Which programme's rules hold for a unit on a day."""

from __future__ import annotations

from datetime import date
from functools import cache

from journey.programme import Programme, programme, programmes
from journey.rules import Rules


@cache
def shipped() -> tuple[Programme, ...]:
    """Every programme that the engine ships, in the order of their ids."""
    return tuple(programme(id) for id in programmes())


def open_programmes(day: date) -> tuple[Programme, ...]:
    """The shipped programmes that are open on this day."""
    return tuple(one for one in shipped() if one.open_on(day))


def municipalities() -> frozenset[str]:
    """Every municipality of a shipped programme."""
    return frozenset(place for one in shipped() for place in one.municipalities)


def rules_of(unit: str, day: date) -> Rules | None:
    """The rules in force for a unit on a day; None where no programme is open there."""
    found = (one for one in open_programmes(day) if unit in one.municipalities)
    return next((one.rules_on(day) for one in found), None)
