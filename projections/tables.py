"""Answers as sheets for people: which columns they have."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from journey.language import N_
from journey.next import Possibility
from journey.preview import DueDate
from journey.storage.rebuild import Rebuilt
from projections.outcomes import GoalRow, Share, YearRow
from projections.sheet import Sheet, Words, sheet, text, yes_or_no
from projections.show import AftercareView, JourneyView
from projections.timeline import Entry


def yearly_sheet(rows: Iterable[YearRow]) -> Sheet:
    """The yearly table (domain.md §7.1)."""
    columns = (
        N_("year"),
        N_("enrolled"),
        N_("women"),
        N_("men"),
        N_("undisclosed"),
        N_("exited"),
        N_("to work or studies"),
        N_("other"),
        N_("carried over"),
    )
    return sheet(
        Words(N_("Yearly table")),
        columns,
        (
            (
                r.year,
                r.enrolled,
                r.women,
                r.men,
                r.undisclosed,
                r.exited,
                r.to_work_or_studies,
                r.other,
                r.carried,
            )
            for r in rows
        ),
    )


def goal_sheet(rows: Iterable[GoalRow]) -> Sheet:
    """The goal by both readings (domain.md §7.2)."""
    columns = (
        N_("year"),
        N_("of those who left"),
        N_("goal met"),
        N_("of those enrolled"),
        N_("goal met"),
    )
    return sheet(
        Words(N_("The goal: to work or studies")),
        columns,
        ((row.year, *_share(row.by_exited), *_share(row.by_enrolled)) for row in rows),
    )


def _share(share: Share) -> tuple[str, str]:
    if share.percent is None:
        return Words(N_("no exits")), ""
    return f"{share.numerator}/{share.denominator} = {share.percent} %", yes_or_no(share.met)


def journey_sheet(view: JourneyView) -> Sheet:
    """A journey in a few lines."""
    job, sus, left = view.employment, view.sus, view.exit
    lines = (
        (N_("programme"), view.programme),
        (N_("municipality"), view.municipality),
        (N_("coach"), view.coach),
        (N_("phase"), view.phase),
        (N_("flags"), ", ".join(flag.value for flag in view.flags)),
        (N_("consents"), ", ".join(c.kind.value for c in view.consents if not c.withdrawn_on)),
        (N_("employment"), f"{job.employer} {job.started_on} {job.percent} %" if job else None),
        (N_("exit"), f"{left.exit_date} {left.reason}" if left else None),
        (N_("SUS"), " ".join(text(part) for part in (sus.status, sus.due_on) if part)),
        (N_("aftercare"), view.aftercare.status),
    )
    rows = ((Words(label), value) for label, value in lines)
    return sheet(view.journey, (N_("what"), N_("how it is")), rows)


def slots_sheet(aftercare: AftercareView) -> Sheet:
    """The aftercare calendar, slot by slot."""
    columns = (
        N_("slot"),
        N_("kind"),
        N_("from"),
        N_("to"),
        N_("due"),
        N_("act by"),
        N_("status"),
        N_("contact"),
    )
    return sheet(
        Words(N_("Aftercare")),
        columns,
        (
            (
                s.slot,
                s.kind,
                s.window_start,
                s.window_end,
                s.due_on,
                s.act_by,
                s.status,
                s.contact_on,
            )
            for s in aftercare.slots
        ),
    )


def history_sheet(entries: Iterable[Entry]) -> Sheet:
    """A journey's facts."""
    columns = (N_("no."), N_("day"), N_("what happened"), N_("by"), N_("known"), N_("note"))
    return sheet(
        Words(N_("History")),
        columns,
        (
            (e.version, e.on, e.event, e.by, f"{e.recorded_at:%Y-%m-%d %H:%M}", _note(e))
            for e in entries
        ),
    )


def _note(entry: Entry) -> str:
    if isinstance(entry.corrected_by, int):
        return f"→ {entry.corrected_by}"
    data = entry.data
    if entry.event == "EntryCorrected":
        return f"{data['entry']}: {data['field']} {data['old']} → {data['value']}"
    return ""


def next_sheet(possibilities: Iterable[Possibility], told: Any) -> Sheet:
    """What may happen next; ``told`` says a reason in the reader's language."""
    return sheet(
        Words(N_("What may happen next")),
        (N_("command"), N_("allowed"), N_("why not")),
        (
            (p.do, yes_or_no(p.allowed), "\n".join(told(r) for r in p.reasons))
            for p in possibilities
        ),
    )


def differences_sheet(rebuilt: Rebuilt) -> Sheet:
    """Where rows were not as the facts make them."""
    return sheet(
        Words(N_("Rows that differ")),
        (N_("table"), N_("lacking"), N_("too many"), N_("for example")),
        (
            (t.table, t.missing, t.extra, ", ".join(rebuilt.examples))
            for t in rebuilt.tables
            if t.missing or t.extra
        ),
    )


def dates_sheet(dates: Iterable[DueDate]) -> Sheet:
    """What would fall due."""
    return sheet(
        Words(N_("What falls due")),
        (N_("kind"), N_("what"), N_("due"), N_("act by"), N_("notify on")),
        ((d.kind, d.what, d.due_on, d.act_by, d.notify_on) for d in dates),
    )
