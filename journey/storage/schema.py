"""The tables of the record. Facts and idempotence keys are append-only: the database refuses more.

Times are microseconds since 1970-01-01 UTC. A stream is the 16 bytes of a UUID.
"""

from __future__ import annotations

from sqlalchemy import (
    DDL,
    TEXT,
    BigInteger,
    Column,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
    event,
)

FORMS = ("0001", "0002")
"""The forms that a store has had, by their Alembic revisions (``migrations/versions``)."""

FORM = FORMS[-1]
"""The form that this program makes, reads and writes."""

FORM_TO_FORMER = {"name": "schema_version", "value": "2"}
"""Programs of the form 0001 know a row of ``store`` alone; by this one they refuse the store."""

FORM_TABLE = "store_form"
"""Where Alembic says which form a store has."""

FOLLOWED = "rows"
"""Under this name the store keeps which read models are filled, by their fingerprint."""

CHANNEL = "journey_facts"
"""On PostgreSQL, whoever listens on it is told of each commit that has recorded facts."""


def plain_text(length: int) -> String:
    """Text that is ordered by its code points in every database, whatever language that speaks.

    The length is what is expected; it is kept by whoever writes.
    """
    return String(length).with_variant(TEXT(collation="C"), "postgresql")


record = MetaData()

store = Table(
    "store",
    record,
    Column("name", plain_text(64), primary_key=True),
    Column("value", String().with_variant(TEXT(), "postgresql"), nullable=False),
)

form = Table(
    FORM_TABLE,
    record,
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name=f"{FORM_TABLE}_pkc"),
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
    Column("name", plain_text(128), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("seal", LargeBinary(32), nullable=False),
    UniqueConstraint("stream", "version"),
)

commands = Table(
    "commands",
    record,
    Column("id", plain_text(128), primary_key=True),
    Column("digest", LargeBinary(32), nullable=False),
    Column("stream", LargeBinary(16), nullable=False),
    Column("first_version", Integer, nullable=False),
    Column("fact_count", Integer, nullable=False),
    sqlite_with_rowid=False,  # a row number would be a second key, open to REPLACE
)


def _on(dialect: str, table: Table, statement: str) -> None:
    """Run a statement when the table is made, in this database."""
    ddl = DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call]  # SQLAlchemy leaves DDL untyped
    event.listen(table, "after_create", ddl.execute_if(dialect=dialect))


# --- for ever, in SQLite -------------------------------------------------------------


def _refuse_on_sqlite(table: Table, action: str) -> None:
    _on(
        "sqlite",
        table,
        f"CREATE TRIGGER {table.name}_no_{action.lower()} BEFORE {action} ON {table.name} "
        f"BEGIN SELECT RAISE(ABORT, 'what is recorded is for ever: no {action} on {table.name}'); "
        "END",
    )


for _table in (facts, commands):
    for _action in ("UPDATE", "DELETE"):
        _refuse_on_sqlite(_table, _action)

# REPLACE deletes without asking the DELETE trigger; a place that is taken is refused first.
_on(
    "sqlite",
    facts,
    "CREATE TRIGGER facts_no_replace BEFORE INSERT ON facts "
    "WHEN EXISTS (SELECT 1 FROM facts WHERE position = NEW.position) "
    "OR EXISTS (SELECT 1 FROM facts WHERE stream = NEW.stream AND version = NEW.version) "
    "OR NEW.position <> (SELECT COALESCE(MAX(position), 0) + 1 FROM facts) "
    "BEGIN SELECT RAISE(ABORT, 'what is recorded is for ever: this place is taken'); END",
)
_on(
    "sqlite",
    commands,
    "CREATE TRIGGER commands_no_replace BEFORE INSERT ON commands "
    "WHEN EXISTS (SELECT 1 FROM commands WHERE id = NEW.id) "
    "BEGIN SELECT RAISE(ABORT, 'what is recorded is for ever: this id is taken'); END",
)

# --- for ever, in PostgreSQL ---------------------------------------------------------


def _function_on_postgresql(table: Table, name: str, body: str) -> None:
    _on(
        "postgresql",
        table,
        f"CREATE FUNCTION {table.name}_{name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {body} END $$",
    )


def _trigger_on_postgresql(table: Table, name: str, when: str, function: str) -> None:
    _on(
        "postgresql",
        table,
        f"CREATE TRIGGER {table.name}_{name} {when} EXECUTE FUNCTION {table.name}_{function}()",
    )


for _table in (facts, commands):
    _function_on_postgresql(
        _table,
        "for_ever",
        "RAISE EXCEPTION 'what is recorded is for ever: no % on %', TG_OP, TG_TABLE_NAME "
        "USING ERRCODE = 'restrict_violation';",
    )
    _trigger_on_postgresql(
        _table,
        "no_change",
        f"BEFORE UPDATE OR DELETE OR TRUNCATE ON {_table.name} FOR EACH STATEMENT",
        "for_ever",
    )

_function_on_postgresql(
    facts,
    "in_order",
    "IF NEW.position <> (SELECT COALESCE(MAX(position), 0) + 1 FROM facts) THEN "
    "RAISE EXCEPTION 'what is recorded is for ever: this place is taken' "
    "USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
)
_trigger_on_postgresql(facts, "no_gap", "BEFORE INSERT ON facts FOR EACH ROW", "in_order")
_function_on_postgresql(facts, "ring", f"PERFORM pg_notify('{CHANNEL}', ''); RETURN NULL;")
_trigger_on_postgresql(facts, "told", "AFTER INSERT ON facts FOR EACH STATEMENT", "ring")
