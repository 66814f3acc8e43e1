"""Whether time goes on: the health of the rounds and of what leaves (``journey status``)."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from msgspec import Struct

from journey.language import N_
from journey.storage.journeys import Journeys
from journey.storage.outbox import Outbox
from journey.storage.outbox_tables import Status as Sent
from journey.storage.rounds import Rounds
from policies.agenda import oldest_overdue
from policies.every_day_a_checkpoint import last_in
from projections.sheet import Sheet, Words, sheet


class Status(Struct, frozen=True):
    """How it stands on a day.

    ``last_round_at`` (UTC) and ``last_round_day``: the round that ended last; ``issued``
    is what that day's rounds said. ``oldest_overdue`` is the ``act_by`` of what has been
    overdue longest. ``rows_behind`` counts facts that the read models do not know,
    ``waiting`` and ``dead`` messages that did not leave yet, or were given up.
    ``last_checkpoint`` is the day of the newest in the folder that was named, if any.
    """

    on: date
    last_round_at: datetime | None
    last_round_day: date | None
    issued: int
    oldest_overdue: date | None
    rows_behind: int
    waiting: int
    dead: int
    last_checkpoint: date | None = None


def status(journeys: Journeys, day: date, checkpoints: Path | None = None) -> Status:
    """The health of a store on a day, and of the folder for checkpoints. Raises StoreError."""
    last, outbox = Rounds(journeys.facts).last(), Outbox(journeys.facts).count()
    with journeys.facts.reading() as connection:
        overdue = oldest_overdue(connection, day)
    return Status(
        on=day,
        last_round_at=last.ended_at if last else None,
        last_round_day=last.day if last else None,
        issued=last.issued if last else 0,
        oldest_overdue=overdue,
        rows_behind=journeys.rows_behind(),
        waiting=outbox.get(Sent.WAITING.value, 0),
        dead=outbox.get(Sent.DEAD.value, 0),
        last_checkpoint=last_in(checkpoints) if checkpoints else None,
    )


def status_sheet(seen: Status) -> Sheet:
    """The health in a few lines."""
    at = f"{seen.last_round_at:%Y-%m-%d %H:%M}" if seen.last_round_at else None
    lines = (
        (N_("last round"), at),
        (N_("for the day"), seen.last_round_day),
        (N_("notices issued"), seen.issued),
        (N_("longest overdue since"), seen.oldest_overdue),
        (N_("facts that the rows lack"), seen.rows_behind),
        (N_("messages that wait"), seen.waiting),
        (N_("messages given up"), seen.dead),
        (N_("last checkpoint"), seen.last_checkpoint),
    )
    rows = ((Words(label), value) for label, value in lines)
    return sheet(Words(N_("How time goes on")), (N_("what"), N_("how it is")), rows)
