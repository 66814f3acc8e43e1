"""Whether work lasted: exits to work whose person still works when SUS is due (§7.2, "kept").

S2 §2 says that people shall keep their work, and gives no number; that the job still
runs three months after the exit is assumed (domain.md §7.2).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import partial
from typing import Unpack

from msgspec import Struct
from sqlalchemy import Connection

from journey.language import N_
from journey.values import ExitClass
from projections.enrolments import Enrolment, Figures, Whose, of_years
from projections.explained import Explained, counts, explained
from projections.sheet import Sheet, Words, sheet


class KeptRow(Struct, frozen=True):
    """The exits to work of one year, by exit date.

    ``kept``: a job, the same or another, runs on the day for SUS; ``lost``: none does;
    ``not_yet``: that day is still to come. The three make ``to_work``.
    """

    year: int
    to_work: int
    kept: int
    lost: int
    not_yet: int


def kept(
    connection: Connection, first: int, last: int, day: date, **whose: Unpack[Whose]
) -> list[KeptRow]:
    """How many kept their work, as far as is known on ``day``.

    Raises Refused (cell_too_small) where a municipality's exits to work are those of
    one to four persons.
    """
    years = _kept(connection, first, last, day, **whose)
    return [KeptRow(year, **counts(figures)) for year, figures in years]


def explain_kept(
    connection: Connection, first: int, last: int, day: date, **whose: Unpack[Whose]
) -> list[Explained]:
    """The journeys behind each figure."""
    return explained(_kept(connection, first, last, day, **whose))


def kept_figures(
    enrolments: Sequence[Enrolment], year: int, day: date
) -> dict[str, list[Enrolment]]:
    """What each figure of a year counts."""
    to_work = [
        one
        for one in enrolments
        if one.ends_in(year, "exit") and one.outcome == ExitClass.WORK.value
    ]
    known = [one for one in to_work if one.sus_due_on is not None and one.sus_due_on <= day]
    return {
        "to_work": to_work,
        "kept": [one for one in known if one.employed_when_due],
        "lost": [one for one in known if not one.employed_when_due],
        "not_yet": [one for one in to_work if one not in known],
    }


def _kept(
    connection: Connection, first: int, last: int, day: date, **whose: Unpack[Whose]
) -> Iterator[tuple[int, Figures]]:
    figures = partial(kept_figures, day=day)
    return of_years(connection, first, last, figures, "to_work", **whose)


def kept_sheet(rows: Iterable[KeptRow]) -> Sheet:
    """Who kept their work."""
    return sheet(
        Words(N_("Work that lasted until the day for SUS")),
        (N_("year"), N_("to work"), N_("kept"), N_("lost"), N_("not yet known")),
        ((r.year, r.to_work, r.kept, r.lost, r.not_yet) for r in rows),
    )
