"""``python tests/storage/releases_write.py FILE [URL]``: keep a store as this release writes it.

Run it with the release's own code on the path, once, when the form of the record changes
(CONTRIBUTING.md). FILE is SQL text: of a SQLite store its whole dump, of a store on
PostgreSQL (URL, an empty schema of it) what makes its kept tables and fills them; read
models are left out there, they are made anew. What is recorded are the first commands of
tests/data, the same in every release.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Dialect

from journey import Journeys

RELEASES = Path(__file__).with_name("releases")
DATA = Path(__file__).parents[1] / "data" / "hoglandet-2018-2020.jsonl"
COMMANDS = 100
TODAY = date(2026, 11, 25)


def main(file: str, url: str | None = None) -> None:
    """Record, and write the dump."""
    text = _on_postgresql(url) if url else _on_sqlite()
    Path(file).write_text(text, "utf-8")


def _on_sqlite() -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store.db"
        _recorded(f"sqlite:///{path}")
        connection = sqlite3.connect(path)
        lines = list(connection.iterdump())
        connection.close()
    return "\n".join(lines) + "\n"


def _on_postgresql(url: str) -> str:
    from sqlalchemy import create_engine, create_mock_engine, select  # noqa: PLC0415

    from journey.storage import outbox_tables, rounds  # noqa: PLC0415
    from journey.storage.schema import record  # noqa: PLC0415

    lines: list[str] = []
    dialect = create_engine(url).dialect
    engine: Any = create_mock_engine(
        "postgresql+psycopg://", lambda clause, *_, **__: lines.append(_sql(clause, dialect))
    )
    with _recorded(url) as journeys, journeys.engine.connect() as connection:
        for metadata in (record, outbox_tables.metadata, rounds.metadata):
            metadata.create_all(engine, checkfirst=False)
            for table in metadata.sorted_tables:
                ordered = select(table).order_by(*table.primary_key)
                if table.name == "store":  # the rows are not kept: they are not there
                    ordered = ordered.where(table.c.name != "rows")
                lines += (
                    f"INSERT INTO {table.name} VALUES ({', '.join(map(_literal, row))});"
                    for row in connection.execute(ordered)
                )
    return "\n".join(lines) + "\n"


def _sql(clause: Any, dialect: Dialect) -> str:
    return f"{clause.compile(dialect=dialect)!s};".replace("%%", "%")


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return f"'\\x{value.hex()}'"
    return str(value) if isinstance(value, int) else "'{}'".format(str(value).replace("'", "''"))


def _recorded(url: str) -> Journeys:
    with DATA.open("rb") as lines:
        commands = [json.loads(next(lines)) for _ in range(COMMANDS)]
    journeys = Journeys(url, today=TODAY)
    assert len(list(journeys.record(commands))) == COMMANDS
    journeys.close()
    return journeys


if __name__ == "__main__":
    main(*sys.argv[1:])
