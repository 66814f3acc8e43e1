"""Statements compiled once to the driver's own text, and what the store keeps of itself."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Date, bindparam, delete, insert, select
from sqlalchemy.engine import Dialect
from sqlalchemy.sql import Executable

from journey.storage.schema import store

_DAYS: Final = 4096


class Prepared:
    """A statement compiled once to the driver's own text (speed.md, finding 14)."""

    def __init__(self, clause: Executable, dialect: Dialect) -> None:
        compiled = clause.compile(dialect=dialect)  # type: ignore[attr-defined]  # every Executable compiles
        self.text = str(compiled)
        self._by_name = not compiled.positional
        self._names = tuple(compiled.positiontup or compiled.params)
        processors = dict(compiled._bind_processors)
        for name, process in processors.items():
            if isinstance(compiled.binds[name].type, Date):  # the same few days again and again
                processors[name] = lru_cache(_DAYS)(process)
        self._values = tuple((name, processors.get(name)) for name in self._names)
        self._defaults = {n: v for n, v in compiled.params.items() if v is not None}

    def bind(self, values: Mapping[str, Any]) -> tuple[Any, ...] | dict[str, Any]:
        """The values as the driver takes them with ``text``."""
        if self._defaults:
            values = {**self._defaults, **values}
        ready = [
            values[name] if process is None else process(values[name])
            for name, process in self._values
        ]
        return dict(zip(self._names, ready, strict=True)) if self._by_name else tuple(ready)

    def in_order(self, values: tuple[Any, ...]) -> tuple[Any, ...] | dict[str, Any]:
        """The same of values that are ready and stand in the statement's order."""
        return dict(zip(self._names, values, strict=True)) if self._by_name else values


class Kept:
    """A value that the store keeps of itself; ``cursor`` is the driver's, in a transaction."""

    def __init__(self, name: str, dialect: Dialect) -> None:
        mine = store.c.name == name
        self.query = Prepared(select(store.c.value).where(mine), dialect)
        self._delete = Prepared(delete(store).where(mine), dialect)
        new = insert(store).values(name=name, value=bindparam("said"))
        self._insert = Prepared(new, dialect)

    def read(self, cursor: Any) -> str | None:
        """The value; None if there is none."""
        cursor.execute(self.query.text, self.query.bind({}))
        row = cursor.fetchone()
        return row[0] if row else None

    def write(self, cursor: Any, value: str) -> None:
        """Keep another value in its place."""
        self.drop(cursor)
        cursor.execute(self._insert.text, self._insert.bind({"said": value}))

    def drop(self, cursor: Any) -> None:
        """Keep none."""
        cursor.execute(self._delete.text, self._delete.bind({}))
