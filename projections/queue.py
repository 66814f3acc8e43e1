"""The queue of a municipality as it is read on a day (domain.md §3.4): ``journey queue``."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from msgspec import Struct
from sqlalchemy import Connection

from journey.language import N_
from journey.programme import programme
from journey.queue import has_priority, place
from journey.storage.index import as_waiting, waiting_in_any
from projections.sheet import Sheet, Words, sheet


class QueueRow(Struct, frozen=True):
    """One who waits: ``position`` counts from 1; ``priority`` says that the age comes first."""

    position: int
    journey: str
    queued_on: date
    priority: bool


def queue(connection: Connection, day: date, municipality: str) -> list[QueueRow]:
    """Who waits in a municipality, the next one first, each by the rules of its programme.

    Ages are read on the day, so that an answer of yesterday may be another today.
    """
    found = connection.execute(waiting_in_any(), {"municipality": municipality})
    waiting = [(as_waiting(row), programme(row.programme).rules_on(day)) for row in found]
    waiting.sort(key=lambda one: place(one[0], day, one[1]))
    return [
        QueueRow(position, who.journey, who.queued_on, has_priority(who, day, rules))
        for position, (who, rules) in enumerate(waiting, 1)
    ]


def queue_sheet(rows: Iterable[QueueRow]) -> Sheet:
    """The queue in its order."""
    columns = (N_("place"), N_("journey"), N_("waits since"), N_("comes first by age"))
    return sheet(
        Words(N_("Queue")),
        columns,
        ((r.position, r.journey, r.queued_on, _first(r.priority)) for r in rows),
    )


def _first(priority: bool) -> Words | None:
    return Words(N_("yes")) if priority else None
