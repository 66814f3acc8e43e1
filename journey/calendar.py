"""Swedish civil dates: months that clamp, working days, ages.

Pure: every day is given, none is asked of a clock. Months are counted from the
anchor that they are given, never chained, and a due date is never moved; the
days on which one acts, or is told, are derived from it (domain.md §6.2-6.3).
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache, lru_cache
from typing import Final

from dateutil.relativedelta import relativedelta

_DAY = timedelta(days=1)
_SATURDAY = 5
_REMEMBERED: Final = 4096
"""Days of which a result is kept: every command asks for the same few again."""


@lru_cache(_REMEMBERED)
def add_months(day: date, n: int) -> date:
    """The same day of the month ``n`` months later, or that month's last day.

    Law 1930:173 §1; domain.md §6.2. Count always from the anchor: 30 November
    and three months is 28 February, and four months is 30 March.
    """
    return day + relativedelta(months=n)


def is_working_day(day: date) -> bool:
    """Whether coaches and most employers are at work on this day.

    Not on Saturdays, Sundays, public holidays (law 1989:253) or Midsummer's,
    Christmas and New Year's Eve, which count as Sundays (law 1977:480).
    Squeeze days and the eves of other holidays are working days.
    """
    return day.weekday() < _SATURDAY and day not in _days_off(day.year)


def next_working_day(day: date) -> date:
    """The day itself if it is a working day, else the first one after it."""
    while not is_working_day(day):
        day += _DAY
    return day


def previous_working_day(day: date) -> date:
    """The day itself if it is a working day, else the last one before it."""
    while not is_working_day(day):
        day -= _DAY
    return day


@lru_cache(_REMEMBERED)
def add_working_days(day: date, n: int) -> date:
    """The ``n``-th working day after ``day``; the day itself when ``n`` is 0.

    Raises ValueError when ``n`` is negative.
    """
    if n < 0:
        raise ValueError(f"working days are counted forward, not {n}")
    for _ in range(n):
        day = next_working_day(day + _DAY)
    return day


@lru_cache(_REMEMBERED)
def act_by(due_on: date) -> date:
    """The last day on which an act that is due is on time.

    Rolled forward to a working day, by analogy with law 1930:173 §2
    (domain.md §6.3).
    """
    return next_working_day(due_on)


@lru_cache(_REMEMBERED)
def notify_on(due_on: date, lead_days: int) -> date:
    """The day on which the coach is told of what is coming.

    ``lead_days`` calendar days before ``due_on``, rolled backward to a working
    day so that it is seen at work (domain.md §6.3).
    """
    return previous_working_day(due_on - timedelta(days=lead_days))


def age_on(birth_date: date, day: date) -> int:
    """Age in whole years on this day.

    Who is born on 29 February has the birthday on 1 March in common years
    (domain.md §3.4). Negative before the birth.
    """
    birthday_is_to_come = (day.month, day.day) < (birth_date.month, birth_date.day)
    return day.year - birth_date.year - birthday_is_to_come


@cache
def _days_off(year: int) -> frozenset[date]:
    # Imported here: it takes longer to load than most commands take to run.
    from holidays import DE_FACTO, PUBLIC, country_holidays  # noqa: PLC0415 - slow, see above

    return frozenset(country_holidays("SE", years=year, categories=(PUBLIC, DE_FACTO)))
