"""The yearly table and the goal (domain.md §7.1, §7.2)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from itertools import pairwise

import msgspec
import pytest
from msgspec.structs import replace

from journey import Journeys, Refused
from journey.exit import JourneyReopened
from journey.facts import Fact
from journey.programme import UnknownProgramme, programme
from journey.sus import SusDeregistered, SusRegistered
from journey.values import Income, Occupation, ReopenReason, Sex, SusMode
from projections import GoalRow, Share, YearRow, at, goal, yearly
from projections.enrolments import Basis, enrolments
from projections.explained import explained_sheet
from projections.outcomes import explain_goal, explain_yearly, goal_figures, goal_row, share
from tests.projections.stores import DATA, journey_of, rows_of

# --- the report of 2018-2020 -----------------------------------------------------------


TABLE = {  # enrolled, women, men, undisclosed, exited, to work or studies, other, carried
    2018: (167, 71, 96, 0, 49, 32, 17, 118),
    2019: (180, 80, 100, 0, 66, 33, 33, 114),
    2020: (188, 87, 101, 0, 72, 35, 37, 116),
}


@pytest.mark.parametrize("basis", ["exit", "sus"])
def test_scenario_39_the_yearly_table_cell_by_cell(hoglandet: Journeys, basis: Basis) -> None:
    """domain.md §7.1; by SUS the same, for there was no lag then (§7.2)."""
    with at(hoglandet) as connection:
        rows = yearly(connection, 2018, 2020, basis=basis)
    assert rows == [YearRow(year, *cells) for year, cells in TABLE.items()]


def test_scenario_39_equals_what_is_expected_of_the_data(hoglandet: Journeys) -> None:
    expected = json.loads((DATA / "hoglandet-2018-2020.expected.json").read_text("utf-8"))
    with at(hoglandet) as connection:
        rows = yearly(connection, 2018, 2020)
    assert msgspec.to_builtins(rows) == expected["yearly"]
    assert (sum(row.exited for row in rows), sum(row.to_work_or_studies for row in rows)) == (
        187,
        100,
    )


def test_scenario_39_the_flow_agrees_with_the_stock(hoglandet: Journeys) -> None:
    """carried = enrolled - exited, and the next year's new ones are what is above it (§7.1)."""
    with at(hoglandet) as connection:
        rows = yearly(connection, 2018, 2020)
    assert all(row.carried == row.enrolled - row.exited for row in rows)
    assert [b.enrolled - a.carried for a, b in pairwise(rows)] == [62, 74]


def test_scenario_39_the_goal_is_met_by_exited_and_missed_by_enrolled(hoglandet: Journeys) -> None:
    """domain.md §7.2: the reading of the denominator turns the verdict."""
    with at(hoglandet) as connection:
        rows = goal(connection, 2018, 2020)
    assert rows == [
        GoalRow(2018, Share(32, 49, 65.3, True), Share(32, 167, 19.2, False)),
        GoalRow(2019, Share(33, 66, 50.0, True), Share(33, 180, 18.3, False)),
        GoalRow(2020, Share(35, 72, 48.6, True), Share(35, 188, 18.6, False)),
    ]


def test_the_goal_in_json_has_the_keys_and_numbers_of_the_contract() -> None:
    row = GoalRow(2018, share(32, 49, 35), share(0, 0, 35))
    assert json.loads(msgspec.json.encode(row)) == {
        "year": 2018,
        "by_exited": {"numerator": 32, "denominator": 49, "percent": 65.3, "met": True},
        "by_enrolled": {"numerator": 0, "denominator": 0, "percent": None, "met": None},
    }


def test_a_past_report_is_unmoved_by_what_came_after(hoglandet: Journeys) -> None:
    """As of the last day of 2018 the year reads as it does in the final report."""
    with at(hoglandet, as_of=date(2018, 12, 31)) as connection:
        assert yearly(connection, 2018, 2018) == [YearRow(2018, *TABLE[2018])]


