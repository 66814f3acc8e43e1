"""The roles of a store on PostgreSQL: who has got hold of the application cannot change a fact."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from journey import Journeys, StoreUnusable
from journey.errors import StoreReadOnly
from journey.storage.rebuild import rebuild
from journey.storage.roles import APPLICATION, AUDITOR, role_script
from journey.storage.verify import verify
from policies.round import tick
from projections.audit import timeline
from tests.examples import exited_to_work, in_step_3
from tests.postgres import Server, by
from tests.projections.stores import LATE, a_store, change, of, performed, rows_in
from tests.storage.releases_write import RELEASES

APP, EVE = "some_application", "some_auditor"

CHANGES = (
    "UPDATE facts SET body = 'x'",
    "UPDATE commands SET digest = 'x'",
    "DELETE FROM facts",
    "DELETE FROM commands",
    "TRUNCATE facts",
    "TRUNCATE commands",
    "MERGE INTO facts USING store ON true WHEN MATCHED THEN DELETE",
    "UPDATE store_form SET version_num = '0999'",
    "ALTER TABLE facts DISABLE TRIGGER ALL",
    "ALTER TABLE facts DISABLE TRIGGER facts_no_change",
    "ALTER TABLE commands DISABLE TRIGGER USER",
    "ALTER TABLE facts ADD COLUMN more text",
    "ALTER TABLE facts RENAME TO others",
    "ALTER TABLE facts OWNER TO CURRENT_USER",
    "DROP TRIGGER facts_no_change ON facts",
    "DROP TABLE facts",
    "DROP TABLE commands CASCADE",
    "DROP FUNCTION facts_for_ever CASCADE",
    "CREATE OR REPLACE FUNCTION facts_for_ever() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RETURN NULL; END $$",
    "CREATE TRIGGER aaa BEFORE INSERT ON facts EXECUTE FUNCTION facts_for_ever()",
    "CREATE RULE gone AS ON INSERT TO facts DO INSTEAD NOTHING",
    "CREATE TABLE others (name text)",
    "SET session_replication_role = replica",
    "GRANT UPDATE ON facts TO CURRENT_USER; UPDATE facts SET body = 'x'",
    "SET ROLE postgres",
)
"""What would change facts, or take away what refuses it."""


@pytest.fixture(scope="module")
def people(postgres: Server) -> Iterator[None]:
    """A login that is a member of each role."""
    with owned(postgres):
        pass  # the roles are the server's, not the store's: they stay
    for login, role in ((APP, APPLICATION), (EVE, AUDITOR)):
        postgres.run(f"CREATE ROLE {login} LOGIN IN ROLE {role}")
    yield
    postgres.run(f"DROP ROLE {APP}, {EVE}, {APPLICATION}, {AUDITOR}")


@pytest.fixture
def url(postgres: Server, people: None) -> Iterator[str]:
    """A store of its owner's with a journey, and the roles."""
    with owned(postgres) as url:
        yield url


@contextmanager
def owned(server: Server) -> Iterator[str]:
    """A new store of the server's owner with a journey, and the roles."""
    with server.fresh() as url:
        with opened(url) as journeys:
            performed(journeys, in_step_3())
            server.run(role_script(journeys))
        yield url


@contextmanager
def opened(url: str, user: str = "postgres") -> Iterator[Journeys]:
    """The store, for a user."""
    with Journeys(by(user, url), today=LATE) as journeys:
        yield journeys
        journeys.close()


@pytest.fixture
def application(url: str) -> Iterator[Journeys]:
    with opened(url, APP) as journeys:
        yield journeys


@pytest.fixture
def auditor(url: str) -> Iterator[Journeys]:
    with opened(url, EVE) as journeys:
        yield journeys


@pytest.fixture(scope="module")
def attacked(postgres: Server, people: None) -> Iterator[Journeys]:
    """The application's store of all tests whose statements are to change nothing."""
    with owned(postgres) as url, opened(url, APP) as journeys:
        yield journeys


def assert_refused(journeys: Journeys, statement: str) -> None:
    """By the server, for want of a right."""
    before = journeys.facts.head()
    with (
        pytest.raises(ProgrammingError, match=r"permission denied|must be owner"),
        journeys.engine.begin() as connection,
    ):
        connection.execute(text(statement))
    assert journeys.facts.head() == before


