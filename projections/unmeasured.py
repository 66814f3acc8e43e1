"""Who was never asked: the gap of a survey that is held once a year (domain.md §7.7)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Unpack

from msgspec import Struct
from sqlalchemy import Connection

from journey.language import N_
from projections.enrolments import Enrolment, Whose, enrolments
from projections.sheet import Sheet, Words, sheet


class NeverMeasured(Struct, frozen=True):
    """A journey that ended between two surveys, and was offered none."""

    journey: str
    enrolled_on: date
    exit_date: date


def never_measured(connection: Connection, **whose: Unpack[Whose]) -> list[NeverMeasured]:
    """Those enrolled and exited without a survey, and without its month between.

    S2 §8.1 wants everyone asked at least once, and asks in October: who comes after one
    and leaves before the next is missed. A programme without a survey misses nobody.
    """
    return [
        NeverMeasured(one.journey, one.enrolled_on, one.exit_date)
        for one in enrolments(connection, **whose)
        if one.exit_date is not None and not one.surveyed and _missed(one, one.exit_date)
    ]


def _missed(one: Enrolment, exit_date: date) -> bool:
    """Whether the programme has a survey, in a month that the enrolment does not touch."""
    survey = one.rules.survey
    if survey is None:
        return False
    begun = one.enrolled_on
    # The first day of the next such month; of this one, who began in it.
    held = date(begun.year + (begun.month > survey.month), survey.month, 1)
    return exit_date < held


def unmeasured_sheet(rows: Iterable[NeverMeasured]) -> Sheet:
    """Who was never asked."""
    return sheet(
        Words(N_("Never asked in the survey")),
        (N_("journey"), N_("enrolled"), N_("exited")),
        ((r.journey, r.enrolled_on, r.exit_date) for r in rows),
    )
