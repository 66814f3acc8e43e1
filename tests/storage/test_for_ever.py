"""What is recorded is for ever: PostgreSQL itself refuses to change it, its owner's hand too."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from journey.storage.append import Append, Claim, Command
from journey.storage.database import open_engine
from journey.storage.recorder import Recorder
from tests.postgres import Server
from tests.storage.test_recorder import FACT, STREAM, all_rows

_COPY = "SELECT {position}, stream, {version}, name, body, recorded_at, seal FROM facts"
_CHANGED = "ON CONFLICT ({key}) DO UPDATE SET body = 'x'"

CHANGES = (
    "UPDATE facts SET body = 'x' WHERE position = 1",
    "UPDATE facts SET body = body WHERE false",
    "DELETE FROM facts WHERE position = 2",
    "DELETE FROM facts",
    "TRUNCATE facts",
    "TRUNCATE commands, facts",
    "TRUNCATE store, facts CASCADE",
    f"INSERT INTO facts {_COPY.format(position=1, version=9)} LIMIT 1 "
    f"{_CHANGED.format(key='position')}",
    f"INSERT INTO facts {_COPY.format(position=3, version=1)} LIMIT 1 "
    f"{_CHANGED.format(key='stream, version')}",
    "MERGE INTO facts USING commands ON position = 1 WHEN MATCHED THEN DELETE",
    "MERGE INTO facts USING commands ON position = 1 WHEN MATCHED THEN UPDATE SET body = 'x'",
    "WITH gone AS (DELETE FROM facts RETURNING 1) SELECT * FROM gone",
    "UPDATE commands SET digest = 'x'",
    "UPDATE commands SET id = 'd'",
    "DELETE FROM commands",
    "TRUNCATE commands",
    "INSERT INTO commands SELECT * FROM commands ON CONFLICT (id) DO UPDATE SET digest = 'x'",
)
PLACES = {
    "taken": _COPY.format(position=1, version=9) + " WHERE position = 1",
    "before the first": _COPY.format(position=0, version=9) + " WHERE position = 1",
    "after a gap": _COPY.format(position=4, version=9) + " WHERE position = 1",
    "one in order and one after a gap": "SELECT 2 * position + 1, stream, position + 2, name, "
    "body, recorded_at, seal FROM facts",
    "none": _COPY.format(position="NULL", version=9) + " WHERE position = 1",
    "of a version that is there": _COPY.format(position=3, version=1) + " WHERE position = 1",
}


@pytest.fixture
def recorder(postgres: Server) -> Iterator[Recorder]:
    """Two facts and a command's id."""
    with postgres.fresh() as url:
        engine = open_engine(url)
        opened = Recorder(engine)
        opened.append(Append(STREAM, 1, (FACT, FACT), (), Claim("c", b"d" * 32)))
        yield opened
        opened.close()
        engine.dispose()


def assert_unchanged_by(recorder: Recorder, statement: str, match: str | None = None) -> None:
    before = all_rows(recorder)
    with (
        pytest.raises(IntegrityError, match=match) as refused,
        recorder.engine.begin() as connection,
    ):
        connection.execute(text(statement))
    assert isinstance(refused.value.orig, psycopg.IntegrityError)
    assert all_rows(recorder) == before
    assert recorder.find_command("c") == Command(b"d" * 32, STREAM, 1, 2)


@pytest.mark.parametrize("statement", CHANGES)
def test_the_server_refuses_to_change_what_is_recorded(recorder: Recorder, statement: str) -> None:
    """design.md §4.1, through a connection of the tables' owner."""
    assert_unchanged_by(recorder, statement, "what is recorded is for ever")


@pytest.mark.parametrize("place", PLACES)
def test_the_server_refuses_a_place_that_is_not_the_next(recorder: Recorder, place: str) -> None:
    assert_unchanged_by(recorder, f"INSERT INTO facts {PLACES[place]}")


def test_the_server_takes_the_next_place(recorder: Recorder) -> None:
    """So that what the others are refused for is their place."""
    with recorder.engine.begin() as connection:
        connection.execute(text(f"INSERT INTO facts {_COPY.format(position=3, version=3)} LIMIT 1"))
    assert recorder.head()[0] == 3


def test_the_server_refuses_an_id_twice(recorder: Recorder) -> None:
    assert_unchanged_by(recorder, "INSERT INTO commands SELECT * FROM commands")
