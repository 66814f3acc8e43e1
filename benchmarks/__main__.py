"""``python -m benchmarks``: the journey work side by side, interleaved, as ratios.

Every subject stores twenty facts a journey, each with a durable commit of its own (SQLite,
WAL, synchronous=FULL; with ``--postgresql`` a server on a local socket). They take turns
within one run, so that what the machine does besides hits all alike; the ratios are of
medians over the turns.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from benchmarks import subjects
from benchmarks.work import FACTS_A_JOURNEY
from tests.postgres import Server

Subjects = dict[str, tuple[subjects.Subject, int]]
"""Each subject by its name, and for how many clients it works."""

LIMIT = "plain INSERT a commit (the limit)"


def on_sqlite(folder: Path) -> Subjects:
    """Each with a file of its own."""
    return {
        LIMIT: (subjects.plain_insert(folder), 1),
        "journey": (subjects.journey_store(f"sqlite:///{folder / 'one.db'}"), 1),
        "journey, eight clients": (
            subjects.journey_store_of_eight(f"sqlite:///{folder / 'eight.db'}"),
            8,
        ),
        "eventsourcing, as it comes": (subjects.eventsourcing_default(folder), 1),
        "eventsourcing, cached": (subjects.eventsourcing_cached(folder), 1),
    }


def on_postgresql(server: Server, schemas: ExitStack) -> Subjects:
    """Each with a schema of its own on one server."""
    plain, one, eight = (schemas.enter_context(server.fresh()) for _ in range(3))
    return {
        LIMIT: (subjects.plain_insert_on_postgresql(plain), 1),
        "journey": (subjects.journey_store(one), 1),
        "journey, eight clients": (subjects.journey_store_of_eight(eight), 8),
    }


def measure(turns: int, journeys: int, ready: Subjects) -> dict[str, list[float]]:
    """Facts per second of each subject, turn by turn."""
    speeds: dict[str, list[float]] = {name: [] for name in ready}
    for turn in range(-1, turns):
        for name, (run, clients) in ready.items():
            started = time.perf_counter()
            for number in range(journeys):
                run(f"t{turn + 1}.{number}")
            seconds = time.perf_counter() - started
            if turn >= 0:
                speeds[name].append(journeys * clients * FACTS_A_JOURNEY / seconds)
    return speeds


def table(speeds: dict[str, list[float]]) -> Table:
    """Medians and ratios, for people."""
    limit = next(iter(speeds.values()))
    shown = Table("what", "facts/s (median)", "min - max", "of the limit")
    for name, values in speeds.items():
        ratio = median(value / best for value, best in zip(values, limit, strict=True))
        spread = f"{min(values):,.0f} - {max(values):,.0f}"
        shown.add_row(name, f"{median(values):,.0f}", spread, f"{ratio:.2f}")
    return shown


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    options.add_argument("--turns", type=int, default=9)
    options.add_argument("--journeys", type=int, default=10, help="journeys a subject and turn")
    options.add_argument("--postgresql", action="store_true", help="on a server, not on SQLite")
    given = options.parse_args()
    with ExitStack() as stack:
        if given.postgresql:
            server = Server(durable=True)
            stack.callback(server.stop)
            ready = on_postgresql(server, stack)
        else:
            folder = tempfile.TemporaryDirectory(prefix="journey-bench-")
            ready = on_sqlite(Path(stack.enter_context(folder)))
        speeds = measure(given.turns, given.journeys, ready)
    Console(file=sys.stdout, width=100).print(table(speeds))


if __name__ == "__main__":
    main()
