"""Fidelity of one unit, contacts without a person, and Finnveden's budget."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import Any

import pytest

from journey import Journeys
from journey.programme import programme
from projections import at, rebuild
from projections.budget import (
    BudgetRow,
    TrainingRow,
    amounts,
    budget,
    budget_sheet,
    training,
    training_sheet,
)
from projections.fidelity import FidelityRow, fidelity, fidelity_sheet
from projections.volume import VolumeRow, volume, volume_sheet
from tests.journey.units import USUAL, command
from tests.projections.stores import a_store, rows_in


@pytest.fixture
def journeys() -> Iterator[Journeys]:
    with a_store() as store:
        yield store


def test_a_unit_sees_its_own_measurements_over_time(journeys: Journeys) -> None:
    """S2 §6.9: for its own development, no other unit beside it."""
    journeys.perform(command("measure_fidelity", "2023-11-01", scale="ips25", total=101))
    journeys.perform(command("measure_fidelity", "2023-10-02", total=80))
    elsewhere: dict[str, Any] = {"unit": "Eksjö", "by": "coach:c9@Eksjö", "total": 90}
    journeys.perform(command("measure_fidelity", **elsewhere))
    with at(journeys) as connection:
        rows = fidelity(connection, "Nässjö")
    assert rows == [
        FidelityRow(date(2023, 10, 2), "seqf", 80),
        FidelityRow(date(2023, 11, 1), "ips25", 101),
    ]
    assert list(fidelity_sheet(rows).rows[0]) == ["2023-10-02", "seqf", "80"]


def test_contacts_are_added_up_by_year_and_municipality(journeys: Journeys) -> None:
    for on, count in (("2022-12-31", 1), ("2023-01-01", 5), ("2023-05-02", 7), ("2023-05-02", 6)):
        journeys.perform(command("record_volume_contacts", on, count=count))
    with at(journeys) as connection:
        rows = volume(connection, 2023, 2023)
    assert rows == [VolumeRow(2023, "Nässjö", 11)]
    assert list(volume_sheet(rows).rows[0]) == ["2023", "Nässjö", "11"]


def test_every_fact_of_a_unit_follows_into_its_rows_and_a_rebuild_agrees(
    journeys: Journeys,
) -> None:
    for do in USUAL:
        journeys.perform(command(do))
    assert [f.fact.on for f in journeys.perform(command("attest_half_year", id="x")).facts] == []
    followed = rows_in(journeys)
    filled = {name for name, rows in followed.items() if rows}
    assert filled == {
        "unit_posts",
        "unit_attestations",
        "unit_requisitions",
        "survey_answers",
        "unit_fidelity",
        "unit_volume",
    }
    assert rebuild(journeys).changed == 0
    assert rows_in(journeys) == followed


# --- scenario 46: Finnveden's budget (domain.md §7.6) --------------------------------


def test_scenario_46_the_budget_is_truncated_never_rounded() -> None:
    """S4 §7.2, thousand SEK: 246, 741 and 763, 1 750 in all; the goal is 15 in a full year."""
    rows = budget(2012, 2014)
    assert rows == [
        BudgetRow("finnveden", 2012, 246, 246, True, None, None),
        BudgetRow("finnveden", 2013, 741, 741, True, 15, 5),
        BudgetRow("finnveden", 2014, 763, 763, True, 15, 5),
    ]
    assert sum(row.amount for row in rows) == 1_750
    assert list(budget_sheet(rows).rows[1]) == [
        "finnveden",
        "2013",
        "741",
        "741",
        "yes",
        "15",
        "5",
    ]


def test_scenario_46_the_training_is_financed() -> None:
    """S4 §7.1: 100 + 10 + 10 + 75 = 195 = 6 + 40 + 149."""
    assert training() == [TrainingRow("finnveden", 195, 195, True)]
    assert list(training_sheet(training()).rows[0]) == ["finnveden", "195", "195", "yes"]


def test_the_parts_of_the_first_year_and_of_a_whole_year() -> None:
    """3 × 20 × 4 = 240 and 3 × 2 = 6; 3 × 20 × 12 = 720, then three percent each year."""
    said = programme("finnveden").rule_sets[0].budget
    assert said is not None
    assert said.coaches * said.monthly * said.first_year_months == 240
    assert said.coaches * said.training_per_coach == 6
    assert said.coaches * said.monthly * 12 == 720
    assert list(islice(amounts(said), 3)) == [246, 720 * 103 // 100, 741 * 103 // 100]


def test_years_outside_the_project_have_no_budget() -> None:
    assert [row.year for row in budget(2000, 2012)] == [2012]
    assert budget(2015, 2030) == []
