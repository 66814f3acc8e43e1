"""A host's own writes and the facts are committed together, or neither is."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Event
from typing import Any

import pytest
from sqlalchemy import (
    Column,
    Engine,
    Integer,
    MetaData,
    Table,
    create_engine,
    event,
    insert,
    select,
)

from journey import Journeys, Refused
from journey.errors import StoreLocked, StoreUnusable
from journey.storage.verify import verify
from tests.examples import exited_to_work, in_step_3, wish
from tests.storage.stores import TODAY, as_object

HOST = MetaData()
invoices = Table("invoices", HOST, Column("number", Integer, primary_key=True))


@pytest.fixture
def engine(store_url: str) -> Iterator[Engine]:
    """A host's own engine, as SQLAlchemy makes it, with a short patience."""
    made = create_engine(store_url)

    @event.listens_for(made, "connect")
    def impatient(connection: Any, _: object) -> None:
        sqlite = made.dialect.name == "sqlite"
        connection.execute("PRAGMA busy_timeout=100" if sqlite else "SET lock_timeout=100")
        connection.commit()

    yield made
    made.dispose()


@pytest.fixture
def journeys(engine: Engine) -> Iterator[Journeys]:
    """A store in the host's database, beside its invoices."""
    with Journeys(engine, today=TODAY) as opened:
        HOST.create_all(engine)
        yield opened
        opened.close()


def numbers(engine: Engine) -> list[int]:
    with engine.connect() as connection:
        return list(connection.scalars(select(invoices.c.number)))


def test_what_the_host_writes_and_the_facts_are_committed_together(
    engine: Engine, journeys: Journeys
) -> None:
    with engine.begin() as connection:
        connection.execute(insert(invoices).values(number=1))
        mine = journeys.within(connection)
        for command in in_step_3():
            mine.perform(command)
        connection.execute(insert(invoices).values(number=2))
    assert numbers(engine) == [1, 2]
    assert journeys.load("j1") == mine.known("j1")
    assert verify(journeys).findings == ()


def test_what_the_host_takes_back_was_never_recorded(engine: Engine, journeys: Journeys) -> None:
    """Neither facts nor rows nor ids are left, and the same commands can be given again."""
    commands = [{"id": f"c{n}", **as_object(one)} for n, one in enumerate(in_step_3())]
    with engine.connect() as connection:
        taken_back = connection.begin()
        connection.execute(insert(invoices).values(number=1))
        answers = list(journeys.within(connection).record(commands))
        taken_back.rollback()
    assert len(answers) == len(commands)
    assert (numbers(engine), journeys.facts.head()[0]) == ([], 0)
    with pytest.raises(Refused):
        journeys.load("j1")
    assert not any(journeys.perform(command).repeated for command in commands)


def test_what_is_recorded_in_a_transaction_is_seen_in_it_alone(
    engine: Engine, journeys: Journeys
) -> None:
    with engine.begin() as connection:
        mine = journeys.within(connection)
        mine.perform(in_step_3()[0])
        assert mine.load("j1").exists
        assert journeys.facts.head()[0] == 0
    assert journeys.load("j1").exists


def test_a_refusal_takes_back_nothing_that_the_host_wrote(
    engine: Engine, journeys: Journeys
) -> None:
    with engine.begin() as connection:
        mine = journeys.within(connection)
        mine.perform(in_step_3()[0])
        connection.execute(insert(invoices).values(number=1))
        with pytest.raises(Refused):
            mine.perform(wish("advance", "coach:c1", "2026-03-01"))
    assert numbers(engine) == [1]
    assert journeys.facts.head()[0] == 1


def test_a_conflict_within_is_decided_again_and_takes_back_itself_alone(
    engine: Engine, journeys: Journeys
) -> None:
    """What this transaction knew of the journey is old: the append is refused, then done anew."""
    first, second, third, *_ = in_step_3()
    with engine.begin() as connection:
        mine, beside = journeys.within(connection), journeys.within(connection)
        mine.perform(first)
        connection.execute(insert(invoices).values(number=1))
        beside.perform(second)
        mine.perform(third)
    assert numbers(engine) == [1]
    assert journeys.load("j1").version == 3


def test_other_writers_wait_until_the_host_has_ended_its_transaction(
    engine: Engine, journeys: Journeys
) -> None:
    with engine.begin() as connection:
        journeys.within(connection).perform(in_step_3()[0])
        with pytest.raises(StoreLocked):
            journeys.perform({**as_object(in_step_3()[0]), "journey": "j2", "person": "p2"})
    journeys.perform({**as_object(in_step_3()[0]), "journey": "j2", "person": "p2"})
    assert [row[0] for batch in journeys.facts.scan() for row in batch] == [1, 2]


def test_a_thread_that_has_its_journey_s_turn_does_not_hold_the_host_up(
    engine: Engine, journeys: Journeys
) -> None:
    """Such a thread may wait for the host's transaction to end, which must then go on."""
    held, ended = Event(), Event()

    def hold() -> bool:
        with ExitStack() as turns:
            for turn in journeys._turns:
                turns.enter_context(turn)
            held.set()
            return ended.wait(timeout=30)

    with ThreadPoolExecutor(1) as pool, engine.begin() as connection:
        holding = pool.submit(hold)
        held.wait()
        journeys.within(connection).perform(in_step_3()[0])
        ended.set()
        assert holding.result()


def test_a_connection_that_commits_by_itself_is_refused(engine: Engine, journeys: Journeys) -> None:
    with (
        engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection,
        pytest.raises(StoreUnusable, match="no open transaction"),
    ):
        journeys.within(connection).perform(in_step_3()[0])
    assert journeys.facts.head()[0] == 0


def test_the_store_goes_on_after_a_transaction_of_the_host(
    engine: Engine, journeys: Journeys
) -> None:
    """What the store knew of the journey is old then: it decides on what is there."""
    whole = exited_to_work()
    for command in whole[:5]:
        journeys.perform(command)
    with engine.begin() as connection, journeys.within(connection) as mine:
        for command in whole[5:10]:
            mine.perform(command)
    for command in whole[10:]:
        journeys.perform(command)
    assert verify(journeys).findings == ()
