"""Places beside those who fill them (S2 §6.4; domain.md §7.5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from journey.language import N_
from projections.posts import Places
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
