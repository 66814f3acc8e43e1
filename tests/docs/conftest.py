"""The example host on a database of its own, and browsers that are logged in to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from host.app import create_app

from journey import Journeys
from tests.storage.stores import TODAY


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'host.db'}"


@pytest.fixture
def app(url: str) -> Iterator[Flask]:
    made = create_app(url, today=TODAY)
    yield made
    journeys = store_of(made)
    journeys.close()
    journeys.engine.dispose()


@pytest.fixture
def journeys(app: Flask) -> Journeys:
    return store_of(app)


def store_of(app: Flask) -> Journeys:
    """The store of an example host."""
    found: Journeys = app.extensions["journeys"]
    return found
