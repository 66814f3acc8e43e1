"""What the tests of questions share."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from journey import Journeys, Refused
from tests.projections.stores import DATA, a_store


@pytest.fixture(scope="session")
def hoglandet() -> Iterator[Journeys]:
    """Three years of a federation, recorded as the commands of the shared file. Only read it."""
    with a_store() as journeys:
        lines = (DATA / "hoglandet-2018-2020.jsonl").read_text("utf-8").splitlines()
        answers = list(journeys.record(json.loads(line) for line in lines))
        assert not [answer for answer in answers if isinstance(answer, Refused)]
        assert len(answers) == 5004
        yield journeys
