"""The steps from each form of a store's kept tables to the next, run by Alembic.

A step is frozen text: it says what the tables were then, and imports none of today's. Read
models are no part of it: they are made anew.

Steps are handed their operations. Alembic's modules ``op`` and ``context`` are left alone: they
are one for the whole process, and a host's own migration may be what opens the store.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from journey.storage.schema import FORM, FORM_TABLE


def upgrade(connection: Connection, form: str) -> None:
    """Bring a store that is in this form to the newest, in the transaction that is open.

    Raises the driver's errors; the transaction is the caller's to roll back then.
    """
    script = ScriptDirectory(str(Path(__file__).parent))

    def steps(found: Any, _: MigrationContext) -> Any:
        return script._upgrade_revs(FORM, found)

    options = {
        "version_table": FORM_TABLE,
        "version_table_schema": _schema(connection),
        "fn": steps,
    }
    context = MigrationContext.configure(connection, opts=options)
    context.stamp(script, form)
    context.run_migrations(op=Operations(context))


def _schema(connection: Connection) -> str | None:
    """Named on PostgreSQL: Alembic would look for its table along the whole search path, and
    find that of another store."""
    if connection.dialect.name != "postgresql":
        return None
    found: str = connection.exec_driver_sql("SELECT current_schema()").scalar_one()
    return found
