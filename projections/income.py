"""Income and occupation before, during and after, of those who left in a year (S2 §8).

All three columns are of the same group, so that they compare; nothing recorded is a
code of its own. Small cells are hidden (domain.md §9.11), with their explanation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, Unpack, get_args

from msgspec import Struct
from sqlalchemy import Connection

from journey.language import N_
from journey.values import Income, IncomePhase, Occupation
from projections.enrolments import Enrolment, Figures, Whose, of_years
from projections.explained import Explained, explained
from projections.privacy import suppressed
from projections.sheet import Sheet, Words, sheet

Of = Literal["income", "occupation"]

UNKNOWN = "unknown"
"""The code of those for whom nothing is recorded."""

_CODES = {
    "income": (*(each.value for each in Income), UNKNOWN),
    "occupation": (*(each.value for each in Occupation), UNKNOWN),
}
_PHASES = tuple(phase.value for phase in IncomePhase)


class IncomeRow(Struct, frozen=True):
    """How many of those who left in the year had this code, in each phase.

    None where the cell is hidden: it holds one to four, or would give such a one away.
    """

    year: int
    of: Of
    code: str
    before: int | None
    during: int | None
    after: int | None


def income(
    connection: Connection, first: int, last: int, **whose: Unpack[Whose]
) -> list[IncomeRow]:
    """Each code that somebody had in the year, incomes first, and always ``unknown``.

    Raises Refused (cell_too_small) where one to four persons of a municipality left.
    """
    return [
        row
        for year, figures in of_years(connection, first, last, income_figures, "exits", **whose)
        for row in _rows(year, figures)
    ]


def explain_income(
    connection: Connection, first: int, last: int, **whose: Unpack[Whose]
) -> list[Explained]:
    """The journeys behind each cell that is shown, as ``income.wage.after``."""
    return explained(_shown(connection, first, last, **whose))


def income_figures(enrolments: Sequence[Enrolment], year: int) -> dict[str, list[Enrolment]]:
    """Those who left in the year, and what each cell counts of them."""
    exits = [one for one in enrolments if one.ends_in(year, "exit")]
    cells: dict[str, list[Enrolment]] = {"exits": exits}
    for of, codes in _CODES.items():
        for phase in _PHASES:
            cells |= {f"{of}.{code}.{phase}": [] for code in codes}
            for one in exits:
                said = getattr(one, f"{of}_{phase}")
                cells[f"{of}.{said if said in codes else UNKNOWN}.{phase}"].append(one)
    return cells


def _cells(figures: Figures, of: str) -> dict[str, list[int | None]]:
    """The three cells of each code, hidden where they must be."""
    columns = (
        suppressed([len(figures[f"{of}.{code}.{phase}"]) for code in _CODES[of]])
        for phase in _PHASES
    )
    return dict(zip(_CODES[of], map(list, zip(*columns, strict=True)), strict=True))


def _rows(year: int, figures: Figures) -> Iterator[IncomeRow]:
    for of in get_args(Of):
        for code, cells in _cells(figures, of).items():
            if cells != [0, 0, 0] or code == UNKNOWN:
                yield IncomeRow(year, of, code, *cells)


def _shown(
    connection: Connection, first: int, last: int, **whose: Unpack[Whose]
) -> Iterator[tuple[int, Figures]]:
    for year, figures in of_years(connection, first, last, income_figures, "exits", **whose):
        names = [
            f"{row.of}.{row.code}.{phase}"
            for row in _rows(year, figures)
            for phase in _PHASES
            if getattr(row, phase) is not None
        ]
        yield year, {name: figures[name] for name in names}


def income_sheet(rows: Iterable[IncomeRow]) -> Sheet:
    """Income and occupation; a hidden cell is ``–``."""
    kinds = {"income": Words(N_("income")), "occupation": Words(N_("occupation"))}
    return sheet(
        Words(N_("Income and occupation of those who left (– is one to four, or would tell it)")),
        (N_("year"), N_("of"), N_("code"), N_("before"), N_("during"), N_("after")),
        (
            (r.year, kinds[r.of], r.code, *("–" if c is None else c for c in _three(r)))
            for r in rows
        ),
    )


def _three(row: IncomeRow) -> tuple[int | None, int | None, int | None]:
    return row.before, row.during, row.after
