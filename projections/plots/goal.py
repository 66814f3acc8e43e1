"""The goal by both readings of its denominator, against the 35 % line (domain.md §7.2)."""

from __future__ import annotations

import math
from collections.abc import Sequence

from journey.language import N_, Language
from projections.outcomes import DEFAULT_GOAL, GoalRow, Share
from projections.plots.drawing import BLUE, GREEN, INK, RED, Drawing


def goal_plot(rows: Sequence[GoalRow], language: Language) -> Drawing:
    """Two lines over the years; a year without exits leaves a gap, never 0 %."""
    drawing = Drawing(language)
    axes, years = drawing.axes, [row.year for row in rows]
    readings = (
        (N_("of those who left"), GREEN, [row.by_exited for row in rows]),
        (N_("of those enrolled"), BLUE, [row.by_enrolled for row in rows]),
    )
    for label, colour, shares in readings:
        heights = [math.nan if s.percent is None else s.percent for s in shares]
        axes.plot(years, heights, marker="o", color=colour, label=drawing.say(label))
        for year, share in zip(years, shares, strict=True):
            if share.percent is not None:
                _label(drawing, year, share, share.percent)
    goal = drawing.say(N_("the goal, {percent} %"), percent=DEFAULT_GOAL)
    axes.axhline(DEFAULT_GOAL, color=RED, linestyle="--", label=goal)
    axes.set_xticks(years, [_year(row, drawing) for row in rows])
    axes.set_xlim(years[0] - 0.5, years[-1] + 0.5)
    axes.set_ylim(0, 100)
    axes.set_ylabel("%")
    drawing.title(drawing.say(N_("To work or studies, of a hundred")))
    drawing.legend()
    return drawing


def _label(drawing: Drawing, year: int, share: Share, percent: float) -> None:
    drawing.axes.annotate(
        f"{drawing.decimal(percent)} %\n{share.numerator}/{share.denominator}",
        (year, percent),
        xytext=(8, 4),
        textcoords="offset points",
        color=INK,
        fontsize="small",
    )


def _year(row: GoalRow, drawing: Drawing) -> str:
    if row.by_exited.percent is None:
        return f"{row.year}\n({drawing.say(N_('no exits'))})"
    return str(row.year)