# --- who is enrolled in a year -----------------------------------------------------------


def test_both_ends_of_an_enrolment_count() -> None:
    """Enrolled from the day of enrolment to the day of exit, both included (contract.md §4)."""
    with rows_of(
        journey_of("a", "2023-12-31", "2024-01-01"),
        journey_of("b", "2024-12-31"),
        journey_of("c", "2024-01-01", "2024-12-31"),
    ) as connection:
        rows = yearly(connection, 2023, 2025)
    assert [(r.enrolled, r.exited, r.carried) for r in rows] == [(1, 0, 1), (3, 2, 1), (1, 0, 1)]


def test_a_person_with_two_journeys_in_a_year_is_one_enrolled_with_two_exits() -> None:
    """Persons are counted once, participations each for itself (domain.md §7.1, §12.3)."""
    with rows_of(
        journey_of("a", "2024-01-08", "2024-03-01", "illness", person="p"),
        journey_of("b", "2024-05-06", "2024-10-01", "work", person="p"),
        journey_of("c", "2024-11-04", person="p"),
    ) as connection:
        assert yearly(connection, 2024, 2024) == [YearRow(2024, 1, 1, 0, 0, 2, 1, 1, 1)]


def test_each_person_has_one_sex_in_a_year_the_latest_journey_s() -> None:
    """women + men + undisclosed = enrolled, whatever the journeys say (domain.md §7.1)."""
    first = journey_of("a", "2024-01-08", "2024-03-01", person="p", sex=Sex.UNDISCLOSED)
    later = journey_of("b", "2024-05-06", person="p", sex=Sex.MAN)
    other = journey_of("c", "2024-05-06", sex=Sex.UNDISCLOSED)
    for order in ((first, later, other), (other, later, first)):
        with rows_of(*order) as connection:
            (row,) = yearly(connection, 2024, 2024)
        assert (row.enrolled, row.women, row.men, row.undisclosed) == (2, 0, 1, 1)


def test_a_registration_error_is_counted_nowhere() -> None:
    """Neither as enrolled nor as exited (domain.md §3.3, void)."""
    void = journey_of("a", "2023-03-01", "2024-03-01", "registration_error")
    with rows_of(void, journey_of("b", "2024-03-01")) as connection:
        assert yearly(connection, 2023, 2024) == [
            YearRow(2023, 0, 0, 0, 0, 0, 0, 0, 0),
            YearRow(2024, 1, 1, 0, 0, 0, 0, 0, 1),
        ]


def test_an_exit_that_was_undone_is_no_exit() -> None:
    """T23: reopened, the person is enrolled throughout (contract.md §4)."""
    undone = JourneyReopened(
        on=date(2024, 4, 2), reason=ReopenReason.JOB_LOST, to_step=3, undone_exit=date(2024, 3, 1)
    )
    with rows_of(journey_of("a", "2024-01-08", "2024-03-01", "work", undone)) as connection:
        assert yearly(connection, 2024, 2024) == [YearRow(2024, 1, 1, 0, 0, 0, 0, 0, 1)]


def test_a_referral_that_never_led_to_enrolment_has_no_row() -> None:
    with rows_of(journey_of("a", "2024-01-08")) as connection:
        assert yearly(connection, 2023, 2023)[0].enrolled == 0


def test_one_programme_can_be_asked_for_alone() -> None:
    with rows_of(
        journey_of("a", "2020-01-08", programme="se-fortsattning"), journey_of("b", "2021-01-08")
    ) as connection:
        assert yearly(connection, 2021, 2021)[0].enrolled == 2
        assert yearly(connection, 2021, 2021, programme="se-hoglandet")[0].enrolled == 1


# --- by exit, and by deregistration from SUS -----------------------------------------------


