"""A store for each test, on either database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from journey import Journeys
from tests.storage.stores import TODAY


@pytest.fixture
def url(store_url: str) -> str:
    return store_url


@pytest.fixture
def journeys(url: str) -> Iterator[Journeys]:
    with Journeys(url, today=TODAY) as opened:
        yield opened
        opened.close()
