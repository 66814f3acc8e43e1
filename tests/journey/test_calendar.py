"""The Swedish calendar, by the worked examples of domain.md §6.3-6.4."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journey.calendar import (
    act_by,
    add_months,
    add_working_days,
    age_on,
    is_working_day,
    next_working_day,
    notify_on,
    previous_working_day,
)

A = (
    ("2026-12-07", "2026-12-07", "2026-12-04"),
    ("2026-12-14", "2026-12-14", "2026-12-11"),
    ("2026-12-21", "2026-12-21", "2026-12-18"),
    ("2026-12-28", "2026-12-28", "2026-12-23"),
    ("2027-01-13", "2027-01-13", "2027-01-08"),
    ("2027-01-30", "2027-02-01", "2027-01-27"),
    ("2027-02-28", "2027-03-01", "2027-02-25"),
    ("2027-03-30", "2027-03-30", "2027-03-25"),
    ("2027-04-30", "2027-04-30", "2027-04-27"),
    ("2027-05-30", "2027-05-31", "2027-05-27"),
)
B = (
    ("2026-09-07", "2026-09-07", "2026-09-04"),
    ("2026-09-14", "2026-09-14", "2026-09-11"),
    ("2026-09-21", "2026-09-21", "2026-09-18"),
    ("2026-09-28", "2026-09-28", "2026-09-25"),
    ("2026-10-14", "2026-10-14", "2026-10-09"),
    ("2026-10-31", "2026-11-02", "2026-10-28"),
    ("2026-11-30", "2026-11-30", "2026-11-27"),
    ("2026-12-31", "2027-01-04", "2026-12-28"),
    ("2027-01-31", "2027-02-01", "2027-01-28"),
    ("2027-02-28", "2027-03-01", "2027-02-25"),
)
C = (
    ("2028-03-07", "2028-03-07", "2028-03-03"),
    ("2028-03-14", "2028-03-14", "2028-03-10"),
    ("2028-03-21", "2028-03-21", "2028-03-17"),
    ("2028-03-28", "2028-03-28", "2028-03-24"),
    ("2028-04-12", "2028-04-12", "2028-04-07"),
    ("2028-04-29", "2028-05-02", "2028-04-26"),
    ("2028-05-29", "2028-05-29", "2028-05-26"),
    ("2028-06-29", "2028-06-29", "2028-06-26"),
    ("2028-07-29", "2028-07-31", "2028-07-26"),
    ("2028-08-29", "2028-08-29", "2028-08-25"),
)


@pytest.mark.parametrize(("due", "act", "notify"), [*A, *B, *C])
def test_act_by_rolls_forward_and_notify_on_backward(due: str, act: str, notify: str) -> None:
    """Every row of the three tables of domain.md §6.4."""
    due_on = date.fromisoformat(due)
    assert act_by(due_on) == date.fromisoformat(act)
    assert notify_on(due_on, 3) == date.fromisoformat(notify)


@pytest.mark.parametrize(
    ("exit_date", "due", "act"),
    [
        ("2026-11-30", "2027-02-28", "2027-03-01"),
        ("2023-11-30", "2024-02-29", "2024-02-29"),
        ("2027-11-30", "2028-02-29", "2028-02-29"),
        ("2026-08-31", "2026-11-30", "2026-11-30"),
        ("2028-02-29", "2028-05-29", "2028-05-29"),
        ("2024-02-29", "2024-05-29", "2024-05-29"),
        ("2026-11-28", "2027-02-28", "2027-03-01"),
        ("2026-11-29", "2027-02-28", "2027-03-01"),
        ("2026-12-01", "2027-03-01", "2027-03-01"),
        ("2026-01-31", "2026-04-30", "2026-04-30"),
        ("2026-05-31", "2026-08-31", "2026-08-31"),
        ("2026-09-30", "2026-12-30", "2026-12-30"),
        ("2026-10-31", "2027-01-31", "2027-02-01"),
        ("2026-09-24", "2026-12-24", "2026-12-28"),
        ("2026-09-25", "2026-12-25", "2026-12-28"),
    ],
)
def test_three_months_after_exit(exit_date: str, due: str, act: str) -> None:
    """The SUS dates of domain.md §6.4, with "More SUS dates"."""
    due_on = add_months(date.fromisoformat(exit_date), 3)
    assert due_on == date.fromisoformat(due)
    assert act_by(due_on) == date.fromisoformat(act)


def test_fourth_month_after_a_leap_day_falls_on_a_saturday() -> None:
    due_on = add_months(date(2024, 2, 29), 4)
    assert (due_on, act_by(due_on)) == (date(2024, 6, 29), date(2024, 7, 1))


def test_months_are_counted_from_the_anchor_not_chained() -> None:
    """30 Nov, 28 Feb, 30 Mar: not 28 Mar (domain.md §6.2)."""
    anchor = date(2026, 11, 30)
    assert add_months(anchor, 4) == date(2027, 3, 30)
    assert add_months(add_months(anchor, 3), 1) == date(2027, 3, 28)


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)), st.integers(0, 240))
def test_a_month_later_has_the_same_day_or_is_the_months_last(day: date, n: int) -> None:
    later = add_months(day, n)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == n
    last_of_month = (later + timedelta(days=1)).day == 1
    assert later.day == day.day or (later.day < day.day and last_of_month)


@pytest.mark.parametrize(
    "day",
    [
        "2026-01-01",
        "2026-01-06",
        "2026-04-03",
        "2026-04-06",
        "2026-05-01",
        "2026-05-14",
        "2023-06-06",
        "2026-06-19",
        "2026-12-24",
        "2026-12-25",
        "2023-12-26",
        "2026-12-31",
    ],
)
def test_public_holidays_and_the_three_eves_are_no_working_days(day: str) -> None:
    """Law 1989:253, and Midsummer's, Christmas and New Year's Eve. All on Monday to Friday."""
    assert date.fromisoformat(day).weekday() < 5
    assert not is_working_day(date.fromisoformat(day))


@pytest.mark.parametrize(
    "day",
    [
        "2026-01-05",
        "2026-04-02",
        "2026-04-30",
        "2026-05-13",
        "2026-05-15",
        "2026-10-30",
        "2026-12-23",
        "2026-12-30",
    ],
)
def test_squeeze_days_and_short_days_are_working_days(day: str) -> None:
    """Twelfth Night, Maundy Thursday, Walpurgis Night, the days about Ascension …"""
    assert is_working_day(date.fromisoformat(day))


@pytest.mark.parametrize("year", range(2012, 2040))
def test_no_more_days_off_than_the_law_and_the_eves_give(year: int) -> None:
    """Beside the fixed days, four moving ones fall on a Monday to Friday, and nothing else."""
    days = (date(year, 1, 1) + timedelta(days=n) for n in range(366))
    off = [d for d in days if d.year == year and d.weekday() < 5 and not is_working_day(d)]
    fixed = [(1, 1), (1, 6), (5, 1), (6, 6), (12, 24), (12, 25), (12, 26), (12, 31)]
    expected = [date(year, m, d) for m, d in fixed if date(year, m, d).weekday() < 5]
    moving = sorted(set(off) - set(expected))
    assert set(expected) <= set(off)
    # Good Friday, Easter Monday, Ascension, Midsummer's Eve.
    assert [d.weekday() for d in moving] == [4, 0, 3, 4]


def test_the_nearest_working_day_is_the_day_itself_when_it_is_one() -> None:
    monday = date(2026, 11, 2)
    assert next_working_day(monday) == previous_working_day(monday) == monday


def test_the_longest_rest_of_the_year_is_passed_in_one_roll() -> None:
    """Good Friday to Easter Monday, either way."""
    assert next_working_day(date(2026, 4, 3)) == date(2026, 4, 7)
    assert previous_working_day(date(2026, 4, 6)) == date(2026, 4, 2)


@given(st.dates(date(2000, 1, 1), date(2060, 1, 1)))
def test_acting_is_never_before_due_nor_more_than_five_days_after(due_on: date) -> None:
    assert timedelta(0) <= act_by(due_on) - due_on <= timedelta(days=5)
    assert notify_on(due_on, 3) <= due_on - timedelta(days=3)


def test_working_days_are_counted_from_the_day_after() -> None:
    """Five working days after Thursday 2026-12-17 pass Christmas Eve, Day and the weekend."""
    assert add_working_days(date(2026, 12, 17), 0) == date(2026, 12, 17)
    assert add_working_days(date(2026, 12, 17), 4) == date(2026, 12, 23)
    assert add_working_days(date(2026, 12, 17), 5) == date(2026, 12, 28)


def test_working_days_are_not_counted_backward() -> None:
    with pytest.raises(ValueError, match="forward"):
        add_working_days(date(2026, 12, 17), -1)


@pytest.mark.parametrize(
    ("birth", "day", "age"),
    [
        ("2000-03-15", "2026-03-14", 25),
        ("2000-03-15", "2026-03-15", 26),
        ("2008-02-29", "2026-02-28", 17),
        ("2008-02-29", "2026-03-01", 18),
        ("2008-02-29", "2028-02-28", 19),
        ("2008-02-29", "2028-02-29", 20),
        ("2026-02-02", "2026-02-02", 0),
    ],
)
def test_age_in_whole_years(birth: str, day: str, age: int) -> None:
    """Born on 29 February: the birthday is 1 March in common years (domain.md §3.4)."""
    assert age_on(date.fromisoformat(birth), date.fromisoformat(day)) == age


def test_the_holiday_tables_are_not_loaded_before_they_are_needed() -> None:
    """Loading them takes longer than most commands (design.md §5)."""
    code = "import sys, journey.calendar; sys.exit('holidays' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
