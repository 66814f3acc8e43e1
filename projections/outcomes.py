"""The yearly table and the goal, and the journeys behind them (domain.md §7.1, §7.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from operator import attrgetter
from typing import Unpack

from msgspec import Struct
from sqlalchemy import Connection

from journey.programme import programme
from journey.rules import Rules
from journey.values import Sex
from projections.enrolments import (
    REACHED,
    Basis,
    Enrolment,
    Figures,
    Whose,
    latest,
    of_years,
)
from projections.explained import Explained, counts, explained

DEFAULT_GOAL = 35
"""Percent; S0 and S2 §2 say the same. A programme's file may say otherwise."""

# --- the yearly table ----------------------------------------------------------------


class YearRow(Struct, frozen=True):
    """One year of the yearly table (S0 "Statistik"; domain.md §7.1).

    ``enrolled`` are distinct persons whose enrolment touches the year, both ends
    included, by sex; ``exited`` are the enrolments that end in the year (each journey
    counts for itself, domain.md §12.3), ``to_work_or_studies`` and ``other`` of them;
    ``carried`` are distinct persons still enrolled when it ends. By ``sus`` an enrolment
    ends on the day of deregistration, and counts in that day's year (§7.2).
    """

    year: int
    enrolled: int
    women: int
    men: int
    undisclosed: int
    exited: int
    to_work_or_studies: int
    other: int
    carried: int


def yearly(
    connection: Connection,
    first: int,
    last: int,
    *,
    basis: Basis = "exit",
    **whose: Unpack[Whose],
) -> list[YearRow]:
    """The yearly table for the years from first to last.

    Raises Refused (cell_too_small) where a municipality has one to four enrolled.
    """
    years = _yearly(connection, first, last, basis, **whose)
    return [YearRow(year, **counts(figures)) for year, figures in years]


def explain_yearly(
    connection: Connection,
    first: int,
    last: int,
    *,
    basis: Basis = "exit",
    **whose: Unpack[Whose],
) -> list[Explained]:
    """The journeys behind each figure of the yearly table."""
    return explained(_yearly(connection, first, last, basis, **whose))


def yearly_figures(
    enrolments: Sequence[Enrolment], year: int, basis: Basis = "exit"
) -> dict[str, list[Enrolment]]:
    """What each figure of a year counts; enrolments in the order of their days."""
    touching = [one for one in enrolments if one.touches(year, basis)]
    people = latest(touching)  # a person's sex is the latest journey's word
    exits = [one for one in touching if one.ends_in(year, basis)]
    return {
        "enrolled": people,
        "women": [one for one in people if one.sex == Sex.WOMAN.value],
        "men": [one for one in people if one.sex == Sex.MAN.value],
        "undisclosed": [one for one in people if one.sex == Sex.UNDISCLOSED.value],
        "exited": exits,
        "to_work_or_studies": [one for one in exits if one.outcome in REACHED],
        "other": [one for one in exits if one.outcome not in REACHED],
        "carried": latest(one for one in touching if one.goes_beyond(year, basis)),
    }


def _yearly(
    connection: Connection, first: int, last: int, basis: Basis, **whose: Unpack[Whose]
) -> Iterator[tuple[int, Figures]]:
    figures = partial(yearly_figures, basis=basis)
    return of_years(connection, first, last, figures, "enrolled", **whose)


# --- the goal ------------------------------------------------------------------------


class Share(Struct, frozen=True):
    """A share of the goal: ``percent`` with one decimal, rounded half up; null of nothing."""

    numerator: int
    denominator: int
    percent: float | None
    met: bool | None


class GoalRow(Struct, frozen=True):
    """The goal of one year by both readings of its denominator (domain.md §7.2)."""

    year: int
    by_exited: Share
    by_enrolled: Share


def goal(
    connection: Connection,
    first: int,
    last: int,
    *,
    basis: Basis = "exit",
    **whose: Unpack[Whose],
) -> list[GoalRow]:
    """The goal for the years from first to last, of one programme or of all.

    Each exit is counted by its own programme's rules in force on its day: what counts
    as reached, whose exits count at all, and a goal of its own percent where only one
    programme is asked for (a programme that states none, as Finnveden, has nothing to
    meet: ``met`` is None). A year without exits has neither percent nor verdict (§7.2:
    "no exits", not 0 %). Raises Refused (cell_too_small) where a municipality has one
    to four persons that count.
    """
    return [
        goal_row(year, figures, _goal_percent(whose.get("programme"), year))
        for year, figures in _goal(connection, first, last, basis, **whose)
    ]


def explain_goal(
    connection: Connection,
    first: int,
    last: int,
    *,
    basis: Basis = "exit",
    **whose: Unpack[Whose],
) -> list[Explained]:
    """The journeys behind the goal; the numerator is the same by both readings."""
    return explained(_goal(connection, first, last, basis, **whose))


def goal_figures(
    enrolments: Sequence[Enrolment],
    year: int,
    basis: Basis = "exit",
    rules: Callable[[Enrolment], Rules] = attrgetter("rules"),
) -> dict[str, list[Enrolment]]:
    """What the numerator and each denominator of a year count, each by its own rules."""
    touching = [one for one in enrolments if one.touches(year, basis)]
    touching = [one for one in touching if _concerned(one, rules(one))]
    exits = [one for one in touching if one.ends_in(year, basis)]
    return {
        "numerator": [one for one in exits if _reached(one, rules(one))],
        "by_exited.denominator": exits,
        "by_enrolled.denominator": latest(touching),
    }


def goal_row(year: int, figures: Figures, percent: int | None) -> GoalRow:
    """The goal of one year against so many percent."""
    number = counts(figures)
    reached, exited = number["numerator"], number["by_exited.denominator"]
    enrolled = number["by_enrolled.denominator"]
    return GoalRow(
        year=year,
        by_exited=share(reached, exited, percent),
        by_enrolled=share(reached, enrolled, percent) if exited else Share(0, enrolled, None, None),
    )


def share(numerator: int, denominator: int, goal_percent: int | None) -> Share:
    """A share against the goal, in whole numbers: exactly 35 % meets 35 % (7 of 20)."""
    if denominator == 0:
        return Share(numerator, denominator, None, None)
    exact = Decimal(100 * numerator) / Decimal(denominator)
    shown = float(exact.quantize(Decimal("0.1"), ROUND_HALF_UP))
    met = None if goal_percent is None else 100 * numerator >= goal_percent * denominator
    return Share(numerator, denominator, shown, met)


def _goal(
    connection: Connection, first: int, last: int, basis: Basis, **whose: Unpack[Whose]
) -> Iterator[tuple[int, Figures]]:
    figures = partial(goal_figures, basis=basis)
    return of_years(connection, first, last, figures, "by_enrolled.denominator", **whose)


def _concerned(one: Enrolment, rules: Rules) -> bool:
    """Whether its programme's goal is about this person, by the income before (§7.2)."""
    asked = rules.goal_income_before
    return asked is None or one.income_before in asked


def _reached(one: Enrolment, rules: Rules) -> bool:
    """Whether the exit counts towards its programme's goal (§5.1, goal)."""
    counted = rules.goal_counts
    return one.outcome in counted or one.reason in counted


def _goal_percent(id: str | None, year: int) -> int | None:
    return programme(id).rules_on(date(year, 12, 31)).goal_percent if id else DEFAULT_GOAL
