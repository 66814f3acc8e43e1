"""The rounds that were made, a row for each day: what a host asks to see whether they go on."""

from __future__ import annotations

import time
from datetime import date, datetime

from msgspec import Struct
from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    Integer,
    MetaData,
    Table,
    bindparam,
    desc,
    insert,
    select,
    update,
)

from journey.storage.history import moment
from journey.storage.prepared import Prepared
from journey.storage.recorder import Recorder

metadata = MetaData()

rounds = Table(
    "rounds",
    metadata,
    Column("day", Date, primary_key=True),
    Column("ended_at", BigInteger, nullable=False),
    Column("issued", Integer, nullable=False),
)


class Round(Struct, frozen=True):
    """The rounds of a day: when the last of them ended (UTC), and what all of them issued."""

    day: date
    ended_at: datetime
    issued: int


class Rounds:
    """The rounds of a store."""

    def __init__(self, recorder: Recorder) -> None:
        self._facts = recorder
        dialect = recorder.engine.dialect
        more = update(rounds).where(rounds.c.day == bindparam("of"))
        issued = rounds.c.issued + bindparam("more")
        self._more = Prepared(more.values(ended_at=bindparam("ended_at"), issued=issued), dialect)
        self._first = Prepared(insert(rounds), dialect)

    def keep(self, day: date, issued: int) -> None:
        """A round for this day has ended now."""
        now = time.time_ns() // 1000
        with self._facts.exclusively() as cursor:
            again = self._more.bind({"of": day, "ended_at": now, "more": issued})
            cursor.execute(self._more.text, again)
            if cursor.rowcount == 0:
                first = self._first.bind({"day": day, "ended_at": now, "issued": issued})
                cursor.execute(self._first.text, first)

    def last(self) -> Round | None:
        """The round that ended last."""
        query = select(rounds).order_by(desc(rounds.c.ended_at)).limit(1)
        with self._facts.reading() as connection:
            row = connection.execute(query).first()
        return None if row is None else Round(row.day, moment(row.ended_at), row.issued)
