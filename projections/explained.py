"""A figure and its explanation are one thing: the journeys that it counts.

A report's figures are lists of what is counted, by the figure's name; its row holds
their lengths, and its explanation their keys. A figure of persons lists one journey
a person, the latest. Keys are pseudonyms; who may read them, may see journeys.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from journey.language import N_
from projections.sheet import Sheet, Words, sheet


class Explained(Struct, frozen=True):
    """The journeys behind one figure of one year; ``figure`` is its key in the report's row."""

    year: int
    figure: str
    journeys: list[str]


class Counted(Protocol):
    """What is counted: something of one journey."""

    @property
    def journey(self) -> str:
        """The journey's key."""


Figures = Mapping[str, Sequence[Counted]]


def counts(figures: Figures) -> dict[str, int]:
    """How many each figure counts."""
    return {figure: len(counted) for figure, counted in figures.items()}


def explained(years: Iterable[tuple[int, Figures]]) -> list[Explained]:
    """The explanation of each figure of each year."""
    return [
        Explained(year, figure, [one.journey for one in counted])
        for year, figures in years
        for figure, counted in figures.items()
    ]


def explained_sheet(rows: Iterable[Explained]) -> Sheet:
    """The journeys behind each figure."""
    return sheet(
        Words(N_("Behind the figures")),
        (N_("year"), N_("figure"), N_("number"), N_("journeys")),
        ((r.year, r.figure, len(r.journeys), ", ".join(r.journeys)) for r in rows),
    )
