"""The agenda: for each journey the day on which something is to be said of it next.

One row a journey, written with every command as all rows are, so that a round finds by
index what it must look at and walks nothing else (speed.md, finding 12).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import (
    Column,
    Connection,
    Date,
    Index,
    LargeBinary,
    MetaData,
    Table,
    func,
    select,
)

from journey.state import Journey
from journey.storage.rows import Rows
from journey.storage.schema import plain_text
from journey.units import Unit
from journey.values import ENDED
from projections.due import due_table
from projections.due_items import SURVEY, asked_by

if TYPE_CHECKING:
    from policies.speech import Speech

metadata = MetaData()

agenda = Table(
    "agenda",
    metadata,
    Column("stream", LargeBinary(16), primary_key=True),
    Column("journey", plain_text(64), nullable=False),
    Column("municipality", plain_text(64), nullable=False),
    Column("coach", plain_text(64)),
    Column("next_on", Date, nullable=False),
)
Index("agenda_next", agenda.c.next_on)


class Agenda:
    """The rows, as the policies have them."""

    tables: Sequence[Table] = (agenda,)

    def __init__(self, speech: Speech) -> None:
        self._speech = speech

    def rests_on(self, journey: Journey) -> tuple[object, ...]:
        """All that asks for something, whose it is, what was said; of the ended, their last day."""
        last = journey.latest if journey.phase in ENDED else None
        return (*asked_by(journey), journey.coaching, journey.notices, last)

    def rows(self, journey: Journey) -> Rows:
        """The journey's row; none where nothing is left to be said."""
        next_on = self._speech.next_on(journey)
        if next_on is None:
            return {}
        row = {
            "journey": journey.key,
            "municipality": journey.referral.municipality,
            "coach": journey.coaching.coach,
            "next_on": next_on,
        }
        return {agenda.name: (row,)}

    def unit_rows(self, unit: Unit) -> Rows:
        """Nothing is said of a unit."""
        return {}


def reached(
    connection: Connection,
    day: date,
    *,
    municipality: str | None = None,
    coach: str | None = None,
) -> list[str]:
    """The journeys of which something is to be said by this day, the longest waiting first."""
    query = select(agenda.c.journey).where(agenda.c.next_on <= day)
    if municipality is not None:
        query = query.where(agenda.c.municipality == municipality)
    if coach is not None:
        query = query.where(agenda.c.coach == coach)
    return list(connection.scalars(query.order_by(agenda.c.next_on, agenda.c.journey)))


def oldest_overdue(connection: Connection, day: date) -> date | None:
    """The ``act_by`` of what has been overdue longest on this day; the yearly survey apart."""
    query = select(func.min(due_table.c.act_by)).where(
        due_table.c.act_by < day, due_table.c.kind != SURVEY
    )
    oldest: date | None = connection.scalar(query)
    return oldest
