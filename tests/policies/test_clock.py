"""The clock: daily at a set local time, whatever the season; it catches up, and ends cleanly."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from time import monotonic, sleep
from zoneinfo import ZoneInfo

import pytest
from apscheduler.schedulers.background import (  # type: ignore[import-untyped]  # it ships no types
    BackgroundScheduler,
)

from journey import Journeys
from journey.errors import JourneyError, StoreLocked
from policies.channels import Callback, Log, Message
from policies.clock import daily_at, schedule
from policies.daily import Work
from policies.delivery import Delivery
from policies.round import Issued
from policies.status import status
from tests.examples import exited_to_work
from tests.projections.stores import a_store, performed

SWEDEN = ZoneInfo("Europe/Stockholm")
ROOT = Path(__file__).parents[2]
DAY = date(2026, 9, 4)


def fires(at: time, after: datetime, count: int) -> list[datetime]:
    """When the trigger fires next, so many times."""
    trigger, found = daily_at(at), list[datetime]()
    for _ in range(count):
        last = found[-1] if found else None
        found.append(trigger.get_next_fire_time(last, last or after))
    return found


@pytest.mark.parametrize(
    ("before", "utc_hours"),
    [
        (datetime(2026, 3, 27, 12, tzinfo=SWEDEN), [5, 4, 4]),
        (datetime(2026, 10, 23, 12, tzinfo=SWEDEN), [4, 5, 5]),
    ],
    ids=["forward", "back"],
)
def test_once_a_day_at_six_on_the_days_on_which_clocks_change(
    before: datetime, utc_hours: list[int]
) -> None:
    found = fires(time(6, 0), before, 3)
    assert [one.date() for one in found] == [(before + timedelta(days=n)).date() for n in (1, 2, 3)]
    assert [one.timetz().replace(tzinfo=None) for one in found] == [time(6, 0)] * 3
    assert [one.astimezone(UTC).hour for one in found] == utc_hours


def test_every_day_of_two_years_has_one_round() -> None:
    found = fires(time(6, 30), datetime(2026, 1, 1, tzinfo=SWEDEN), 730)
    assert [one.date() for one in found] == [
        date(2026, 1, 1) + timedelta(days=n) for n in range(730)
    ]


@pytest.mark.parametrize("at", [time(2, 0), time(2, 59)])
def test_the_hour_that_one_night_does_not_have_is_refused(at: time) -> None:
    with pytest.raises(ValueError, match="missing one night"):
        daily_at(at)


# --- in a host ---------------------------------------------------------------------------------


class Heard:
    """What a host was told, and that it was."""

    def __init__(self) -> None:
        self.rounds: list[list[Issued]] = []
        self.errors: list[JourneyError] = []
        self.something = threading.Event()

    def work(self, work: Work) -> None:
        self.rounds.append(work.issued)
        self.something.set()

    def failed(self, error: JourneyError) -> None:
        self.errors.append(error)
        self.something.set()


def in_background(
    journeys: Journeys, heard: Heard, call: Callable[[Message], object] = print
) -> BackgroundScheduler:
    """A host's own scheduler, with the day's work on it, started."""
    scheduler = BackgroundScheduler(timezone="Asia/Tokyo")
    delivery = Delivery(journeys, [Callback(call)])
    schedule(
        scheduler, journeys, delivery, retry_seconds=3600, heard=heard.work, failed=heard.failed
    )
    scheduler.start()
    return scheduler


def test_a_host_s_own_scheduler_catches_up_at_its_start_and_calls_back() -> None:
    journeys, heard, messages = a_store(today=DAY), Heard(), list[Message]()
    performed(journeys, exited_to_work())
    scheduler = in_background(journeys, heard, messages.append)
    assert heard.something.wait(20)
    scheduler.shutdown(wait=True)
    (issued,) = heard.rounds
    assert "m1w1" in [one.what for one in issued]
    assert [message.what for message in messages] == [one.what for one in issued]


def test_late_rounds_are_made_however_late_and_once() -> None:
    """APScheduler by itself would drop a job that is a second late (domain.md §12.8)."""
    journeys, heard = a_store(today=DAY), Heard()
    scheduler = in_background(journeys, heard)
    jobs = scheduler.get_jobs()
    assert {job.id for job in jobs} >= {"journey.round", "journey.outbox"}
    assert all(job.coalesce and job.misfire_grace_time is None for job in jobs)
    assert all(job.max_instances == 1 for job in jobs)
    (round_,) = [job for job in jobs if job.id == "journey.round"]
    assert heard.something.wait(20)
    deadline = monotonic() + 20
    while round_.next_run_time.astimezone(SWEDEN).hour != 6:
        assert monotonic() < deadline
        sleep(0.01)
    scheduler.shutdown(wait=True)


def test_a_store_that_cannot_be_used_is_told_and_the_clock_goes_on() -> None:
    heard = Heard()

    def locked() -> date:
        raise StoreLocked("Another program holds the store; try again in a moment.")

    scheduler = in_background(a_store(today=locked), heard)
    assert heard.something.wait(20)
    assert [type(error) for error in heard.errors] == [StoreLocked]
    assert scheduler.running
    scheduler.shutdown(wait=True)


def test_a_host_may_stop_its_scheduler_at_any_moment_of_the_first_round() -> None:
    """No thread is left with an error, which pytest would turn into one of the test's."""
    for _ in range(50):
        heard = Heard()
        scheduler = in_background(a_store(today=DAY), heard)
        assert heard.something.wait(20)
        scheduler.shutdown(wait=True)


# --- in a process of its own ----------------------------------------------------------------------

_CHILD = """
import sys
from datetime import date
from journey import Journeys
from policies.channels import Log
from policies.clock import run_clock
from policies.daily import Work
from policies.delivery import Delivery

with Journeys(sys.argv[1], today=date(2026, 9, 4)) as journeys:
    delivery = Delivery(journeys, [Log()])
    run_clock(journeys, delivery, heard=lambda work: print(len(work.issued), flush=True))
    print("ended", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_clock_ends_cleanly_when_it_is_told_to(tmp_path: Path, number: signal.Signals) -> None:
    url = f"sqlite:///{tmp_path / 'journey.db'}"
    journeys = a_store(url, today=DAY)
    performed(journeys, exited_to_work())
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, url],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert child.stdout is not None
    assert int(child.stdout.readline()) > 0
    child.send_signal(number)
    said, errors = child.communicate(timeout=30)
    assert (said, child.returncode, errors) == ("ended\n", 0, "")
    seen = status(journeys, DAY)
    assert (seen.last_round_day, seen.waiting, seen.dead) == (DAY, 0, 0)
    journeys.close()


# --- its health -----------------------------------------------------------------------------------


def test_the_health_of_a_store_before_and_after_a_round() -> None:
    journeys = a_store(today=DAY)
    performed(journeys, exited_to_work())
    before = status(journeys, DAY)
    assert (before.last_round_at, before.last_round_day, before.issued) == (None, None, 0)
    assert before.oldest_overdue == date(2026, 2, 19)
    delivery = Delivery(journeys, [Log()])
    scheduler, heard = BackgroundScheduler(), Heard()
    schedule(scheduler, journeys, delivery, retry_seconds=3600, heard=heard.work)
    scheduler.start()
    assert heard.something.wait(20)
    scheduler.shutdown(wait=True)
    seen = status(journeys, DAY)
    assert seen.last_round_day == DAY
    assert seen.last_round_at is not None
    assert seen.issued == len(heard.rounds[0]) > 0
    assert (seen.rows_behind, seen.waiting, seen.dead) == (0, 0, 0)
