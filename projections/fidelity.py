"""One unit's measurements of method fidelity, for its own development (S2 §6.9)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from msgspec import Struct
from sqlalchemy import Connection, select

from journey.language import N_
from projections.sheet import Sheet, Words, sheet
from projections.units import unit_fidelity


class FidelityRow(Struct, frozen=True):
    """What a unit measured on a day."""

    on: date
    scale: str
    total: int


def fidelity(connection: Connection, unit: str) -> list[FidelityRow]:
    """The measurements of one unit in the order of their days; no other's beside them."""
    table = unit_fidelity
    query = (
        select(table.c.measured_on, table.c.scale, table.c.total)
        .where(table.c.unit == unit)
        .order_by(table.c.measured_on, table.c.scale)
    )
    return [FidelityRow(*row) for row in connection.execute(query)]


def fidelity_sheet(rows: Iterable[FidelityRow]) -> Sheet:
    """One unit's measurements."""
    return sheet(
        Words(N_("Method fidelity of one unit")),
        (N_("day"), N_("scale"), N_("total")),
        ((row.on, row.scale, row.total) for row in rows),
    )
