"""``python -m benchmarks.verifying``: what it costs to verify a record, beside reading it.

The yardstick is to select and decode all facts, in the same run; ratios are of seconds, and
of processor time, by which what else the machine does counts for less. Each part runs in a
process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from itertools import groupby
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from journey import Journeys
from journey.storage.append import Append
from journey.storage.chain import Chain
from journey.storage.checkpoint import Checkpoint
from journey.storage.codec import decode
from journey.storage.decided import stream_of
from journey.storage.reading import pages_by_position
from journey.storage.recorder import Row
from journey.storage.verify import verify

HISTORY = Path(__file__).parents[1] / "tests" / "data" / "hoglandet-2018-2020.jsonl"
LATE = date(2030, 1, 1)
_SPAWN = get_context("spawn")


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.verifying", description=__doc__)
    options.add_argument("--facts", type=int, default=200_000, help="at least so many")
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="journey-bench-") as folder:
        store = f"sqlite:///{Path(folder) / 'store.db'}"
        _apart(_make, store, given.facts)
        measured = {
            "select and decode (the yardstick)": _apart(_select_and_decode, store),
            "the chain of seals": _apart(_chain, store),
            "the chain and the tree against a checkpoint": _apart(_tree, store),
            "verify by the table alone": _apart(_verify_by_table, store),
            "verify: all of it": _apart(_verify, store, 1),
            "verify, two processes": _apart(_verify, store, 2),
        }
    Console(file=sys.stdout, width=110).print(_table(measured))


def _table(measured: dict[str, dict[str, Any]]) -> Table:
    shown = Table("what", "facts/s", "of the yardstick", "by processor", "peak MB")
    first = next(iter(measured.values()))
    for name, one in measured.items():
        shown.add_row(
            name,
            f"{one['facts'] / one['seconds']:,.0f}",
            f"{first['seconds'] / one['seconds']:.2f}",
            f"{first['processor'] / one['processor']:.2f}",
            f"{one['megabytes']:.0f}",
        )
    return shown


# --- the store -----------------------------------------------------------------------


def _make(journeys: Journeys, facts: int) -> int:
    """The three years' history, again and again under new keys, each command as it was."""
    commands = _performed()
    copy = 0
    while journeys.facts.head()[0] < facts:
        journeys.facts.append_all([_renamed(rows, copy) for rows in commands])
        copy += 1
    return journeys.facts.head()[0]


def _performed() -> list[list[Row]]:
    """The journeys' facts, command by command, in the order of the store."""
    with Journeys("sqlite://", today=LATE) as journeys:
        lines = HISTORY.read_bytes().splitlines()
        for _ in journeys.record(map(msgspec.json.decode, lines), keep_going=True):
            pass
        rows = [row for page in journeys.facts.scan() for row in page]
    units = {row[1] for row in rows if b'"unit"' in row[4]}
    kept = (row for row in rows if row[1] not in units)
    return [list(command) for _, command in groupby(kept, key=lambda row: (row[1], row[5]))]


def _renamed(rows: list[Row], copy: int) -> Append:
    """The same command about another journey, of another person."""
    _keys.update(_key_in(rows, copy))
    stream, version = rows[0][1:3]
    events = tuple((name, _suffixed(body, copy)) for _, _, _, name, body, _, _ in rows)
    return Append(_keys[stream, copy], version, events)


_keys: dict[tuple[bytes, int], bytes] = {}


def _key_in(rows: list[Row], copy: int) -> Iterator[tuple[tuple[bytes, int], bytes]]:
    _, stream, version, name, body, _, _ = rows[0]
    if version == 1:
        journey = getattr(decode(name, body).data, "journey", "")
        yield (stream, copy), stream_of(f"{journey}-{copy}")


def _suffixed(body: bytes, copy: int) -> bytes:
    for field in (b'"journey":"', b'"person":"'):
        before, found, after = body.partition(field)
        if found:
            value, quote, rest = after.partition(b'"')
            body = b"".join((before, found, value, b"-%d" % copy, quote, rest))
    return body


# --- measured, each in its own process -------------------------------------------------


def _select_and_decode(journeys: Journeys) -> int:
    done = 0
    for rows in journeys.facts.scan():
        for row in rows:
            decode(row[3], row[4])
        done += len(rows)
    return done


def _chain(journeys: Journeys) -> int:
    return _gone_through(journeys, Chain(()))


def _tree(journeys: Journeys) -> int:
    return _gone_through(journeys, Chain([Checkpoint(2**40, bytes(32))]))


def _gone_through(journeys: Journeys, chain: Chain) -> int:
    pages = pages_by_position(journeys.facts, journeys.facts.head()[0])
    for _ in chain.go_through(pages, lambda done: None):
        pass
    return chain.count


def _verify_by_table(journeys: Journeys) -> int:
    verified = verify(journeys, rules=False)
    assert verified.intact, verified.findings[:5]
    return verified.facts


def _verify(journeys: Journeys, processes: int) -> int:
    verified = verify(journeys, processes=processes)
    assert verified.intact, verified.findings[:5]
    return verified.facts


def _apart(work: Callable[..., int], store: str, *given: int) -> dict[str, Any]:
    with ProcessPoolExecutor(1, mp_context=_SPAWN) as pool:  # a child may start its own
        return pool.submit(_in_its_own, work, store, *given).result()


def _in_its_own(work: Callable[..., int], store: str, *given: int) -> dict[str, Any]:
    with Journeys(store, today=LATE) as journeys:
        started, begun = time.perf_counter(), _processor()
        done = work(journeys, *given)
        seconds, processor = time.perf_counter() - started, _processor() - begun
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)  # of its children the largest
    peak = max(resource.getrusage(one).ru_maxrss for one in who) / 1024
    return {"facts": done, "seconds": seconds, "processor": processor, "megabytes": peak}


def _processor() -> float:
    """Processor time of this process and of its children that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


if __name__ == "__main__":
    main()
