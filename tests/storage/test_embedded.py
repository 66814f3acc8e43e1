"""A store in a host's own database, on a host's own engine: what it must leave the host."""

from __future__ import annotations

import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Barrier

from sqlalchemy import create_engine, event, text
from sqlalchemy.exc import TimeoutError as NoConnectionLeft

from journey import Journeys, Refused
from tests.storage.stores import TODAY


def test_a_store_can_be_put_into_a_database_that_has_tables_already(store_url: str) -> None:
    engine = create_engine(store_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE invoices (number integer)"))
    try:
        with Journeys(engine, today=TODAY) as journeys:
            assert journeys.facts.head()[0] == 0
            journeys.close()
    finally:
        engine.dispose()


def test_many_who_read_at_once_leave_the_host_connections(tmp_path: Path) -> None:
    """The pool has two; when all have read, one is left for the host."""
    engine = create_engine(
        f"sqlite:///{tmp_path / 'host.db'}", pool_size=1, max_overflow=1, pool_timeout=0.5
    )
    with Journeys(engine, today=TODAY) as journeys:
        event.listen(engine, "connect", slowed)
        together = Barrier(3)

        def read(_: int) -> None:
            together.wait()
            with suppress(Refused, NoConnectionLeft):
                journeys.load("j1")

        try:
            with ThreadPoolExecutor(3) as threads:
                list(threads.map(read, range(3)))
            with engine.begin() as connection:
                assert connection.scalar(text("SELECT 1")) == 1
        finally:
            journeys.close()
            engine.dispose()


def slowed(connection: sqlite3.Connection, _: object) -> None:
    """A slow disk, so that reads meet."""
    connection.set_progress_handler(lambda: time.sleep(0.05), 5)


def test_an_engine_that_begins_as_sqlalchemy_s_manual_says_can_be_used(tmp_path: Path) -> None:
    """Its recipe for transactions in SQLite that hold what was read, too."""
    engine = create_engine(
        f"sqlite:///{tmp_path / 'host.db'}", connect_args={"isolation_level": None}
    )
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    try:
        with Journeys(engine, today=TODAY) as journeys:
            assert journeys.facts.head()[0] == 0
            journeys.close()
    finally:
        engine.dispose()
