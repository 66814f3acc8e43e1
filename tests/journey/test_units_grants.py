"""Attestation and requisition (S2 §6.1, §6.3; domain.md §7.4; scenarios 41, 42)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journey.errors import InvalidCommand, Refused
from journey.facts import Fact
from journey.units import GrantRequisitioned, HalfYearAttested, Unit
from journey.units.grants import mean_percent, sek
from journey.units.posts import Allotment
from tests.journey.units import asked, codes, decided, unit_after


def attested(half: str = "2023H1", on: str = "2024-07-01", **changes: Any) -> Unit:
    return unit_after(asked("attest_half_year", on, half=half, **changes))


def requisitioned(unit: Unit, /, half: str = "2023H1", **changes: Any) -> tuple[Fact, ...]:
    return decided(unit, asked("requisition_grant", "2024-07-02", half=half, **changes))


# --- attestation ---------------------------------------------------------------------


def test_an_attestation_keeps_its_three_statements() -> None:
    """S2 §6.3: per the description, beyond the ordinary, percent of the post worked."""
    assert decided(Unit(), asked("attest_half_year")) == (
        HalfYearAttested(
            on=date(2023, 10, 2),
            unit="Nässjö",
            half="2023H1",
            per_description=True,
            beyond_ordinary=True,
            percent_worked=180,
        ),
    )


@pytest.mark.parametrize(
    "half", ["2023H3", "2023H0", "2023", "23H1", "2023h1", "2023H1\n", "0000H1"]
)
def test_a_half_year_of_another_form_is_refused(half: str) -> None:
    with pytest.raises(InvalidCommand) as caught:
        asked("attest_half_year", half=half)
    assert caught.value.reasons[0].field == "half"


def test_a_half_year_that_has_not_begun_is_not_attested() -> None:
    with pytest.raises(Refused) as caught:
        decided(Unit(), asked("attest_half_year", "2023-06-30", half="2023H2"))
    assert caught.value.code == "date_before_predecessor"
    assert caught.value.reasons[0].earliest == date(2023, 7, 1)
    assert codes(Unit(), asked("attest_half_year", "2023-07-01", half="2023H2")) == []


def test_a_later_word_about_a_half_year_takes_the_earlier_s_place() -> None:
    first = asked("attest_half_year", beyond_ordinary=False)
    second = asked("attest_half_year", "2023-10-09")
    said = unit_after(first, second).attested("2023H1")
    assert said is not None
    assert said.beyond_ordinary
    assert unit_after(first, second, asked("attest_half_year", half="2023H2")).version == 3


def test_finnveden_asked_for_no_attestation() -> None:
    """§5.1: the row has nothing for it."""
    wish = asked("attest_half_year", half="2013H1", unit="Gnosjö", by="manager:m3@Gnosjö")
    assert codes(Unit(), wish) == ["phase_not_allowed"]


def test_the_project_before_asked_for_two_statements() -> None:
    """§5.1, 2018-2020; the third is kept all the same."""
    assert codes(Unit(), asked("attest_half_year", half="2019H2")) == []


# --- requisition ---------------------------------------------------------------------

HALVES = {  # percent and half-year's amount of 2023, then of 2024
    "Aneby": ((75, 174_375), (75, 174_375)),
    "Eksjö": ((150, 348_750), (150, 348_750)),
    "Nässjö": ((180, 418_500), (180, 418_500)),
    "Sävsjö": ((150, 348_750), (150, 348_750)),
    "Tranås": ((125, 290_625), (150, 348_750)),
    "Vetlanda": ((150, 348_750), (150, 348_750)),
}


@pytest.mark.parametrize("half", ["2023H1", "2023H2", "2024H1"])
@pytest.mark.parametrize("place", HALVES)
def test_scenario_41_the_half_year_s_amount_of_each_municipality(place: str, half: str) -> None:
    """§7.4, half-year: kept in the fact with what it was reckoned from."""
    percent, amount = HALVES[place][half.startswith("2024")]
    by = {"unit": place, "by": f"manager:m1@{place}"}
    (fact,) = requisitioned(attested(half, **by, percent_worked=percent), half, **by)
    assert fact == GrantRequisitioned(
        on=date(2024, 7, 2),
        unit=place,
        half=half,
        percent=percent,
        standard_amount=465_000,
        amount=amount,
    )


def test_scenario_41_the_half_years_of_2023_add_up() -> None:
    assert sum(cells[0][1] for cells in HALVES.values()) == 1_929_750
    assert 2 * 1_929_750 == 3_859_500
    assert 2 * sum(cells[1][1] for cells in HALVES.values()) == 3_975_750


@pytest.mark.parametrize("half", ["2022H2", "2021H1", "2019H1"])
def test_scenario_41_an_amount_that_is_not_known_is_refused_and_never_nothing(half: str) -> None:
    """No standard amount is stated for 2018-2022 (§7.4)."""
    with pytest.raises(Refused) as caught:
        requisitioned(attested(half), half)
    (reason,) = caught.value.reasons
    assert (reason.code, reason.source) == ("phase_not_allowed", "S2 §6.1")
    assert half in reason.message


def test_scenario_42_without_an_attestation_of_that_half_year() -> None:
    wish = asked("requisition_grant", "2024-07-02")
    for unit in (Unit(), attested("2023H2")):
        with pytest.raises(Refused) as caught:
            decided(unit, wish)
        assert caught.value.code == "attestation_missing"
        assert caught.value.reasons[0].source == "S2 §6.3"


@pytest.mark.parametrize("statement", ["per_description", "beyond_ordinary"])
def test_scenario_42_an_attestation_that_says_no_is_none(statement: str) -> None:
    said: dict[str, Any] = {statement: False}
    unit = unit_after(asked("attest_half_year", "2024-07-01", **said))
    assert codes(unit, asked("requisition_grant", "2024-07-02")) == ["attestation_missing"]


def test_a_requisition_is_not_before_its_attestation() -> None:
    unit = attested(on="2023-07-03")
    early = asked("requisition_grant", "2023-07-02")
    assert codes(unit, early) == ["date_before_predecessor"]


def test_less_work_than_allotted_is_paid_pro_rata() -> None:
    """§7.4 (assumed): 90 of 180 percent is half the amount; more than allotted is not paid."""
    (half,) = requisitioned(attested(percent_worked=90))
    (more,) = requisitioned(attested(percent_worked=250))
    assert isinstance(half, GrantRequisitioned)
    assert isinstance(more, GrantRequisitioned)
    assert (half.percent, half.amount) == (90, 209_250)
    assert (more.percent, more.amount) == (180, 418_500)


def test_a_grant_is_asked_for_once() -> None:
    """What was reckoned stays, whatever is attested or allotted later."""
    asked_for = asked("requisition_grant", "2024-07-02")
    unit = unit_after(
        asked("attest_half_year"),
        asked_for,
        asked("allocate_post", "2023-01-01", percent=100),
        asked("attest_half_year", "2024-07-03", percent_worked=60),
    )
    assert decided(unit, asked_for) == ()
    assert [one.amount for one in unit.requisitions] == [418_500]


def test_posts_of_the_unit_s_own_go_before_the_rules() -> None:
    """From April: three months of 180 and three of 240, whose mean is 210."""
    unit = unit_after(
        asked("allocate_post", "2023-03-15", percent=240),
        asked("attest_half_year", percent_worked=240),
    )
    (fact,) = requisitioned(unit)
    assert isinstance(fact, GrantRequisitioned)
    assert (fact.percent, fact.amount) == (210, 465_000 * 210 // 200)


# --- the reckoning -------------------------------------------------------------------


def months(*percents: int | None, amount: int | None = 465_000) -> list[Allotment]:
    return [Allotment(percent, amount, 20) for percent in percents]


def test_what_is_not_known_makes_no_amount() -> None:
    assert sek([]) is None
    assert sek(months(100, None)) is None
    assert sek(months(100, 100, amount=None)) is None
    assert mean_percent(months(100, None)) is None


@given(
    st.lists(st.integers(0, 400), min_size=1, max_size=12),
    st.integers(0, 500),
    st.integers(0, 500),
)
def test_more_work_never_pays_less_and_never_more_than_allotted(
    percents: list[int], one: int, other: int
) -> None:
    allotted = months(*percents)
    less, more = sorted((one, other))
    paid = [sek(allotted, less), sek(allotted, more), sek(allotted)]
    assert None not in paid
    assert paid == sorted(paid, key=lambda amount: amount or 0)


@given(st.integers(0, 1000), st.integers(0, 1000))
def test_a_half_year_of_unchanged_posts_is_half_the_year(percent: int, worked: int) -> None:
    """Standard amount × the lesser percent / 100 / 2, exactly (2 325 SEK a percent)."""
    assert sek(months(*[percent] * 6), worked) == 2_325 * min(percent, worked)
