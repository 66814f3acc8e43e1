"""Posts for coaches, and what holds for every unit (S2 §6.1; contract.md §2 Units)."""

from __future__ import annotations

from datetime import date
from functools import reduce
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journey.commands import as_command, parse
from journey.units import CoachingPostAllocated, Unit, evolve_unit
from journey.wishes import UnitWish
from journey.work import EmploymentChanged
from tests.examples import (
    AF,
    AUDITOR,
    BOARD,
    COACH,
    EMPLOYER,
    FEDERATION_MANAGER,
    FK,
    MANAGER,
    MUNICIPALITY,
    OTHER_MANAGER,
    PARTICIPANT,
    REGION,
    STEERING_GROUP,
    SYSTEM,
)
from tests.journey.units import USUAL, asked, codes, command, decided, unit_after

# --- posts ---------------------------------------------------------------------------


def post(on: str, percent: int) -> Unit:
    return unit_after(asked("allocate_post", on, percent=percent))


def test_a_post_becomes_a_fact() -> None:
    wish = asked("allocate_post", "2018-01-01", unit="Tranås", percent=100)
    assert decided(Unit(), wish) == (
        CoachingPostAllocated(on=date(2018, 1, 1), unit="Tranås", percent=100),
    )


def test_the_posts_of_tranas_are_dated() -> None:
    """§7.4: 100 % from 2018, 125 % from 2023, 150 % from 2024."""
    steps = {"2018-01-01": 100, "2023-01-01": 125, "2024-01-01": 150}
    unit = unit_after(*(asked("allocate_post", on, percent=p) for on, p in steps.items()))
    days = [date(2017, 12, 31), date(2022, 12, 31), date(2023, 1, 1), date(2024, 1, 1)]
    assert [unit.percent_on(day) for day in days] == [None, 100, 125, 150]


def test_the_order_in_which_posts_are_recorded_does_not_matter() -> None:
    late = asked("allocate_post", "2024-01-01", percent=150)
    early = asked("allocate_post", "2018-01-01", percent=100)
    assert unit_after(late, early).percent_on(date(2020, 1, 1)) == 100
    assert unit_after(late, early).percent_on(date(2025, 1, 1)) == 150


def test_a_later_word_on_the_same_day_replaces_the_earlier() -> None:
    again = asked("allocate_post", "2018-01-01", percent=80)
    first = asked("allocate_post", "2018-01-01", percent=100)
    assert unit_after(first, again).percent_on(date(2018, 1, 1)) == 80


def test_posts_that_are_so_already_record_nothing() -> None:
    unit = post("2018-01-01", 100)
    for day in ("2018-01-01", "2019-01-01"):
        assert decided(unit, asked("allocate_post", day, percent=100)) == ()


# --- every command -------------------------------------------------------------------

EVERYONE = {
    *(COACH, MANAGER, FK, AF, REGION, MUNICIPALITY, FEDERATION_MANAGER, BOARD, STEERING_GROUP),
    *(PARTICIPANT, EMPLOYER, AUDITOR, SYSTEM),
}
MAY = {
    "allocate_post": {BOARD},
    "attest_half_year": {MANAGER},
    "requisition_grant": {MUNICIPALITY, MANAGER},
    "record_survey": {COACH, MANAGER, FEDERATION_MANAGER},
    "measure_fidelity": {COACH, MANAGER},
    "record_volume_contacts": {COACH, MANAGER},
}
PLACED = ["measure_fidelity", "record_volume_contacts", "attest_half_year", "requisition_grant"]

ATTESTED = unit_after(asked("attest_half_year"))


@pytest.mark.parametrize("by", sorted(EVERYONE))
@pytest.mark.parametrize("do", USUAL)
def test_who_may_do_what_to_a_unit(do: str, by: str) -> None:
    """§2.2, rows "Attestation / requisition" and "Survey"."""
    expected = [] if by in MAY[do] else ["actor_not_permitted"]
    assert codes(ATTESTED, asked(do, by=by)) == expected


@pytest.mark.parametrize("do", PLACED)
def test_a_manager_acts_for_the_own_unit_alone(do: str) -> None:
    assert codes(ATTESTED, asked(do, by=OTHER_MANAGER)) == ["wrong_manager"]
    assert codes(ATTESTED, asked(do, by="manager:m9")) == ["wrong_manager"]


