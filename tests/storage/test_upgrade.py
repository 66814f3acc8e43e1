"""Stores of earlier releases are brought to today's form, and keep every fact as it was."""

from __future__ import annotations

import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from alembic import op
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from journey import Journeys
from journey.errors import StoreReadOnly, StoreTooNew, StoreUnusable
from journey.storage import migrations, outbox_tables, rounds
from journey.storage.database import open_engine
from journey.storage.rebuild import rebuild
from journey.storage.schema import FORM, FORMS, record
from journey.storage.verify import verify
from projections.caseload import journeys_of
from projections.due import due
from projections.moment import at
from projections.outcomes import yearly
from tests.examples import in_step_3
from tests.postgres import Server
from tests.storage.releases_write import COMMANDS, RELEASES
from tests.storage.stores import TODAY, performed

ON_SQLITE = sorted(RELEASES.glob("*.sqlite.sql"))
ON_POSTGRESQL = sorted(RELEASES.glob("*.postgresql.sql"))


@pytest.fixture(params=[*ON_SQLITE, *ON_POSTGRESQL], ids=lambda file: file.name)
def old_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a store as an earlier release left it."""
    if request.param in ON_SQLITE:
        yield on_sqlite(tmp_path / "old.db", request.param)
        return
    postgres = request.getfixturevalue("postgres")
    with postgres.fresh() as url:
        run(url, request.param.read_text("utf-8"))
        yield url


def on_sqlite(path: Path, release: Path) -> str:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.executescript(release.read_text("utf-8"))
    connection.close()
    return f"sqlite:///{path}"


def run(url: str, statements: str) -> None:
    """SQL text as it is: the driver looks for no parameters in it."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        driver_s: Any = connection.connection.dbapi_connection
        driver_s.execute(statements)
    engine.dispose()


