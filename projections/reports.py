"""The reports by their names (domain.md §7): each has its question, its sheet, what explains it.

A new report is one entry here, and one file with its rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection

from journey.language import Language
from projections.budget import budget, budget_sheet
from projections.capacity import capacity, capacity_sheet, explain_capacity
from projections.effect import CAVEATS, effect, effect_sheet, explain_effect
from projections.enrolments import Basis, Whose
from projections.explained import Explained
from projections.fidelity import fidelity, fidelity_sheet
from projections.grants import grants, grants_sheet, half_years, half_years_sheet
from projections.income import explain_income, income, income_sheet
from projections.kept import explain_kept, kept, kept_sheet
from projections.outcomes import explain_goal, explain_yearly, goal, yearly
from projections.sheet import Sheet
from projections.survey import refuse_comparison, survey, survey_sheet
from projections.sus_report import explain_sus, sus_report, sus_sheet
from projections.tables import goal_sheet, yearly_sheet
from projections.unmeasured import never_measured, unmeasured_sheet
from projections.volume import volume, volume_sheet


class Asking(Struct, frozen=True):
    """What a report is asked for: the years, the day of the question, and whose figures."""

    first: int
    last: int
    day: date
    basis: Basis = "exit"
    programme: str | None = None
    municipality: str | None = None

    @property
    def whose(self) -> Whose:
        """Whose enrolments the question is about."""
        return Whose(programme=self.programme, municipality=self.municipality)


Question = Callable[[Connection, Asking], Sequence[Any]]
Explanation = Callable[[Connection, Asking], Sequence[Explained]]


class Report(Struct, frozen=True):
    """A report: ``answer`` gives its rows, ``sheet`` shows them.

    ``explain`` lists the journeys behind each figure, ``plot`` draws the rows into a
    file; None where that makes no sense. ``notes`` are said beside the rows. ``of_one``
    says that it can be asked of one municipality. ``at_year_end`` says that it shows a
    state, not a flow: that of the last year's last day, or of the day of the question
    where that comes first.
    """

    answer: Question
    sheet: Callable[[Any], Sheet]
    explain: Explanation | None = None
    plot: Callable[[Any, Language, Path], None] | None = None
    notes: tuple[str, ...] = ()
    of_one: bool = True
    at_year_end: bool = False

    def as_of(self, asking: Asking, as_of: date | None) -> date | None:
        """Of which day the rows must be; None: as they are now."""
        end = date(asking.last, 12, 31)
        return min(end, asking.day) if self.at_year_end and end < asking.day else as_of


def _capacity(connection: Connection, asking: Asking) -> Sequence[Any]:
    day = min(date(asking.last, 12, 31), asking.day)
    return capacity(connection, day, municipality=asking.municipality)


def _explain_capacity(connection: Connection, asking: Asking) -> Sequence[Explained]:
    return explain_capacity(connection, asking.last, municipality=asking.municipality)


def _of_years(question: Callable[[Connection, int, int], Sequence[Any]]) -> Question:
    """A question about years and nothing else."""
    return lambda connection, asking: question(connection, asking.first, asking.last)


def _unmeasured(connection: Connection, asking: Asking) -> Sequence[Any]:
    years = range(asking.first, asking.last + 1)
    found = never_measured(connection, **asking.whose)
    return [one for one in found if one.exit_date.year in years]


def _sus(connection: Connection, asking: Asking) -> Sequence[Any]:
    return sus_report(connection, asking.first, asking.last, asking.day)


def _explain_sus(connection: Connection, asking: Asking) -> Sequence[Explained]:
    return explain_sus(connection, asking.first, asking.last, asking.day)


def _survey(connection: Connection, asking: Asking) -> Sequence[Any]:
    if asking.municipality is not None:
        refuse_comparison()
    return survey(connection, asking.first, asking.last)


def _fidelity(connection: Connection, asking: Asking) -> Sequence[Any]:
    if asking.municipality is None:
        refuse_comparison()
    return fidelity(connection, asking.municipality)


def _of_enrolments(question: Callable[..., Any]) -> Question:
    """A question about enrolments: of the years, of one programme or municipality or of all."""
    return lambda connection, asking: question(
        connection, asking.first, asking.last, **asking.whose
    )


def _by_basis(question: Callable[..., Any]) -> Question:
    """The same, where an enrolment may end with the exit or with SUS."""
    return lambda connection, asking: question(
        connection, asking.first, asking.last, basis=asking.basis, **asking.whose
    )


def _by_day(question: Callable[..., Any]) -> Question:
    """The same, where it matters on which day one asks."""
    return lambda connection, asking: question(
        connection, asking.first, asking.last, asking.day, **asking.whose
    )


def _drawn_by(name: str) -> Callable[[Any, Language, Path], None]:
    """A picture by the name of what draws it; loading that takes a second others do not pay."""

    def draw(rows: Any, language: Language, file: Path) -> None:
        plots = import_module("projections.plots")
        getattr(plots, name)(rows, language).save(file)

    return draw


REPORTS: Mapping[str, Report] = {
    "yearly": Report(
        _by_basis(yearly), yearly_sheet, _by_basis(explain_yearly), _drawn_by("yearly_plot")
    ),
    "goal": Report(_by_basis(goal), goal_sheet, _by_basis(explain_goal), _drawn_by("goal_plot")),
    "kept": Report(_by_day(kept), kept_sheet, _by_day(explain_kept)),
    "effect": Report(_by_basis(effect), effect_sheet, _by_basis(explain_effect), notes=CAVEATS),
    "income": Report(_of_enrolments(income), income_sheet, _of_enrolments(explain_income)),
    "sus": Report(_sus, sus_sheet, _explain_sus, of_one=False),
    "capacity": Report(
        _capacity,
        capacity_sheet,
        _explain_capacity,
        _drawn_by("capacity_plot"),
        at_year_end=True,
    ),
    "grants": Report(_of_years(grants), grants_sheet, of_one=False),
    "half_years": Report(_of_years(half_years), half_years_sheet, of_one=False),
    "survey": Report(_survey, survey_sheet),
    "unmeasured": Report(_unmeasured, unmeasured_sheet),
    "fidelity": Report(_fidelity, fidelity_sheet),
    "volume": Report(_of_years(volume), volume_sheet, of_one=False),
    "budget": Report(
        lambda _, asking: budget(asking.first, asking.last), budget_sheet, of_one=False
    ),
}
