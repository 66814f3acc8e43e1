"""The read model behind the outcomes: who was enrolled when, and what came of it.

One row a journey that was enrolled. An exit that was undone by reopening is no exit,
and a registration error (class void) has no row: it is counted nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Literal, TypedDict, Unpack

from msgspec import Struct
from sqlalchemy import Boolean, Column, Connection, Date, LargeBinary, MetaData, Table
from sqlalchemy import select as select_columns

from journey.exit import JourneyExited
from journey.programme import programme
from journey.rules import Rules
from journey.state import Journey
from journey.storage.rows import Rows
from journey.storage.schema import plain_text
from journey.units import Unit
from journey.values import ExitClass
from journey.work import Work
from projections.livelihood import livelihood
from projections.privacy import not_too_small

Basis = Literal["exit", "sus"]
"""Whether a person counts as enrolled until the exit, or until SUS deregistration (§7.2)."""

REACHED = (ExitClass.WORK.value, ExitClass.STUDIES.value)

metadata = MetaData()

outcomes = Table(
    "outcomes",
    metadata,
    Column("stream", LargeBinary(16), primary_key=True),
    Column("journey", plain_text(64), nullable=False),
    Column("person", plain_text(64), nullable=False),
    Column("sex", plain_text(16), nullable=False),
    Column("programme", plain_text(64), nullable=False),
    Column("municipality", plain_text(64), nullable=False),
    Column("enrolled_on", Date, nullable=False, index=True),
    Column("exit_date", Date),
    Column("reason", plain_text(64)),
    Column("outcome", plain_text(16)),
    Column("sus_out_on", Date),
    Column("sus_due_on", Date),
    Column("employed_when_due", Boolean, nullable=False),
    Column("surveyed", Boolean, nullable=False),
    Column("income_before", plain_text(32)),
    Column("income_during", plain_text(32)),
    Column("income_after", plain_text(32)),
    Column("occupation_before", plain_text(32)),
    Column("occupation_during", plain_text(32)),
    Column("occupation_after", plain_text(32)),
)


class Outcomes:
    """The rows: when a journey was enrolled, when and how it was left, and what then."""

    tables: Sequence[Table] = (outcomes,)

    def rests_on(self, journey: Journey) -> tuple[object, ...]:
        """Enrolment and exit, SUS, surveys, and what the person did and lived on."""
        parts = (journey.referral, journey.enrolment, journey.exit, journey.sus, journey.surveys)
        return (*parts, journey.work, journey.workplace)

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
            "sus_due_on": exited.sus_due_on if exited else None,
            "employed_when_due": exited is not None and _employed_when_due(journey.work, exited),
            "surveyed": bool(journey.surveys.offered),
            **livelihood(journey),
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


def _employed_when_due(work: Work, exited: JourneyExited) -> bool:
    """Whether a job, the same or another, runs on the day that SUS waits for (§7.2, "kept").

    A job that ends on that very day does not.
    """
    return any(
        job.started.on <= exited.sus_due_on
        and (job.ended_on is None or job.ended_on > exited.sus_due_on)
        for job in work.employments
    )


# --- reading -------------------------------------------------------------------------


class Enrolment(Struct, frozen=True):
    """One journey's row, as the figures read it."""

    journey: str
    person: str
    sex: str
    programme: str
    enrolled_on: date
    exit_date: date | None
    reason: str | None
    outcome: str | None
    sus_out_on: date | None
    sus_due_on: date | None
    employed_when_due: bool
    surveyed: bool
    income_before: str | None
    income_during: str | None
    income_after: str | None
    occupation_before: str | None
    occupation_during: str | None
    occupation_after: str | None

    @property
    def rules(self) -> Rules:
        """Its programme's rules on the day of the exit; of the enrolment, before it."""
        return programme(self.programme).rules_on(self.exit_date or self.enrolled_on)

    def until(self, basis: Basis) -> date | None:
        """The last day that counts as enrolled; None while it goes on."""
        return self.exit_date if basis == "exit" else self.sus_out_on

    def touches(self, year: int, basis: Basis) -> bool:
        """Whether a day of it lies in the year, both ends included."""
        until = self.until(basis)
        return self.enrolled_on.year <= year and (until is None or until.year >= year)

    def ends_in(self, year: int, basis: Basis) -> bool:
        """Whether it ends in the year."""
        until = self.until(basis)
        return until is not None and until.year == year

    def goes_beyond(self, year: int, basis: Basis) -> bool:
        """Whether it goes on when the year has ended."""
        until = self.until(basis)
        return self.enrolled_on.year <= year and (until is None or until.year > year)


class Whose(TypedDict, total=False):
    """Whose enrolments a question is about: of one programme, of one municipality, or all.

    A journey that was transferred belongs to the programme that it is in now; ask as of
    the day before the transfer for the one that it came from.
    """

    programme: str | None
    municipality: str | None


def enrolments(connection: Connection, **whose: Unpack[Whose]) -> list[Enrolment]:
    """The enrolments, by day of enrolment and key."""
    columns = [outcomes.c[name] for name in Enrolment.__struct_fields__]
    query = select_columns(*columns).order_by(outcomes.c.enrolled_on, outcomes.c.journey)
    for name, value in whose.items():
        if value is not None:
            query = query.where(outcomes.c[name] == value)
    return [Enrolment(*row) for row in connection.execute(query)]


def latest(enrolments: Iterable[Enrolment]) -> list[Enrolment]:
    """One enrolment a person, the latest: a figure of persons counts these."""
    return list({one.person: one for one in enrolments}.values())


Figures = Mapping[str, Sequence[Enrolment]]


def of_years(
    connection: Connection,
    first: int,
    last: int,
    figures: Callable[[Sequence[Enrolment], int], Figures],
    group: str,
    **whose: Unpack[Whose],
) -> Iterator[tuple[int, Figures]]:
    """The figures of each year from first to last, both included.

    ``group`` is the figure whose persons the others are about. Raises Refused
    (cell_too_small) where they are one to four of a single municipality.
    """
    found = enrolments(connection, **whose)
    for year in range(first, last + 1):
        counted = figures(found, year)
        not_too_small(whose.get("municipality"), year, len(latest(counted[group])))
        yield year, counted