def stored(url: str) -> tuple[list[Any], list[Any]]:
    """Facts and idempotence keys as they lie there."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = tuple(
            list(map(tuple, connection.execute(text(f"SELECT * FROM {table} ORDER BY {key}"))))
            for table, key in (("facts", "position"), ("commands", "id"))
        )
    engine.dispose()
    return found[0], found[1]


def test_there_are_stores_of_earlier_releases_on_both_databases() -> None:
    assert len(ON_SQLITE) >= 3
    assert len(ON_POSTGRESQL) >= 1


def test_an_old_store_is_upgraded_and_keeps_what_was_recorded(old_store: str) -> None:
    """Every byte of it; it answers, holds under audit, and goes on."""
    before = stored(old_store)
    assert len(before[1]) == COMMANDS
    with Journeys(old_store, today=TODAY) as journeys:
        assert stored(old_store) == before
        assert verify(journeys).findings == ()
        assert rebuild(journeys).changed == 0
        with at(journeys) as connection:
            found = journeys_of(connection)
            assert found
        assert all(journeys.history(one.journey) for one in found)
        performed(journeys, *in_step_3())
        with at(journeys) as connection:
            assert {row.journey for row in due(connection, TODAY)} == {"j1"}
            assert yearly(connection, 2026, 2026)[0].enrolled == 1
        assert verify(journeys).findings == ()
        journeys.close()


def test_an_upgraded_store_is_made_as_a_new_one(old_store: str, tmp_path: Path) -> None:
    """Columns, keys, indexes, and all that the database refuses."""
    Journeys(old_store).close()
    assert schema_of(old_store) == schema_of_a_new_one(old_store, tmp_path)


def test_the_steps_from_nothing_make_what_a_new_store_has(store_url: str, tmp_path: Path) -> None:
    engine = create_engine(store_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN")
        migrations.upgrade(connection, "base")
        connection.exec_driver_sql("COMMIT")
    engine.dispose()
    assert schema_of(store_url) == schema_of_a_new_one(store_url, tmp_path)


def test_the_forms_are_the_steps() -> None:
    """The program knows them without Alembic, which takes a while to be there."""
    script = ScriptDirectory(str(Path(migrations.__file__).parent))
    assert tuple(step.revision for step in script.walk_revisions())[::-1] == FORMS
    assert script.get_heads() == [FORM]


def test_a_store_of_today_is_made_and_opened_without_alembic(store_url: str) -> None:
    words = (
        "import sys; from journey import Journeys; Journeys(sys.argv[1]).close(); "
        "Journeys(sys.argv[1]).close(); sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", words, store_url], check=False).returncode == 0


def test_an_upgrade_that_fails_has_changed_nothing(old_store: str) -> None:
    """Its last statement is refused; what came before is taken back."""
    refuse = {
        "sqlite": "CREATE TRIGGER stop BEFORE DELETE ON store"
        " BEGIN SELECT RAISE(ABORT, 'stop'); END",
        "postgresql": "CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'stop'; END $$;"
        " CREATE TRIGGER stop BEFORE DELETE ON store FOR EACH ROW EXECUTE FUNCTION stop()",
    }
    run(old_store, refuse[make_url(old_store).get_backend_name()])
    before = schema_of(old_store), stored(old_store)
    with pytest.raises(StoreUnusable):
        Journeys(old_store)
    assert (schema_of(old_store), stored(old_store)) == before


def test_several_programs_may_open_an_old_store_at_once(old_store: str) -> None:
    """One upgrades; the others wait, and find it done."""
    words = [sys.executable, "-c", "import sys; from journey import Journeys; "]
    words[2] += "Journeys(sys.argv[1]).close()"
    openers = [subprocess.Popen([*words, old_store]) for _ in range(4)]
    assert [opener.wait(timeout=60) for opener in openers] == [0] * 4
    with Journeys(old_store, today=TODAY) as journeys:
        assert rebuild(journeys).changed == 0
        journeys.close()


def test_threads_may_upgrade_a_store_each_at_once(tmp_path: Path) -> None:
    """As in a host that has a store for each municipality."""
    urls = [on_sqlite(tmp_path / f"{number}.db", ON_SQLITE[-1]) for number in range(6)]
    together = Barrier(len(urls))

    def upgraded(url: str) -> list[str]:
        together.wait()
        Journeys(url).close()
        return schema_of(url)

    with ThreadPoolExecutor(len(urls)) as threads:
        found = list(threads.map(upgraded, urls))
    assert found == [schema_of_a_new_one(urls[0], tmp_path)] * len(urls)


def test_a_store_may_be_upgraded_within_a_migration_of_the_host(tmp_path: Path) -> None:
    """Alembic's own module goes on working for the host."""
    url = on_sqlite(tmp_path / "old.db", ON_SQLITE[-1])
    engine = create_engine("sqlite://")
    with (
        engine.connect() as connection,
        Operations.context(MigrationContext.configure(connection)),
    ):
        Journeys(url).close()
        op.execute("CREATE TABLE invoices (number INTEGER)")
        assert connection.execute(text("SELECT * FROM invoices")).all() == []
    engine.dispose()


KILLED = """
import os, signal, sys
from sqlalchemy import create_engine, event
from journey import Journeys

engine = create_engine(sys.argv[1])

@event.listens_for(engine, "before_cursor_execute")
def die(connection, cursor, statement, *others):
    if statement.startswith("INSERT INTO store "):
        os.kill(os.getpid(), signal.SIGKILL)

Journeys(engine)
"""


