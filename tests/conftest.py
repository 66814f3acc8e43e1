"""How hypothesis runs: quick by default, and the same each time where CI is set."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.postgres import Server

settings.register_profile("quick", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "quick")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server that all tests of this process share; started when first asked for."""
    server = Server()
    yield server
    server.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a new store, on either database."""
    yield from _new(request, tmp_path)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def any_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a new store, on either database or in memory, where it is one object's alone."""
    yield from _new(request, tmp_path)


def _new(request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    if request.param == "memory":
        yield "sqlite://"
    elif request.param == "sqlite":
        yield f"sqlite:///{folder / 'journey.db'}"
    else:
        with request.getfixturevalue("postgres").fresh() as url:
            yield url
