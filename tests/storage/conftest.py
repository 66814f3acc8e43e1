"""A store in a file for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from journey import Journeys
from tests.storage.stores import TODAY


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'journey.db'}"


@pytest.fixture
def journeys(url: str) -> Iterator[Journeys]:
    with Journeys(url, today=TODAY) as opened:
        yield opened
        opened.close()