def test_a_program_that_is_killed_while_it_upgrades_has_changed_nothing(old_store: str) -> None:
    """At the last statement; the next one that opens the store upgrades it."""
    before = schema_of(old_store), stored(old_store)
    killed = subprocess.run([sys.executable, "-c", KILLED, old_store], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert (schema_of(old_store), stored(old_store)) == before
    with Journeys(old_store, today=TODAY) as journeys:
        assert verify(journeys).intact
        journeys.close()


def test_another_store_on_the_search_path_is_left_alone(postgres: Server) -> None:
    """Whose form is told by a table of the same name."""
    with postgres.fresh() as old, postgres.fresh() as new:
        Journeys(new).close()
        run(old, ON_POSTGRESQL[0].read_text("utf-8"))
        run(new, "UPDATE store_form SET version_num = '0999'")
        both = f"{old}%2C{new.rpartition('%3D')[2]}"
        for _ in range(2):
            Journeys(both).close()
        assert (form_of(old), form_of(new)) == (FORM, "0999")


def form_of(url: str) -> object:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.scalar(text("SELECT version_num FROM store_form"))
    engine.dispose()
    return found


def test_the_program_may_lie_in_a_folder_of_any_name(tmp_path: Path) -> None:
    """A percent sign begins a reference in Alembic's options."""
    folder = tmp_path / "100%s of it"
    folder.mkdir()
    (folder / "journey").symlink_to(Path(migrations.__file__).parents[2])
    words = (
        "import sys; from journey import Journeys; from journey.storage import migrations; "
        "Journeys(sys.argv[1]).close(); sys.exit('%' not in migrations.__file__)"
    )
    url = on_sqlite(tmp_path / "old.db", ON_SQLITE[-1])
    opened = subprocess.run([sys.executable, "-c", words, url], cwd=folder, check=False)
    assert opened.returncode == 0


def test_an_old_store_that_may_only_be_read_is_refused_with_what_to_do(
    old_store: str, tmp_path: Path
) -> None:
    on_sqlite = make_url(old_store).get_backend_name() == "sqlite"
    read_only = (
        f"sqlite:///file:{tmp_path / 'old.db'}?mode=ro&uri=true"
        if on_sqlite
        else f"{old_store}%20-cdefault_transaction_read_only%3Don"
    )
    before = schema_of(old_store)
    with pytest.raises(StoreReadOnly, match=r"older form.*journey init"):
        Journeys(read_only)
    assert schema_of(old_store) == before


def test_a_program_of_the_first_form_knows_that_a_store_is_newer(
    old_store: str, tmp_path: Path
) -> None:
    """It looks for a number beyond its own, in a row of ``store``."""
    new = f"sqlite:///{tmp_path / 'new.db'}"
    for url in (old_store, new):
        Journeys(url).close()
        engine = create_engine(url)
        with engine.connect() as connection:
            said = text("SELECT value FROM store WHERE name = 'schema_version'")
            assert connection.scalar(said) == "2"
        engine.dispose()


def test_a_store_of_a_form_to_come_is_refused_and_unchanged(store_url: str) -> None:
    Journeys(store_url).close()
    run(store_url, "UPDATE store_form SET version_num = '0999'")
    with pytest.raises(StoreTooNew, match="form 0999"):
        Journeys(store_url)


# --- what a store is made of ---------------------------------------------------------


def schema_of_a_new_one(url: str, tmp_path: Path) -> list[str]:
    """The same of a store that is made now, on the same database."""
    if make_url(url).get_backend_name() == "sqlite":
        new = f"sqlite:///{tmp_path / 'new.db'}"
        open_engine(new, tables=KEPT).dispose()
        return schema_of(new)
    name = make_url(url).query["options"]
    new = url.replace(str(name).rpartition("=")[2], f"{str(name).rpartition('=')[2]}_new")
    run(url, f"CREATE SCHEMA {str(name).rpartition('=')[2]}_new")
    open_engine(new, tables=KEPT).dispose()
    found = schema_of(new)
    run(url, f"DROP SCHEMA {str(name).rpartition('=')[2]}_new CASCADE")
    return found


KEPT = (outbox_tables.metadata, rounds.metadata)
_NAMES = [table for group in (record, *KEPT) for table in group.tables]
_ON_SQLITE = "SELECT tbl_name, type, sql FROM sqlite_master WHERE sql IS NOT NULL"
_ON_POSTGRESQL = """
SELECT table_name, column_name, data_type || is_nullable || coalesce(collation_name, '')
    FROM information_schema.columns WHERE table_schema = current_schema()
UNION ALL SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()
UNION ALL SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = current_schema()::regnamespace AND contype <> 'n'
UNION ALL SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(pg_trigger.oid)
    FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace
UNION ALL SELECT split_part(proname, '_', 1), proname, pg_get_functiondef(oid)
    FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
"""


def schema_of(url: str) -> list[str]:
    """All that makes the tables that are kept, whatever the blanks between its words."""
    engine = create_engine(url)
    on_sqlite = engine.dialect.name == "sqlite"
    with engine.connect() as connection:
        found = connection.exec_driver_sql(_ON_SQLITE if on_sqlite else _ON_POSTGRESQL).all()
        schema = "" if on_sqlite else connection.exec_driver_sql("SELECT current_schema()").scalar()
    engine.dispose()
    return sorted(
        re.sub(r"\s+|\"", "", " ".join(row)).replace(f"{schema}.", "")
        for row in found
        if row[0] in _NAMES
    )
