"""What is told to a national system, by adapters with dates (domain.md §12.1)."""

from __future__ import annotations

from datetime import date

import pytest

from journey import Journeys, Refused
from journey.facts import Fact
from journey.state import Journey
from journey.sus import SusDeregistered, SusRegistered
from journey.values import Income, Occupation, Sex, SusMode
from projections import at
from projections.adapters import ADAPTERS, export, export_sheet
from tests.projections.stores import journey_of, rows_of

SUS, FINSAM = "sus-2013", "uppfoljning-finsam-2023"


def registered(mode: SusMode, on: str) -> Fact:
    """Registered in."""
    return SusRegistered(on=date.fromisoformat(on), mode=mode)


def out(on: str) -> Fact:
    """Registered out to a job."""
    day = date.fromisoformat(on)
    return SusDeregistered(
        on=day, due_on=day, occupation_after=Occupation.EMPLOYED, income_after=Income.WAGE
    )


# --- sus-2013 --------------------------------------------------------------------------


def test_sus_takes_individuals_in_and_out() -> None:
    named = registered(SusMode.IDENTIFIED, "2019-01-08")
    with rows_of(
        journey_of("a", "2019-01-08", "2019-10-01", "work", named, out("2020-01-02"))
    ) as connection:
        told = export(connection, SUS, 2019, 2020)
    assert told.columns == ("move", "journey", "sex", "year", "day", "occupation", "income")
    assert told.rows == [
        ("in", "a", "woman", 2019, "2019-01-08", "none", "none"),
        ("out", "a", "woman", 2020, "2020-01-02", "employed", "wage"),
    ]
    assert export_sheet(told).rows[0][:3] == ["in", "a", "woman"]


def test_of_the_anonymous_it_learns_sex_and_year_and_no_more() -> None:
    """S2; they stand last and in an order that tells nothing."""
    anonymous = registered(SusMode.ANONYMOUS, "2019-01-08")
    with rows_of(
        journey_of("a", "2019-01-08", None, "work", anonymous, sex=Sex.WOMAN),
        journey_of("b", "2019-01-08", None, "work", anonymous, sex=Sex.MAN),
        journey_of("c", "2019-01-08"),
    ) as connection:
        told = export(connection, SUS, 2019, 2019)
    assert told.rows == [
        ("in", None, "man", 2019, None, None, None),
        ("in", None, "woman", 2019, None, None, None),
    ]


def test_three_years_of_hoglandet_go_in_and_out(hoglandet: Journeys) -> None:
    with at(hoglandet) as connection:
        told = export(connection, SUS, 2018, 2020)
    moves = [row[0] for row in told.rows]
    assert (moves.count("in"), moves.count("out")) == (303, 187)


# --- uppfoljning-finsam-2023 -----------------------------------------------------------


def group(first: int, count: int, sex: Sex, reason: str = "work") -> list[Journey]:
    """So many who came and left in 2024."""
    return [
        journey_of(f"j{n}", "2024-01-08", "2024-06-03", reason, sex=sex)
        for n in range(first, first + count)
    ]


def test_the_successor_takes_counts_by_sex_and_nobody_s_key() -> None:
    journeys = (*group(0, 7, Sex.WOMAN), *group(10, 6, Sex.MAN), *group(20, 5, Sex.MAN, "moved"))
    with rows_of(*journeys) as connection:
        told = export(connection, FINSAM, 2024, 2024)
    assert told.columns == (
        "year",
        "sex",
        "started",
        "ended_to_work_or_studies",
        "ended_otherwise",
    )
    assert told.rows == [
        (2024, "woman", 7, 7, 0),
        (2024, "man", 11, 6, 5),
        (2024, "undisclosed", 0, 0, 0),
    ]


def test_small_counts_do_not_leave_the_unit() -> None:
    """§9.11: two men, whom the total of the column would tell if the women stood beside them."""
    with rows_of(*group(0, 7, Sex.WOMAN), *group(10, 2, Sex.MAN)) as connection:
        told = export(connection, FINSAM, 2024, 2024)
    assert [row[2] for row in told.rows] == [None, None, 0]


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_a_mistake_is_told_to_nobody(adapter: str) -> None:
    """A registration error is counted nowhere (§3.3)."""
    year = 2019 if adapter == SUS else 2024
    named = registered(SusMode.IDENTIFIED, f"{year}-01-08")
    void = journey_of("a", f"{year}-01-08", f"{year}-02-08", "registration_error", named)
    with rows_of(void) as connection:
        told = export(connection, adapter, year, year)
    assert not [cell for row in told.rows for cell in row if cell == "a"]
    assert not any(cell for row in told.rows for cell in row[2:])


# --- their days ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("adapter", "first", "last"),
    [(SUS, 2012, 2012), (SUS, 2022, 2023), (FINSAM, 2022, 2022), (FINSAM, 2022, 2024)],
)
def test_a_year_outside_an_adapter_s_days_is_refused(adapter: str, first: int, last: int) -> None:
    with rows_of() as connection, pytest.raises(Refused) as refused:
        export(connection, adapter, first, last)
    (reason,) = refused.value.reasons
    assert (reason.code, reason.source) == ("phase_not_allowed", "domain §12.1")
    assert adapter in reason.message


@pytest.mark.parametrize("year", range(2013, 2031))
def test_every_year_has_exactly_one_adapter(year: int) -> None:
    assert sum(adapter.covers(year) for adapter in ADAPTERS.values()) == 1


def test_an_unknown_adapter_is_refused_with_those_that_are_known() -> None:
    with rows_of() as connection, pytest.raises(Refused, match="uppfoljning-finsam-2023"):
        export(connection, "none-such", 2024, 2024)


def test_the_preview_has_a_sign_for_what_is_not_told() -> None:
    with rows_of(*group(0, 7, Sex.WOMAN), *group(10, 2, Sex.MAN)) as connection:
        preview = export_sheet(export(connection, FINSAM, 2024, 2024))
    assert preview.rows[1] == ["2024", "man", "–", "–", "0"]
