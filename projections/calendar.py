"""A coach's due days as a calendar that Outlook or Google subscribes to (iCalendar, RFC 5545).

Each thing to do is an all-day event from ``due_on`` to ``act_by``, both included. Its UID
is the thing's own and its SEQUENCE the journey's version, so that an event that moved is
moved in the reader's calendar too; what is done is left out of the next feed and thereby
removed. Events bear keys and codes, never a name (domain.md §9.10).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

from icalendar import Calendar, Event
from sqlalchemy import Connection, func, select

from journey.storage.history import moment
from journey.storage.index import journeys
from journey.storage.schema import facts
from projections.due import DueRow, due

AHEAD: Final = 366
"""How many days ahead a calendar shows."""

_EVENTS: Final = UUID("6f3d0c1e-52c8-5a53-9a5e-0d7f5f0f6a03")
_DAY: Final = timedelta(days=1)
_A_BATCH: Final = 500

Changed = tuple[int, datetime]
"""A journey's version, and when its last fact was recorded."""


def calendar(
    connection: Connection,
    day: date,
    *,
    coach: str | None = None,
    municipality: str | None = None,
    ahead: int = AHEAD,
) -> bytes:
    """What is due, overdue or comes within ``ahead`` days, as an .ics file.

    The same facts give the same bytes, so that a reader sees whether anything changed.
    Rows as of a day in the past do not say when facts were recorded: ask it of today.
    """
    rows = due(connection, day, coach=coach, municipality=municipality, ahead=ahead)
    changed = _changed(connection, sorted({row.journey for row in rows}))
    feed = Calendar()
    feed.add("prodid", "-//journey//due//EN")
    feed.add("version", "2.0")
    feed.add("method", "PUBLISH")
    feed.add("x-wr-calname", f"journey {coach or municipality or 'due'}")
    feed.add("refresh-interval", timedelta(hours=12), parameters={"VALUE": "DURATION"})
    feed.add("x-published-ttl", "PT12H")
    for row in rows:
        feed.add_component(_event(row, changed[row.journey]))
    written: bytes = feed.to_ical()
    return written


def _event(row: DueRow, changed: Changed) -> Event:
    version, recorded_at = changed
    event = Event()
    event.add("uid", _uid(row))
    event.add("sequence", version)
    event.add("dtstamp", recorded_at.replace(microsecond=0))
    event.add("dtstart", row.due_on)
    event.add("dtend", max(row.due_on, row.act_by) + _DAY)
    event.add("summary", f"{row.journey}: {row.kind} {row.what}")
    event.add("categories", [row.kind])
    event.add("transp", "TRANSPARENT")
    event.add("status", "CONFIRMED")
    return event


def _uid(row: DueRow) -> str:
    """The thing's own id: neither its days nor its journey can be read from it."""
    return f"{uuid5(_EVENTS, f'{row.journey} {row.kind} {row.what}')}@journey"


def _changed(connection: Connection, keys: Iterable[str]) -> dict[str, Changed]:
    """How far each of these journeys has come."""
    wanted, found = list(keys), {}
    last = (func.max(facts.c.version), func.max(facts.c.recorded_at))
    of_each = select(journeys.c.journey, *last).join(facts, facts.c.stream == journeys.c.stream)
    for first in range(0, len(wanted), _A_BATCH):
        some = journeys.c.journey.in_(wanted[first : first + _A_BATCH])
        for key, version, at in connection.execute(
            of_each.where(some).group_by(journeys.c.journey)
        ):
            found[key] = (int(version), moment(at or 0))
    return found
