"""What the host keeps itself: who the opaque keys of the journeys are. Facts hold no names."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    ForeignKey,
    MetaData,
    String,
    Table,
    insert,
    select,
    update,
)
from sqlalchemy.schema import CreateTable

HOST = MetaData()

people = Table(
    "people",
    HOST,
    Column("person", String(64), primary_key=True),
    Column("name", String, nullable=False),
    Column("phone", String, nullable=False),
)
cases = Table(
    "cases",
    HOST,
    Column("journey", String(64), primary_key=True),
    Column("person", ForeignKey(people.c.person), nullable=False),
    Column("diary", String, nullable=False, unique=True),
    Column("registered_by", String, nullable=False),
)


def make(engine: Engine) -> None:
    """Make the tables where they are missing. A real host has migrations for that."""
    with engine.begin() as connection:
        for table in HOST.sorted_tables:
            connection.execute(CreateTable(table, if_not_exists=True))


def know(connection: Connection, person: str, name: str, phone: str) -> None:
    """Keep the name and phone of a person, the newest of them if the person is known."""
    said = {"name": name, "phone": phone}
    known = connection.execute(update(people).where(people.c.person == person).values(said))
    if not known.rowcount:
        connection.execute(insert(people).values(person=person, **said))


def open_case(connection: Connection, journey: str, person: str, diary: str, by: str) -> None:
    """Keep that a journey is about this person. Raises IntegrityError for a diary number in use."""
    new = {"journey": journey, "person": person, "diary": diary, "registered_by": by}
    connection.execute(insert(cases).values(new))


def who_is(connection: Connection, journeys: Iterable[str]) -> dict[str, dict[str, str]]:
    """Diary number, name and phone behind the keys of journeys."""
    columns = (cases.c.journey, cases.c.diary, people.c.name, people.c.phone)
    query = select(*columns).join_from(cases, people).where(cases.c.journey.in_(journeys))
    found = connection.execute(query)
    return {
        row.journey: {"diary": row.diary, "name": row.name, "phone": row.phone} for row in found
    }
