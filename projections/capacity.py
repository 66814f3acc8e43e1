"""Places beside those who fill them (S2 §6.4; domain.md §7.5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from msgspec import Struct
from sqlalchemy import Connection

from journey.language import N_
from projections.caseload import counts, journeys_of
from projections.explained import Explained
from projections.posts import Places, places_on
from projections.sheet import Sheet, Words, sheet


class CapacityRow(Struct, frozen=True):
    """A municipality's posts (percent of full time), places, and people.

    ``active`` are those in steps 1-5 or paused; ``aftercare`` stands beside and takes no
    place by default (§7.5). More active than places is shown, never refused.
    """

    municipality: str
    percent: int | None
    places: int | None
    active: int
    aftercare: int


def capacity(
    connection: Connection, day: date, *, municipality: str | None = None
) -> list[CapacityRow]:
    """Places on this day beside the people of the rows, of one municipality or of all."""
    people = counts(connection)
    rows = capacity_rows(
        places_on(connection, day),
        {unit: active for unit, (active, _) in people.items()},
        {unit: aftercare for unit, (_, aftercare) in people.items()},
    )
    return [row for row in rows if municipality in (None, row.municipality)]


def explain_capacity(
    connection: Connection, year: int, *, municipality: str | None = None
) -> list[Explained]:
    """The journeys behind the people of each municipality, as ``Nässjö.active``.

    The rows are those of one day; ``year`` is the year that the answer is given for.
    """
    behind: dict[str, list[str]] = {}
    for case in journeys_of(connection, municipality=municipality):
        for figure, counted in (("active", case.active), ("aftercare", case.aftercare)):
            keys = behind.setdefault(f"{case.municipality}.{figure}", [])
            keys += [case.journey] if counted else []
    return [Explained(year, figure, keys) for figure, keys in sorted(behind.items())]


def capacity_rows(
    places: Mapping[str, Places], active: Mapping[str, int], aftercare: Mapping[str, int]
) -> list[CapacityRow]:
    """A row for each municipality that has places or people, in alphabetical order."""
    unknown = Places(None, None)
    rows = []
    for name in sorted({*places, *active, *aftercare}):
        has = places.get(name, unknown)
        people = active.get(name, 0), aftercare.get(name, 0)
        rows.append(CapacityRow(name, has.percent, has.places, *people))
    return rows


def capacity_sheet(rows: Iterable[CapacityRow]) -> Sheet:
    """Places and people, municipality by municipality."""
    columns = (
        N_("municipality"),
        N_("percent of full time"),
        N_("places"),
        N_("active"),
        N_("in aftercare"),
    )
    return sheet(
        Words(N_("Capacity")),
        columns,
        ((r.municipality, r.percent, r.places, r.active, r.aftercare) for r in rows),
    )
