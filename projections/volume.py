"""Contacts that are counted without a person, by municipality and year (S0 Statistik)."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from sqlalchemy import Connection, select

from journey.language import N_
from projections.sheet import Sheet, Words, sheet
from projections.units import unit_volume


class VolumeRow(Struct, frozen=True):
    """How many contacts a municipality counted in a year."""

    year: int
    municipality: str
    contacts: int


def volume(connection: Connection, first: int, last: int) -> list[VolumeRow]:
    """The counted contacts of the years from first to last; none, no row."""
    table = unit_volume
    query = (
        select(table.c.year, table.c.unit, table.c.contacts)
        .where(table.c.year.between(first, last))
        .order_by(table.c.year, table.c.unit)
    )
    return [VolumeRow(*row) for row in connection.execute(query)]


def volume_sheet(rows: Iterable[VolumeRow]) -> Sheet:
    """The counted contacts."""
    return sheet(
        Words(N_("Contacts without a person")),
        (N_("year"), N_("municipality"), N_("contacts")),
        ((row.year, row.municipality, row.contacts) for row in rows),
    )
