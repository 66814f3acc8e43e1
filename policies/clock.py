"""The clock: the day's work by APScheduler, daily at a set time in Europe/Stockholm.

A host passes its own scheduler to ``schedule``; the command line runs ``run_clock``. A day
that was slept through is caught up by the next round, so a late job is run once, however
late (APScheduler by itself would drop it after a second; domain.md §12.8).
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, time
from pathlib import Path
from time import sleep
from typing import Any, Final, NoReturn

from apscheduler.schedulers.background import BackgroundScheduler  # type: ignore[import-untyped]  # it ships no types
from apscheduler.schedulers.base import BaseScheduler  # type: ignore[import-untyped]  # it ships no types
from apscheduler.triggers.cron import CronTrigger  # type: ignore[import-untyped]  # it ships no types
from apscheduler.triggers.interval import IntervalTrigger  # type: ignore[import-untyped]  # it ships no types

from journey.errors import JourneyError
from journey.storage.journeys import SWEDEN, Journeys
from policies.daily import Work, daily
from policies.delivery import Delivery

AT: Final = time(6, 0)
"""When the round is made: before people come to work."""

RETRY_SECONDS: Final = 60
"""How often the outbox is looked at between two rounds."""

_AN_HOUR: Final = 3600

Heard = Callable[[Work], object]
Failed = Callable[[JourneyError], object]


def daily_at(at: time = AT) -> CronTrigger:
    """Every day at this local time in Sweden, on the two days on which clocks change too.

    Raises ValueError for a time from 02:00 to 03:00: one night a year it does not exist,
    and another night twice, on which APScheduler's trigger never comes to an end.
    """
    if time(2) <= at < time(3):
        raise ValueError("The hour from 02:00 to 03:00 is missing one night a year.")
    return CronTrigger(hour=at.hour, minute=at.minute, second=at.second, timezone=SWEDEN)


def schedule(
    scheduler: BaseScheduler,
    journeys: Journeys,
    delivery: Delivery,
    *,
    at: time = AT,
    retry_seconds: float = RETRY_SECONDS,
    checkpoints: Path | None = None,
    stop: Callable[[], bool] = lambda: False,
    heard: Heard = lambda work: None,
    failed: Failed = lambda error: None,
) -> None:
    """Put the day's work on a scheduler, of any kind, started or not.

    One round at once (the catch-up), then one every day ``at``; the outbox every
    ``retry_seconds``. ``heard`` is called with what each round did, a checkpoint in the
    folder ``checkpoints`` too, ``failed`` with an
    error of the store: the next round makes up for it. Jobs live in the scheduler's
    default job store, which must be one in memory.
    """

    def work() -> None:
        try:
            heard(daily(journeys, delivery, stop=stop, checkpoints=checkpoints))
        except JourneyError as error:
            failed(error)

    def retry() -> None:
        try:
            delivery.run(stop)
        except JourneyError as error:
            failed(error)

    always: dict[str, Any] = {
        "coalesce": True,
        "misfire_grace_time": None,
        "max_instances": 1,
        "replace_existing": True,
    }
    # A job of its own that runs once would be removed by the scheduler's thread, which fails
    # where another thread stops the scheduler at that moment.
    at_once = datetime.now(SWEDEN)
    later = IntervalTrigger(seconds=retry_seconds, timezone=SWEDEN)
    scheduler.add_job(work, daily_at(at), id="journey.round", next_run_time=at_once, **always)
    scheduler.add_job(retry, later, id="journey.outbox", **always)


def run_clock(
    journeys: Journeys,
    delivery: Delivery,
    *,
    at: time = AT,
    retry_seconds: float = RETRY_SECONDS,
    checkpoints: Path | None = None,
    heard: Heard = lambda work: None,
    failed: Failed = lambda error: None,
) -> None:
    """Make the rounds until SIGTERM or SIGINT: what runs then is ended, and all is closed.

    To be called in the main thread, which only waits; the work is done in another.
    """
    stopping = threading.Event()
    scheduler = BackgroundScheduler(timezone=SWEDEN)
    schedule(
        scheduler,
        journeys,
        delivery,
        at=at,
        retry_seconds=retry_seconds,
        checkpoints=checkpoints,
        stop=stopping.is_set,
        heard=heard,
        failed=failed,
    )
    with _ended_by_signals():
        try:
            scheduler.start()
            while True:
                sleep(_AN_HOUR)
        except _Ended:
            stopping.set()
        if scheduler.running:
            scheduler.shutdown(wait=True)


class _Ended(BaseException):
    """A signal has come."""


def _end(number: int, frame: object) -> NoReturn:
    """The first signal ends the waiting; others are not heeded while the work is ended."""
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, signal.SIG_IGN)
    raise _Ended


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    before = {one: signal.signal(one, _end) for one in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
