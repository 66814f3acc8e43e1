"""The outbox: which notices are still to leave the house, by which channel, and how that went.

Not a read model: that a message left is no fact of a journey, and no rebuild touches
these tables. A notice is taken up by the position of its fact: each channel has a
cursor, moved in the transaction that puts its notices in line, so that none is lost.
Times are microseconds since 1970-01-01 UTC.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, Select, func, select

from journey.notices import NoticeIssued
from journey.storage.codec import decode
from journey.storage.history import moment
from journey.storage.outbox_tables import LETTERS, Statements, Status, outbox
from journey.storage.prepared import Prepared
from journey.storage.recorder import Recorder


class Letter(Struct, frozen=True):
    """A notice on its way by one channel. ``position`` is that of its fact."""

    position: int
    channel: str
    journey: str
    notice: NoticeIssued
    status: Status
    tries: int
    next_try_at: datetime
    delivered_at: datetime | None
    last_error: str | None


class Outbox:
    """The outbox of a store. All that is written is one short transaction."""

    def __init__(self, recorder: Recorder) -> None:
        self._facts = recorder
        self._sql = Statements(recorder.engine.dialect)

    def open_channel(self, channel: str) -> None:
        """Know a channel: it gets the notices that are issued from now on."""
        if self._facts.select(self._sql.cursor, {"channel": channel}):
            return
        with self._facts.exclusively() as cursor:
            self._run(cursor, self._sql.cursor, channel=channel)
            if cursor.fetchone() is None:
                self._run(cursor, self._sql.last)
                last = cursor.fetchone()[0]
                self._run(cursor, self._sql.open, channel=channel, position=last or 0)

    def take_up(self, channel: str, now: int) -> int:
        """Put in line what was issued since the last time; gives how much."""
        with self._facts.exclusively() as cursor:
            self._run(cursor, self._sql.cursor, channel=channel)
            after = cursor.fetchone()[0]
            self._run(cursor, self._sql.last)
            last = cursor.fetchone()[0]
            if last in (None, after):
                return 0
            self._run(cursor, self._sql.issued, after=after)
            positions = [row[0] for row in cursor.fetchall()]
            for position in positions:
                self._run(
                    cursor,
                    self._sql.put,
                    position=position,
                    channel=channel,
                    status=Status.WAITING.value,
                    tries=0,
                    next_try_at=now,
                )
            self._run(cursor, self._sql.move, of=channel, position=last)
        return len(positions)

    def waiting(self, channel: str, now: int, batch: int = 100) -> list[int]:
        """The positions of what is to be tried now, oldest first."""
        values = {"channel": channel, "status": Status.WAITING.value, "now": now, "batch": batch}
        return [row[0] for row in self._facts.select(self._sql.waiting, values)]

    def claim(self, position: int, channel: str, now: int, until: int) -> int | None:
        """Take one for trying: nobody else does before ``until``. The number of the try, or None.

        A try is counted when it begins: one that is killed has been one.
        """
        with self._facts.exclusively() as cursor:
            self._run(cursor, self._sql.claim, at=position, of=channel, now=now, next_try_at=until)
            if cursor.rowcount != 1:
                return None
            self._run(cursor, self._sql.tries, position=position, channel=channel)
            return int(cursor.fetchone()[0])

    def settle(
        self,
        position: int,
        channel: str,
        status: Status,
        *,
        next_try_at: int,
        delivered_at: int | None = None,
        error: str | None = None,
    ) -> None:
        """Say how a try ended. What is delivered stays delivered."""
        with self._facts.exclusively() as cursor:
            self._run(
                cursor,
                self._sql.settle,
                at=position,
                of=channel,
                status=status.value,
                next_try_at=next_try_at,
                delivered_at=delivered_at,
                last_error=error,
            )

    def retry(self, now: int, channel: str | None = None) -> int:
        """Put everything that was given up in line again, of one channel or of all."""
        statement = self._sql.retry if channel is None else self._sql.retry_of
        values: dict[str, Any] = {} if channel is None else {"of": channel}
        with self._facts.exclusively() as cursor:
            self._run(cursor, statement, next_try_at=now, tries=0, status="waiting", **values)
            return int(cursor.rowcount)

    def letters(self, *, delivered: bool) -> list[Letter]:
        """What waits or was given up, in the order of the facts; or what was delivered too."""
        query = LETTERS if delivered else LETTERS.where(outbox.c.status != "delivered")
        return self._letters(query.order_by(outbox.c.position, outbox.c.channel))

    def letter(self, position: int, channel: str) -> Letter:
        """One of them."""
        one = (outbox.c.position == position, outbox.c.channel == channel)
        return self._letters(LETTERS.where(*one))[0]

    def _letters(self, query: Select[Any]) -> list[Letter]:
        with self._facts.reading() as connection:
            return [_letter(row) for row in connection.execute(query)]

    def count(self) -> dict[str, int]:
        """How many there are by status, of all channels."""
        query = select(outbox.c.status, func.count()).group_by(outbox.c.status)
        with self._facts.reading() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def _run(self, cursor: Any, statement: Prepared, **values: Any) -> None:
        cursor.execute(statement.text, statement.bind(values))


def _letter(row: Row[Any]) -> Letter:
    notice = decode(row.name, row.body).data
    assert isinstance(notice, NoticeIssued)
    return Letter(
        position=row.position,
        channel=row.channel,
        journey=row.journey,
        notice=notice,
        status=Status(row.status),
        tries=row.tries,
        next_try_at=moment(row.next_try_at),
        delivered_at=None if row.delivered_at is None else moment(row.delivered_at),
        last_error=row.last_error,
    )
