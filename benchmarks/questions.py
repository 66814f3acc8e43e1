"""``python -m benchmarks.questions``: how long the daily questions take in a large store.

Rows of many active journeys are written through the read models themselves, from one
folded journey varied in key, coach and municipality; then each question is asked
several times on the file.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

from msgspec.structs import replace
from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection

from benchmarks.work import commands
from journey import Journeys
from journey.state import Journey
from journey.storage.decided import stream_of
from projections.caseload import caseload
from projections.due import due

DAY = date(2026, 4, 2)
PLACES = ("Aneby", "Eksjö", "Nässjö", "Sävsjö", "Tranås", "Vetlanda")
JOURNEYS_A_COACH = 20
LIMITS = {"caseload": 50.0, "due, one coach": 10.0}
"""What a coach does not wait for, in milliseconds."""


def varied(journey: Journey, number: int) -> Journey:
    """The same journey as another person's, with a coach and a municipality of its own."""
    coach = number // JOURNEYS_A_COACH
    place = PLACES[coach % len(PLACES)]
    return replace(
        journey,
        referral=replace(
            journey.referral, journey=f"j{number}", person=f"p{number}", municipality=place
        ),
        coaching=replace(journey.coaching, coach=f"c{coach}"),
    )


def fill(store: Journeys, count: int) -> None:
    """The rows of so many active journeys, in one transaction."""
    for command in commands("model"):
        store.perform(command)
    model = store.known("model")
    with store.facts.exclusively() as cursor:
        for number in range(count):
            journey = varied(model, number)
            for text, values in store.rows.changes(stream_of(journey.key), Journey(), journey):
                cursor.execute(text, values)


def questions(journeys: int) -> dict[str, Callable[[Connection], Any]]:
    """The questions, by name."""
    coach = f"c{journeys // JOURNEYS_A_COACH // 2}"
    return {
        "caseload": lambda connection: caseload(connection, DAY),
        "caseload, one coach": lambda connection: caseload(connection, DAY, coach=coach),
        "due, one coach": lambda connection: due(connection, DAY, coach=coach, ahead=30),
        "due, one municipality": lambda connection: due(connection, DAY, municipality=PLACES[0]),
    }


def milliseconds(
    ask: Callable[[Connection], Any], connection: Connection, turns: int
) -> tuple[float, float]:
    """The medians of so many turns, after one to warm up: by the clock, and of the processor.

    The store works in this process, so the second is what a quiet machine would need.
    """
    ask(connection)
    clock, processor = [], []
    for _ in range(turns):
        started, worked = time.perf_counter(), time.process_time()
        ask(connection)
        clock.append(1000 * (time.perf_counter() - started))
        processor.append(1000 * (time.process_time() - worked))
    return median(clock), median(processor)


def main() -> None:
    """Fill, ask and print."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.questions", description=__doc__)
    options.add_argument("--journeys", type=int, default=50_000)
    options.add_argument("--turns", type=int, default=15)
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="journey-bench-") as folder:
        store = Journeys(f"sqlite:///{Path(folder) / 'questions.db'}")
        fill(store, given.journeys)
        shown = Table("question", "ms by the clock", "ms of processor", "to reach")
        with store.facts.reading() as connection:
            for name, ask in questions(given.journeys).items():
                limit = LIMITS.get(name)
                clock, processor = milliseconds(ask, connection, given.turns)
                reach = f"{limit:.0f}" if limit else ""
                shown.add_row(name, f"{clock:.1f}", f"{processor:.1f}", reach)
        store.close()
    Console(width=100).print(f"{given.journeys:,} active journeys", shown)


if __name__ == "__main__":
    main()
