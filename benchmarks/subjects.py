"""What is measured side by side: each stores facts, one durable commit for each."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from sqlalchemy import create_engine

from benchmarks.work import commands
from journey import Journeys

Subject = Callable[[str], None]
"""Stores the facts of one journey, whose key is given."""


def plain_insert(folder: Path) -> Subject:
    """The limit: an INSERT a commit, nothing decided, nothing read."""
    connection = sqlite3.connect(folder / "plain.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(
        "CREATE TABLE facts (position INTEGER PRIMARY KEY, stream TEXT, version INTEGER, "
        "name TEXT, body BLOB, UNIQUE (stream, version))"
    )

    def run(key: str) -> None:
        for version, command in enumerate(commands(key), 1):
            row = (key, version, command["do"], msgspec.json.encode(command))
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(
                "INSERT INTO facts (stream, version, name, body) VALUES (?, ?, ?, ?)", row
            )
            connection.execute("COMMIT")

    return run


def plain_insert_on_postgresql(url: str) -> Subject:
    """The same limit on a server: one statement that commits itself, one round trip."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    driver_s: Any = engine.raw_connection().dbapi_connection
    driver_s.autocommit = True
    cursor = driver_s.cursor()
    cursor.execute(
        "CREATE TABLE plain (position bigserial PRIMARY KEY, stream text, version integer, "
        "name text, body bytea, UNIQUE (stream, version))"
    )
    text = "INSERT INTO plain (stream, version, name, body) VALUES (%s, %s, %s, %s)"

    def run(key: str) -> None:
        for version, command in enumerate(commands(key), 1):
            cursor.execute(text, (key, version, command["do"], msgspec.json.encode(command)))

    return run


def journey_store(url: str) -> Subject:
    """This program: parsed, decided, sealed, rows written."""
    store = Journeys(url)

    def run(key: str) -> None:
        for command in commands(key):
            store.perform(command)

    return run


def journey_store_of_eight(url: str) -> Subject:
    """The same with eight clients in one process; each call carries out eight journeys."""
    store = Journeys(url)
    pool = ThreadPoolExecutor(8)

    def one(key: str) -> None:
        for command in commands(key):
            store.perform(command)

    def run(key: str) -> None:
        list(pool.map(one, [f"{key}.{client}" for client in range(8)]))

    return run


class PlainJourney(Aggregate):
    """eventsourcing's own Aggregate: a journey that takes what it is told."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.happened: list[str] = []

    @event("Happened")
    def happen(self, name: str, data: dict[str, Any]) -> None:
        """Something happened."""
        self.happened.append(name)


class PlainApplication(Application[Any]):
    """eventsourcing's own Application on its own SQLite recorder."""


def eventsourcing_default(folder: Path) -> Subject:
    """eventsourcing as it comes: the aggregate is read for each command."""
    return _eventsourcing(folder / "eventsourcing.db", {})


def eventsourcing_cached(folder: Path) -> Subject:
    """eventsourcing with its cache, without fast-forward and deep copies."""
    settings = {
        "AGGREGATE_CACHE_MAXSIZE": "1000",
        "AGGREGATE_CACHE_FASTFORWARD": "n",
        "DEEPCOPY_FROM_AGGREGATE_CACHE": "n",
    }
    return _eventsourcing(folder / "eventsourcing-cached.db", settings)


def _eventsourcing(file: Path, settings: dict[str, str]) -> Subject:
    store = PlainApplication(
        {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(file), **settings}
    )

    def run(key: str) -> None:
        first, *rest = commands(key)
        journey = PlainJourney(first["journey"])
        store.save(journey)
        for command in rest:
            known: PlainJourney = store.repository.get(journey.id)
            known.happen(command["do"], {k: v for k, v in command.items() if k != "do"})
            store.save(known)

    return run
