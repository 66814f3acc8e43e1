"""What is asked of the record, compiled once."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Integer, LargeBinary, bindparam, desc, select, text, tuple_
from sqlalchemy.engine import Dialect

from journey.storage.prepared import Prepared
from journey.storage.schema import commands, facts

HEAD: Final = "SELECT position, recorded_at, seal FROM facts ORDER BY position DESC LIMIT 1"
"""The last position, its time and its seal."""


class Queries:
    """The questions that a recorder asks, in the dialect of its database."""

    def __init__(self, dialect: Dialect) -> None:
        self.head = Prepared(text(HEAD), dialect)
        of_stream = select(
            facts.c.version, facts.c.name, facts.c.body, facts.c.recorded_at, facts.c.position
        ).where(facts.c.stream == bindparam("stream"), facts.c.version > bindparam("after"))
        self.of_stream = Prepared(of_stream.order_by(facts.c.version), dialect)
        last = select(facts.c.version).where(facts.c.stream == bindparam("stream"))
        self.version = Prepared(last.order_by(desc(facts.c.version)).limit(1), dialect)
        page = select(facts).where(
            facts.c.position > bindparam("after"), facts.c.position <= bindparam("upto")
        )
        self.page = Prepared(page.order_by(facts.c.position).limit(bindparam("batch")), dialect)
        everything = select(
            facts.c.stream, facts.c.version, facts.c.name, facts.c.body, facts.c.position
        ).where(
            tuple_(facts.c.stream, facts.c.version)
            > tuple_(bindparam("stream", type_=LargeBinary), bindparam("version", type_=Integer)),
            facts.c.position <= bindparam("upto"),
        )
        in_order = everything.order_by(facts.c.stream, facts.c.version)
        self.by_stream = Prepared(in_order.limit(bindparam("batch")), dialect)
        changed = select(facts.c.stream).where(
            facts.c.position > bindparam("after"),
            facts.c.position <= bindparam("upto"),
            facts.c.stream > bindparam("stream"),
        )
        changed = changed.distinct().order_by(facts.c.stream).limit(bindparam("batch"))
        self.changed = Prepared(changed, dialect)
        time_at = select(facts.c.recorded_at).where(facts.c.position == bindparam("position"))
        self.time_at = Prepared(time_at, dialect)
        command = select(
            commands.c.digest,
            commands.c.stream,
            commands.c.first_version,
            commands.c.fact_count,
        )
        self.command = Prepared(command.where(commands.c.id == bindparam("id")), dialect)
