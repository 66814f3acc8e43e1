"""Grants by municipality and year, and what was attested and asked for (S2 §6.1, §6.3)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from msgspec import Struct
from sqlalchemy import Connection, select

from journey.language import N_
from journey.units.grants import mean_percent, sek
from journey.units.posts import Posts, by_month
from journey.units.programmes import municipalities
from projections.posts import posts_of
from projections.sheet import Sheet, Words, sheet
from projections.units import unit_attestations, unit_requisitions


class Grant(Struct, frozen=True):
    """A municipality's year: its posts, in percent of full time, and whole SEK; None: unknown.

    Posts that change within the year count by months: ``percent`` is their mean, cut to
    a whole percent, and ``sek`` exact from the months.
    """

    municipality: str
    percent: int | None
    sek: int | None


class GrantYear(Struct, frozen=True):
    """The grants of a year; ``total`` is None where any part is unknown, never 0 (§7.4)."""

    year: int
    rows: list[Grant]
    total: int | None


def grants(connection: Connection, first: int, last: int) -> list[GrantYear]:
    """The grants of the years from first to last (S2 §6.1; domain.md §7.4).

    Posts are the latest word of the unit's own and of its programme's rules; the standard
    amount is the programme's. A municipality with neither has no row.
    """
    posts = posts_of(connection)
    return [
        _year(year, {**dict.fromkeys(municipalities(), ()), **posts})
        for year in range(first, last + 1)
    ]


def _year(year: int, posts: dict[str, Posts]) -> GrantYear:
    rows = [row for unit in sorted(posts) for row in _grant(unit, posts[unit], year)]
    known = [row.sek for row in rows if row.sek is not None]
    whole = bool(rows) and len(known) == len(rows)
    return GrantYear(year, rows, sum(known) if whole else None)


def _grant(unit: str, posts: Posts, year: int) -> Iterable[Grant]:
    months = tuple(by_month(unit, posts, date(year, 1, 1), 12))
    if months:
        yield Grant(unit, mean_percent(months), sek(months))


def grants_sheet(years: Iterable[GrantYear]) -> Sheet:
    """The grants, year by year, each with its total."""
    unknown = Words(N_("not known"))
    rows: list[tuple[object, ...]] = []
    for year in years:
        rows += [
            (year.year, one.municipality, _or(one.percent, unknown), _or(one.sek, unknown))
            for one in year.rows
        ]
        rows.append((year.year, Words(N_("in all")), None, _or(year.total, unknown)))
    return sheet(
        Words(N_("Grants")),
        (N_("year"), N_("municipality"), N_("percent of full time"), N_("SEK")),
        rows,
    )


def _or(value: int | None, unknown: Words) -> int | Words:
    return unknown if value is None else value


# --- half-years ----------------------------------------------------------------------


class HalfYearRow(Struct, frozen=True):
    """A unit's half-year: what its manager attested, and the grant asked for, if any (S2 §6.3)."""

    half: str
    municipality: str
    attested_on: date
    per_description: bool
    beyond_ordinary: bool
    percent_worked: int
    requisitioned_on: date | None
    percent: int | None
    sek: int | None


def half_years(connection: Connection, first: int, last: int) -> list[HalfYearRow]:
    """The attested half-years of the years from first to last, by half and municipality."""
    said, asked = unit_attestations, unit_requisitions
    same = (asked.c.stream == said.c.stream) & (asked.c.half == said.c.half)
    query = (
        select(
            said.c.half,
            said.c.unit,
            said.c.attested_on,
            said.c.per_description,
            said.c.beyond_ordinary,
            said.c.percent_worked,
            asked.c.requisitioned_on,
            asked.c.percent,
            asked.c.amount,
        )
        .select_from(said.outerjoin(asked, same))
        # BETWEEN takes no text with a collation on PostgreSQL
        .where(said.c.half >= f"{first}H1", said.c.half <= f"{last}H2")
        .order_by(said.c.half, said.c.unit)
    )
    return [HalfYearRow(*row) for row in connection.execute(query)]


def half_years_sheet(rows: Iterable[HalfYearRow]) -> Sheet:
    """The half-years as attested and asked for."""
    columns = (
        N_("half-year"),
        N_("municipality"),
        N_("attested"),
        N_("percent worked"),
        N_("requisitioned"),
        N_("percent of full time"),
        N_("SEK"),
    )
    return sheet(
        Words(N_("Half-years")),
        columns,
        (
            (
                row.half,
                row.municipality,
                row.attested_on,
                row.percent_worked,
                row.requisitioned_on,
                row.percent,
                row.sek,
            )
            for row in rows
        ),
    )
