"""The tables of the outbox, and the statements on them, compiled once.

Times are microseconds since 1970-01-01 UTC.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    MetaData,
    Select,
    Table,
    bindparam,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.engine import Dialect

from journey.notices import NoticeIssued
from journey.storage.index import journeys as index
from journey.storage.prepared import Prepared
from journey.storage.schema import facts, plain_text
from journey.values import Word

metadata = MetaData()

outbox = Table(
    "outbox",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("channel", plain_text(64), primary_key=True),
    Column("status", plain_text(16), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_try_at", BigInteger, nullable=False),
    Column("delivered_at", BigInteger),
    Column("last_error", plain_text(64)),
)
Index("outbox_waiting", outbox.c.channel, outbox.c.status, outbox.c.next_try_at)

cursors = Table(
    "outbox_channels",
    metadata,
    Column("channel", plain_text(64), primary_key=True),
    Column("position", BigInteger, nullable=False),
)


class Status(Word):
    """What has become of a message."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"


LETTERS: Final[Select[Any]] = (
    select(
        outbox,
        facts.c.name,
        facts.c.body,
        index.c.journey,
    )
    .join(facts, facts.c.position == outbox.c.position)
    .join(index, index.c.stream == facts.c.stream)
)


class Statements:
    """The statements, compiled once."""

    def __init__(self, dialect: Dialect) -> None:
        def prepared(clause: Any) -> Prepared:
            return Prepared(clause, dialect)

        one = (outbox.c.position == bindparam("at"), outbox.c.channel == bindparam("of"))
        waits = outbox.c.status == Status.WAITING.value
        self.cursor = prepared(
            select(cursors.c.position).where(cursors.c.channel == bindparam("channel"))
        )
        self.last = prepared(select(func.max(facts.c.position)))
        self.open = prepared(insert(cursors))
        self.move = prepared(
            update(cursors)
            .where(cursors.c.channel == bindparam("of"))
            .values(position=bindparam("position"))
        )
        self.issued = prepared(
            select(facts.c.position)
            .where(facts.c.position > bindparam("after"), facts.c.name == NoticeIssued.__name__)
            .order_by(facts.c.position)
        )
        self.put = prepared(
            insert(outbox).values(
                {
                    name: bindparam(name)
                    for name in ("position", "channel", "status", "tries", "next_try_at")
                }
            )
        )
        self.waiting = prepared(
            select(outbox.c.position)
            .where(
                outbox.c.channel == bindparam("channel"),
                outbox.c.status == bindparam("status"),
                outbox.c.next_try_at <= bindparam("now"),
            )
            .order_by(outbox.c.position)
            .limit(bindparam("batch"))
        )
        self.claim = prepared(
            update(outbox)
            .where(*one, waits, outbox.c.next_try_at <= bindparam("now"))
            .values(tries=outbox.c.tries + 1, next_try_at=bindparam("next_try_at"))
        )
        self.tries = prepared(
            select(outbox.c.tries).where(
                outbox.c.position == bindparam("position"),
                outbox.c.channel == bindparam("channel"),
            )
        )
        names = ("status", "next_try_at", "delivered_at", "last_error")
        self.settle = prepared(
            update(outbox).where(*one, waits).values({name: bindparam(name) for name in names})
        )
        again = update(outbox).values(
            {name: bindparam(name) for name in ("status", "tries", "next_try_at")}
        )
        dead = outbox.c.status == Status.DEAD.value
        self.retry = prepared(again.where(dead))
        self.retry_of = prepared(again.where(dead, outbox.c.channel == bindparam("of")))