def _in_sus(
    mode: SusMode, out_on: date | None = None
) -> tuple[SusRegistered | SusDeregistered, ...]:
    registered = SusRegistered(on=date(2026, 2, 12), mode=mode)
    if out_on is None:
        return (registered,)
    out = SusDeregistered(
        on=out_on,
        due_on=out_on,
        occupation_after=Occupation.EMPLOYED,
        income_after=Income.WAGE,
    )
    return (registered, out)


def test_by_sus_an_enrolment_ends_in_the_year_of_the_deregistration() -> None:
    """§7.2: with three months' lag an exit in November counts in the next year."""
    facts = _in_sus(SusMode.IDENTIFIED, date(2027, 2, 28))
    with rows_of(journey_of("a", "2026-02-12", "2026-11-28", "work", *facts)) as connection:
        by_exit = yearly(connection, 2026, 2027)
        by_sus = yearly(connection, 2026, 2027, basis="sus")
        (in_2026, in_2027) = goal(connection, 2026, 2027, basis="sus")
    assert [(r.enrolled, r.exited, r.carried) for r in by_exit] == [(1, 1, 0), (0, 0, 0)]
    assert [(r.enrolled, r.exited, r.carried) for r in by_sus] == [(1, 0, 1), (1, 1, 0)]
    assert in_2026.by_exited == Share(0, 0, None, None)
    assert in_2027.by_exited == Share(1, 1, 100.0, True)


def test_by_sus_one_who_waits_for_deregistration_is_still_enrolled() -> None:
    facts = _in_sus(SusMode.IDENTIFIED)
    with rows_of(journey_of("a", "2026-02-12", "2026-11-28", "work", *facts)) as connection:
        rows = yearly(connection, 2026, 2028, basis="sus")
    assert [(r.enrolled, r.exited, r.carried) for r in rows] == [(1, 0, 1)] * 3


@pytest.mark.parametrize("facts", [(), _in_sus(SusMode.ANONYMOUS)], ids=["never", "anonymous"])
def test_by_sus_who_is_not_registered_by_name_leaves_with_the_exit(
    facts: tuple[Fact, ...],
) -> None:
    """S2: an anonymous registration has no deregistration that could end it."""
    with rows_of(journey_of("a", "2026-02-12", "2026-11-28", "work", *facts)) as connection:
        rows = yearly(connection, 2026, 2027, basis="sus")
    assert [(r.enrolled, r.exited, r.carried) for r in rows] == [(1, 1, 0), (0, 0, 0)]


# --- the goal ------------------------------------------------------------------------------


def test_exactly_35_percent_meets_the_goal() -> None:
    """7 of 20 (domain.md §7.2), counted from journeys; 6 of 20 does not."""
    for reached, verdict in ((7, True), (6, False)):
        exits = [
            journey_of(f"j{n}", "2024-01-08", "2024-06-03", "studies" if n < reached else "moved")
            for n in range(20)
        ]
        with rows_of(*exits) as connection:
            (row,) = goal(connection, 2024, 2024)
        assert (row.by_exited.met, row.by_enrolled.met) == (verdict, verdict)


def test_the_verdict_is_taken_before_rounding() -> None:
    """349 of 998 shows as 35.0 % and is below it."""
    assert share(349, 998, 35) == Share(349, 998, 35.0, False)


@pytest.mark.parametrize(
    ("numerator", "denominator", "percent"),
    [(1, 16, 6.3), (1, 80, 1.3), (1, 3, 33.3), (2, 3, 66.7), (0, 9, 0.0), (9, 9, 100.0)],
)
def test_percent_has_one_decimal_rounded_half_up(
    numerator: int, denominator: int, percent: float
) -> None:
    """6.25 is 6.3 and 1.25 is 1.3; binary or even rounding would say 6.2 and 1.2."""
    assert share(numerator, denominator, 35).percent == percent


def test_a_year_without_exits_has_no_percent_and_no_verdict() -> None:
    """§7.2: "no exits", not 0 %; also beside those who are enrolled."""
    with rows_of(journey_of("a", "2024-01-08")) as connection:
        assert goal(connection, 2023, 2024) == [
            GoalRow(2023, Share(0, 0, None, None), Share(0, 0, None, None)),
            GoalRow(2024, Share(0, 0, None, None), Share(0, 1, None, None)),
        ]


