"""A store copied to another database, fact by fact, and the proof that nothing changed.

What is for ever is copied as it is stored, seals and times included; so are the outbox and
the rounds. Rows are derived and are made anew. All is read in one moment and written in one
transaction: a copy that is broken off leaves an empty store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from typing import Any, Final

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Row, Table, func, insert, select
from sqlalchemy.engine import Dialect

from journey.errors import StoreUnusable
from journey.storage import outbox_tables, rounds
from journey.storage.finding import HeadView
from journey.storage.journeys import Journeys
from journey.storage.prepared import Kept, Prepared
from journey.storage.schema import FOLLOWED, commands, facts
from journey.storage.seal import GENESIS, seal

Progress = Callable[[int, int], None]
"""Called with the facts done and the facts in all, for the copying and then for the proof."""

_TABLES: Final = (facts, commands, *outbox_tables.metadata.sorted_tables, rounds.rounds)
_STREAMED: Final = {"yield_per": 2000}


class Copied(Struct, frozen=True):
    """What was copied, the head of the copy, and whether all was read back as it was given."""

    facts: int
    commands: int
    head: HeadView
    identical: bool


class _Told:
    """Counts the facts that have passed, of all: once to be copied and once to be compared."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self._done, self._total = 0, 2 * total
        self._progress = progress or (lambda done, total: None)

    def more(self, facts: int) -> None:
        self._done += facts
        self._progress(self._done, self._total)


class _Seen:
    """What a table's rows are, in the order of their keys: their number, and a hash over them."""

    def __init__(self) -> None:
        self.rows = 0
        self._hash = sha256()

    def add(self, rows: Sequence[Row[Any]]) -> None:
        self.rows += len(rows)
        for row in rows:
            self._hash.update(msgspec.msgpack.encode(tuple(row)))

    def same_as(self, other: _Seen) -> bool:
        return (self.rows, self._hash.digest()) == (other.rows, other._hash.digest())


def copy(source: Journeys, target: Journeys, progress: Progress | None = None) -> Copied:
    """Copy one store into another, which must be empty, and compare what is read back.

    Raises StoreUnusable where the target is not empty or a seal of the source does not hold,
    or StoreError; the target stays empty then.
    """
    with source.facts.reading() as connection:
        told = _Told(connection.scalar(select(func.max(facts.c.position))) or 0, progress)
        given = _write_all(connection, target, told)
    with target.facts.reading() as connection:
        found = {table.name: _read_back(connection, table, told) for table in _TABLES}
    target.complete_rows()
    position, _, sealed = target.facts.head()
    return Copied(
        facts=found[facts.name].rows,
        commands=found[commands.name].rows,
        head=HeadView(position, sealed.hex()),
        identical=all(given[name].same_as(seen) for name, seen in found.items()),
    )


def _write_all(connection: Connection, target: Journeys, told: _Told) -> dict[str, _Seen]:
    with target.facts.exclusively() as cursor:
        _refuse_unless_empty(cursor)
        Kept(FOLLOWED, target.engine.dialect).drop(cursor)  # its rows are those of no facts
        return {
            table.name: _write(connection, table, cursor, target.engine.dialect, told)
            for table in _TABLES
        }


def _refuse_unless_empty(cursor: Any) -> None:
    for table in _TABLES:
        cursor.execute(f"SELECT count(*) FROM {table.name}")
        if cursor.fetchone()[0]:
            raise StoreUnusable("The store that is copied to is not empty.")


def _write(
    connection: Connection, table: Table, cursor: Any, dialect: Dialect, told: _Told
) -> _Seen:
    new, seen, chain = Prepared(insert(table), dialect), _Seen(), _Chain()
    for rows in _rows_of(connection, table):
        if table is facts:
            chain.go_through(rows)
            told.more(len(rows))
        seen.add(rows)
        cursor.executemany(new.text, [new.bind(row._asdict()) for row in rows])
    return seen


def _read_back(connection: Connection, table: Table, told: _Told) -> _Seen:
    seen = _Seen()
    for rows in _rows_of(connection, table):
        seen.add(rows)
        if table is facts:
            told.more(len(rows))
    return seen


def _rows_of(connection: Connection, table: Table) -> Iterator[Sequence[Row[Any]]]:
    """All rows in the order of their keys, in parts; memory does not grow with them."""
    query = select(table).order_by(*table.primary_key)
    yield from connection.execute(query, execution_options=_STREAMED).partitions()


class _Chain:
    """The seals of the source, which must hold: a damaged record is not carried on."""

    def __init__(self) -> None:
        self._previous = GENESIS

    def go_through(self, rows: Sequence[Row[Any]]) -> None:
        for row in rows:
            position, stream, version, name, body, recorded_at, sealed = tuple(row)
            fact = (position, recorded_at, stream, version, name, body)
            if sealed != seal(self._previous, *fact):
                raise StoreUnusable(
                    "The seals do not hold from position {position} on; nothing was copied. "
                    "See journey audit verify.",
                    position=position,
                )
            self._previous = sealed
