"""What if: the notices to come (``due --ahead``, ``preview``); nothing is issued."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

from journey.language import N_
from journey.notices import Notice
from journey.state import Journey
from journey.storage.journeys import Journeys
from journey.values import NoticeStage, Role
from policies.agenda import reached
from policies.register import SPEECH
from projections.sheet import Sheet, Words, sheet
from projections.wording import in_words, thing

if TYPE_CHECKING:
    from sqlalchemy import Connection


class Coming(Struct, frozen=True):
    """A notice that will be issued ``on`` that day, if nobody does anything before it."""

    on: date
    journey: str
    kind: str
    what: str
    notice: NoticeStage
    due_on: date
    to: Role


def notices_ahead(journey: Journey, day: date, ahead: int) -> list[Coming]:
    """The notices of a journey as it stands, real or previewed, for the ``ahead`` days after.

    What a round of the day itself would still say is among them, as of that day.
    """
    until = day + timedelta(days=ahead)
    now = [_coming(journey, notice, day) for notice in SPEECH.to_say(journey, day)]
    later = SPEECH.to_come(journey, day, until)
    return [*now, *(_coming(journey, notice, notice.fell_on) for notice in later)]


def upcoming_notices(
    journeys: Journeys,
    connection: Connection,
    day: date,
    ahead: int,
    *,
    municipality: str | None = None,
    coach: str | None = None,
    as_of: date | None = None,
    known_at: datetime | None = None,
) -> list[Coming]:
    """The notices of all journeys to come from this day on, of a municipality, of a coach.

    ``connection`` is that of ``projections.at`` with the same ``as_of`` and ``known_at``.
    """
    until = day + timedelta(days=ahead)
    keys = reached(connection, until, municipality=municipality, coach=coach)
    past = as_of is not None or known_at is not None
    found = [
        coming
        for key in keys
        for coming in notices_ahead(
            journeys.load(key, as_of=as_of, known_at=known_at) if past else journeys.current(key),
            day,
            ahead,
        )
    ]
    return sorted(found, key=lambda c: (c.on, c.journey, c.kind, c.what))


def _coming(journey: Journey, notice: Notice, on: date) -> Coming:
    return Coming(
        on, journey.key, notice.kind, notice.what, notice.notice, notice.due_on, notice.to
    )


# --- for people ------------------------------------------------------------------------


def coming_sheet(notices: Iterable[Coming]) -> Sheet:
    """The notices to come."""
    columns: Sequence[str] = (
        N_("day"),
        N_("journey"),
        N_("to do"),
        N_("what"),
        N_("notice"),
        N_("due"),
        N_("told"),
    )
    rows = (
        (c.on, c.journey, *thing(c.kind, c.what), in_words(c.notice), c.due_on, in_words(c.to))
        for c in notices
    )
    return sheet(Words(N_("Notices to come")), columns, rows)
