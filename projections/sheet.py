"""A sheet: an answer as a table for people, in values.

Whoever prints it says its ``Words`` in the reader's language.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct

from journey.language import N_


class Words(str):
    """A text to be said in the reader's language; any other text is data and stands as it is."""

    __slots__ = ()


class Sheet(Struct, frozen=True):
    """A title, the names of the columns (which are words), and rows of texts."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def text(value: Any) -> str:
    """A cell: nothing for None; words stay words."""
    if isinstance(value, Words):
        return value
    return "" if value is None else str(value)


def yes_or_no(true: bool | None) -> Words:
    """The word for a truth value."""
    return Words(N_("yes")) if true else Words(N_("no"))


def sheet(title: str, columns: Sequence[str], rows: Iterable[Iterable[Any]]) -> Sheet:
    """A sheet of values of any kind."""
    return Sheet(title, columns, [[text(cell) for cell in row] for row in rows])
