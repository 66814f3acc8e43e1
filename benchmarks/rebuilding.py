"""``python -m benchmarks.rebuilding``: a rebuild of many facts, while a reader goes on asking.

Each part runs in a process of its own, so that its peak memory is its own. The yardstick
is to select and decode all facts, in the same run; the ratio is of processor time, so that
what else the machine does counts for less.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.million import LATE, make
from journey import Journeys
from journey.storage.codec import decode
from projections import at, caseload, rebuild, yearly

_processes = multiprocessing.get_context("spawn")


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.rebuilding", description=__doc__)
    options.add_argument("--facts", type=int, default=1_000_000)
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="journey-bench-") as folder:
        store = f"sqlite:///{Path(folder) / 'store.db'}"
        with _processes.Pool(1) as pool:  # a child's peak begins at its parent's size
            pool.apply(make, (store, given.facts))
        measured = {
            "select and decode (the yardstick)": _apart(_select_and_decode, store),
            "rebuild, all rows missing": _apart(_rebuild, store),
        }
        polled: dict[str, Any] = {}
        measured["rebuild, nothing differs, a reader asks"] = _while_asked(store, polled)
        measured["only look what differs"] = _apart(_only_look, store)
        measured["the yearly table as of a day"] = _apart(_as_of, store)
        measured["the yearly table as known half-way"] = _apart(_known_at, store)
    Console(file=sys.stdout, width=100).print(_table(measured))
    sys.stdout.write(f"the reader meanwhile: {polled}\n")


def _table(measured: dict[str, dict[str, Any]]) -> Table:
    shown = Table("what", "seconds", "on the processor", "of the yardstick", "peak MB", "result")
    yardstick = next(iter(measured.values()))["processor"]
    for name, one in measured.items():
        shown.add_row(
            name,
            f"{one['seconds']:.1f}",
            f"{one['processor']:.1f}",
            f"{yardstick / one['processor']:.2f}",
            f"{one['megabytes']:.0f}",
            str(one["result"]),
        )
    return shown


# --- measured, each in its own process -------------------------------------------------


def _select_and_decode(journeys: Journeys) -> int:
    done = 0
    for rows in journeys.facts.scan():
        for row in rows:
            decode(row[3], row[4])
        done += len(rows)
    return done


def _rebuild(journeys: Journeys) -> str:
    return _said(rebuild(journeys).changed)


def _only_look(journeys: Journeys) -> str:
    return _said(rebuild(journeys, only_look=True).changed)


def _said(changed: int) -> str:
    return f"{changed} differed"


def _as_of(journeys: Journeys) -> str:
    with at(journeys, as_of=date(2019, 6, 30)) as connection:
        return f"{yearly(connection, 2019, 2019)[0].enrolled} enrolled"


def _known_at(journeys: Journeys) -> str:
    """As known when half of the facts were recorded (the store's clock began in 1970)."""
    half = timedelta(milliseconds=journeys.facts.head()[0] / 2)
    with at(journeys, known_at=datetime(1970, 1, 1, tzinfo=UTC) + half) as connection:
        return f"{yearly(connection, 2019, 2019)[0].enrolled} enrolled"


def _apart(work: Callable[[Journeys], Any], store: str) -> dict[str, Any]:
    with _processes.Pool(1) as pool:
        return pool.apply(_measured, (work, store))


def _measured(work: Callable[[Journeys], Any], store: str) -> dict[str, Any]:
    with Journeys(store, today=LATE) as journeys:
        started, begun = time.perf_counter(), time.process_time()
        result = work(journeys)
        seconds, processor = time.perf_counter() - started, time.process_time() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "processor": processor, "megabytes": peak, "result": result}


def _while_asked(store: str, polled: dict[str, Any]) -> dict[str, Any]:
    """A rebuild, and a reader in another process that asks for the caseload throughout."""
    stop = _processes.Event()
    answers = _processes.Queue()
    reader = _processes.Process(target=_poll, args=(store, stop, answers))
    reader.start()
    answers.get()
    measured = _apart(_rebuild, store)
    stop.set()
    polled |= answers.get()
    reader.join()
    return measured


def _poll(store: str, stop: Event, answers: Any) -> None:
    seen: set[str] = set()
    asked = errors = 0
    with Journeys(store, today=LATE) as journeys:
        answers.put("ready")
        while not stop.is_set():
            try:
                with at(journeys) as connection:
                    seen.add(repr(caseload(connection, LATE)))
                asked += 1
            except Exception as error:  # counted and shown: there must be none
                errors += 1
                seen.add(repr(error))
    answers.put({"answers": asked, "different answers": len(seen), "errors": errors})


if __name__ == "__main__":
    main()
