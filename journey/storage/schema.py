"""The tables of the record. Facts and idempotence keys are append-only: the database refuses more.

Times are microseconds since 1970-01-01 UTC. A stream is the 16 bytes of a UUID.
"""

from __future__ import annotations

from sqlalchemy import (
    DDL,
    BigInteger,
    Column,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    event,
)

SCHEMA_VERSION = 1

record = MetaData()

store = Table(
    "store",
    record,
    Column("name", String(64), primary_key=True),
    Column("value", String, nullable=False),
)

facts = Table(
    "facts",
    record,
    Column(
        "position",
        BigInteger().with_variant(Integer, "sqlite"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("stream", LargeBinary(16), nullable=False),
    Column("version", Integer, nullable=False),
    Column("name", String(128), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("seal", LargeBinary(32), nullable=False),
    UniqueConstraint("stream", "version"),
)

commands = Table(
    "commands",
    record,
    Column("id", String(128), primary_key=True),
    Column("digest", LargeBinary(32), nullable=False),
    Column("stream", LargeBinary(16), nullable=False),
    Column("first_version", Integer, nullable=False),
    Column("fact_count", Integer, nullable=False),
    sqlite_with_rowid=False,  # a row number would be a second key, open to REPLACE
)


def _on_sqlite(table: Table, statement: str) -> None:
    """Run a statement when the table is made, in SQLite."""
    ddl = DDL(statement)  # type: ignore[no-untyped-call]  # SQLAlchemy leaves DDL untyped
    event.listen(table, "after_create", ddl.execute_if(dialect="sqlite"))


def _refuse(table: Table, action: str) -> None:
    _on_sqlite(
        table,
        f"CREATE TRIGGER {table.name}_no_{action.lower()} BEFORE {action} ON {table.name} "
        f"BEGIN SELECT RAISE(ABORT, 'what is recorded is for ever: no {action} on {table.name}'); "
        "END",
    )


for _table in (facts, commands):
    for _action in ("UPDATE", "DELETE"):
        _refuse(_table, _action)

# REPLACE deletes without asking the DELETE trigger; a place that is taken is refused first.
_on_sqlite(
    facts,
    "CREATE TRIGGER facts_no_replace BEFORE INSERT ON facts "
    "WHEN EXISTS (SELECT 1 FROM facts WHERE position = NEW.position) "
    "OR EXISTS (SELECT 1 FROM facts WHERE stream = NEW.stream AND version = NEW.version) "
    "OR NEW.position <> (SELECT COALESCE(MAX(position), 0) + 1 FROM facts) "
    "BEGIN SELECT RAISE(ABORT, 'what is recorded is for ever: this place is taken'); END",
)
_on_sqlite(
    commands,
    "CREATE TRIGGER commands_no_replace BEFORE INSERT ON commands "
    "WHEN EXISTS (SELECT 1 FROM commands WHERE id = NEW.id) "
    "BEGIN SELECT RAISE(ABORT, 'what is recorded is for ever: this id is taken'); END",
)
