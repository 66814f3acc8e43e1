"""The socio-economic effect: what exits to work or studies are worth in a year (S0 §12; §7.3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Unpack

from msgspec import Struct
from sqlalchemy import Connection

from journey.language import N_
from projections.enrolments import REACHED, Basis, Enrolment, Figures, Whose, of_years
from projections.explained import Explained, explained
from projections.sheet import Sheet, Words, sheet

MONTHS = 12
"""The model takes a whole year for each person (S0 §12: 35 × 16 200 × 12)."""

CAVEATS = (
    N_("The model counts studies as full-time work."),
    N_("It takes a whole year for each person, and that the work lasts it."),
    N_("It takes one wage for everyone (19 000 SEK a month in S0 §12)."),
    N_("S0 §12 itself lists objections to such reckoning."),
)
"""What must be said beside the figures (domain.md §7.3), sentence by sentence."""


class EffectRow(Struct, frozen=True):
    """One year: the exits to work or studies, and what they are worth in whole SEK a year."""

    year: int
    exits: int
    sek: int


def effect(
    connection: Connection,
    first: int,
    last: int,
    *,
    basis: Basis = "exit",
    **whose: Unpack[Whose],
) -> list[EffectRow]:
    """The effect of the exits of each year, by the rules of each exit's own programme.

    An exit from a programme without a model is not counted. Raises Refused
    (cell_too_small) where the exits are those of one to four persons of a municipality.
    """
    return [
        EffectRow(year, len(figures["exits"]), sum(_worth(one) for one in figures["exits"]))
        for year, figures in _effect(connection, first, last, basis, **whose)
    ]


def explain_effect(
    connection: Connection,
    first: int,
    last: int,
    *,
    basis: Basis = "exit",
    **whose: Unpack[Whose],
) -> list[Explained]:
    """The journeys behind the effect; both figures are of the same exits."""
    return explained(_effect(connection, first, last, basis, **whose))


def effect_figures(
    enrolments: Sequence[Enrolment], year: int, basis: Basis = "exit"
) -> dict[str, list[Enrolment]]:
    """The exits of a year that the effect counts."""
    exits = [
        one
        for one in enrolments
        if one.ends_in(year, basis) and one.outcome in REACHED and one.rules.effect is not None
    ]
    return {"exits": exits}


def _effect(
    connection: Connection, first: int, last: int, basis: Basis, **whose: Unpack[Whose]
) -> Iterator[tuple[int, Figures]]:
    figures = partial(effect_figures, basis=basis)
    return of_years(connection, first, last, figures, "exits", **whose)


def _worth(one: Enrolment) -> int:
    """SEK a year."""
    model = one.rules.effect
    return model.per_month * MONTHS if model else 0


def effect_sheet(rows: Iterable[EffectRow]) -> Sheet:
    """The effect, and its sum; ``CAVEATS`` belong below it."""
    found = list(rows)
    lines: list[tuple[object, int, str]] = [(r.year, r.exits, f"{r.sek:,}") for r in found]
    if len(found) > 1:
        whole = f"{sum(r.sek for r in found):,}"
        lines.append((Words(N_("sum")), sum(r.exits for r in found), whole))
    return sheet(
        Words(N_("Socio-economic effect")),
        (N_("year"), N_("to work or studies"), N_("SEK a year")),
        ((year, exits, sek.replace(",", " ")) for year, exits, sek in lines),
    )
