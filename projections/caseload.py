"""Who is whose: the work of each coach, and the load of each unit (domain.md §7.5; S2 §6.2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from msgspec import Struct
from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Date,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    func,
    select,
)

from journey.language import N_
from journey.referral import is_open
from journey.state import Journey
from journey.storage.rows import Rows
from journey.storage.schema import plain_text
from journey.units import Unit
from journey.values import STEPS, Phase
from projections.posts import Places, places_on
from projections.sheet import Sheet, Words, sheet

metadata = MetaData()

caseload_table = Table(
    "caseload",
    metadata,
    Column("stream", LargeBinary(16), primary_key=True),
    Column("journey", plain_text(64), nullable=False),
    Column("municipality", plain_text(64), nullable=False),
    Column("programme", plain_text(64), nullable=False),
    Column("coach", plain_text(64)),
    Column("phase", plain_text(32), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("aftercare", Boolean, nullable=False),
    Column("since", Date, nullable=False),
    Column("coach_changes", Integer, nullable=False),
)
_c = caseload_table.c
Index("caseload_groups", _c.municipality, _c.coach, _c.phase, _c.aftercare)
Index("caseload_of_coach", _c.coach)

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    **{phase.value: (phase.value, "active") for phase in (*STEPS, Phase.PAUSED)},
    Phase.PREPARATION.value: ("preparation",),
    Phase.PRESENTED.value: ("preparation",),
    Phase.INCLUSION_ESCALATED.value: ("preparation",),
}
"""The columns in which a phase counts. Preparation is the work before the group has decided
(S2 §4.2); who waits after that is in no caseload yet."""
_AFTERCARE = ("aftercare",)


class CaseloadRows:
    """One row a journey that is neither declined, withdrawn nor closed."""

    tables: Sequence[Table] = (caseload_table,)

    def rests_on(self, journey: Journey) -> tuple[object, ...]:
        """The referral, the phase and its day, the coach, the aftercare."""
        return journey.referral, journey.phase, journey.since, journey.coaching, journey.aftercare

    def rows(self, journey: Journey) -> Rows:
        """The journey's row; none once it has ended."""
        if not is_open(journey.phase):
            return {}
        part, coaching = journey.referral, journey.coaching
        row = {
            "journey": part.journey,
            "municipality": part.municipality,
            "programme": part.programme,
            "coach": coaching.coach,
            "phase": str(journey.phase),
            "active": journey.active,
            "aftercare": journey.phase is Phase.EXITED and journey.aftercare.runs,
            "since": journey.since,
            "coach_changes": coaching.changes,
        }
        return {caseload_table.name: (row,)}

    def unit_rows(self, unit: Unit) -> Rows:
        """A unit has none."""
        return {}


# --- the caseload ------------------------------------------------------------------------


class CaseloadRow(Struct, frozen=True):
    """The journeys of a coach in a municipality; ``coach`` is None while nobody is assigned.

    ``active`` are those in the steps and the paused together; ``aftercare`` are those
    who have left and are still supported: they are not active (domain.md §3).
    """

    municipality: str
    coach: str | None
    step_1: int = 0
    step_2: int = 0
    step_3: int = 0
    step_4: int = 0
    step_5: int = 0
    paused: int = 0
    active: int = 0
    aftercare: int = 0
    preparation: int = 0


class UnitLoad(Struct, frozen=True):
    """A unit's posts in percent of full time, their places, and how many are taken.

    ``places`` is None where the posts are not known; being ``over`` is a warning,
    never a bar (domain.md §7.5: "about 20").
    """

    municipality: str
    percent: int | None
    places: int | None
    active: int
    over: bool


class Caseload(Struct, frozen=True):
    """The caseload on a day, by coach, and the load of the units that it concerns."""

    on: date
    rows: tuple[CaseloadRow, ...]
    units: tuple[UnitLoad, ...]


def caseload(
    connection: Connection,
    day: date,
    *,
    coach: str | None = None,
    municipality: str | None = None,
) -> Caseload:
    """Who is active, by step, in aftercare and in preparation; of one coach or all, of one unit.

    Accepted, queued and awaiting motivation are in nobody's caseload yet (scenario 11).
    A unit's load counts all its coaches against its places on this day, also where one
    coach is asked for; the units in which that coach has nobody are left out then.
    """
    rows = _by_coach(connection, _chosen(coach, municipality))
    concerned = {municipality} if municipality else {row.municipality for row in rows}
    places = places_on(connection, day)
    if coach is None and municipality is None:
        concerned |= places.keys()
    everyone = rows if coach is None else _by_coach(connection, [_c.municipality.in_(concerned)])
    active = Counter[str]()
    for row in everyone:
        active[row.municipality] += row.active
    return Caseload(day, rows, tuple(unit_loads(places, active, concerned)))


