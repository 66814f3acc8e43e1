"""The yearly flow, and the caseload against the places, as bars."""

from __future__ import annotations

from collections.abc import Sequence

from journey.language import N_, Language
from projections.capacity import CapacityRow
from projections.outcomes import YearRow
from projections.plots.drawing import AMBER, BLUE, GREEN, INK, PALE, Drawing

_YEARLY = (
    ("enrolled", N_("enrolled"), BLUE),
    ("exited", N_("exited"), AMBER),
    ("to_work_or_studies", N_("to work or studies"), GREEN),
    ("carried", N_("carried over"), PALE),
)


def yearly_plot(rows: Sequence[YearRow], language: Language) -> Drawing:
    """Enrolled, exited, to work or studies, carried over: four bars a year (domain.md §7.1)."""
    drawing = Drawing(language)
    axes, wide = drawing.axes, 0.8 / len(_YEARLY)
    for number, (figure, label, colour) in enumerate(_YEARLY):
        places = [place + (number - 1.5) * wide for place in range(len(rows))]
        heights = [getattr(row, figure) for row in rows]
        bars = axes.bar(places, heights, wide, label=drawing.say(label), color=colour)
        axes.bar_label(bars, padding=2, color=INK, fontsize="small")
    axes.set_xticks(range(len(rows)), [str(row.year) for row in rows])
    axes.set_ylabel(drawing.say(N_("persons")))
    drawing.title(drawing.say(N_("The yearly flow")))
    drawing.legend()
    return drawing


def capacity_plot(rows: Sequence[CapacityRow], language: Language) -> Drawing:
    """Who is active in each municipality, against its places; aftercare beside (domain.md §7.5)."""
    drawing = Drawing(language, height=1.6 + 0.6 * max(len(rows), 3))
    axes, lines = drawing.axes, range(len(rows))
    active = axes.barh(
        [line - 0.2 for line in lines],
        [row.active for row in rows],
        0.38,
        label=drawing.say(N_("active")),
        color=BLUE,
    )
    aftercare = axes.barh(
        [line + 0.2 for line in lines],
        [row.aftercare for row in rows],
        0.38,
        label=drawing.say(N_("aftercare")),
        color=PALE,
    )
    for bars in (active, aftercare):
        axes.bar_label(bars, padding=3, color=INK, fontsize="small")
    known = [(line, row.places) for line, row in enumerate(rows) if row.places is not None]
    axes.plot(
        [places for _, places in known],
        [line - 0.2 for line, _ in known],
        linestyle="none",
        marker="|",
        markersize=22,
        markeredgewidth=2.5,
        color=AMBER,
        label=drawing.say(N_("places")),
    )
    axes.set_yticks(lines, [_labelled(row, drawing) for row in rows])
    axes.invert_yaxis()
    axes.set_xlim(left=0)
    axes.set_xlabel(drawing.say(N_("persons")))
    drawing.title(drawing.say(N_("Caseload against places")))
    drawing.legend()
    return drawing


def _labelled(row: CapacityRow, drawing: Drawing) -> str:
    if row.places is None:
        return f"{row.municipality}\n({drawing.say(N_('places unknown'))})"
    return f"{row.municipality}\n({row.places} {drawing.say(N_('places'))})"
