"""Who the yearly survey never reached (domain.md §7.7)."""

from __future__ import annotations

from datetime import date

import pytest

from journey.corrections import SurveyOffered
from projections.unmeasured import NeverMeasured, never_measured, unmeasured_sheet
from tests.projections.stores import journey_of, rows_of


@pytest.mark.parametrize(
    ("enrolled_on", "exit_date", "missed"),
    [
        ("2024-11-01", "2025-09-30", True),
        ("2024-10-31", "2025-09-30", False),
        ("2024-11-01", "2025-10-01", False),
        ("2024-01-08", "2024-09-30", True),
        ("2024-01-08", "2025-03-01", False),
        ("2024-12-31", "2024-12-31", True),
        ("2024-11-01", None, False),
    ],
)
def test_who_came_after_one_october_and_left_before_the_next(
    enrolled_on: str, exit_date: str | None, missed: bool
) -> None:
    """Both ends included; who is still enrolled may yet be asked."""
    with rows_of(journey_of("a", enrolled_on, exit_date)) as connection:
        assert bool(never_measured(connection)) is missed


def test_who_was_asked_on_leaving_is_no_gap() -> None:
    offered = SurveyOffered(on=date(2025, 3, 3), year=2025)
    with rows_of(
        journey_of("a", "2024-11-04", "2025-03-03", "moved", offered),
        journey_of("b", "2024-11-04", "2025-03-03", "moved"),
    ) as connection:
        rows = never_measured(connection)
    assert rows == [NeverMeasured("b", date(2024, 11, 4), date(2025, 3, 3))]
    assert unmeasured_sheet(rows).rows == [["b", "2024-11-04", "2025-03-03"]]


def test_a_programme_without_a_survey_has_no_gap() -> None:
    """SE – fortsättning asks nobody (S0)."""
    with rows_of(
        journey_of("a", "2018-11-05", "2019-03-03", programme="se-fortsattning")
    ) as connection:
        assert never_measured(connection) == []