def unit_loads(
    places: Mapping[str, Places], active: Mapping[str, int], units: Iterable[str]
) -> Iterator[UnitLoad]:
    """The load of each of these units: active journeys against places (§7.5)."""
    for unit in sorted(units):
        known, taken = places.get(unit), active.get(unit, 0)
        yield UnitLoad(
            municipality=unit,
            percent=known.percent if known else None,
            places=known.places if known else None,
            active=taken,
            over=known is not None and known.places is not None and taken > known.places,
        )


def counts(connection: Connection) -> Mapping[str, tuple[int, int]]:
    """How many are active, and how many in aftercare after their exit, by municipality."""
    found: dict[str, tuple[int, int]] = {}
    for row in _by_coach(connection, ()):
        active, aftercare = found.get(row.municipality, (0, 0))
        found[row.municipality] = (active + row.active, aftercare + row.aftercare)
    return found


_Filters = Sequence[ColumnElement[bool]]


def _chosen(coach: str | None, municipality: str | None) -> _Filters:
    asked = ((_c.coach, coach), (_c.municipality, municipality))
    return [column == value for column, value in asked if value is not None]


def _by_coach(connection: Connection, filters: _Filters) -> tuple[CaseloadRow, ...]:
    """Every coach who has any, in order of names; who has no coach comes first."""
    by = (_c.municipality, _c.coach, _c.phase, _c.aftercare)
    query = select(*by, func.count()).where(*filters).group_by(*by)
    cells: dict[tuple[str, str | None], dict[str, int]] = {}
    for municipality, coach, phase, in_aftercare, number in connection.execute(query):
        for column in _AFTERCARE if in_aftercare else _COLUMNS.get(phase, ()):
            own = cells.setdefault((municipality, coach), {})
            own[column] = own.get(column, 0) + number
    ordered = sorted(cells.items(), key=lambda cell: (cell[0][0], cell[0][1] or ""))
    return tuple(CaseloadRow(place, coach, **own) for (place, coach), own in ordered)


# --- who is mine -------------------------------------------------------------------------


class CaseRow(Struct, frozen=True):
    """A journey in the list of a coach or a unit: its phase, and the day ``since`` it is in it."""

    journey: str
    municipality: str
    coach: str | None
    phase: str
    since: date
    active: bool
    aftercare: bool
    coach_changes: int


def journeys_of(
    connection: Connection, *, coach: str | None = None, municipality: str | None = None
) -> list[CaseRow]:
    """Every journey that has not ended, of one coach (by id), of one unit or of all."""
    columns = [_c[name] for name in CaseRow.__struct_fields__]
    query = select(*columns).where(*_chosen(coach, municipality))
    found = connection.execute(query.order_by(_c.municipality, _c.journey))
    return [CaseRow(*row) for row in found]


# --- for people --------------------------------------------------------------------------


def caseload_sheet(answer: Caseload) -> Sheet:
    """The caseload by coach; the steps by their numbers."""
    columns = (
        N_("municipality"),
        N_("coach"),
        *(str(number) for number in range(1, 6)),
        N_("paused"),
        N_("active"),
        N_("aftercare"),
        N_("preparation"),
    )
    return sheet(
        Words(N_("Caseload: steps 1 to 5")),
        columns,
        ([getattr(row, name) for name in CaseloadRow.__struct_fields__] for row in answer.rows),
    )


def units_sheet(answer: Caseload) -> Sheet:
    """The load of the units."""
    columns = (
        N_("municipality"),
        N_("posts, %"),
        N_("places"),
        N_("active"),
        N_("over"),
    )
    return sheet(
        Words(N_("Places and load")),
        columns,
        ((u.municipality, u.percent, u.places, u.active, _over(u)) for u in answer.units),
    )


def _over(load: UnitLoad) -> Words | None:
    return Words(N_("yes")) if load.over else None


def cases_sheet(rows: Iterable[CaseRow]) -> Sheet:
    """Who is mine."""
    columns = (
        N_("journey"),
        N_("municipality"),
        N_("coach"),
        N_("phase"),
        N_("since"),
        N_("changes of coach"),
    )
    return sheet(
        Words(N_("Journeys")),
        columns,
        ((r.journey, r.municipality, r.coach, r.phase, r.since, r.coach_changes) for r in rows),
    )
