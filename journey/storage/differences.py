"""What a rebuild would change: the rows of the shadows beside the live ones, set against set.

The database compares, a range of streams at a time, and the result is kept in a table of
its own until the rebuild ends, so that memory does not grow with what differs. A stream
that has facts after the position up to which the shadows know is left for the next round.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import (
    Column,
    ColumnElement,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    and_,
    bindparam,
    delete,
    distinct,
    except_,
    func,
    insert,
    literal,
    not_,
    select,
    union_all,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateTable, DropTable

from journey.storage.prepared import Prepared
from journey.storage.schema import facts, plain_text
from journey.storage.shadow import changed, in_range

EXAMPLES: Final = 10
"""So many of the journeys that differ are named."""

Scope = Callable[[Table], ColumnElement[bool]]

_found = Table(
    "rows__differ",
    MetaData(),
    Column("name", plain_text(64), primary_key=True),
    Column("stream", LargeBinary(16), primary_key=True),
    Column("missing", Integer, nullable=False),
    Column("extra", Integer, nullable=False),
)


class TableDifference(Struct, frozen=True):
    """Of one table: rows that the facts give and it lacks, rows that it has beside them.

    A row with a wrong value is one of each.
    """

    table: str
    missing: int
    extra: int


class Differences:
    """Compares and keeps count; ``cursor`` is the driver's, in a write transaction."""

    def __init__(self, pairs: Sequence[tuple[Table, Table]], dialect: Dialect) -> None:
        self._names = tuple(live.name for live, _ in pairs)
        self._in_range = [Prepared(_compared(*pair, in_range), dialect) for pair in pairs]
        self._changed = [Prepared(_compared(*pair, changed), dialect) for pair in pairs]
        self._forget = Prepared(delete(_found).where(changed(_found)), dialect)
        counts = select(func.sum(_found.c.missing), func.sum(_found.c.extra))
        self._counts = Prepared(counts.where(_found.c.name == bindparam("name")), dialect)
        self._streams = Prepared(select(func.count(distinct(_found.c.stream))), dialect)
        examples = select(_found.c.stream).distinct().order_by(_found.c.stream).limit(EXAMPLES)
        self._examples = Prepared(examples, dialect)
        self._make = str(CreateTable(_found).compile(dialect=dialect))
        self._drop = str(DropTable(_found, if_exists=True).compile(dialect=dialect))

    def make(self, cursor: Any) -> None:
        """Begin anew."""
        self.drop(cursor)
        cursor.execute(self._make)

    def drop(self, cursor: Any) -> None:
        """Keep nothing."""
        cursor.execute(self._drop)

    def compare_range(self, cursor: Any, low: bytes, high: bytes, upto: int) -> None:
        """Compare the streams after one, up to another; the shadows know facts up to ``upto``."""
        _run_all(cursor, self._in_range, low=low, high=high, upto=upto)

    def compare_changed(self, cursor: Any, after: int, upto: int) -> None:
        """Compare anew the streams that have facts after a position, up to another."""
        _run_all(cursor, [self._forget, *self._changed], after=after, upto=upto)

    def tables(self, cursor: Any) -> tuple[TableDifference, ...]:
        """What was found, table by table."""
        return tuple(self._of_table(cursor, name) for name in self._names)

    def _of_table(self, cursor: Any, name: str) -> TableDifference:
        ((missing, extra),) = _fetch(cursor, self._counts, name=name)
        return TableDifference(
            str(name), int(missing or 0), int(extra or 0)
        )  # SQLAlchemy quotes names

    def count(self, cursor: Any) -> int:
        """The streams that differ."""
        return int(_fetch(cursor, self._streams)[0][0])

    def examples(self, cursor: Any) -> list[bytes]:
        """A few of them."""
        return [stream for (stream,) in _fetch(cursor, self._examples)]


def _run_all(cursor: Any, statements: Sequence[Prepared], **values: Any) -> None:
    for statement in statements:
        cursor.execute(statement.text, statement.bind(values))


def _fetch(cursor: Any, query: Prepared, **values: Any) -> list[Any]:
    cursor.execute(query.text, query.bind(values))
    return list(cursor.fetchall())


def _compared(live: Table, new: Table, scope: Scope) -> Any:
    """INSERT what differs between the two tables, counted by stream."""
    missing = except_(_rows(new, scope), _rows(live, scope)).subquery()
    extra = except_(_rows(live, scope), _rows(new, scope)).subquery()
    both = union_all(
        select(missing.c.stream, literal(1).label("missing"), literal(0).label("extra")),
        select(extra.c.stream, literal(0), literal(1)),
    ).subquery()
    counted = select(
        literal(live.name), both.c.stream, func.sum(both.c.missing), func.sum(both.c.extra)
    ).group_by(both.c.stream)
    return insert(_found).from_select(list(_found.c.keys()), counted)


def _rows(table: Table, scope: Scope) -> Any:
    later = select(facts.c.stream).where(facts.c.position > bindparam("upto"))
    return select(*table.c).where(and_(scope(table), not_(table.c.stream.in_(later))))
