"""Tables beside the live ones, of the same form: filled unseen, then put in their place.

A shadow bears its table's name and ``__new``. Its indexes bear a name that is free, for
SQLite can rename no index: after a swap they keep it, and the next shadow takes the other.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Index,
    LargeBinary,
    MetaData,
    Table,
    and_,
    bindparam,
    delete,
    insert,
    select,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateIndex, CreateTable, DropTable
from sqlalchemy.sql.elements import quoted_name

from journey.storage.database import Database
from journey.storage.prepared import Prepared
from journey.storage.rows import Rows
from journey.storage.schema import facts

_SUFFIX = "__new"
_OTHER = "__2"


def in_range(table: Table) -> ColumnElement[bool]:
    """Rows of the streams after :low, up to :high."""
    stream = table.c.stream
    return and_(
        stream > bindparam("low", type_=LargeBinary), stream <= bindparam("high", type_=LargeBinary)
    )


def changed(table: Table) -> ColumnElement[bool]:
    """Rows of the streams that have facts after the position :after, up to :upto."""
    return table.c.stream.in_(
        select(facts.c.stream).where(
            facts.c.position > bindparam("after"), facts.c.position <= bindparam("upto")
        )
    )


class Shadows:
    """A shadow of every table; ``cursor`` is the driver's, in a write transaction."""

    def __init__(self, tables: Sequence[Table], database: Database, dialect: Dialect) -> None:
        self._database = database
        self._dialect = dialect
        self.pairs = [(table, _shadow_of(table)) for table in tables]
        self._insert = {live.name: Prepared(insert(new), dialect) for live, new in self.pairs}
        self._forget = [Prepared(delete(new).where(changed(new)), dialect) for _, new in self.pairs]

    def make(self, cursor: Any) -> None:
        """Make them empty; what a rebuild left that was killed is dropped first."""
        self.drop(cursor)
        for _, new in self.pairs:
            cursor.execute(self._text(CreateTable(new)))

    def index(self) -> Iterator[Callable[[Any], None]]:
        """Make their indexes, each in a step: that is faster than to keep them while filling."""
        for _, new in self.pairs:
            yield from (partial(self._make_index, index=index) for index in new.indexes)

    def _make_index(self, cursor: Any, index: Index) -> None:
        cursor.execute(self._database.index_names)
        taken = {name for (name,) in cursor.fetchall()}
        index.name = quoted_name(_free(str(index.name), taken), None)
        cursor.execute(self._text(CreateIndex(index)))

    def drop(self, cursor: Any) -> None:
        """Drop them."""
        for _, new in self.pairs:
            cursor.execute(self._text(DropTable(new, if_exists=True)))

    def swap(self, cursor: Any) -> None:
        """Put them in the place of the live tables, which are gone then."""
        self._database.keep_readers_out(cursor)
        for live, new in self.pairs:
            cursor.execute(self._text(DropTable(live)))
            cursor.execute(f"ALTER TABLE {new.name} RENAME TO {live.name}")

    def bind(self, stream: bytes, found: Iterable[Rows], into: dict[str, list[Any]]) -> None:
        """Add the rows of a journey or unit, as the driver takes them, to those of others."""
        for rows in found:
            for name, some in rows.items():
                bind = self._insert[name].bind
                into[name].extend(bind({**row, "stream": stream}) for row in some)

    def write(self, cursor: Any, bound: Mapping[str, Sequence[Any]]) -> None:
        """Write rows that are bound."""
        for name, rows in bound.items():
            if rows:
                cursor.executemany(self._insert[name].text, rows)

    def forget_changed(self, cursor: Any, after: int, upto: int) -> None:
        """Drop the rows of the streams that have facts after a position, up to another."""
        for statement in self._forget:
            cursor.execute(statement.text, statement.bind({"after": after, "upto": upto}))

    def _text(self, clause: CreateTable | CreateIndex | DropTable) -> str:
        return str(clause.compile(dialect=self._dialect))


def _shadow_of(table: Table) -> Table:
    return table.to_metadata(MetaData(), name=f"{table.name}{_SUFFIX}")


def _free(name: str, taken: Collection[str]) -> str:
    """The index's own name, or the other where the live table's index bears that."""
    own = name.replace(_SUFFIX, "")
    return own if own not in taken else f"{own}{_OTHER}"
