"""All facts as they lie in the store, for an auditor: nothing is taken on trust.

Pages are read by their key, so that no transaction is held and memory holds one page.
Names come as bytes: one that is no UTF-8 is a finding, not an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    LargeBinary,
    and_,
    bindparam,
    cast,
    func,
    or_,
    select,
)
from sqlalchemy.engine import Dialect

from journey.errors import StoreUnusable
from journey.storage.prepared import Prepared
from journey.storage.recorder import Recorder
from journey.storage.schema import facts

PAGE = 5000
END = b"\xff" * 17
"""After every stream."""

Raw = tuple[int, bytes, int, bytes, bytes, int, bytes]
"""position, stream, version, name, body, recorded_at, seal; of any type in a damaged store."""

_FIRST = -(2**63)
"""Before every number that a store can hold."""


def _columns(dialect: Dialect) -> tuple[ColumnElement[Any], ...]:
    on_server = dialect.name == "postgresql"
    name = func.convert_to(facts.c.name, "UTF8") if on_server else cast(facts.c.name, LargeBinary)
    return tuple(name.label("name") if c is facts.c.name else c for c in facts.c)


@cache
def _by_position(dialect: Dialect) -> Prepared:
    page = select(*_columns(dialect)).where(
        facts.c.position > bindparam("after"), facts.c.position <= bindparam("upto")
    )
    return Prepared(page.order_by(facts.c.position).limit(bindparam("batch")), dialect)


@cache
def _by_stream(dialect: Dialect) -> Prepared:
    after = or_(
        facts.c.stream > bindparam("stream"),
        and_(
            facts.c.stream == bindparam("stream"),
            facts.c.version > bindparam("version", type_=BigInteger),
        ),
    )
    page = select(*_columns(dialect)).where(
        facts.c.stream >= bindparam("stream"),
        after,
        facts.c.stream < bindparam("end"),
        facts.c.position <= bindparam("upto"),
    )
    ordered = page.order_by(facts.c.stream, facts.c.version)
    return Prepared(ordered.limit(bindparam("batch")), dialect)


def sealed(row: Raw) -> bytes:
    """A fact's seal. Raises StoreUnusable where something else is in its place."""
    if not isinstance(row[-1], bytes):
        raise StoreUnusable("The store is damaged.")
    return row[-1]


def pages_by_position(recorder: Recorder, upto: int) -> Iterator[list[Raw]]:
    """All facts up to a position, in its order. Raises StoreError."""
    query, after = _by_position(recorder.engine.dialect), _FIRST
    while rows := recorder.select(query, {"after": after, "upto": upto, "batch": PAGE}):
        yield rows
        after = rows[-1][0]


def streams(
    recorder: Recorder, upto: int, begin: bytes = b"", end: bytes = END
) -> Iterator[list[Raw]]:
    """The facts of each stream from ``begin`` to before ``end``, a stream after the other."""
    for _, rows in groupby(_rows_by_stream(recorder, upto, begin, end), key=itemgetter(1)):
        yield list(rows)


def _rows_by_stream(recorder: Recorder, upto: int, begin: bytes, end: bytes) -> Iterator[Raw]:
    query, stream, version = _by_stream(recorder.engine.dialect), begin, _FIRST
    while True:
        values = {"stream": stream, "version": version, "end": end, "upto": upto, "batch": PAGE}
        rows: list[Raw] = recorder.select(query, values)
        yield from rows
        if len(rows) < PAGE:
            return
        stream, version = rows[-1][1:3]
