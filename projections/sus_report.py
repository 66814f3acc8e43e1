"""SUS in numbers: what was registered in and out each year, and what waits at its end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from msgspec import Struct
from sqlalchemy import Connection

from journey.language import N_
from projections.explained import Explained, counts, explained
from projections.sheet import Sheet, Words, sheet
from projections.sus import Registration, registrations


class SusYear(Struct, frozen=True):
    """One year; a registration error is counted nowhere.

    ``registered`` by name, ``anonymous`` and ``deregistered`` in the year. At its end
    (of a year that still runs, on the day of the question): ``pending`` have left and
    wait for deregistration, ``overdue`` of them are late; ``unregistered`` were enrolled
    in the year and are not registered.
    """

    year: int
    registered: int
    anonymous: int
    deregistered: int
    pending: int
    overdue: int
    unregistered: int


def sus_report(connection: Connection, first: int, last: int, day: date) -> list[SusYear]:
    """The years from first to last, as far as they have come on ``day``."""
    years = _years(connection, first, last, day)
    return [SusYear(year, **counts(figures)) for year, figures in years]


def explain_sus(connection: Connection, first: int, last: int, day: date) -> list[Explained]:
    """The journeys behind each figure."""
    return explained(_years(connection, first, last, day))


def sus_figures(
    rows: Sequence[Registration], year: int, day: date
) -> dict[str, list[Registration]]:
    """What each figure of a year counts; nothing in a year that has not begun."""
    end = min(day, date(year, 12, 31))
    begun = [one for one in rows if not one.void and one.enrolled_on <= end and end.year == year]
    entered = [one for one in begun if _in(year, end, one.registered_on)]
    pending = [one for one in begun if _waits(one, end)]
    return {
        "registered": [one for one in entered if one.by_name],
        "anonymous": [one for one in entered if not one.by_name],
        "deregistered": [one for one in begun if _in(year, end, one.deregistered_on)],
        "pending": pending,
        "overdue": [one for one in pending if one.act_by is not None and one.act_by < end],
        "unregistered": [
            one for one in begun if one.enrolled_on.year == year and not _by(end, one.registered_on)
        ],
    }


def _years(
    connection: Connection, first: int, last: int, day: date
) -> Iterator[tuple[int, dict[str, list[Registration]]]]:
    rows = registrations(connection)
    for year in range(first, last + 1):
        yield year, sus_figures(rows, year, day)


def _by(end: date, day: date | None) -> bool:
    return day is not None and day <= end


def _in(year: int, end: date, day: date | None) -> bool:
    return day is not None and day.year == year and day <= end


def _waits(one: Registration, end: date) -> bool:
    return (
        one.by_name
        and _by(end, one.registered_on)
        and _by(end, one.exit_date)
        and not _by(end, one.deregistered_on)
    )


def sus_sheet(rows: Iterable[SusYear]) -> Sheet:
    """SUS in numbers."""
    return sheet(
        Words(N_("SUS, year by year")),
        (
            N_("year"),
            N_("registered by name"),
            N_("anonymous"),
            N_("deregistered"),
            N_("waiting"),
            N_("of them late"),
            N_("not registered"),
        ),
        (
            (
                r.year,
                r.registered,
                r.anonymous,
                r.deregistered,
                r.pending,
                r.overdue,
                r.unregistered,
            )
            for r in rows
        ),
    )
