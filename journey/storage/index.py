"""The index of journeys: what one decision must know of other journeys (T1, T12)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Index,
    LargeBinary,
    MetaData,
    Select,
    Table,
    and_,
    bindparam,
    select,
)

from journey.queue import Waiting
from journey.referral import is_open
from journey.state import Journey
from journey.storage.rows import Rows
from journey.storage.schema import facts, plain_text
from journey.units import Unit
from journey.values import Phase

metadata = MetaData()

journeys = Table(
    "journeys",
    metadata,
    Column("stream", LargeBinary(16), primary_key=True),
    Column("journey", plain_text(64), nullable=False, unique=True),
    Column("person", plain_text(64), nullable=False),
    Column("programme", plain_text(64), nullable=False),
    Column("municipality", plain_text(64), nullable=False),
    Column("phase", plain_text(32), nullable=False),
    Column("open", Boolean, nullable=False),
    Column("birth_date", Date, nullable=False),
    Column("queued_on", Date),
)
Index(
    "one_open_journey",
    journeys.c.person,
    journeys.c.programme,
    unique=True,
    sqlite_where=journeys.c.open.is_(True),
    postgresql_where=journeys.c.open.is_(True),
)
Index(
    "queued",
    journeys.c.municipality,
    sqlite_where=journeys.c.phase == "queued",
    postgresql_where=journeys.c.phase == "queued",
)


class JourneyIndex:
    """One row a journey. That a person has one open journey in a programme is a unique index."""

    tables: Sequence[Table] = (journeys,)

    def rests_on(self, journey: Journey) -> tuple[object, ...]:
        """The referral, the phase, and the day of queueing."""
        return journey.referral, journey.phase, journey.enrolment

    def rows(self, journey: Journey) -> Rows:
        """The journey's row."""
        part, queued = journey.referral, journey.phase is Phase.QUEUED
        row = {
            "journey": part.journey,
            "person": part.person,
            "programme": part.programme,
            "municipality": part.municipality,
            "phase": str(journey.phase),
            "open": is_open(journey.phase),
            "birth_date": part.birth_date,
            "queued_on": journey.enrolment.queued_on if queued else None,
        }
        return {journeys.name: (row,)}

    def unit_rows(self, unit: Unit) -> Rows:
        """A unit has none."""
        return {}


OPEN_JOURNEY_OF: Select[tuple[str]] = select(journeys.c.journey).where(
    and_(
        journeys.c.person == bindparam("person"),
        journeys.c.programme == bindparam("programme"),
        journeys.c.open.is_(True),
        journeys.c.journey != bindparam("journey"),
    )
)
"""Another open journey of a person in a programme: :person, :programme, :journey."""

PERSON_OF: Select[tuple[str]] = select(journeys.c.person).where(
    journeys.c.journey == bindparam("journey")
)
"""The person of a journey: :journey."""


def waiting_in_any() -> Select[str, date, date, int, str]:
    """Everyone who waits in a municipality, whatever the programme: :municipality."""
    c, first = journeys.c, and_(facts.c.stream == journeys.c.stream, facts.c.version == 1)
    return (
        select(c.journey, c.queued_on, c.birth_date, facts.c.position, c.programme)
        .join(facts, first)
        .where(c.phase == "queued", c.municipality == bindparam("municipality"))
    )


def waiting_in() -> Select[str, date, date, int, str]:
    """Everyone who waits in a municipality's queue: :municipality, :programme."""
    return waiting_in_any().where(journeys.c.programme == bindparam("programme"))


def as_waiting(row: tuple[str, date, date, int, str]) -> Waiting:
    """A row of either query as one who waits; its last column, the programme, is left out."""
    return Waiting(*row[:4])
