"""Who was enrolled when, and what came of it: the yearly table and the goal (domain.md §7.1, §7.2).

One row a journey that was enrolled. An exit that was undone by reopening is no exit,
and a registration error (class void) has no row: it is counted nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from msgspec import Struct
from sqlalchemy import Column, Connection, Date, LargeBinary, MetaData, String, Table, select

from journey.programme import programme
from journey.rules import Rules
from journey.state import Journey
from journey.storage.rows import Rows
from journey.units import Unit
from journey.values import ExitClass, Sex

Basis = Literal["exit", "sus"]
"""Whether a person counts as enrolled until the exit, or until SUS deregistration (§7.2)."""

DEFAULT_GOAL = 35
"""Percent; S0 and S2 §2 say the same. A programme's file may say otherwise."""

metadata = MetaData()

outcomes = Table(
    "outcomes",
    metadata,
    Column("stream", LargeBinary(16), primary_key=True),
    Column("journey", String(64), nullable=False),
    Column("person", String(64), nullable=False),
    Column("sex", String(16), nullable=False),
    Column("programme", String(64), nullable=False),
    Column("municipality", String(64), nullable=False),
    Column("enrolled_on", Date, nullable=False, index=True),
    Column("exit_date", Date),
    Column("reason", String(64)),
    Column("outcome", String(16)),
    Column("sus_out_on", Date),
)


class Outcomes:
    """The rows: when a journey was enrolled, when and how it was left."""

    tables: Sequence[Table] = (outcomes,)

    def rows(self, journey: Journey) -> Rows:
        """The journey's row; none before enrolment, none for a registration error."""
        exited, enrolled_on = journey.exit.exited, journey.enrolment.enrolled_on
        if enrolled_on is None or (exited and exited.outcome is ExitClass.VOID):
            return {}
        part = journey.referral
        row = {
            "journey": part.journey,
            "person": part.person,
            "sex": part.sex.value,
            "programme": part.programme,
            "municipality": part.municipality,
            "enrolled_on": enrolled_on,
            "exit_date": exited.exit_date if exited else None,
            "reason": exited.reason if exited else None,
            "outcome": exited.outcome.value if exited else None,
            "sus_out_on": _out_of_sus(journey),
        }
        return {outcomes.name: (row,)}

    def unit_rows(self, unit: Unit) -> Rows:
        """A unit has none."""
        return {}


def _out_of_sus(journey: Journey) -> date | None:
    """The day of deregistration; of the exit, for who is not registered by name."""
    exited, deregistered = journey.exit.exited, journey.sus.deregistered
    if exited is None or not journey.sus.settled:
        return None
    return deregistered.on if deregistered else exited.exit_date


# --- the figures ---------------------------------------------------------------------


class YearRow(Struct, frozen=True):
    """One year of the yearly table (S0 "Statistik"; domain.md §7.1).

    ``enrolled`` are distinct persons whose enrolment touches the year, both ends
    included, by sex; ``exited`` are the enrolments that end in the year (each journey
    counts for itself, domain.md §12.3), ``to_work_or_studies`` and ``other`` of them;
    ``carried`` are distinct persons still enrolled when it ends. By ``sus`` an enrolment
    ends on the day of deregistration, and counts in that day's year (§7.2).
    """

    year: int
    enrolled: int
    women: int
    men: int
    undisclosed: int
    exited: int
    to_work_or_studies: int
    other: int
    carried: int


class Share(Struct, frozen=True):
    """A share of the goal: ``percent`` with one decimal, rounded half up; null of nothing."""

    numerator: int
    denominator: int
    percent: float | None
    met: bool | None


class GoalRow(Struct, frozen=True):
    """The goal of one year by both readings of its denominator (domain.md §7.2)."""

    year: int
    by_exited: Share
    by_enrolled: Share


class _Enrolment(Struct, frozen=True):
    person: str
    sex: str
    programme: str
    enrolled_on: date
    exit_date: date | None
    reason: str | None
    outcome: str | None
    sus_out_on: date | None

    def until(self, basis: Basis) -> date | None:
        """The last day that counts as enrolled; None while it goes on."""
        return self.exit_date if basis == "exit" else self.sus_out_on

    def touches(self, year: int, basis: Basis) -> bool:
        until = self.until(basis)
        return self.enrolled_on.year <= year and (until is None or until.year >= year)

    def ends_in(self, year: int, basis: Basis) -> bool:
        until = self.until(basis)
        return until is not None and until.year == year

    def goes_beyond(self, year: int, basis: Basis) -> bool:
        until = self.until(basis)
        return self.enrolled_on.year <= year and (until is None or until.year > year)