def test_scenario_46_finnveden_s_goal_counts_work_and_not_studies() -> None:
    """S4 §2: to self-support through employment; it names no percent to meet."""
    exits = [
        journey_of("w", "2013-01-08", "2013-06-03", "work", programme="finnveden"),
        journey_of("s", "2013-01-08", "2013-06-03", "studies", programme="finnveden"),
    ]
    with rows_of(*exits) as connection:
        (row,) = goal(connection, 2013, 2013, programme="finnveden")
        (table,) = yearly(connection, 2013, 2013, programme="finnveden")
    assert row.by_exited == Share(1, 2, 50.0, None)
    assert table.to_work_or_studies == 2


def test_without_a_programme_each_exit_counts_by_its_own_programme() -> None:
    exits = [
        journey_of("f", "2013-01-08", "2014-06-03", "studies", programme="finnveden"),
        journey_of("h", "2013-01-08", "2014-06-03", "studies"),
    ]
    with rows_of(*exits) as connection:
        (row,) = goal(connection, 2014, 2014)
    assert row.by_exited == Share(1, 2, 50.0, True)


def test_an_unknown_programme_is_said_to_be_unknown() -> None:
    with rows_of() as connection, pytest.raises(UnknownProgramme):
        goal(connection, 2024, 2024, programme="none-such")


# --- whose goal it is ----------------------------------------------------------------------


def test_the_goal_of_2011_to_2017_is_of_those_with_activity_compensation() -> None:
    """§7.2, §5.1: registered job-seekers count as reached; who lived on other means does not."""
    rules = replace(
        programme("se-fortsattning").rule_sets[0],
        goal_counts=("work", "studies", "registered_jobseeker"),
        goal_income_before=(Income.ACTIVITY_COMPENSATION,),
    )
    before = Income.ACTIVITY_COMPENSATION
    with rows_of(
        journey_of("w", "2015-01-08", "2016-06-03", "work", income=before),
        journey_of("s", "2015-01-08", "2016-06-03", "registered_jobseeker", income=before),
        journey_of("m", "2015-01-08", "2016-06-03", "moved", income=before),
        journey_of("stays", "2015-01-08", income=before),
        journey_of("wage", "2015-01-08", "2016-06-03", "work", income=Income.WAGE),
    ) as connection:
        figures = goal_figures(enrolments(connection), 2016, rules=lambda one: rules)
    assert {figure: [one.journey for one in counted] for figure, counted in figures.items()} == {
        "numerator": ["s", "w"],
        "by_exited.denominator": ["m", "s", "w"],
        "by_enrolled.denominator": ["m", "s", "stays", "w"],
    }
    assert goal_row(2016, figures, rules.goal_percent) == GoalRow(
        2016, Share(2, 3, 66.7, True), Share(2, 4, 50.0, True)
    )


# --- what is behind a figure ---------------------------------------------------------------


@pytest.mark.parametrize("basis", ["exit", "sus"])
def test_every_figure_counts_the_journeys_that_explain_it(
    hoglandet: Journeys, basis: Basis
) -> None:
    with at(hoglandet) as connection:
        rows = yearly(connection, 2018, 2020, basis=basis)
        behind = explain_yearly(connection, 2018, 2020, basis=basis)
    figures = {(e.year, e.figure): len(e.journeys) for e in behind}
    assert figures == {
        (row.year, figure): count
        for row in rows
        for figure, count in msgspec.structs.asdict(row).items()
        if figure != "year"
    }
    assert all(len(set(e.journeys)) == len(e.journeys) for e in behind)


