"""Rows that follow the facts: read models written in the transaction of the facts themselves.

A follower says what a journey's rows are, as a pure function of the journey, and
which tables hold them. After an append only the tables whose rows have changed
are written. A rebuild (``rebuild.py``) makes the same rows from nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from operator import is_
from typing import Any, Final, Protocol

from eventsourcing.application import LRUCache
from sqlalchemy import Table, Update, bindparam, delete, insert, update
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateIndex, CreateTable

from journey.state import Journey
from journey.storage.prepared import Prepared
from journey.units import Unit

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
"""Rows by the name of their table; each row by the names of its columns but ``stream``."""

Statement = tuple[str, Any]

_KEPT: Final = 2000
"""Journeys whose rows are remembered from their last command, to compare the next with."""


_OF: Final = "of_stream"


class Follower(Protocol):
    """A read model: its tables, and the rows of one journey or unit.

    Every table has a column ``stream`` (16 bytes), which the store fills in.
    """

    @property
    def tables(self) -> Sequence[Table]:
        """The tables that hold the rows."""

    def rests_on(self, journey: Journey) -> tuple[object, ...]:
        """What of a journey its rows are made of.

        While each of these stays the same object, so do the rows: they are not made anew.
        """

    def rows(self, journey: Journey) -> Rows:
        """The rows of a journey; a table left out has none."""

    def unit_rows(self, unit: Unit) -> Rows:
        """The rows of a unit; a table left out has none."""


class Writer:
    """Turns changes of rows into statements, compiled once."""

    def __init__(self, followers: Sequence[Follower], dialect: Dialect) -> None:
        self.followers = tuple(followers)
        self.dialect = dialect
        self.tables = tuple(table for follower in followers for table in follower.tables)
        self._delete = {
            t.name: Prepared(delete(t).where(t.c.stream == bindparam("stream")), dialect)
            for t in self.tables
        }
        self._insert = {t.name: Prepared(insert(t), dialect) for t in self.tables}
        self._update = {
            t.name: Prepared(_replacing(t), dialect)
            for t in self.tables
            if [column.name for column in t.primary_key] == ["stream"]
        }
        self._latest: LRUCache[bytes, tuple[Journey | Unit, tuple[Rows, ...]]] = LRUCache(_KEPT)

    def fingerprint(self) -> str:
        """The tables by name, each with a digest of its definition and its indexes."""
        return ",".join(
            f"{table.name}:{_digest_of(table, self.dialect)}"
            for table in sorted(self.tables, key=lambda table: table.name)
        )

    def changes(
        self, stream: bytes, before: Journey | Unit, after: Journey | Unit
    ) -> tuple[Statement, ...]:
        """What must be written when a journey or unit has become another."""
        old = self._rows_before(stream, before)
        new = tuple(
            rows if _rests(follower, before, after) else rows_of(follower, after)
            for follower, rows in zip(self.followers, old, strict=True)
        )
        self._latest.put(stream, (after, new))
        return tuple(self._changes(stream, old, new))

    def rows_of(self, state: Journey | Unit) -> tuple[Rows, ...]:
        """The rows of a journey or unit, follower by follower."""
        return tuple(rows_of(follower, state) for follower in self.followers)

    def _rows_before(self, stream: bytes, before: Journey | Unit) -> tuple[Rows, ...]:
        """Those reckoned for the last command, if they are this very state's."""
        try:
            state, rows = self._latest.get(stream)
        except KeyError:
            return self.rows_of(before)
        return rows if state is before else self.rows_of(before)

    def _changes(
        self, stream: bytes, before: Sequence[Rows], after: Sequence[Rows]
    ) -> Iterator[Statement]:
        for follower, old, new in zip(self.followers, before, after, strict=True):
            if old is new or old == new:
                continue
            for table in follower.tables:
                was, now = old.get(table.name, ()), new.get(table.name, ())
                if was != now:
                    yield from self._replace(table.name, stream, bool(was), now)

    def _replace(
        self, table: str, stream: bytes, existed: bool, rows: Sequence[Mapping[str, Any]]
    ) -> Iterator[Statement]:
        kept = self._update.get(table) if existed and rows else None
        if kept is not None:
            (row,) = rows
            yield kept.text, kept.bind({_OF: stream, **row})
            return
        if existed:
            gone = self._delete[table]
            yield gone.text, gone.bind({"stream": stream})
        for row in rows:
            new = self._insert[table]
            yield new.text, new.bind({"stream": stream, **row})


def _replacing(table: Table) -> Update:
    """Puts another row in the place of a stream's only one; its indexes change where it does."""
    columns = {c.name: bindparam(c.name, type_=c.type) for c in table.c if c.name != "stream"}
    return update(table).where(table.c.stream == bindparam(_OF)).values(columns)


def rows_of(follower: Follower, state: Journey | Unit) -> Rows:
    """The rows that a follower has for a journey or unit; none before it begins."""
    if isinstance(state, Unit):
        return follower.unit_rows(state) if state.version else {}
    return follower.rows(state) if state.exists else {}


def _rests(follower: Follower, before: Journey | Unit, after: Journey | Unit) -> bool:
    """Whether a command left everything alone that a follower's rows are made of."""
    if isinstance(before, Unit) or isinstance(after, Unit) or not before.exists:
        return False
    return all(map(is_, follower.rests_on(before), follower.rests_on(after)))


def _digest_of(table: Table, dialect: Dialect) -> str:
    """What tells whether a table that a store has is still of this shape (16 hex digits)."""
    indexes = sorted(table.indexes, key=lambda index: str(index.name))
    definitions: list[CreateTable | CreateIndex] = [CreateTable(table), *map(CreateIndex, indexes)]
    text = "\n".join(str(one.compile(dialect=dialect)) for one in definitions)
    return sha256(text.encode()).hexdigest()[:16]