def test_the_application_does_all_its_daily_work(application: Journeys) -> None:
    """Commands, batches, rounds, questions, verification."""
    performed(application, of("j2", exited_to_work()))
    assert [answer.repeated for answer in application.record(of("j3", in_step_3()))]  # type: ignore[union-attr]  # none is refused
    assert tick(application, LATE) != []
    assert verify(application).intact
    assert len(rows_in(application)["journeys"]) == 3


@pytest.mark.parametrize("statement", CHANGES)
def test_the_application_can_change_no_fact(attacked: Journeys, statement: str) -> None:
    assert_refused(attacked, statement)


def test_the_application_makes_no_rows_anew(application: Journeys) -> None:
    """Tables are their owner's; nothing is changed, and it works on."""
    before = rows_in(application)
    with pytest.raises(StoreReadOnly):
        rebuild(application)
    assert rows_in(application) == before
    performed(application, of("j2", in_step_3()))


def test_the_auditor_reads_everything(auditor: Journeys) -> None:
    assert auditor.load("j1").exists
    assert verify(auditor).intact
    assert verify(auditor, rules=False).intact
    assert len(list(timeline(auditor))) == auditor.facts.head()[0]
    assert len(rows_in(auditor)["journeys"]) == 1


def test_the_auditor_writes_nothing(auditor: Journeys) -> None:
    with pytest.raises(StoreReadOnly):
        performed(auditor, of("j2", in_step_3()))
    for table in ("facts", "commands", "store", "store_form", "journeys", "outbox", "rounds"):
        assert_refused(auditor, f"INSERT INTO {table} SELECT * FROM {table}")
        assert_refused(auditor, f"DELETE FROM {table}")
        assert_refused(auditor, f"UPDATE {table} SET {_A_COLUMN[table]} = {_A_COLUMN[table]}")


_A_COLUMN = {
    "facts": "body",
    "commands": "digest",
    "store": "value",
    "store_form": "version_num",
    "journeys": "person",
    "outbox": "tries",
    "rounds": "issued",
}


def test_rows_that_the_owner_makes_anew_keep_their_rights(
    url: str, application: Journeys, auditor: Journeys
) -> None:
    """They stand in new tables; the programs that run meanwhile go on."""
    with opened(url) as owner:
        change(owner, "DELETE FROM journeys")
        assert rebuild(owner).changed == 1
    performed(application, of("j2", in_step_3()))
    assert len(rows_in(auditor)["journeys"]) == 2
    assert_refused(auditor, "DELETE FROM journeys")


def test_the_script_may_be_run_again(
    url: str, postgres: Server, application: Journeys, auditor: Journeys
) -> None:
    """It gives back what someone took away, and takes away what someone gave."""
    schema = application.ask(text("SELECT current_schema()"))[0][0]  # type: ignore[arg-type]  # any query
    postgres.run(
        f"GRANT UPDATE ON {schema}.facts TO {APPLICATION}, PUBLIC; "
        f"REVOKE SELECT ON {schema}.facts FROM {AUDITOR}"
    )
    with opened(url) as owner:
        postgres.run(role_script(owner))
    assert_refused(application, "UPDATE facts SET body = 'x'")
    assert auditor.load("j1").exists
    performed(application, of("j2", in_step_3()))


def test_an_older_store_is_upgraded_by_its_owner_alone(postgres: Server, people: None) -> None:
    """The application is told who; afterwards it only reads what tells the form."""
    with postgres.fresh() as url:
        release = next(RELEASES.glob("*.postgresql.sql"))
        with postgres.connection() as connection:
            schema = url.rpartition("%3D")[2]
            connection.execute(f"SET search_path = {schema}".encode())
            connection.execute(release.read_bytes())
        postgres.run(
            f"GRANT USAGE ON SCHEMA {schema} TO {APPLICATION}; "
            f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {APPLICATION}; "
            f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} "
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {APPLICATION}"
        )
        with pytest.raises(StoreReadOnly, match=r"older form.*journey init"):
            Journeys(by(APP, url))
        with opened(url), opened(url, APP) as application:
            assert_refused(application, "UPDATE store_form SET version_num = '0999'")
            assert_refused(application, "DELETE FROM store_form")
            assert verify(application).intact


def test_a_file_has_no_roles() -> None:
    with a_store() as journeys, pytest.raises(StoreUnusable):
        role_script(journeys)
