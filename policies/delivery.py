"""Delivery: what was issued is carried out of the house, tried again, and given up in the end.

A notice is a fact; that it arrived is not. A message is delivered at least once and
marked once: who dies between the two sends it again, with the same ``id``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Final

from msgspec import Struct

from journey.language import N_
from journey.storage.journeys import Journeys
from journey.storage.outbox import Letter, Outbox
from journey.storage.outbox_tables import Status
from journey.values import NoticeStage, Role
from policies.channels import Channel, Message, Undelivered
from projections.sheet import Sheet, Words, sheet

_MINUTE: Final = 60
PAUSES: Final = tuple(minutes * _MINUTE for minutes in (1, 5, 30, 120, 720))
"""Seconds from a failed try to the next; after the last of them a message is given up."""

LEASE: Final = 10 * _MINUTE
"""Seconds for which a message that is being tried is left alone by others."""

RESTS_AFTER: Final = 3
"""A channel that fails so often in a row is left alone until the next delivery."""


class Delivered(Struct, frozen=True):
    """What a delivery came to: messages that arrived, that wait for another try, given up."""

    delivered: int = 0
    postponed: int = 0
    dead: int = 0


class Delivery:
    """The channels of a store. They get what is issued from their first opening on.

    ``pauses`` are seconds between tries; ``clock`` gives seconds since 1970.
    """

    def __init__(
        self,
        journeys: Journeys,
        channels: Sequence[Channel],
        *,
        pauses: Sequence[float] = PAUSES,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._journeys = journeys
        self._outbox = Outbox(journeys.facts)
        self._channels = tuple(channels)
        self._pauses = tuple(pauses)
        self._clock = clock
        for channel in self._channels:
            self._outbox.open_channel(channel.name)

    def run(self, stop: Callable[[], bool] = lambda: False) -> Delivered:
        """Try everything whose time has come, until ``stop`` says so between two messages."""
        ended: list[Status] = []
        for channel in self._channels:
            self._outbox.take_up(channel.name, self._now())
            ended += self._deliver(channel, stop)
        return Delivered(
            ended.count(Status.DELIVERED), ended.count(Status.WAITING), ended.count(Status.DEAD)
        )

    def _deliver(self, channel: Channel, stop: Callable[[], bool]) -> Iterable[Status]:
        failed = 0
        while positions := self._outbox.waiting(channel.name, self._now()):
            for position in positions:
                if stop() or failed >= RESTS_AFTER:
                    return
                status = self._try(channel, position)
                if status is not None:
                    failed = 0 if status is Status.DELIVERED else failed + 1
                    yield status

    def _try(self, channel: Channel, position: int) -> Status | None:
        """One try; None where another process has it."""
        now = self._now()
        tries = self._outbox.claim(position, channel.name, now, now + _micro(LEASE))
        if tries is None:
            return None
        try:
            channel.send(self._message(self._outbox.letter(position, channel.name)))
        except Undelivered as error:
            return self._failed(channel, position, tries, error.code)
        now = self._now()
        self._outbox.settle(
            position, channel.name, Status.DELIVERED, next_try_at=now, delivered_at=now
        )
        return Status.DELIVERED

    def _failed(self, channel: Channel, position: int, tries: int, code: str) -> Status:
        given_up = tries > len(self._pauses)
        status = Status.DEAD if given_up else Status.WAITING
        pause = 0 if given_up else self._pauses[tries - 1]
        later = self._now() + _micro(pause)
        self._outbox.settle(position, channel.name, status, next_try_at=later, error=code)
        return status

    def _message(self, letter: Letter) -> Message:
        journey, notice = self._journeys.current(letter.journey), letter.notice
        hidden = journey.referral.protected_identity
        return Message(
            id=letter.position,
            journey=letter.journey,
            kind=notice.kind,
            what=notice.what,
            notice=notice.notice,
            due_on=notice.due_on,
            act_by=notice.act_by,
            on=notice.on,
            to=notice.to,
            coach=None if hidden else journey.coaching.coach,
            municipality=None if hidden else journey.referral.municipality,
        )

    def _now(self) -> int:
        return _micro(self._clock())


def _micro(seconds: float) -> int:
    return int(seconds * 1_000_000)


# --- what lies in the outbox -------------------------------------------------------------


class OutboxRow(Struct, frozen=True):
    """A message and what became of it. ``id`` is the one that the receiver sees; times in UTC."""

    id: int
    channel: str
    journey: str
    kind: str
    what: str
    notice: NoticeStage
    due_on: date
    to: Role
    status: Status
    tries: int
    next_try_at: datetime | None
    delivered_at: datetime | None
    last_error: str | None


def outbox_list(journeys: Journeys, *, everything: bool = False) -> list[OutboxRow]:
    """What waits or was given up, in the order of issue; with ``everything`` what arrived too."""
    letters = Outbox(journeys.facts).letters(delivered=everything)
    return [_row(letter) for letter in letters]


def outbox_retry(journeys: Journeys, *, channel: str | None = None) -> int:
    """Put what was given up in line again, of one channel or of all; gives how much."""
    return Outbox(journeys.facts).retry(_micro(time.time()), channel)


def _row(letter: Letter) -> OutboxRow:
    notice, waits = letter.notice, letter.status is Status.WAITING
    return OutboxRow(
        id=letter.position,
        channel=letter.channel,
        journey=letter.journey,
        kind=notice.kind,
        what=notice.what,
        notice=notice.notice,
        due_on=notice.due_on,
        to=notice.to,
        status=letter.status,
        tries=letter.tries,
        next_try_at=letter.next_try_at if waits else None,
        delivered_at=letter.delivered_at,
        last_error=letter.last_error,
    )


def outbox_sheet(rows: Iterable[OutboxRow]) -> Sheet:
    """The outbox."""
    columns = (
        N_("no."),
        N_("channel"),
        N_("journey"),
        N_("to do"),
        N_("what"),
        N_("notice"),
        N_("status"),
        N_("tries"),
        N_("next try"),
        N_("fault"),
    )
    return sheet(Words(N_("Outbox")), columns, (_line(row) for row in rows))


def _line(r: OutboxRow) -> tuple[object, ...]:
    later = f"{r.next_try_at:%Y-%m-%d %H:%M}" if r.next_try_at else None
    told = (r.id, r.channel, r.journey, r.kind, r.what, r.notice)
    return (*told, r.status, r.tries, later, r.last_error)
