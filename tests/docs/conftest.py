"""The example host on a database of its own, and browsers that are logged in to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from host.app import create_app

from journey import Journeys
from tests.storage.stores import TODAY


@pytest.fixture
def app(store_url: str) -> Iterator[Flask]:
    """On SQLite, and again on PostgreSQL."""
    made = create_app(store_url, today=TODAY)
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
