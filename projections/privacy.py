"""Small groups stay hidden in what leaves the unit (domain.md §9.11)."""

from __future__ import annotations

from collections.abc import Sequence

from journey.errors import Refused, refuse

SMALLEST = 5
"""A group of fewer persons is not shown (domain.md §9.11: n < 5)."""


def small(count: int) -> bool:
    """Whether so few are counted that they could be recognised; nobody is not few."""
    return 0 < count < SMALLEST


def suppressed(counts: Sequence[int]) -> list[int | None]:
    """The cells of one column, the small ones None, and further ones where that is not enough.

    The column's total is taken to be known. As long as it gives a hidden cell away
    (one hidden alone, or all of them at their least or their most), the smallest
    cell that still shows is hidden too; when none is left, the zeros are.
    """
    hidden = {place for place, count in enumerate(counts) if small(count)}
    shown = sorted((count, place) for place, count in enumerate(counts) if count >= SMALLEST)
    while hidden and _given_away([counts[place] for place in hidden]):
        if not shown:
            return [None] * len(counts)
        hidden.add(shown.pop(0)[1])
    return [None if place in hidden else count for place, count in enumerate(counts)]


def _given_away(cells: Sequence[int]) -> bool:
    """Whether the sum of the hidden cells tells what is in one of them."""
    together, least, most = sum(cells), len(cells), len(cells) * (SMALLEST - 1)
    if len(cells) == 1 or together == least or small(together):
        return True
    return together == most and all(small(cell) for cell in cells)


def not_too_small(municipality: str | None, year: int, persons: int) -> None:
    """Raise Refused where a municipality's group of the year has one to four persons."""
    if municipality is None or not small(persons):
        return
    raise Refused(
        [
            refuse(
                "cell_too_small",
                "In {municipality} fewer than {smallest} persons are counted in {year}; "
                "so small a group is not shown.",
                rule="§9.11",
                source="domain §9.11",
                municipality=municipality,
                smallest=SMALLEST,
                year=year,
            )
        ]
    )
