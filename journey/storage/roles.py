"""The roles of a store on PostgreSQL, as a script that its owner runs.

The owner makes and upgrades the tables and makes rows anew. The application's role can only
add facts and read them: nobody who has got hold of the application can change what is
recorded, nor switch off the triggers that refuse it. The auditor's role only reads.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from journey.errors import StoreUnusable
from journey.storage import outbox_tables, rounds
from journey.storage.journeys import Journeys
from journey.storage.schema import commands, facts, form, store

APPLICATION: Final = "journey_application"
AUDITOR: Final = "journey_auditor"
_CHANGED: Final = "SELECT, INSERT, UPDATE, DELETE"


def role_script(journeys: Journeys) -> str:
    """SQL that makes the two roles, where they are missing, and gives each its rights.

    It may be run again. People and programs are then made members of a role:
    ``GRANT journey_application TO some_login``. Raises StoreUnusable where the store's
    database knows no roles.
    """
    if journeys.engine.dialect.name != "postgresql":
        raise StoreUnusable("Only a store on PostgreSQL has roles.")
    with journeys.facts.reading() as connection:
        schema = connection.exec_driver_sql("SELECT quote_ident(current_schema())").scalar_one()
    other = (
        store,
        *outbox_tables.metadata.sorted_tables,
        rounds.rounds,
        *journeys.rows.tables,
    )
    for_ever = _names(schema, (facts.name, commands.name))
    told = _names(schema, (form.name,))
    changing = _names(schema, (table.name for table in other))
    new_tables = f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT"
    lines = (
        f"-- The roles of the journey store in the schema {schema}. Its owner runs this.",
        *map(_made, (APPLICATION, AUDITOR)),
        f"GRANT USAGE ON SCHEMA {schema} TO {APPLICATION}, {AUDITOR};",
        f"REVOKE ALL ON {for_ever}, {told}, {changing} FROM PUBLIC, {APPLICATION}, {AUDITOR};",
        "-- Facts and idempotence keys are for ever: they are added and read, no more.",
        f"GRANT SELECT, INSERT ON {for_ever} TO {APPLICATION};",
        f"GRANT SELECT ON {told} TO {APPLICATION};",
        f"GRANT {_CHANGED} ON {changing} TO {APPLICATION};",
        f"GRANT SELECT ON {for_ever}, {told}, {changing} TO {AUDITOR};",
        "-- Rows that are made anew stand in new tables of the owner's.",
        f"{new_tables} {_CHANGED} ON TABLES TO {APPLICATION};",
        f"{new_tables} SELECT ON TABLES TO {AUDITOR};",
    )
    return "\n".join(lines) + "\n"


def _made(role: str) -> str:
    return (
        f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') "
        f"THEN CREATE ROLE {role} NOLOGIN; END IF; END $$;"
    )


def _names(schema: str, tables: Iterable[str]) -> str:
    return ", ".join(f"{schema}.{name}" for name in tables)
