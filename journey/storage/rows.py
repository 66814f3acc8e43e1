"""Rows that follow the facts: read models written in the transaction of the facts themselves.

A follower says what a journey's rows are, as a pure function of the journey, and
which tables hold them. After an append only the tables whose rows have changed
are written. A rebuild writes the same rows from nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import Table, bindparam, delete, insert
from sqlalchemy.engine import Dialect

from journey.state import Journey
from journey.storage.database import Prepared
from journey.units import Unit

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
"""Rows by the name of their table; each row by the names of its columns but ``stream``."""

Statement = tuple[str, Any]


class Follower(Protocol):
    """A read model: its tables, and the rows of one journey or unit.

    Every table has a column ``stream`` (16 bytes), which the store fills in.
    """

    @property
    def tables(self) -> Sequence[Table]:
        """The tables that hold the rows."""

    def rows(self, journey: Journey) -> Rows:
        """The rows of a journey; a table left out has none."""

    def unit_rows(self, unit: Unit) -> Rows:
        """The rows of a unit; a table left out has none."""


class Writer:
    """Turns changes of rows into statements, compiled once."""

    def __init__(self, followers: Sequence[Follower], dialect: Dialect) -> None:
        self.followers = tuple(followers)
        tables = tuple(table for follower in followers for table in follower.tables)
        self.tables = tables
        self._delete = {
            t.name: Prepared(delete(t).where(t.c.stream == bindparam("stream")), dialect)
            for t in tables
        }
        self._insert = {t.name: Prepared(insert(t), dialect) for t in tables}

    def changes(
        self, stream: bytes, before: Journey | Unit, after: Journey | Unit
    ) -> tuple[Statement, ...]:
        """What must be written when a journey or unit has become another."""
        return tuple(self._changes(stream, before, after))

    def _changes(
        self, stream: bytes, before: Journey | Unit, after: Journey | Unit
    ) -> Iterator[Statement]:
        for follower in self.followers:
            old, new = rows_of(follower, before), rows_of(follower, after)
            for table in follower.tables:
                was, now = old.get(table.name, ()), new.get(table.name, ())
                if was != now:
                    yield from self._replace(table.name, stream, bool(was), now)

    def _replace(
        self, table: str, stream: bytes, existed: bool, rows: Iterable[Mapping[str, Any]]
    ) -> Iterator[Statement]:
        if existed:
            gone = self._delete[table]
            yield gone.text, gone.bind({"stream": stream})
        for row in rows:
            new = self._insert[table]
            yield new.text, new.bind({"stream": stream, **row})

    # --- all rows anew ---------------------------------------------------------------

    def clear(self, cursor: Any) -> None:
        """Empty every table of rows."""
        for table in self.tables:
            cursor.execute(f"DELETE FROM {table.name}")

    def write(self, cursor: Any, stream: bytes, state: Journey | Unit) -> None:
        """Write the rows of a journey or unit that has none."""
        for follower in self.followers:
            for name, rows in rows_of(follower, state).items():
                for text, values in self._replace(name, stream, False, rows):
                    cursor.execute(text, values)

    def digests(self, cursor: Any) -> dict[bytes, int]:
        """A number for the rows of each journey, to tell whether they are the same."""
        found: dict[bytes, int] = {}
        for table in self.tables:
            place = list(table.c.keys()).index("stream")
            cursor.execute(f"SELECT * FROM {table.name}")
            for row in cursor:
                found[row[place]] = found.get(row[place], 0) + hash((table.name, *row))
        return found


def rows_of(follower: Follower, state: Journey | Unit) -> Rows:
    """The rows that a follower has for a journey or unit; none before it begins."""
    if isinstance(state, Unit):
        return follower.unit_rows(state) if state.version else {}
    return follower.rows(state) if state.exists else {}
