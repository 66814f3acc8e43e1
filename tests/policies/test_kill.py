"""Killed in the middle of rounds, twenty times: nothing is said twice, nothing is lost."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from journey import Journeys
from policies.round import tick
from tests.policies.federation import FIRST, LAST, carried_on, copy_of, keys_in, year
from tests.projections.stores import LATE

ROOT = Path(__file__).parents[2]
SEED = 20261125
KILLS = 20
LINES = 1200
_CHILD = """
import sys
from datetime import date, timedelta
from journey import Journeys
from policies.round import tick

day, last, late = (date.fromisoformat(text) for text in sys.argv[2:5])
with Journeys(sys.argv[1], today=late) as journeys:
    print("ready", flush=True)
    while day <= last:
        print(len(tick(journeys, day)), day, flush=True)
        day += timedelta(days=1)
"""


def rounds(url: str) -> subprocess.Popen[str]:
    """A program that makes the rounds of the whole year, and names each that it has ended."""
    days = [str(day) for day in (FIRST, LAST, LATE)]
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, url, *days], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    return child


def killed_after(url: str, seconds: float) -> tuple[int, bool]:
    """How many notices the rounds that had ended had issued, and whether it was killed midway."""
    child = rounds(url)
    time.sleep(seconds)
    child.send_signal(signal.SIGKILL)
    said, _ = child.communicate()
    whole = said.rpartition("\n")[0].split("\n")
    return sum(int(line.split()[0]) for line in whole if line), child.returncode < 0


def test_twenty_kills_in_the_middle_of_rounds(tmp_path: Path) -> None:
    path = tmp_path / "journey.db"
    carried_on(f"sqlite:///{path}", LINES).close()
    undisturbed, killed = copy_of(path, "undisturbed"), copy_of(path, "killed")
    began = time.monotonic()
    rounds(undisturbed).communicate()
    whole = time.monotonic() - began
    moments, midway, answered = random.Random(SEED), 0, 0
    for _ in range(KILLS):
        said, before_its_end = killed_after(killed, moments.uniform(0, whole / KILLS * 2))
        midway, answered = midway + before_its_end, answered + said
        kept = keys_in(killed)
        assert set(kept.values()) <= {1}
        assert sum(kept.values()) >= answered
    assert midway
    with Journeys(killed, today=LATE) as journeys:
        for day in year():
            tick(journeys, day)
        journeys.close()
    assert keys_in(killed) == keys_in(undisturbed)
    assert set(keys_in(killed).values()) == {1}
