"""The tables of a store, made or brought to this program's form when it is opened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import Connection, MetaData, insert, select, update
from sqlalchemy.engine import Engine

from journey.errors import StoreReadOnly, StoreTooNew, StoreUnusable
from journey.storage.schema import (
    FOLLOWED,
    FORM,
    FORM_TABLE,
    FORM_TO_FORMER,
    FORMS,
    form,
    record,
    store,
)

if TYPE_CHECKING:
    from journey.storage.database import Database

_THE_STORE_S = {"store", "facts", "commands"}
_NOTHING = ""
"""The fingerprint of no read models: what is followed is to be made anew."""


def make_ready(
    engine: Engine, database: Database, tables: Sequence[MetaData], *, hosted: bool
) -> None:
    """Make the record and these tables where they are missing; upgrade an older form.

    A store that has all is only read. ``hosted`` says that the database is a host's own,
    which may have other tables. Raises StoreTooNew, StoreUnusable, StoreReadOnly, or the
    driver's errors.
    """
    wanted = (record, *tables)
    with engine.connect() as plain:
        connection = plain.execution_options(isolation_level="AUTOCOMMIT")
        existing = database.tables_in(connection)
        found = _form_of(connection, existing, wanted, hosted=hosted)
        if found == FORM and not _missing(wanted, existing):
            return
        try:
            _change(database, connection, wanted, hosted=hosted)
        except Exception as error:
            if found is None or found == FORM:
                raise
            if isinstance(database.as_store_error(error), StoreReadOnly):
                raise _owner_s_work() from error
            raise


def _form_of(
    connection: Connection, existing: set[str], wanted: Sequence[MetaData], *, hosted: bool
) -> str | None:
    """The form of the store that is there; None where there is none."""
    if not existing >= _THE_STORE_S:
        _refuse_others(existing, wanted, hosted=hosted)
        return None
    found = _said_form(connection, existing)
    if found is None:
        raise StoreUnusable("The store is damaged.")
    if found not in FORMS:
        raise StoreTooNew(
            "A newer program wrote this store (form {found}; this one knows {known}).",
            found=found,
            known=FORM,
        )
    return found


def _refuse_others(existing: set[str], wanted: Sequence[MetaData], *, hosted: bool) -> None:
    if existing and not hosted:
        raise StoreUnusable("This database is not a store of this program.")
    ours = existing & {name for group in wanted for name in group.tables}
    if ours:
        raise StoreUnusable(
            "The database has tables of its own with names of the store's: {names}.",
            names=", ".join(sorted(ours)),
        )


def _said_form(connection: Connection, existing: set[str]) -> str | None:
    """As Alembic's table has it; in the first form, and in one to come, as a row may have it."""
    told = FORM_TABLE in existing
    row = select(store.c.value).where(store.c.name == "schema_version")
    number = connection.scalar(select(form.c.version_num) if told else row)
    if number is None or not number.isdecimal():
        return None
    found: str = number.zfill(4)
    return None if not told and found in FORMS[1:] else found


def _missing(wanted: Sequence[MetaData], existing: set[str]) -> bool:
    return not all(table in existing for group in wanted for table in group.tables)


def _change(
    database: Database, connection: Connection, wanted: Sequence[MetaData], *, hosted: bool
) -> None:
    """All in one transaction, after whoever else may be doing the same."""
    database.begin_making(connection)
    try:
        existing = database.tables_in(connection)
        found = _form_of(connection, existing, wanted, hosted=hosted)
        if found is not None and found != FORM:
            _upgrade(connection, found)
            existing = database.tables_in(connection)
        if _missing(wanted, existing):
            _make_missing(connection, wanted, existing, new=found is None)
        connection.exec_driver_sql("COMMIT")
    except BaseException:
        connection.exec_driver_sql("ROLLBACK")
        raise


def _upgrade(connection: Connection, found: str) -> None:
    from journey.storage.migrations import upgrade  # noqa: PLC0415  # Alembic is needed seldom

    upgrade(connection, found)


def _make_missing(
    connection: Connection, wanted: Sequence[MetaData], existing: set[str], *, new: bool
) -> None:
    """A table that is made in a store that was there is empty: its rows are still to be made."""
    for group in wanted:
        missing = [table for name, table in group.tables.items() if name not in existing]
        group.create_all(connection, tables=missing, checkfirst=False)
    if new:
        connection.execute(insert(form).values(version_num=FORM))
        connection.execute(insert(store).values(FORM_TO_FORMER))
    else:
        connection.execute(update(store).where(store.c.name == FOLLOWED).values(value=_NOTHING))


def _owner_s_work() -> StoreReadOnly:
    return StoreReadOnly(
        "The store has an older form, and may not be changed from here. "
        "Who may change it brings it up to date: journey init."
    )
