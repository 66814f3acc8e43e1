"""The yearly survey, question by question (S2 §8.1, 9.3; domain.md §7.7)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journey import Journeys, Refused
from journey.units.survey import survey_rules
from projections import at, rebuild
from projections.survey import SurveyRow, judged, refuse_comparison, survey, survey_sheet
from projections.units import survey_answers
from tests.journey.units import command
from tests.projections.stores import a_store

RULES = survey_rules(2023)
assert RULES is not None


@pytest.fixture
def journeys() -> Iterator[Journeys]:
    with a_store() as store:
        yield store


Form = list[int | None]


def forms(positive: int, negative: int, skipped: int = 0) -> list[Form]:
    """Forms that answer every question alike."""
    kinds: list[tuple[int, int | None]] = [(positive, 4), (negative, 3), (skipped, None)]
    return [[answer] * 7 for count, answer in kinds for _ in range(count)]


def reported(
    journeys: Journeys, answers: list[Form], year: int = 2023, **changes: Any
) -> list[SurveyRow]:
    journeys.perform(
        command("record_survey", f"{year}-10-16", year=year, answers=answers, **changes)
    )
    with at(journeys) as connection:
        return survey(connection, year, year)


@pytest.mark.parametrize(
    ("positive", "negative", "skipped", "met"),
    [
        (14, 6, 0, True),  # exactly 70 % passes
        (13, 6, 0, False),  # 68.4 %
        (7, 3, 3, True),  # who skipped is not among those who answered
        (5, 0, 0, True),
        (0, 5, 0, False),
    ],
)
def test_the_examples_of_the_seventy_percent_rule(
    journeys: Journeys, positive: int, negative: int, skipped: int, met: bool
) -> None:
    """§7.7: 14 of 20, 13 of 19, 7 of 10 with 3 skipped of 13."""
    rows = reported(journeys, forms(positive, negative, skipped))
    answered = positive + negative
    assert rows == [SurveyRow(2023, q, answered, positive, met) for q in range(1, 8)]


def test_each_question_is_judged_for_itself(journeys: Journeys) -> None:
    answers: list[Form] = [[6, 1, 4, 3, None, 5, 2]] * 5
    rows = reported(journeys, answers)
    assert [(row.positive, row.met) for row in rows] == [
        (5, True),
        (0, False),
        (5, True),
        (0, False),
        (None, None),
        (5, True),
        (0, False),
    ]


def test_too_few_answers_are_not_shown(journeys: Journeys) -> None:
    """§7.7: groups under 5; four who answered among nine who were asked are too few."""
    rows = reported(journeys, forms(4, 0, 5))
    assert rows == [SurveyRow(2023, question, None, None, None) for question in range(1, 8)]
    shown = survey_sheet(rows).rows
    assert list(shown[0]) == ["2023", "1", "too few to show", "", ""]
    assert list(shown[7]) == ["2023", "in all", "too few to show", "", ""]


def test_the_sheet_shows_each_year_s_total_without_a_verdict(journeys: Journeys) -> None:
    """§7.7: judged question by question; 7 × 14 of 7 × 20."""
    shown = survey_sheet(reported(journeys, forms(14, 6))).rows
    assert list(shown[0]) == ["2023", "1", "20", "14", "yes"]
    assert list(shown[7]) == ["2023", "in all", "140", "98", ""]


def test_batches_of_a_year_add_up_and_years_stand_apart(journeys: Journeys) -> None:
    reported(journeys, forms(3, 0))
    reported(journeys, forms(6, 0), 2024)
    rows = reported(journeys, forms(0, 2), by="manager:m2@Eksjö")
    assert rows[0] == SurveyRow(2023, 1, 5, 3, False)
    with at(journeys) as connection:
        assert {row.year for row in survey(connection, 2020, 2026)} == {2023, 2024}
        assert survey(connection, 2020, 2022) == []


def test_as_of_a_day_only_what_was_recorded_by_then(journeys: Journeys) -> None:
    reported(journeys, forms(6, 0))
    with at(journeys, as_of=date(2023, 10, 15)) as connection:
        assert survey(connection, 2023, 2023) == []


def test_no_row_knows_a_municipality_or_a_person(journeys: Journeys) -> None:
    """§8.1: the counts of a question are all that is kept, and a rebuild makes the same."""
    reported(journeys, forms(6, 0))
    assert set(survey_answers.c.keys()) == {"stream", "year", "question", "answer", "given"}
    assert rebuild(journeys).changed == 0


def test_a_split_by_municipality_is_refused() -> None:
    """S2 §6.9, §8.1: no comparison between municipalities."""
    with pytest.raises(Refused) as caught:
        refuse_comparison()
    assert caught.value.code == "comparison_not_allowed"
    assert caught.value.reasons[0].source == "S2 §6.9, §8.1"


@given(st.dictionaries(st.integers(1, 6), st.integers(0, 50)))
def test_a_verdict_is_seven_tenths_in_whole_numbers(given_answers: dict[int, int]) -> None:
    assert RULES is not None
    row = judged(2023, 1, given_answers, RULES)
    answered = sum(given_answers.values())
    positive = sum(count for answer, count in given_answers.items() if answer >= 4)
    if answered < 5:
        assert (row.answered, row.positive, row.met) == (None, None, None)
    else:
        assert (row.answered, row.positive) == (answered, positive)
        assert row.met == (10 * positive >= 7 * answered)
