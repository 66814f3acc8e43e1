"""One journey's aftercare with both its clocks on one time line.

Aftercare counts from the first day of the employment, deregistration from SUS from the
exit (domain.md §11 Q1): two clocks that often start on different days.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num

from journey.language import N_, Language
from journey.values import SlotStatus
from projections.plots.drawing import AMBER, BLUE, GREEN, INK, PALE, RED, Drawing
from projections.show import AftercareView, JourneyView, SlotView, SusView

_SLOTS = {
    SlotStatus.OPEN: (N_("open"), BLUE),
    SlotStatus.FILLED: (N_("filled"), GREEN),
    SlotStatus.ATTEMPTED: (N_("attempted"), AMBER),
    SlotStatus.MISSED: (N_("missed"), RED),
    SlotStatus.CANCELLED: (N_("cancelled"), PALE),
}
_DAY = timedelta(days=1)


class NothingToDraw(ValueError):
    """The journey has neither aftercare slots nor an exit."""


def aftercare_plot(view: JourneyView, day: date, language: Language) -> Drawing:
    """The windows of the aftercare calendar, the days for SUS, and the day of the question.

    Raises NothingToDraw where the journey has neither slots nor an exit.
    """
    slots, left = view.aftercare.slots, view.exit
    if not slots and left is None:
        raise NothingToDraw(view.journey)
    drawing = Drawing(language, height=2.2 + 0.32 * (len(slots) + 2))
    labels = _draw_slots(drawing, view.aftercare)
    if left is not None:
        labels.append(drawing.say(N_("exit and SUS")))
        _draw_sus(drawing, left.exit_date, view.sus, line=len(labels) - 1)
    _draw_today(drawing, day, [s.window_end for s in slots])
    axes = drawing.axes
    axes.set_yticks(range(len(labels)), labels)
    axes.invert_yaxis()
    axes.margins(x=0.03)
    locator = AutoDateLocator()
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator, formats=_FORMATS))
    drawing.title(drawing.say(N_("Aftercare and SUS: {journey}"), journey=view.journey))
    drawing.legend(columns=3)
    return drawing


_FORMATS = ["%Y-%m", "%Y-%m", "%m-%d", "%m-%d", "%m-%d", "%m-%d"]
"""Days as numbers, which read the same in every language."""


def _draw_slots(drawing: Drawing, aftercare: AftercareView) -> list[str]:
    told: set[SlotStatus] = set()
    contact: str | None = drawing.say(N_("contact"))
    for line, slot in enumerate(aftercare.slots):
        label, colour = _SLOTS[slot.status]
        _bar(
            drawing,
            line,
            slot.window_start,
            slot.window_end,
            color=colour,
            label=None if slot.status in told else drawing.say(label),
        )
        told.add(slot.status)
        _mark(
            drawing,
            line,
            slot.due_on,
            "D",
            color=INK,
            label=None if line else drawing.say(N_("due")),
        )
        if slot.contact_on is not None:
            _mark(drawing, line, slot.contact_on, "o", color="white", mec=INK, label=contact)
            contact = None
    if aftercare.anchor is not None:
        start = drawing.say(N_("employment starts"))
        drawing.axes.axvline(
            date2num(aftercare.anchor),
            color=GREEN,
            lw=2,
            ls=":",
            label=f"{start} ({aftercare.anchor})",
        )
    return [_named(slot) for slot in aftercare.slots]


def _named(slot: SlotView) -> str:
    return f"{slot.slot}  {slot.due_on:%m-%d}"


def _draw_sus(drawing: Drawing, exit_date: date, sus: SusView, line: int) -> None:
    until = sus.due_on or exit_date
    waiting = drawing.say(N_("waiting for SUS"))
    _bar(drawing, line, exit_date, until, color=AMBER, label=waiting, hatch="//")
    left = drawing.say(N_("exit"))
    _mark(drawing, line, exit_date, "s", color=INK, label=f"{left} ({exit_date})")
    if sus.due_on is not None:
        due = drawing.say(N_("SUS deregistration due"))
        _mark(drawing, line, sus.due_on, "v", color=INK, label=f"{due} ({sus.due_on})")
    if sus.deregistered_on is not None:
        _mark(
            drawing,
            line,
            sus.deregistered_on,
            "o",
            color=GREEN,
            label=drawing.say(N_("deregistered")),
        )


def _draw_today(drawing: Drawing, day: date, ends: list[date]) -> None:
    last = max(ends, default=day)
    if day <= last + 31 * _DAY:
        shown = drawing.say(N_("the day of the question"))
        drawing.axes.axvline(date2num(day), color=RED, lw=1.2, label=f"{shown} ({day})")


def _bar(drawing: Drawing, line: int, first: date, last: date, **looks: Any) -> None:
    days = (last - first).days + 1
    bar = drawing.axes.barh(line, days, left=date2num(first), height=0.6, **looks)
    bar.patches[0].sticky_edges.x.clear()


def _mark(drawing: Drawing, line: int, day: date, marker: str, **looks: Any) -> None:
    drawing.axes.plot([date2num(day)], [line], marker=marker, ls="none", ms=6, **looks)
