"""A project's budget, recomputed beside what was applied for (S4 §7; domain.md §7.6).

Thousand SEK throughout. It needs no rows: a programme's file says all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from journey.language import N_
from journey.programme import Programme
from journey.rules import Budget, Rules
from journey.units.programmes import shipped
from projections.sheet import Sheet, Words, sheet, yes_or_no


class BudgetRow(Struct, frozen=True):
    """One year: ``amount`` as reckoned, ``granted`` as the source states it, whether they agree.

    ``goal`` is the number of participants to reach work, in all municipalities; None for
    a year that the project does not fill (S4 §2), as is ``goal_per_municipality``.
    """

    programme: str
    year: int
    amount: int
    granted: int | None
    agrees: bool
    goal: int | None
    goal_per_municipality: int | None


class TrainingRow(Struct, frozen=True):
    """What the training costs in all, and what finances it (S4 §7.1)."""

    programme: str
    cost: int
    financing: int
    agrees: bool


def budget(first: int, last: int) -> list[BudgetRow]:
    """The budgets of the years from first to last, of every shipped programme that has one."""
    return [
        row
        for one, rules, said in _budgets()
        for row in _rows(one, rules, said)
        if first <= row.year <= last
    ]


def training() -> list[TrainingRow]:
    """The training of every shipped programme that has a budget."""
    rows = []
    for one, _, said in _budgets():
        cost, financing = sum(said.training_costs), sum(said.training_financing)
        rows.append(TrainingRow(one.id, cost, financing, cost == financing))
    return rows


def amounts(said: Budget) -> Iterator[int]:
    """The amount of the first year, and of each whole year after it.

    Each year is raised from the year before and cut to whole thousands (never rounded:
    741.6 is stated as 741; domain.md §7.6).
    """
    yield said.coaches * (said.monthly * said.first_year_months + said.training_per_coach)
    whole = said.coaches * said.monthly * 12
    while True:
        whole = whole * (100 + said.rise_percent) // 100
        yield whole


def _budgets() -> Iterator[tuple[Programme, Rules, Budget]]:
    for one in shipped():
        rules = one.rule_sets[0]
        if rules.budget is not None:
            yield one, rules, rules.budget


def _rows(one: Programme, rules: Rules, said: Budget) -> Iterator[BudgetRow]:
    stated = {grant.year: grant.amount for grant in said.granted}
    last = one.closes.year if one.closes else max(stated, default=one.opens.year)
    for year, amount in zip(range(one.opens.year, last + 1), amounts(said), strict=False):
        each = rules.goal_per_municipality if _whole(one, year) else None
        goal = None if each is None else each * len(one.municipalities)
        granted = stated.get(year)
        yield BudgetRow(one.id, year, amount, granted, amount == granted, goal, each)


def _whole(one: Programme, year: int) -> bool:
    """Whether the programme is open from a year's first day to its last."""
    return one.opens.year < year or (one.opens.month, one.opens.day) == (1, 1)


def budget_sheet(rows: Iterable[BudgetRow]) -> Sheet:
    """The budget, year by year."""
    columns = (
        N_("programme"),
        N_("year"),
        N_("thousand SEK"),
        N_("stated"),
        N_("agrees"),
        N_("goal"),
        N_("per municipality"),
    )
    return sheet(
        Words(N_("Budget")),
        columns,
        (
            (
                row.programme,
                row.year,
                row.amount,
                row.granted,
                yes_or_no(row.agrees),
                row.goal,
                row.goal_per_municipality,
            )
            for row in rows
        ),
    )


def training_sheet(rows: Iterable[TrainingRow]) -> Sheet:
    """The training and its financing."""
    return sheet(
        Words(N_("Training")),
        (N_("programme"), N_("thousand SEK"), N_("financed"), N_("agrees")),
        ((r.programme, r.cost, r.financing, yes_or_no(r.agrees)) for r in rows),
    )
