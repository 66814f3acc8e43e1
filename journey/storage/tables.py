"""The tables of a store, made ready when it is opened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import Connection, MetaData, insert, select
from sqlalchemy.engine import Engine

from journey.errors import StoreTooNew, StoreUnusable
from journey.storage.schema import SCHEMA_VERSION, record, store

if TYPE_CHECKING:
    from journey.storage.database import Database


def make_ready(engine: Engine, database: Database, tables: Sequence[MetaData]) -> None:
    """Make the record and these tables where they are missing. A store that has all is only read.

    Raises StoreTooNew, StoreUnusable, or the driver's errors.
    """
    wanted = (record, *tables)
    with engine.connect() as plain:
        connection = plain.execution_options(isolation_level="AUTOCOMMIT")
        existing = database.tables_in(connection)
        if existing and not {"store", "facts", "commands"} <= existing:
            raise StoreUnusable("This database is not a store of this program.")
        if existing:
            _refuse_newer(connection)
        if not all(table in existing for group in wanted for table in group.tables):
            _create(database, connection, wanted)


def _refuse_newer(connection: Connection) -> None:
    version = connection.scalar(select(store.c.value).where(store.c.name == "schema_version"))
    if version is None or not version.isdecimal():
        raise StoreUnusable("The store is damaged.")
    if int(version) > SCHEMA_VERSION:
        raise StoreTooNew(
            "A newer program wrote this store (form {found}; this one knows {known}).",
            found=version,
            known=SCHEMA_VERSION,
        )


def _create(database: Database, connection: Connection, wanted: Sequence[MetaData]) -> None:
    database.begin_making(connection)
    try:
        existing = database.tables_in(connection)
        for group in wanted:
            missing = [table for name, table in group.tables.items() if name not in existing]
            group.create_all(connection, tables=missing, checkfirst=False)
        if "store" not in existing:
            version = {"name": "schema_version", "value": str(SCHEMA_VERSION)}
            connection.execute(insert(store).values(version))
        connection.exec_driver_sql("COMMIT")
    except BaseException:
        connection.exec_driver_sql("ROLLBACK")
        raise