def test_a_figure_of_persons_names_one_journey_a_person_the_latest() -> None:
    """A figure of exits names each exit."""
    with rows_of(
        journey_of("a", "2024-01-08", "2024-03-01", "illness", person="p"),
        journey_of("b", "2024-05-06", "2024-10-01", "work", person="p"),
    ) as connection:
        behind = {e.figure: e.journeys for e in explain_yearly(connection, 2024, 2024)}
    assert (behind["enrolled"], behind["exited"]) == (["b"], ["a", "b"])


def test_the_goal_s_explanation_is_of_the_same_journeys(hoglandet: Journeys) -> None:
    with at(hoglandet) as connection:
        (row,) = goal(connection, 2020, 2020)
        behind = {e.figure: len(e.journeys) for e in explain_goal(connection, 2020, 2020)}
        told = explained_sheet(explain_goal(connection, 2020, 2020))
    assert behind == {
        "numerator": row.by_exited.numerator,
        "by_exited.denominator": row.by_exited.denominator,
        "by_enrolled.denominator": row.by_enrolled.denominator,
    }
    assert list(told.rows[0][:3]) == ["2020", "numerator", "35"]


# --- one municipality ----------------------------------------------------------------------


def test_the_municipalities_add_up_to_the_federation(hoglandet: Journeys) -> None:
    """The steering group follows them over time (S2 §6.2)."""
    with at(hoglandet) as connection:
        (whole,) = yearly(connection, 2019, 2019)
        parts = [
            yearly(connection, 2019, 2019, municipality=name)[0]
            for name in programme("se-hoglandet").municipalities
        ]
    assert [sum(getattr(part, name) for part in parts) for name in ("enrolled", "exited")] == [
        whole.enrolled,
        whole.exited,
    ]


@pytest.mark.parametrize("question", [yearly, explain_yearly, goal, explain_goal])
def test_a_municipality_with_one_to_four_persons_is_not_shown(
    question: Callable[..., object],
) -> None:
    """§9.11. Five are shown, and so is nobody; the federation's figures are not touched."""
    four = [journey_of(f"j{n}", "2024-01-08", municipality="Aneby") for n in range(4)]
    fifth = journey_of("j4", "2025-01-08", municipality="Aneby")
    with rows_of(*four, fifth) as connection:
        assert question(connection, 2024, 2024)
        assert question(connection, 2025, 2025, municipality="Aneby")
        assert question(connection, 2023, 2023, municipality="Aneby")
        with pytest.raises(Refused, match="cell_too_small"):
            question(connection, 2023, 2025, municipality="Aneby")


# --- what else domain.md §7.1 says of the three years --------------------------------------


def test_scenario_39_how_many_persons_there_were_and_who_remains(hoglandet: Journeys) -> None:
    """Nobody returned: 167 + 62 + 74 = 303 persons, of whom 187 left and 116 remain."""
    with at(hoglandet) as connection:
        behind = explain_yearly(connection, 2018, 2020)
    named = {(e.year, e.figure): set(e.journeys) for e in behind}
    enrolled = [named[year, "enrolled"] for year in TABLE]
    assert len(set.union(*enrolled)) == 303
    assert [len(later - earlier) for earlier, later in pairwise(enrolled)] == [62, 74]
    left = set.union(*(named[year, "exited"] for year in TABLE))
    assert len(left) == 187
    assert named[2020, "carried"] == set.union(*enrolled) - left
    assert len(named[2020, "carried"]) == 116


def test_scenario_39_the_shares_of_each_year_and_of_all_three(hoglandet: Journeys) -> None:
    """Exactly 32/49, 33/66, 35/72; together 100/187 = 53.5 %."""
    with at(hoglandet) as connection:
        rows = goal(connection, 2018, 2020)
    shares = [row.by_exited for row in rows]
    exact = [Fraction(each.numerator, each.denominator) for each in shares]
    assert exact == [Fraction(32, 49), Fraction(1, 2), Fraction(35, 72)]
    together = share(sum(s.numerator for s in shares), sum(s.denominator for s in shares), 35)
    assert together == Share(100, 187, 53.5, True)
