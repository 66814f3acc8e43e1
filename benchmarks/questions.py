"""``python -m benchmarks.questions``: how long the daily questions take in a large store.

Rows of many active journeys are written through the read models themselves, from one
folded journey varied in key, coach and municipality; then each question is asked
several times on the file. The medians are in milliseconds.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

from msgspec.structs import replace
from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, insert

from benchmarks.work import commands
from journey import Journeys
from journey.state import Journey
from journey.storage.decided import stream_of
from journey.storage.rows import rows_of
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
    with store.engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA cache_size=-500000")  # the whole store, for the filling
        for start in range(0, count, 1000):
            _write(store, connection, (varied(model, n) for n in range(start, start + 1000)))


def _write(store: Journeys, connection: Connection, journeys: Iterator[Journey]) -> None:
    rows: dict[str, list[dict[str, Any]]] = {table.name: [] for table in store.rows.tables}
    for journey in journeys:
        for follower in store.followers:
            for name, found in rows_of(follower, journey).items():
                rows[name] += ({"stream": stream_of(journey.key), **row} for row in found)
    for table in store.rows.tables:
        if rows[table.name]:
            connection.execute(insert(table), rows[table.name])


def questions(journeys: int) -> dict[str, Callable[[Connection], Any]]:
    """The questions, by name."""
    coach = f"c{journeys // JOURNEYS_A_COACH // 2}"
    return {
        "caseload": lambda connection: caseload(connection, DAY),
        "caseload, one coach": lambda connection: caseload(connection, DAY, coach=coach),
        "due, one coach": lambda connection: due(connection, DAY, coach=coach, ahead=30),
        "due, one municipality": lambda connection: due(connection, DAY, municipality=PLACES[0]),
    }


def milliseconds(ask: Callable[[Connection], Any], connection: Connection, turns: int) -> float:
    """The median of so many turns, after one to warm up."""
    ask(connection)
    taken = []
    for _ in range(turns):
        started = time.perf_counter()
        ask(connection)
        taken.append(1000 * (time.perf_counter() - started))
    return median(taken)


def main() -> None:
    """Fill, ask and print."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.questions", description=__doc__)
    options.add_argument("--journeys", type=int, default=50_000)
    options.add_argument("--turns", type=int, default=15)
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="journey-bench-") as folder:
        store = Journeys(f"sqlite:///{Path(folder) / 'questions.db'}")
        fill(store, given.journeys)
        shown = Table("question", "ms (median)", "to reach")
        with store.facts.reading() as connection:
            for name, ask in questions(given.journeys).items():
                limit = LIMITS.get(name)
                taken = milliseconds(ask, connection, given.turns)
                shown.add_row(name, f"{taken:.1f}", f"{limit:.0f}" if limit else "")
        store.close()
    Console(width=100).print(f"{given.journeys:,} active journeys", shown)


if __name__ == "__main__":
    main()
