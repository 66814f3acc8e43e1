"""Grants by municipality and year, half-years as asked for, capacity (domain.md §7.4, §7.5)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import msgspec
import pytest

from journey import Journeys
from projections import at
from projections.capacity import CapacityRow, capacity_rows, capacity_sheet
from projections.grants import (
    Grant,
    GrantYear,
    HalfYearRow,
    grants,
    grants_sheet,
    half_years,
    half_years_sheet,
)
from projections.posts import Places, places_on
from tests.journey.units import command
from tests.projections.stores import a_store


@pytest.fixture
def journeys() -> Iterator[Journeys]:
    with a_store() as store:
        yield store


def reported(journeys: Journeys, first: int, last: int | None = None) -> list[GrantYear]:
    with at(journeys) as connection:
        return grants(connection, first, last or first)


def allocate(journeys: Journeys, unit: str, on: str, percent: int) -> None:
    journeys.perform(command("allocate_post", on, unit=unit, percent=percent))


TABLE = {  # percent and SEK of 2023, percent and SEK from 2024
    "Aneby": (75, 348_750, 75, 348_750),
    "Eksjö": (150, 697_500, 150, 697_500),
    "Nässjö": (180, 837_000, 180, 837_000),
    "Sävsjö": (150, 697_500, 150, 697_500),
    "Tranås": (125, 581_250, 150, 697_500),
    "Vetlanda": (150, 697_500, 150, 697_500),
}


def test_scenario_41_the_grants_cell_by_cell(journeys: Journeys) -> None:
    """§7.4: 3 859 500 for 2023; Tranås 697 500 of 3 975 750 for 2024, and so on after it."""
    of_2023 = [Grant(place, cells[0], cells[1]) for place, cells in TABLE.items()]
    of_2024 = [Grant(place, cells[2], cells[3]) for place, cells in TABLE.items()]
    assert reported(journeys, 2023, 2025) == [
        GrantYear(2023, of_2023, 3_859_500),
        GrantYear(2024, of_2024, 3_975_750),
        GrantYear(2025, of_2024, 3_975_750),
    ]
    assert sum(grant.percent or 0 for grant in of_2023) == 830
    assert sum(grant.percent or 0 for grant in of_2024) == 855


@pytest.mark.parametrize("year", [2021, 2022])
def test_scenario_41_what_is_not_known_is_not_nothing(journeys: Journeys, year: int) -> None:
    rows = [Grant(place, None, None) for place in TABLE]
    assert reported(journeys, year) == [GrantYear(year, rows, None)]


@pytest.mark.parametrize("year", [2018, 2019, 2020])
def test_the_posts_of_2018_to_2020_are_known_and_no_amount(journeys: Journeys, year: int) -> None:
    """465 000 × 8.05 = 3 743 250 is a coincidence, not a rule (§7.4)."""
    (only,) = reported(journeys, year)
    assert {row.municipality: (row.percent, row.sek) for row in only.rows} == {
        **{place: (cells[0], None) for place, cells in TABLE.items()},
        "Tranås": (100, None),
    }
    assert sum(row.percent or 0 for row in only.rows) == 805
    assert only.total is None


def test_a_year_of_no_programme_has_no_rows_and_no_total(journeys: Journeys) -> None:
    assert reported(journeys, 2009) == [GrantYear(2009, [], None)]


def test_finnveden_s_four_months_of_2012_are_its_posts_of_that_year(journeys: Journeys) -> None:
    rows = {row.municipality: row for row in reported(journeys, 2012)[0].rows}
    assert rows["Gnosjö"] == Grant("Gnosjö", 50, None)


def test_a_unit_s_own_posts_count_from_their_day_on(journeys: Journeys) -> None:
    allocate(journeys, "Tranås", "2024-01-01", 200)
    by_year = {year.year: year for year in reported(journeys, 2023, 2025)}
    assert by_year[2023].total == 3_859_500
    assert by_year[2024].rows[4] == Grant("Tranås", 200, 930_000)
    assert by_year[2025].total == 3_975_750 + 930_000 - 697_500


def test_a_post_that_changes_within_the_year_counts_by_months(journeys: Journeys) -> None:
    """Nine months of 125 and three of 150 percent: 465 000 × 1 575 / 1 200."""
    allocate(journeys, "Tranås", "2023-10-01", 150)
    (year,) = reported(journeys, 2023)
    assert year.rows[4] == Grant("Tranås", 131, 610_312)
    assert 465_000 * 1_575 // 1_200 == 610_312


def test_a_month_is_as_its_first_day_is(journeys: Journeys) -> None:
    allocate(journeys, "Tranås", "2023-09-02", 150)
    assert reported(journeys, 2023)[0].rows[4].sek == 610_312


def test_own_posts_of_an_unknown_year_are_shown_without_an_amount(journeys: Journeys) -> None:
    allocate(journeys, "Nässjö", "2021-01-01", 180)
    assert reported(journeys, 2022)[0].rows[2] == Grant("Nässjö", 180, None)


def test_posts_for_the_whole_federation_are_no_row(journeys: Journeys) -> None:
    allocate(journeys, "*", "2023-01-01", 830)
    assert reported(journeys, 2023)[0].total == 3_859_500


def test_the_grants_as_they_were_known(journeys: Journeys) -> None:
    allocate(journeys, "Tranås", "2024-01-01", 200)
    with at(journeys, as_of=date(2023, 12, 31)) as connection:
        assert grants(connection, 2024, 2024)[0].total == 3_975_750


def test_the_json_has_the_contract_s_keys(journeys: Journeys) -> None:
    (year,) = msgspec.to_builtins(reported(journeys, 2023))
    assert set(year) == {"year", "rows", "total"}
    assert set(year["rows"][0]) == {"municipality", "percent", "sek"}


def test_the_sheet_says_that_a_sum_is_not_known(journeys: Journeys) -> None:
    shown = grants_sheet(reported(journeys, 2022, 2023))
    assert list(shown.rows[6]) == ["2022", "in all", "", "not known"]
    assert list(shown.rows[-1]) == ["2023", "in all", "", "3859500"]


# --- half-years ----------------------------------------------------------------------


def test_half_years_as_attested_and_asked_for(journeys: Journeys) -> None:
    for do, on, half in (
        ("attest_half_year", "2023-07-03", "2023H1"),
        ("requisition_grant", "2023-07-04", "2023H1"),
        ("attest_half_year", "2024-01-08", "2023H2"),
        ("attest_half_year", "2024-07-08", "2024H1"),
    ):
        journeys.perform(command(do, on, half=half))
    with at(journeys) as connection:
        rows = half_years(connection, 2023, 2023)
    said = ("Nässjö", date(2023, 7, 3), True, True, 180)
    later = ("Nässjö", date(2024, 1, 8), True, True, 180)
    assert rows == [
        HalfYearRow("2023H1", *said, date(2023, 7, 4), 180, 418_500),
        HalfYearRow("2023H2", *later, None, None, None),
    ]
    assert list(half_years_sheet(rows).rows[0])[-1] == "418500"


def test_a_requisition_with_an_id_is_answered_as_before(journeys: Journeys) -> None:
    journeys.perform(command("attest_half_year"))
    first = journeys.perform(command("requisition_grant", id="r-1"))
    again = journeys.perform(command("requisition_grant", id="r-1"))
    assert (first.repeated, again.repeated) == (False, True)
    assert [f.fact for f in again.facts] == [f.fact for f in first.facts]


# --- capacity ------------------------------------------------------------------------


def test_places_stand_beside_those_who_fill_them(journeys: Journeys) -> None:
    """§7.5: more active than places is shown, never refused; aftercare stands beside."""
    with at(journeys) as connection:
        places = places_on(connection, date(2018, 12, 31))
    rows = capacity_rows(places, {"Nässjö": 40, "Gnosjö": 1}, {"Nässjö": 3})
    by_name = {row.municipality: row for row in rows}
    assert by_name["Nässjö"] == CapacityRow("Nässjö", 180, 36, 40, 3)
    assert by_name["Gnosjö"] == CapacityRow("Gnosjö", None, None, 1, 0)
    assert by_name["Aneby"] == CapacityRow("Aneby", 75, 15, 0, 0)
    assert sum(row.places or 0 for row in rows) == 161
    assert [row.municipality for row in rows] == sorted(by_name)


def test_the_capacity_has_the_contract_s_keys() -> None:
    (row,) = capacity_rows({"Aneby": Places(75, 15)}, {}, {})
    assert CapacityRow.__struct_fields__ == (
        "municipality",
        "percent",
        "places",
        "active",
        "aftercare",
    )
    assert list(capacity_sheet([row]).rows[0]) == ["Aneby", "75", "15", "0", "0"]


def test_rules_that_came_after_an_allocation_have_the_later_word(journeys: Journeys) -> None:
    """Tranås was allocated 100 % in 2018; S2 §6.1 gives 125 % from 2023 and 150 % from 2024."""
    allocate(journeys, "Tranås", "2018-01-01", 100)
    found = {year.year: year for year in reported(journeys, 2018, 2024)}
    percents = {
        year: next(row.percent for row in one.rows if row.municipality == "Tranås")
        for year, one in found.items()
    }
    assert percents == {2018: 100, 2019: 100, 2020: 100, 2021: 100, 2022: 100, 2023: 125, 2024: 150}
    assert (found[2022].total, found[2023].total, found[2024].total) == (None, 3_859_500, 3_975_750)


def test_an_allocation_stands_where_later_rules_repeat_themselves(journeys: Journeys) -> None:
    """The rules of 2024 say of Aneby what those of 2023 said: nothing new."""
    allocate(journeys, "Aneby", "2023-06-01", 100)
    assert reported(journeys, 2024)[0].rows[0] == Grant("Aneby", 100, 465_000)


def test_the_same_can_be_allocated_again_once_rules_came_between(journeys: Journeys) -> None:
    first = command("allocate_post", "2018-01-01", unit="Tranås", percent=100)
    again = command("allocate_post", "2025-01-01", unit="Tranås", percent=100)
    journeys.perform(first)
    assert len(journeys.perform(again).facts) == 1
    assert journeys.perform(again).facts == ()
