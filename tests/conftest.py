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
def _servers() -> Iterator[list[Server]]:
    """The server of this process, if a test has asked for one."""
    servers: list[Server] = []
    yield servers
    for server in servers:
        server.stop()


@pytest.fixture
def postgres(_servers: list[Server]) -> Server:
    """A PostgreSQL server that all tests of this process share."""
    if not _servers:
        _servers.append(Server())
    return _servers[0]


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a new store, on either database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'journey.db'}"
        return
    with request.getfixturevalue("postgres").fresh() as url:
        yield url
