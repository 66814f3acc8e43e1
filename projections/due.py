"""What is due on a day, what is overdue and what is coming: ``journey due`` (contract.md §4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from msgspec import Struct
from sqlalchemy import (
    Column,
    Connection,
    Date,
    Index,
    LargeBinary,
    MetaData,
    Row,
    Select,
    Table,
    select,
)

from journey.language import N_
from journey.programme import programme
from journey.state import Journey
from journey.storage.rows import Rows
from journey.storage.schema import plain_text
from journey.units import Unit
from projections.due_items import (
    SURVEY,
    DueItem,
    DueKind,
    Status,
    asked_by,
    due_items,
    status_on,
    survey_on,
)
from projections.sheet import Sheet, Words, sheet
from projections.wording import in_words, thing

metadata = MetaData()

due_table = Table(
    "due",
    metadata,
    Column("stream", LargeBinary(16), primary_key=True),
    Column("journey", plain_text(64), nullable=False),
    Column("municipality", plain_text(64), nullable=False),
    Column("programme", plain_text(64), nullable=False),
    Column("coach", plain_text(64)),
    Column("kind", plain_text(32), primary_key=True),
    Column("what", plain_text(64), primary_key=True),
    Column("due_on", Date, nullable=False),
    Column("act_by", Date, nullable=False),
    Column("notify_on", Date, nullable=False),
)
Index("due_of_coach", due_table.c.coach, due_table.c.due_on)
Index("due_in_municipality", due_table.c.municipality, due_table.c.due_on)
Index("due_notices", due_table.c.notify_on)


class Due:
    """The rows: one for each thing that a journey asks for; its status is read on a day."""

    tables: Sequence[Table] = (due_table,)

    def rests_on(self, journey: Journey) -> tuple[object, ...]:
        """All that asks for something, and whose it is."""
        return (*asked_by(journey), journey.coaching)

    def rows(self, journey: Journey) -> Rows:
        """A row for each of the journey's items."""
        items = due_items(journey)
        if not items:
            return {}
        part = journey.referral
        owner = {
            "journey": part.journey,
            "municipality": part.municipality,
            "programme": part.programme,
            "coach": journey.coaching.coach,
        }
        return {due_table.name: tuple({**owner, **_days(item)} for item in items)}

    def unit_rows(self, unit: Unit) -> Rows:
        """A unit has none."""
        return {}


def _days(item: DueItem) -> dict[str, object]:
    return {
        "kind": item.kind,
        "what": item.what,
        "due_on": item.due_on,
        "act_by": item.act_by,
        "notify_on": item.notify_on,
    }


# --- the question ------------------------------------------------------------------------


class DueRow(Struct, frozen=True):
    """A thing to do as it stands on the day of the question."""

    journey: str
    kind: DueKind
    what: str
    due_on: date
    act_by: date
    status: Status
    coach: str | None
    municipality: str


def due(
    connection: Connection,
    day: date,
    *,
    municipality: str | None = None,
    coach: str | None = None,
    ahead: int = 0,
) -> list[DueRow]:
    """What is due or overdue on the day, and what falls due within ``ahead`` days.

    Of one municipality, of one coach (by id), or of all; the most urgent first. A
    survey that was missed is rolled on: overdue until the end of the month in which it
    is reported, and out of sight until the next one comes within ``ahead``.
    """
    until = day + timedelta(days=ahead)
    found = connection.execute(_until(until, municipality, coach))
    rows = [row for one in found if (row := _as_of(day, one)) and row.due_on <= until]
    return sorted(rows, key=lambda r: (r.act_by, r.due_on, r.journey, r.kind, r.what))


def _until(until: date, municipality: str | None, coach: str | None) -> Select[tuple[object, ...]]:
    query = select(due_table).where(due_table.c.due_on <= until)
    if municipality is not None:
        query = query.where(due_table.c.municipality == municipality)
    return query if coach is None else query.where(due_table.c.coach == coach)


def item_on(day: date, row: Row[tuple[object, ...]]) -> DueItem | None:
    """A row's item on this day: a survey's is that of the year that matters then."""
    item = DueItem(row.kind, row.what, row.due_on, row.act_by, row.notify_on)
    if item.kind != SURVEY:
        return item
    return survey_on(day, int(item.what), programme(row.programme).rules_on(item.due_on))


def _as_of(day: date, row: Row[tuple[object, ...]]) -> DueRow | None:
    item = item_on(day, row)
    if item is None:
        return None
    return DueRow(
        journey=row.journey,
        kind=item.kind,
        what=item.what,
        due_on=item.due_on,
        act_by=item.act_by,
        status=status_on(day, item.due_on, item.act_by),
        coach=row.coach,
        municipality=row.municipality,
    )


# --- for people --------------------------------------------------------------------------


def due_sheet(rows: Iterable[DueRow]) -> Sheet:
    """What is to be done."""
    columns = (
        N_("journey"),
        N_("to do"),
        N_("what"),
        N_("due"),
        N_("act by"),
        N_("status"),
        N_("coach"),
        N_("municipality"),
    )
    return sheet(Words(N_("Due")), columns, _lines(rows))


def _lines(rows: Iterable[DueRow]) -> Iterator[tuple[object, ...]]:
    for r in rows:
        days = (r.due_on, r.act_by, in_words(r.status))
        yield (r.journey, *thing(r.kind, r.what), *days, r.coach, r.municipality)
