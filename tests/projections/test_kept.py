"""Whether work lasted until the day for SUS (domain.md §7.2, "kept")."""

from __future__ import annotations

from datetime import date

import pytest

from journey import Journeys
from journey.wishes import JourneyWish
from projections import at
from projections.explained import Explained
from projections.kept import KeptRow, explain_kept, kept, kept_sheet
from tests.examples import COACH, employment, exited_to_studies, exited_to_work, wish
from tests.projections.stores import a_store, performed

DUE = date(2026, 11, 30)
"""For SUS, after the exit to work on 2026-08-31."""


def ended(on: str, job: str = "w1") -> JourneyWish:
    """A job ends."""
    return wish("end_employment", COACH, on, employment=job, cause="laid_off")


def figures(wishes: tuple[JourneyWish, ...], day: date = DUE) -> tuple[int, int, int, int]:
    """To work, kept, lost, not yet."""
    with a_store() as journeys:
        performed(journeys, wishes)
        with at(journeys) as connection:
            (row,) = kept(connection, 2026, 2026, day)
    return row.to_work, row.kept, row.lost, row.not_yet


def test_a_job_that_still_runs_on_the_day_for_sus_is_kept() -> None:
    assert figures(exited_to_work()) == (1, 1, 0, 0)


def test_before_that_day_nobody_knows() -> None:
    assert figures(exited_to_work(), date(2026, 11, 29)) == (1, 0, 0, 1)


@pytest.mark.parametrize(
    ("on", "outcome"), [("2026-11-29", (0, 1)), ("2026-11-30", (0, 1)), ("2026-12-01", (1, 0))]
)
def test_a_job_that_ended_by_that_day_is_lost(on: str, outcome: tuple[int, int]) -> None:
    """What is lost after it was kept until it."""
    _, was_kept, lost, _ = figures((*exited_to_work(), ended(on)), date(2027, 1, 1))
    assert (was_kept, lost) == outcome


def test_another_job_by_that_day_is_work_kept() -> None:
    """Lasting work, not one employer."""
    other = (ended("2026-10-01"), employment("2026-11-02", employment="w2"))
    assert figures((*exited_to_work(), *other)) == (1, 1, 0, 0)


def test_a_job_that_began_after_that_day_comes_too_late() -> None:
    other = (ended("2026-10-01"), employment("2026-12-01", employment="w2"))
    assert figures((*exited_to_work(), *other), date(2027, 1, 1)) == (1, 0, 1, 0)


def test_studies_are_no_work_to_keep() -> None:
    assert figures(exited_to_studies()) == (0, 0, 0, 0)


def test_without_a_lag_the_day_is_the_day_of_the_exit(hoglandet: Journeys) -> None:
    """2018-2020: SUS was due at once, so everybody who left to work kept it until then."""
    with at(hoglandet) as connection:
        rows = kept(connection, 2018, 2020, date(2020, 12, 31))
    assert rows == [
        KeptRow(2018, 25, 25, 0, 0),
        KeptRow(2019, 27, 27, 0, 0),
        KeptRow(2020, 22, 22, 0, 0),
    ]


def test_each_figure_names_its_journeys() -> None:
    with a_store() as journeys:
        performed(journeys, exited_to_work())
        with at(journeys) as connection:
            behind = explain_kept(connection, 2026, 2026, DUE)
    assert behind == [
        Explained(2026, "to_work", ["j1"]),
        Explained(2026, "kept", ["j1"]),
        Explained(2026, "lost", []),
        Explained(2026, "not_yet", []),
    ]


def test_the_sheet_prints_both_counts() -> None:
    assert kept_sheet([KeptRow(2026, 9, 5, 3, 1)]).rows == [["2026", "9", "5", "3", "1"]]
