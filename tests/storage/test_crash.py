"""Killed at any moment, a store holds what was answered, nothing by halves, and opens again."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from journey import Journeys, fold
from journey.storage.rebuild import rebuild

ROOT = Path(__file__).parent.parent.parent
DATA = ROOT / "tests" / "data" / "hoglandet-2018-2020.jsonl"
KILLS = 20
_CHILD = """
import sys
from journey import Journeys
from journey.commands import read_command

lines = open(sys.argv[2], "rb").read().splitlines()
commands = [read_command(line) for line in lines]
with Journeys(sys.argv[1]) as journeys:
    print("ready", flush=True)
    for command, answer in zip(commands, journeys.record(commands), strict=True):
        print(command["id"], flush=True)
"""


def recording(store: str) -> subprocess.Popen[str]:
    """A program that records the three years and names each command that it has answered."""
    words = [sys.executable, "-c", _CHILD, store, str(DATA)]
    child = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    return child


def killed_after(store: str, seconds: float) -> list[str]:
    """The ids that were answered before the program was killed."""
    child = recording(store)
    time.sleep(seconds)
    child.send_signal(signal.SIGKILL)
    answered, _ = child.communicate()
    whole = answered.rpartition("\n")[0]
    return whole.split("\n") if whole else []


def test_what_was_answered_is_there_after_twenty_kills(tmp_path: Path) -> None:
    """The same store again and again: each run answers what the last one left, and goes on."""
    moments = random.Random(20261123)
    store = f"sqlite:///{tmp_path / 'journey.db'}"
    answered: set[str] = set()
    for _ in range(KILLS):
        answered |= set(killed_after(store, moments.uniform(0, 0.15)))
        with Journeys(store) as journeys:
            assert_whole(journeys, answered)
    assert answered


def assert_whole(journeys: Journeys, answered: set[str]) -> None:
    """Every answered id, no gap, each command with all its facts, rows as a rebuild gives them."""
    with journeys.engine.connect() as connection:
        ids = set(connection.scalars(text("SELECT id FROM commands")))
        facts, last = connection.execute(
            text("SELECT COUNT(*), COALESCE(MAX(position), 0) FROM facts")
        ).one()
        claimed = connection.scalar(text("SELECT COALESCE(SUM(fact_count), 0) FROM commands"))
    assert answered <= ids
    assert facts == last == claimed
    assert rebuild(journeys).changed == 0


def test_the_whole_file_is_there_in_the_end(tmp_path: Path) -> None:
    """After a kill the file is recorded again: what was there is repeated, the rest recorded."""
    store = f"sqlite:///{tmp_path / 'journey.db'}"
    killed_after(store, 0.2)
    lines = [json.loads(line) for line in DATA.read_text("utf-8").splitlines()]
    with Journeys(store) as journeys:
        before = journeys.facts.head()[0]
        answers = list(journeys.record(lines))
        assert len(answers) == len(lines)
        assert journeys.facts.head()[0] == 5378
        repeated = sum(getattr(answer, "repeated", False) for answer in answers)
    assert (repeated > 0) == (before > 0)


@pytest.mark.parametrize("seed", range(3))
def test_a_single_command_is_all_or_nothing(tmp_path: Path, seed: int) -> None:
    """A journey that was cut off folds as if its last command had never been given."""
    store = f"sqlite:///{tmp_path / 'journey.db'}"
    killed_after(store, random.Random(seed).uniform(0.02, 0.3))
    with Journeys(store) as journeys:
        with journeys.engine.connect() as connection:
            keys = list(connection.scalars(text("SELECT journey FROM journeys")))
        for key in keys[:50]:
            history = journeys.history(key)
            versions = [entry.version for entry in history]
            assert versions == list(range(1, len(versions) + 1))
            assert fold(entry.fact for entry in history) == journeys.load(key)
