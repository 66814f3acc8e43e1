"""``python -m benchmarks.rounds``: one round over many open things to do, of which some are due.

Journeys in aftercare, ten slots and a deregistration each: by default 100 000 open
things, of 1 000 of which something is to be said on the day. Measured on a store in a
file, opened anew: the whole round, its steps apart, and a round that finds nothing.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import TypeVar

import msgspec
from rich.console import Console
from rich.table import Table
from sqlalchemy import func, select

from journey.facts import Fact
from journey.referral import ReferralReceived
from journey.state import Journey, fold
from journey.storage.append import Append
from journey.storage.codec import encode, stored_name
from journey.storage.decided import stream_of
from journey.storage.journeys import Journeys
from policies.agenda import reached
from policies.register import SPEECH
from policies.round import tick
from projections.due import due_table
from projections.due_items import due_items
from tests.examples import COACH, exited_to_work, wish
from tests.spec import given

DAY = date(2026, 9, 4)
DUE, NOT_YET = "2026-08-31", "2026-09-03"
"""Starts of a job, of which something is said on the day, or not yet."""

BY, RULESET = "coach:c1@Nässjö", "se-hoglandet/2024-01-01"
T = TypeVar("T")


def story(start: str) -> tuple[Fact, ...]:
    """A journey in aftercare in which nothing else is open."""
    *before, job, left = exited_to_work(start)
    documented = wish("document", COACH, "2026-02-12", system_ref="s1")
    met = wish("meet_individual_team", COACH, "2026-02-16", parties=["fk"])
    return given(*before, documented, met, job, left).facts


def named(facts: tuple[Fact, ...], key: str) -> tuple[Fact, ...]:
    """The same of another journey and person."""
    first, *rest = facts
    assert isinstance(first, ReferralReceived)
    return (msgspec.structs.replace(first, journey=key, person=f"p-{key}"), *rest)


def filled(store: str, items: int, due: int) -> int:
    """Fill a store; gives how many things are open in it."""
    with Journeys(store, today=DAY) as journeys:
        stories = {start: story(start) for start in (DUE, NOT_YET)}
        count = -(-items // len(due_items(fold(stories[DUE]))))
        batch = [
            _append(journeys, named(stories[DUE if n < due else NOT_YET], f"j{n}"), f"j{n}")
            for n in range(count)
        ]
        journeys.facts.append_all(batch)
        (open_items,) = journeys.ask(select(func.count()).select_from(due_table))
        journeys.close()
    return int(open_items[0])


def _append(journeys: Journeys, facts: tuple[Fact, ...], key: str) -> Append:
    stream = stream_of(key)
    return Append(
        stream=stream,
        version=1,
        events=tuple((stored_name(fact), encode(fact, BY, RULESET)) for fact in facts),
        statements=journeys.rows.changes(stream, Journey(), fold(facts)),
    )


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Seconds, and what came of it."""
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


def measured(store: Path, turns: int) -> Iterator[dict[str, float]]:
    """Seconds of each step, turn by turn, each on a fresh copy."""
    for turn in range(turns):
        copy = store.with_name(f"turn-{turn}.db")
        copy.write_bytes(store.read_bytes())
        with Journeys(f"sqlite:///{copy}", today=DAY) as journeys:
            steps = _steps(journeys)
            journeys.close()
        copy.write_bytes(store.read_bytes())
        with Journeys(f"sqlite:///{copy}", today=DAY) as journeys:
            whole, issued = timed(lambda: tick(journeys))  # called at once
            nothing, again = timed(lambda: tick(journeys, DAY - timedelta(days=1)))
            assert not again
            journeys.close()
        copy.unlink()
        recording = whole - sum(steps.values())
        yield {**steps, "decide and record": recording, "the whole round": whole} | {
            "a round that finds nothing": nothing,
            "notices": float(len(issued)),
        }


def _steps(journeys: Journeys) -> dict[str, float]:
    def select_due() -> list[str]:
        with journeys.facts.reading() as connection:
            return reached(connection, DAY)

    selecting, keys = timed(select_due)
    reading, known = timed(lambda: [journeys.current(key) for key in keys])
    speaking, _ = timed(lambda: [SPEECH.to_say(journey, DAY) for journey in known])
    return {"find by index": selecting, "read and fold": reading, "let policies speak": speaking}


def table(turns: list[dict[str, float]], items: int) -> Table:
    """Medians, and each step's share of the round."""
    whole = median(turn["the whole round"] for turn in turns)
    notices = int(turns[0]["notices"])
    shown = Table("what", "ms (median)", "min - max", "share")
    shown.title = f"{items:,} open things to do, {notices:,} notices issued"
    for name in [name for name in turns[0] if name != "notices"]:
        values = [1000 * turn[name] for turn in turns]
        share = median(values) / 1000 / whole
        spread = f"{min(values):,.1f} - {max(values):,.1f}"
        shown.add_row(name, f"{median(values):,.1f}", spread, f"{share:.0%}")
    return shown


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.rounds", description=__doc__)
    options.add_argument("--items", type=int, default=100_000)
    options.add_argument("--due", type=int, default=1_000)
    options.add_argument("--turns", type=int, default=5)
    given_options = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="journey-bench-") as folder:
        store = Path(folder) / "journey.db"
        items = filled(f"sqlite:///{store}", given_options.items, given_options.due)
        turns = list(measured(store, given_options.turns))
    Console(file=sys.stdout, width=100).print(table(turns, items))


if __name__ == "__main__":
    main()
