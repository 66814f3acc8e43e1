"""The reports by their names (domain.md §7): each has its question, its sheet, what explains it.

A new report is one entry here, and one file with its rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection

from journey.language import Language
from projections.outcomes import Basis, goal, yearly
from projections.sheet import Sheet
from projections.tables import goal_sheet, yearly_sheet


class Asking(Struct, frozen=True):
    """What a report is asked for: the years, the day of the question, and whose figures."""

    first: int
    last: int
    day: date
    basis: Basis = "exit"
    programme: str | None = None
    municipality: str | None = None


class Report(Struct, frozen=True):
    """A report: ``answer`` gives its rows, ``sheet`` shows them.

    ``explain`` lists the journeys behind each figure, ``plot`` draws the rows into a
    file; None where that makes no sense. ``notes`` are said beside the rows.
    ``at_year_end`` says that it shows a state, not a flow: that of the last year's last
    day, or of the day of the question where that comes first.
    """

    answer: Callable[[Connection, Asking], Sequence[Any]]
    sheet: Callable[[Any], Sheet]
    explain: Callable[[Connection, Asking], Sequence[Any]] | None = None
    plot: Callable[[Any, Language, Path], None] | None = None
    notes: tuple[str, ...] = ()
    at_year_end: bool = False

    def as_of(self, asking: Asking, as_of: date | None) -> date | None:
        """Of which day the rows must be; None: as they are now."""
        end = date(asking.last, 12, 31)
        return min(end, asking.day) if self.at_year_end and end < asking.day else as_of


def _yearly(connection: Connection, asking: Asking) -> Sequence[Any]:
    return yearly(
        connection, asking.first, asking.last, basis=asking.basis, programme=asking.programme
    )


def _goal(connection: Connection, asking: Asking) -> Sequence[Any]:
    return goal(
        connection, asking.first, asking.last, basis=asking.basis, programme=asking.programme
    )


def _plot_yearly(rows: Any, language: Language, file: Path) -> None:
    from projections.plots import yearly_plot  # noqa: PLC0415  # a second that others do not pay

    yearly_plot(rows, language).save(file)


def _plot_goal(rows: Any, language: Language, file: Path) -> None:
    from projections.plots import goal_plot  # noqa: PLC0415  # a second that others do not pay

    goal_plot(rows, language).save(file)


REPORTS: Mapping[str, Report] = {
    "yearly": Report(_yearly, yearly_sheet, plot=_plot_yearly),
    "goal": Report(_goal, goal_sheet, plot=_plot_goal),
}
