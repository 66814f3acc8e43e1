"""Killed at any moment, a store holds what was answered, nothing by halves, and opens again."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, select, text

from journey import Journeys
from journey.storage.folding import folded

ROOT = Path(__file__).parent.parent.parent
DATA = ROOT / "tests" / "data" / "hoglandet-2018-2020.jsonl"
LINES = 1500
SEED = 20261123
_CHILD = """
import sys
from datetime import date
from journey import Journeys
from journey.calendar import act_by
from journey.commands import read_command

act_by(date(2018, 1, 2))  # the holidays are loaded before the kill is timed
lines = open(sys.argv[2], "rb").read().splitlines()[:int(sys.argv[4])]
commands = [read_command(line) for line in lines]
with Journeys(sys.argv[1]) as journeys:
    answers = journeys.record(commands)
    if sys.argv[3] == "perform":
        answers = map(journeys.perform, commands)
    print("ready", flush=True)
    for command, answer in zip(commands, answers, strict=True):
        print(command["id"], flush=True)
"""


def recording(
    store: str, way: str, *, lines: int = LINES, stderr: int | None = None
) -> subprocess.Popen[str]:
    """A program that records the first of the three years, and names what it has answered."""
    words = [sys.executable, "-c", _CHILD, store, str(DATA), way, str(lines)]
    child = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=stderr, text=True, cwd=ROOT)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    return child


def killed_after(store: str, seconds: float, way: str) -> tuple[list[str], bool]:
    """The ids that were answered, and whether the program was killed before it had ended."""
    child = recording(store, way)
    time.sleep(seconds)
    child.send_signal(signal.SIGKILL)
    answered, _ = child.communicate()
    whole = answered.rpartition("\n")[0]
    return whole.split("\n") if whole else [], child.returncode == -signal.SIGKILL


def duration(store: str, way: str) -> float:
    """How long the whole file takes here, so that the kills fall within a run."""
    child = recording(store, way)
    began = time.monotonic()
    child.communicate()
    assert child.returncode == 0
    return time.monotonic() - began


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Gives the URL of a new store each time it is called, all on one of the databases."""
    with ExitStack() as stores:
        if request.param == "sqlite":
            numbers = count()
            yield lambda: f"sqlite:///{tmp_path / f'{next(numbers)}.db'}"
        else:
            postgres = request.getfixturevalue("postgres")
            yield lambda: stores.enter_context(postgres.fresh())


@pytest.mark.parametrize(("way", "kills"), [("record", 5), ("perform", 3)])
def test_what_was_answered_is_there_after_a_kill(
    fresh: Callable[[], str], way: str, kills: int
) -> None:
    """A fresh store for each; the kills are spread over the whole of a run."""
    whole = duration(fresh(), way)
    moments, killed = random.Random(SEED), 0
    for _ in range(kills):
        store = fresh()
        answered, before_its_end = killed_after(store, whole * moments.uniform(0, 0.9), way)
        killed += before_its_end
        assert_whole(store, set(answered))
    assert killed


def test_a_store_that_is_killed_again_and_again_is_whole_in_the_end(
    fresh: Callable[[], str],
) -> None:
    """Each run answers what the last one left, and goes on; the last records the rest."""
    whole = duration(fresh(), "record")
    moments, answered = random.Random(SEED), set[str]()
    store = fresh()
    for _ in range(5):
        answered |= set(killed_after(store, whole * moments.uniform(0.2, 0.9), "record")[0])
        assert_whole(store, answered)
    lines = [json.loads(line) for line in DATA.read_text("utf-8").splitlines()[:LINES]]
    with Journeys(store) as journeys:
        answers = list(journeys.record(lines))
        assert len(answers) == len(lines)
        assert journeys.facts.head()[0] >= LINES
        journeys.close()
    assert any(getattr(answer, "repeated", False) for answer in answers)


def assert_whole(store: str, answered: set[str]) -> None:
    """Every answered id, no gap, each command with all its facts, rows as the facts make them."""
    assert_nothing_half(store, answered)
    with Journeys(store) as journeys, Journeys("sqlite://") as anew:
        with anew.facts.exclusively() as cursor:
            for one in folded(journeys.facts, journeys.facts.head()[0]):
                for written in anew.rows.changes(one.stream, type(one.state)(), one.state):
                    cursor.execute(*written)
        assert rows_in(journeys) == rows_in(anew)
        anew.close()
        journeys.close()


def rows_in(journeys: Journeys) -> dict[str, Counter[tuple[Any, ...]]]:
    """The rows of every read model."""
    with journeys.facts.reading() as connection:
        return {
            table.name: Counter(map(tuple, connection.execute(select(table))))
            for table in journeys.rows.tables
        }


def assert_nothing_half(store: str, answered: set[str]) -> None:
    """Asked of the tables alone, before the program has opened them again."""
    engine = create_engine(store)
    with engine.connect() as connection:
        ids = set(connection.scalars(text("SELECT id FROM commands")))
        facts, last = connection.execute(text("SELECT COUNT(*), MAX(position) FROM facts")).one()
        claimed = connection.scalar(text("SELECT SUM(fact_count) FROM commands"))
        halves = connection.execute(text(_HALVES)).all()
    engine.dispose()
    assert answered <= ids
    assert facts == (last or 0) == (claimed or 0)
    assert halves == []


_HALVES = """
SELECT id FROM commands WHERE fact_count <> (
    SELECT COUNT(*) FROM facts WHERE facts.stream = commands.stream
    AND facts.version BETWEEN first_version AND first_version + fact_count - 1)
"""
"""Every fact of this file's commands belongs to one with an id; those that lack some of theirs."""
