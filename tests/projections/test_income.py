"""Income and occupation before, during and after (S2 §8), with small cells hidden."""

from __future__ import annotations

from datetime import date

import pytest

from journey import Journeys, Refused
from journey.facts import Fact
from journey.state import Journey
from journey.sus import SusDeregistered
from journey.values import Income, IncomePhase, Occupation, StudiesLevel
from journey.work import IncomeSourceRecorded, StudiesStarted
from projections import at
from projections.income import IncomeRow, explain_income, income, income_sheet
from projections.livelihood import livelihood
from tests.examples import exited_to_work
from tests.projections.stores import a_store, journey_of, performed, rows_of


def recorded(phase: IncomePhase, source: Income, on: str) -> Fact:
    """An income of its own command."""
    return IncomeSourceRecorded(on=date.fromisoformat(on), phase=phase, source=source)


def out_of_sus(on: str, income_after: Income) -> Fact:
    """Registered out, employed."""
    day = date.fromisoformat(on)
    return SusDeregistered(
        on=day, due_on=day, occupation_after=Occupation.EMPLOYED, income_after=income_after
    )


def left(key: str, *more: Fact, income: Income = Income.SOCIAL_ASSISTANCE) -> Journey:
    """A journey of the year 2024."""
    return journey_of(key, "2024-01-08", "2024-06-03", "work", *more, income=income)


# --- whose word stands -----------------------------------------------------------------


def test_what_is_not_recorded_is_not_known() -> None:
    assert livelihood(left("a")) == {
        "income_before": "social_assistance",
        "income_during": None,
        "income_after": None,
        "occupation_before": "none",
        "occupation_during": None,
        "occupation_after": None,
    }


@pytest.mark.parametrize(
    ("recorded_on", "stands"),
    [("2024-06-02", "wage"), ("2024-06-03", "student_aid"), ("2024-09-01", "student_aid")],
)
def test_the_later_word_on_the_income_after_stands(recorded_on: str, stands: str) -> None:
    """Between SUS and a command of its own; of the same day the command's."""
    own = recorded(IncomePhase.AFTER, Income.STUDENT_AID, recorded_on)
    journey = left("a", own, out_of_sus("2024-06-03", Income.WAGE))
    assert livelihood(journey)["income_after"] == stands


def test_a_later_word_on_the_income_before_stands_over_the_enrolment_s() -> None:
    own = recorded(IncomePhase.BEFORE, Income.SICKNESS_BENEFIT, "2024-02-01")
    assert livelihood(left("a", own))["income_before"] == "sickness_benefit"


def test_what_began_last_before_the_exit_is_the_occupation_during() -> None:
    """What begins on the day of the exit is what comes after."""
    for on, during in (("2024-06-02", "studies"), ("2024-06-03", None)):
        began = StudiesStarted(
            on=date.fromisoformat(on), percent=100, level=StudiesLevel.VOCATIONAL
        )
        assert livelihood(left("a", began))["occupation_during"] == during


def test_a_workplace_activity_is_a_placement() -> None:
    with a_store() as journeys:
        performed(journeys, exited_to_work())
        assert livelihood(journeys.load("j1"))["occupation_during"] == "placement"


# --- the table -------------------------------------------------------------------------


def test_all_three_columns_are_of_those_who_left_in_the_year() -> None:
    during = recorded(IncomePhase.DURING, Income.ACTIVITY_SUPPORT, "2024-03-01")
    stays = journey_of("stays", "2024-01-08", None, "work", during)
    with rows_of(*(left(f"j{n}", during) for n in range(6)), stays) as connection:
        rows = income(connection, 2024, 2024)
    assert rows == [
        IncomeRow(2024, "income", "social_assistance", 6, 0, 0),
        IncomeRow(2024, "income", "activity_support", 0, 6, 0),
        IncomeRow(2024, "income", "unknown", 0, 0, 6),
        IncomeRow(2024, "occupation", "none", 6, 0, 0),
        IncomeRow(2024, "occupation", "unknown", 0, 6, 6),
    ]


def test_small_cells_are_hidden_and_so_is_what_would_tell_them() -> None:
    """Two of sixteen: with the six hidden too, the total of the column does not tell."""
    groups = (
        *(left(f"a{n}", income=Income.WAGE) for n in range(2)),
        *(left(f"b{n}", income=Income.NONE) for n in range(6)),
        *(left(f"c{n}", income=Income.OTHER) for n in range(8)),
    )
    with rows_of(*groups) as connection:
        rows = income(connection, 2024, 2024)
        behind = explain_income(connection, 2024, 2024)
    before = {row.code: row.before for row in rows if row.of == "income"}
    assert before == {"wage": None, "none": None, "other": 8, "unknown": 0}
    named = {each.figure: each.journeys for each in behind}
    assert named["income.other.before"] == [f"c{n}" for n in range(8)]
    assert "income.wage.before" not in named
    assert income_sheet(rows).rows[0] == ["2024", "income", "wage", "–", "0", "0"]


def test_every_cell_that_shows_counts_the_journeys_that_explain_it(hoglandet: Journeys) -> None:
    with at(hoglandet) as connection:
        rows = income(connection, 2018, 2020)
        behind = explain_income(connection, 2018, 2020)
    cells = {
        (row.year, f"{row.of}.{row.code}.{phase}"): getattr(row, phase)
        for row in rows
        for phase in ("before", "during", "after")
    }
    shown = {cell: count for cell, count in cells.items() if count is not None}
    assert {(e.year, e.figure): len(e.journeys) for e in behind} == shown
    assert None in cells.values()


def test_a_municipality_that_few_left_is_not_shown() -> None:
    with rows_of(left("a"), left("b")) as connection:
        assert income(connection, 2023, 2023, municipality="Nässjö")
        with pytest.raises(Refused, match="cell_too_small"):
            income(connection, 2024, 2024, municipality="Nässjö")
