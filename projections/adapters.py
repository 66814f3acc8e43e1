"""What is told to a national follow-up system, by adapters with dates (domain.md §12.1).

SUS took individuals in and out; its successor takes counts by sex. An adapter makes
the values of a file that people look at first and hand over themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Literal

from msgspec import Struct
from sqlalchemy import Connection

from journey.errors import Refused, refuse
from journey.language import N_
from journey.values import Sex
from projections.enrolments import REACHED
from projections.privacy import suppressed
from projections.sheet import Sheet, Words, sheet
from projections.sus import Registration, registrations

Cell = str | int | None
Line = tuple[Cell, ...]


class Export(Struct, frozen=True):
    """What an adapter would hand over: ``columns``, and ``rows`` of as many cells.

    A None in a row of counts is a cell that is hidden (domain.md §9.11); in a row of
    an individual, something that is not told.
    """

    adapter: str
    years: list[int]
    columns: tuple[str, ...]
    rows: list[Line]


class Adapter(Struct, frozen=True):
    """A way to tell a national system, from ``opens`` to ``closes`` (None: no end is set).

    ``lines`` makes the rows of one year. Both days are included; ``source`` and ``mark``
    say where they were read, as in a programme's file.
    """

    opens: date
    closes: date | None
    source: str
    mark: Literal["L", "F", "A", "P"]
    columns: tuple[str, ...]
    lines: Callable[[Sequence[Registration], int], Iterator[Line]]

    def covers(self, year: int) -> bool:
        """Whether the whole year lies within its days."""
        last = date(year, 12, 31)
        return self.opens <= date(year, 1, 1) and (self.closes is None or last <= self.closes)


# --- sus-2013: individuals, in and out -----------------------------------------------


def _individuals(rows: Sequence[Registration], year: int) -> Iterator[Line]:
    """Each registration by name, in and out; then the anonymous ones, by sex and year alone."""
    yield from sorted(line for one in rows if one.by_name for line in _by_name(one, year))
    yield from sorted(
        ("in", None, one.sex, year, None, None, None)
        for one in rows
        if not one.by_name and one.registered_on and one.registered_on.year == year
    )


def _by_name(one: Registration, year: int) -> Iterator[Line]:
    moves = (
        ("in", one.registered_on, one.occupation_before, one.income_before),
        ("out", one.deregistered_on, one.occupation_after, one.income_after),
    )
    for move, day, occupation, income in moves:
        if day is not None and day.year == year:
            yield move, one.journey, one.sex, year, day.isoformat(), occupation, income


# --- uppfoljning-finsam-2023: counts by sex ------------------------------------------


def _by_sex(rows: Sequence[Registration], year: int) -> Iterator[Line]:
    """Who started and ended in the year. Each column is hidden by itself; no row has a sum."""
    ended = [one for one in rows if one.exit_date is not None and one.exit_date.year == year]
    groups = (
        [one for one in rows if one.enrolled_on.year == year],
        [one for one in ended if one.outcome in REACHED],
        [one for one in ended if one.outcome not in REACHED],
    )
    sexes = [each.value for each in Sex]
    columns = (suppressed([_count(group, sex) for sex in sexes]) for group in groups)
    for sex, *cells in zip(sexes, *columns, strict=True):
        yield (year, sex, *cells)


def _count(group: Sequence[Registration], sex: str) -> int:
    return sum(one.sex == sex for one in group)


ADAPTERS: dict[str, Adapter] = {
    "sus-2013": Adapter(
        opens=date(2013, 1, 1),
        closes=date(2022, 12, 31),
        source="domain.md §12.1 (closed in 2023; from 2013)",
        mark="A",
        columns=("move", "journey", "sex", "year", "day", "occupation", "income"),
        lines=_individuals,
    ),
    "uppfoljning-finsam-2023": Adapter(
        opens=date(2023, 1, 1),
        closes=None,
        source="domain.md §12.1",
        mark="P",
        columns=("year", "sex", "started", "ended_to_work_or_studies", "ended_otherwise"),
        lines=_by_sex,
    ),
}


def export(connection: Connection, adapter: str, first: int, last: int) -> Export:
    """What this adapter would hand over of the years from first to last; nothing is sent.

    A registration error is told to nobody. Raises Refused (phase_not_allowed) where a
    year is not wholly within the adapter's days, InvalidCommand's code where there is
    no such adapter.
    """
    known = ADAPTERS.get(adapter)
    if known is None:
        raise _unknown(adapter)
    years = list(range(first, last + 1))
    for year in years:
        if not known.covers(year):
            raise _outside(adapter, known, year)
    rows = [one for one in registrations(connection) if not one.void]
    lines = [line for year in years for line in known.lines(rows, year)]
    return Export(adapter, years, known.columns, lines)


def _unknown(adapter: str) -> Refused:
    return Refused(
        [
            refuse(
                "invalid_command",
                "There is no adapter {adapter}. Known are: {known}.",
                source="domain §12.1",
                field="adapter",
                adapter=adapter,
                known=", ".join(ADAPTERS),
            )
        ]
    )


def _outside(adapter: str, known: Adapter, year: int) -> Refused:
    return Refused(
        [
            refuse(
                "phase_not_allowed",
                "The adapter {adapter} is for {opens} to {closes}; {year} is not within.",
                rule="§12.1",
                source="domain §12.1",
                field="year",
                adapter=adapter,
                opens=known.opens,
                closes=known.closes or "…",
                year=year,
            )
        ]
    )


_HEADS = {
    "move": N_("in or out"),
    "journey": N_("journey"),
    "sex": N_("sex"),
    "year": N_("year"),
    "day": N_("day"),
    "occupation": N_("occupation"),
    "income": N_("income"),
    "started": N_("started"),
    "ended_to_work_or_studies": N_("to work or studies"),
    "ended_otherwise": N_("other exits"),
}


def export_sheet(preview: Export) -> Sheet:
    """The file's content, to be looked at first; what is hidden or not told is ``–``."""
    return sheet(
        Words(N_("Preview: nothing is sent")),
        [_HEADS[column] for column in preview.columns],
        (("–" if cell is None else cell for cell in row) for row in preview.rows),
    )