def test_a_coach_or_assistance_unit_acts_for_the_own_municipality_alone() -> None:
    elsewhere = {
        "measure_fidelity": "coach:c9@Eksjö",
        "record_volume_contacts": "coach:c9@Eksjö",
        "requisition_grant": "municipality:ola@Eksjö",
    }
    for do, by in elsewhere.items():
        assert codes(ATTESTED, asked(do, by=by)) == ["actor_not_permitted"]


@pytest.mark.parametrize("do", PLACED)
def test_the_whole_federation_is_no_municipality_that_anyone_speaks_for(do: str) -> None:
    assert "wrong_manager" in codes(Unit(), asked(do, unit="*", by=MANAGER))


@pytest.mark.parametrize("do", USUAL)
def test_a_day_to_come_is_refused_whatever_the_command(do: str) -> None:
    assert codes(ATTESTED, asked(do), date(2023, 10, 1)) == ["date_in_future"]


@pytest.mark.parametrize("do", [do for do in USUAL if do != "record_survey"])
def test_a_unit_that_nobody_knows_is_refused_by_its_field(do: str) -> None:
    assert codes(Unit(), asked(do, unit="Paris"))[0] == "invalid_command"


def test_every_reason_is_named_in_its_order() -> None:
    """contract.md §3: form, actor, dates, then the rules."""
    wish = asked("measure_fidelity", scale="ips25", total=24, by=OTHER_MANAGER)
    assert codes(Unit(), wish, date(2020, 1, 1)) == [
        "invalid_command",
        "wrong_manager",
        "date_in_future",
    ]


@pytest.mark.parametrize("do", USUAL)
def test_the_same_again_records_nothing(do: str) -> None:
    unit = ATTESTED
    for fact in decided(unit, asked(do)):
        unit = evolve_unit(unit, fact)
    assert decided(unit, asked(do)) == ()


@pytest.mark.parametrize("do", USUAL)
def test_a_command_line_says_the_same_as_a_file(do: str) -> None:
    """Numbers and truth values as texts, a list of lists as JSON."""
    said = command(do)
    head = {name: said[name] for name in ("do", "by", "on")}
    rest = {name: str(value) for name, value in said.items() if name not in head}
    if "answers" in rest:
        rest["answers"] = "[[4,4,4,4,4,4,null]]"
    assert parse(as_command(head, rest.items()), strict=False) == parse(said)


_FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "percent": st.integers(0, 300),
    "percent_worked": st.integers(0, 300),
    "half": st.sampled_from(["2018H2", "2021H1", "2023H1", "2023H2", "2024H1"]),
    "per_description": st.booleans(),
    "beyond_ordinary": st.booleans(),
    "year": st.integers(2019, 2024),
    "scale": st.sampled_from(["seqf", "ips25"]),
    "total": st.integers(0, 130),
    "count": st.integers(0, 9),
}


@st.composite
def wishes(draw: st.DrawFn) -> UnitWish:
    """Any command about Nässjö by one who may give it."""
    do = draw(st.sampled_from(sorted(USUAL)))
    fields = {name: draw(_FIELDS[name]) for name in USUAL[do][1] if name in _FIELDS}
    return asked(do, str(draw(st.dates(date(2018, 1, 1), date(2024, 12, 31)))), **fields)


@given(st.lists(wishes(), max_size=12))
def test_what_is_done_is_done_and_the_history_folds_to_it(series: list[UnitWish]) -> None:
    """After a wish the same wish records nothing; a half-year's grant is asked for once."""
    unit, history = Unit(), []
    for wish in series:
        if codes(unit, wish):
            continue
        for fact in decided(unit, wish):
            history.append(fact)
            unit = evolve_unit(unit, fact)
        assert decided(unit, wish) == ()
    assert reduce(evolve_unit, history, Unit()) == unit
    halves = [one.half for one in unit.requisitions]
    assert len(set(halves)) == len(halves)
    assert all(half.startswith(("2023", "2024")) for half in halves)


def test_a_fact_of_another_stream_only_counts() -> None:
    """A unit never refuses to be folded."""
    strange = EmploymentChanged(on=date(2023, 1, 1), employment="w1", percent=50)
    assert evolve_unit(ATTESTED, strange).attestations == ATTESTED.attestations
    assert evolve_unit(ATTESTED, strange).version == ATTESTED.version + 1
