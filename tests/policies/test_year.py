"""A year of rounds over the shared history carried on: each notice once, however one sleeps."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from pathlib import Path
from random import Random
from threading import Barrier

import pytest

from journey import Journeys
from policies.round import tick
from tests.policies.federation import (
    FIRST,
    LAST,
    carried_on,
    copy_of,
    issued_in,
    keys_in,
    year,
)
from tests.projections.stores import LATE

SEED = 20261125
WEEKEND = 5


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The history, and no round yet."""
    path: Path = tmp_path_factory.mktemp("federation") / "journey.db"
    carried_on(f"sqlite:///{path}").close()
    return path


def after_rounds(url: str, days: Iterable[date]) -> int:
    """How many notices the rounds of these days issue."""
    with Journeys(url, today=LATE) as journeys:
        issued = sum(len(tick(journeys, day)) for day in days)
        journeys.close()
    return issued


@pytest.fixture(scope="module")
def daily(store: Path) -> str:
    """A year in which nobody slept."""
    url = copy_of(store, "daily")
    assert after_rounds(url, year()) == sum(keys_in(url).values())
    return url


def test_a_year_of_rounds_issues_each_notice_once(daily: str) -> None:
    """3054 notices about 116 journeys, on the very day for which each was meant."""
    found = keys_in(daily)
    assert set(found.values()) == {1}
    assert len(found) == 3054
    with Journeys(daily, today=LATE) as journeys:
        notices = [fact for _, fact in issued_in(journeys)]
        journeys.close()
    assert all(fact.fell_on == fact.on for fact in notices if fact.on > FIRST)
    assert {fact.notice.value for fact in notices} == {"upcoming", "due", "overdue", "escalated"}


def _awake_on_working_days(days: Iterable[date]) -> list[date]:
    return [day for day in days if day.weekday() < WEEKEND]


def _asleep_for_four_weeks(days: Iterable[date]) -> list[date]:
    random, awake = Random(SEED), list(days)
    for _ in range(4):
        begins = FIRST + timedelta(days=random.randrange(350))
        asleep = {begins + timedelta(days=n) for n in range(7)}
        awake = [day for day in awake if day not in asleep]
    return awake


def _only_the_last(days: Iterable[date]) -> list[date]:
    """What is still spoken of in the end is caught up at once."""
    return [LAST]


@pytest.mark.parametrize("sleep", [_awake_on_working_days, _asleep_for_four_weeks, _only_the_last])
def test_who_sleeps_catches_up(
    store: Path, daily: str, sleep: Callable[[Iterable[date]], list[date]]
) -> None:
    url = copy_of(store, sleep.__name__)
    after_rounds(url, [*sleep(year()), LAST])
    assert keys_in(url) == keys_in(daily)


def _rounds_at_the_same_moment(url: str, barrier: Barrier, days: list[date]) -> None:
    with Journeys(url, today=LATE) as journeys:
        for day in days:
            barrier.wait(60)
            tick(journeys, day)
        journeys.close()


def test_two_processes_at_the_same_moment_issue_each_once(store: Path, daily: str) -> None:
    """Every round of the year twice at once: in two processes, upon one store."""
    url, processes = copy_of(store, "two"), multiprocessing.get_context("spawn")
    barrier, days = processes.Barrier(2), list(year())
    both = [
        processes.Process(target=_rounds_at_the_same_moment, args=(url, barrier, days))
        for _ in range(2)
    ]
    for process in both:
        process.start()
    for process in both:
        process.join(240)
    assert [process.exitcode for process in both] == [0, 0]
    assert keys_in(url) == keys_in(daily)