def yearly(
    connection: Connection,
    first: int,
    last: int,
    *,
    basis: Basis = "exit",
    programme: str | None = None,
) -> list[YearRow]:
    """The yearly table for the years from first to last, of one programme or of all.

    A journey that was transferred belongs to the programme that it is in now; ask as of
    the day before the transfer for the one that it came from.
    """
    enrolments = _read(connection, programme)
    return [_year_row(enrolments, year, basis) for year in range(first, last + 1)]


def goal(
    connection: Connection,
    first: int,
    last: int,
    *,
    basis: Basis = "exit",
    programme: str | None = None,
) -> list[GoalRow]:
    """The goal for the years from first to last, of one programme or of all.

    Each exit is counted by its own programme's rules in force on its day: what counts
    as reached, and a goal of its own percent where only one programme is asked for (a
    programme that states none, as Finnveden, has nothing to meet: ``met`` is None).
    A year without exits has neither percent nor verdict (§7.2: "no exits", not 0 %).
    """
    enrolments = _read(connection, programme)
    return [
        _goal_row(enrolments, year, basis, _goal_percent(programme, year))
        for year in range(first, last + 1)
    ]


def _read(connection: Connection, programme: str | None) -> list[_Enrolment]:
    columns = [outcomes.c[name] for name in _Enrolment.__struct_fields__]
    query = select(*columns).order_by(outcomes.c.enrolled_on, outcomes.c.journey)
    if programme is not None:
        query = query.where(outcomes.c.programme == programme)
    return [_Enrolment(*row) for row in connection.execute(query)]


def _year_row(enrolments: Iterable[_Enrolment], year: int, basis: Basis) -> YearRow:
    touching = [one for one in enrolments if one.touches(year, basis)]
    people = {one.person: one.sex for one in touching}  # the latest journey's word
    exits = [one for one in touching if one.ends_in(year, basis)]
    reached = [e for e in exits if e.outcome in (ExitClass.WORK.value, ExitClass.STUDIES.value)]
    sexes = list(people.values())
    return YearRow(
        year=year,
        enrolled=len(people),
        women=sexes.count(Sex.WOMAN.value),
        men=sexes.count(Sex.MAN.value),
        undisclosed=sexes.count(Sex.UNDISCLOSED.value),
        exited=len(exits),
        to_work_or_studies=len(reached),
        other=len(exits) - len(reached),
        carried=len({one.person for one in touching if one.goes_beyond(year, basis)}),
    )


def _goal_row(
    enrolments: Iterable[_Enrolment], year: int, basis: Basis, percent: int | None
) -> GoalRow:
    touching = [one for one in enrolments if one.touches(year, basis)]
    exits = [one for one in touching if one.ends_in(year, basis)]
    reached = sum(_counts(one) for one in exits)
    enrolled = len({one.person for one in touching})
    return GoalRow(
        year=year,
        by_exited=share(reached, len(exits), percent),
        by_enrolled=share(reached, enrolled, percent) if exits else Share(0, enrolled, None, None),
    )


def share(numerator: int, denominator: int, goal_percent: int | None) -> Share:
    """A share against the goal, in whole numbers: exactly 35 % meets 35 % (7 of 20)."""
    if denominator == 0:
        return Share(numerator, denominator, None, None)
    exact = Decimal(100 * numerator) / Decimal(denominator)
    shown = float(exact.quantize(Decimal("0.1"), ROUND_HALF_UP))
    met = None if goal_percent is None else 100 * numerator >= goal_percent * denominator
    return Share(numerator, denominator, shown, met)


def _counts(one: _Enrolment) -> bool:
    """Whether the exit counts towards its programme's goal (§5.1, goal)."""
    assert one.exit_date is not None
    counted = _rules(one.programme, one.exit_date).goal_counts
    return one.outcome in counted or one.reason in counted


def _rules(id: str, day: date) -> Rules:
    return programme(id).rules_on(day)


def _goal_percent(id: str | None, year: int) -> int | None:
    return _rules(id, date(year, 12, 31)).goal_percent if id else DEFAULT_GOAL
