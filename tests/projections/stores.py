"""Stores and journeys for the tests of questions: performed for real, or folded from few facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, create_engine, insert, text
from sqlalchemy.pool import StaticPool

from journey import Journeys
from journey.enrolment import JourneyEnrolled
from journey.exit import JourneyExited
from journey.facts import Fact
from journey.referral import ReferralReceived
from journey.state import Journey, fold
from journey.values import ExitClass, Income, Occupation, Sex
from journey.wishes import JourneyWish
from projections.register import FOLLOWERS

LATE = date(2030, 1, 1)
"""A day on which nothing in the stories is still to come."""

DATA = Path(__file__).parents[1] / "data"


def a_store(store: str = "sqlite://", **options: Any) -> Journeys:
    """A store; in memory unless said otherwise."""
    return Journeys(store, **{"today": LATE, **options})


def of(journey: str, wishes: Iterable[JourneyWish]) -> list[JourneyWish]:
    """The same wishes about another journey, of a person of its own."""
    renamed = []
    for wish in wishes:
        person = {"person": f"person-of-{journey}"} if hasattr(wish, "person") else {}
        renamed.append(msgspec.structs.replace(wish, journey=journey, **person))
    return renamed


def performed(journeys: Journeys, wishes: Iterable[JourneyWish]) -> None:
    """Carry out every wish; none may be refused."""
    for wish in wishes:
        journeys.perform(wish)


def rows_in(journeys: Journeys) -> dict[str, list[Any]]:
    """Every row of every read model, in an order of its own."""
    with journeys.facts.reading() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(table.select())), key=repr)
            for table in journeys.rows.tables
        }


def change(journeys: Journeys, statement: str, **values: Any) -> None:
    """Change rows by hand, behind the program's back; ``:nobody`` is a stream without facts."""
    with journeys.engine.begin() as connection:
        connection.execute(text(statement), {"nobody": bytes(16), **values})


def journey_of(
    key: str,
    enrolled_on: str,
    exit_date: str | None = None,
    reason: str = "work",
    *more: Fact,
    person: str | None = None,
    sex: Sex = Sex.WOMAN,
    programme: str = "se-hoglandet",
    municipality: str = "Nässjö",
    income: Income = Income.NONE,
    protected: bool = False,
) -> Journey:
    """A journey of the few facts that the figures read."""
    begun = date.fromisoformat(enrolled_on)
    facts: list[Fact] = [
        ReferralReceived(
            on=begun,
            journey=key,
            person=person or f"person-of-{key}",
            municipality=municipality,
            referring_party="fk",
            grounds=("disability",),
            needs_from=("fk", "af"),
            birth_date=date(1999, 5, 17),
            sex=sex,
            programme=programme,
            protected_identity=protected,
        ),
        JourneyEnrolled(on=begun, income_before=income, occupation_before=Occupation.NONE),
    ]
    if exit_date is not None:
        facts.append(_exited(date.fromisoformat(exit_date), reason))
    return fold([*facts, *more])


def _exited(day: date, reason: str) -> JourneyExited:
    classes = {"work": ExitClass.WORK, "studies": ExitClass.STUDIES}
    void = ExitClass.VOID if reason == "registration_error" else ExitClass.OTHER
    return JourneyExited(
        on=day,
        exit_date=day,
        reason=reason,
        outcome=classes.get(reason, void),
        sus_due_on=day,
        sus_act_by=day,
    )


@contextmanager
def rows_of(*journeys: Journey) -> Iterator[Connection]:
    """A connection on every read model's rows of these journeys, and of no others."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    with engine.connect() as connection:
        for follower in FOLLOWERS:
            for table in follower.tables:
                table.create(connection)
                for number, journey in enumerate(journeys):
                    for row in follower.rows(journey).get(table.name, ()):
                        values = {"stream": number.to_bytes(16), **row}
                        connection.execute(insert(table).values(values))
        yield connection
    engine.dispose()
