"""A person's data have been kept for as long as the law asks (domain.md §9.5)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from journey.calendar import add_months
from journey.notices import RETENTION, Notice
from journey.rules import Rules
from journey.state import Journey
from journey.values import ENDED, NoticeStage, Role

WHAT = "personal_data"
_YEAR = 12


def says(journey: Journey, rules: Rules) -> Iterator[Notice]:
    """To the manager: ``retention_years`` after the last fact of a journey that has ended.

    The erasure must be finished by the end of the next calendar year; the day after it
    the manager is told once more. Whether the person is one whose data are kept for
    research is for the municipality to know.
    """
    if journey.phase not in ENDED or journey.latest is None:
        return
    due_on = add_months(journey.latest, rules.retention_years * _YEAR)
    act_by, missed = date(due_on.year + 1, 12, 31), date(due_on.year + 2, 1, 1)
    for stage, on in ((NoticeStage.DUE, due_on), (NoticeStage.OVERDUE, missed)):
        yield Notice(RETENTION, WHAT, stage, due_on, act_by, Role.MANAGER, on)
