"""The participants' yearly survey: anonymous answers of the whole federation (S2 §8.1, 9.3)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from journey.decision import Plan
from journey.errors import Reason, refuse
from journey.facts import Fact
from journey.rules import Survey
from journey.units.programmes import open_programmes
from journey.wishes import FEDERATION, UnitWish

if TYPE_CHECKING:
    from journey.units.unit import Unit

Answer = Annotated[int, Meta(ge=1, le=6)]
Form = Annotated[
    tuple[Answer | None, ...],
    Meta(min_length=7, max_length=7, description="One person's answers; null where skipped."),
]
Year = Annotated[int, Meta(ge=1900, le=2199)]


class SurveyAnswersRecorded(Fact, frozen=True):
    """A batch of anonymous forms of one year's survey; ``unit`` is always the federation."""

    unit: str
    year: int
    answers: tuple[tuple[int | None, ...], ...]


class RecordSurvey(UnitWish, frozen=True, tag="record_survey"):
    """Record forms of a year's survey; no journey and no unit is named."""

    year: Year
    answers: Annotated[tuple[Form, ...], Meta(min_length=1)]


def plan_survey(unit: Unit, wish: RecordSurvey) -> Plan:
    """Further forms of a year; exactly the latest batch again on its day is the same batch."""
    fact = SurveyAnswersRecorded(on=wish.on, unit=FEDERATION, year=wish.year, answers=wish.answers)
    return Plan(
        facts=(fact,),
        already=bool(unit.surveys) and unit.surveys[-1] == fact,
        rules=(_not_to_come(wish), _surveyed(wish)),
    )


def survey_rules(year: int) -> Survey | None:
    """How the survey of a year is read: the rules in force when the year ends, if any ask."""
    end = date(year, 12, 31)
    asked = (one.rules_on(end).survey for one in open_programmes(end))
    return next((survey for survey in asked if survey is not None), None)


def _not_to_come(wish: RecordSurvey) -> Reason | None:
    if wish.year <= wish.on.year:
        return None
    return refuse(
        "invalid_command",
        "The survey of {year} is still to come.",
        source="S2 §8.1",
        field="year",
        year=wish.year,
    )


def _surveyed(wish: RecordSurvey) -> Reason | None:
    if survey_rules(wish.year) is not None:
        return None
    return refuse(
        "phase_not_allowed",
        "No programme has a survey in {year}.",
        rule="§7.7",
        source="S2 §8.1",
        field="year",
        year=wish.year,
    )
