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


def posts_stated(unit: str, day: date) -> tuple[date, int] | None:
    """The posts that the rules in force state for a unit, and since when they have said so.

    A later rule set that repeats them states nothing new. None where they state none.
    """
    found = next((one for one in open_programmes(day) if unit in one.municipalities), None)
    if found is None:
        return None
    stated: tuple[date, int] | None = None
    for rules in found.rule_sets:
        percent = (rules.posts or {}).get(unit)
        if rules.in_force_from > day:
            break
        if percent is None:
            stated = None
        elif stated is None or stated[1] != percent:
            stated = rules.in_force_from, percent
    return stated
