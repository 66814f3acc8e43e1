"""eventsourcing's own cases for recorders, passed by this program's recorders on every database."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import TestCase
from uuid import UUID, uuid4

import pytest
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import InfrastructureFactoryError, StoredEvent, TrackingRecorder
from eventsourcing.tests import persistence as cases
from eventsourcing.utils import Environment
from sqlalchemy.engine import Engine

from journey.storage.database import open_engine
from journey.storage.factory import Factory
from journey.storage.recorder import Recorder, StreamRecorder
from tests.postgres import Server


class InAFile:
    """Each store is a new file, gone when the case is done."""

    def engine_for(self, case: TestCase) -> Engine:
        """An engine on a new store."""
        folder = TemporaryDirectory()
        case.addCleanup(folder.cleanup)
        return _opened(case, f"sqlite:///{Path(folder.name) / 'store.db'}")


class OnPostgreSQL:
    """Each store is a new schema on the server of the tests, gone when the case is done."""

    server: Server

    @pytest.fixture(autouse=True)
    def _server(self, postgres: Server) -> None:
        self.server = postgres

    def engine_for(self, case: TestCase) -> Engine:
        """An engine on a new store."""
        return _opened(case, case.enterContext(self.server.fresh()))


class InMemory:
    """Each store is one that all threads of the process share."""

    def engine_for(self, case: TestCase) -> Engine:
        """An engine on a new store."""
        return _opened(case, "sqlite://")


def _opened(case: TestCase, url: str) -> Engine:
    engine = open_engine(url)
    case.addCleanup(engine.dispose)
    return engine


def join_readers(case: TestCase) -> None:
    """Wait for the threads of a case before its store is closed: it leaves its readers running."""
    others = set(threading.enumerate())

    def join() -> None:
        for thread in set(threading.enumerate()) - others:
            thread.join(timeout=30)

    case.addCleanup(join)


class TestFactsByStream(InAFile, cases.AggregateRecorderTestCase):
    """What eventsourcing asks of a recorder of streams."""

    def create_recorder(self) -> StreamRecorder:
        recorder = StreamRecorder(self.engine_for(self))
        self.addCleanup(recorder.close)
        return recorder


class TestFactsByStreamOnPostgreSQL(OnPostgreSQL, TestFactsByStream):
    """The same on a server."""


class TestFactsByPosition(InAFile, cases.ApplicationRecorderTestCase[Recorder]):
    """What eventsourcing asks of a recorder of streams and one order; ids have no gaps."""

    def create_recorder(self) -> Recorder:
        recorder = Recorder(self.engine_for(self))
        self.addCleanup(recorder.close)
        join_readers(self)
        return recorder

    def test_insert_subscribe(self) -> None:
        """The case that eventsourcing leaves to recorders that can be subscribed to."""
        self.optional_test_insert_subscribe()


class TestFactsByPositionInMemory(InMemory, TestFactsByPosition):
    """The same of a store in memory."""


class TestFactsByPositionOnPostgreSQL(OnPostgreSQL, TestFactsByPosition):
    """The same on a server; whoever subscribes is woken by it."""


class TestStreamsDoNotInterleave(InAFile, cases.NonInterleavingNotificationIDsBaseCase):
    """Events that are inserted together stand together."""

    def create_recorder(self) -> Recorder:
        recorder = Recorder(self.engine_for(self))
        self.addCleanup(recorder.close)
        return recorder


class TestStreamsDoNotInterleaveOnPostgreSQL(OnPostgreSQL, TestStreamsDoNotInterleave):
    """The same on a server."""


class Referral(Aggregate):
    """An aggregate as eventsourcing's users write it."""

    def __init__(self) -> None:
        self.steps = 0

    @event("Advanced")
    def advance(self) -> None:
        self.steps += 1


class Referrals(Application[UUID]):
    """An application that is given an open engine."""

    engine: Engine

    def construct_factory(self, env: Environment) -> Factory:
        return Factory(env, self.engine)


@pytest.fixture
def engine(store_url: str) -> Iterator[Engine]:
    opened = open_engine(store_url)
    yield opened
    opened.dispose()


def test_an_application_keeps_its_aggregates_in_the_store(engine: Engine) -> None:
    """Saved by one application, read by the next on the same store."""
    Referrals.engine = engine
    with Referrals() as application:
        referral = Referral()
        referral.advance()
        application.save(referral)
    with Referrals() as application:
        loaded: Referral = application.repository.get(referral.id)
    assert (loaded.steps, loaded.version) == (1, 2)


def test_no_recorder_tracks_positions(engine: Engine) -> None:
    """Rows follow in the facts' own transaction, so the factory gives no such recorder."""
    factory = Factory(Environment("Referrals"), engine)
    with pytest.raises(InfrastructureFactoryError):
        factory.tracking_recorder(TrackingRecorder)
    with pytest.raises(InfrastructureFactoryError):
        factory.process_recorder()
    assert type(factory.aggregate_recorder()) is StreamRecorder


def test_an_originator_may_be_given_as_text(engine: Engine) -> None:
    """A UUID in text is the same stream as the UUID."""
    recorder, id_ = Recorder(engine), uuid4()
    recorder.insert_events([StoredEvent(str(id_), 1, "Said", b"1")])
    assert recorder.select_events(id_) == [StoredEvent(id_, 1, "Said", b"1")]
    with pytest.raises(ValueError, match="badly formed"):
        recorder.insert_events([StoredEvent("nobody", 1, "Said", b"1")])
    assert recorder.max_notification_id() == 1
    recorder.close()


def test_a_subscription_ends_when_it_is_stopped(engine: Engine) -> None:
    recorder = Recorder(engine)
    recorder.insert_events([StoredEvent(uuid4(), 1, name, b"") for name in ("Said", "Done")])
    with recorder.subscribe(topics=("Done",)) as subscription:
        assert next(subscription).id == 2
        subscription.stop()
        assert list(subscription) == []
    recorder.close()


def _later(recorder: Recorder, seconds: float) -> None:
    """Insert an event after a while, in a thread of its own."""
    event = StoredEvent(uuid4(), 1, "Said", b"")
    threading.Timer(seconds, recorder.insert_events, [[event]]).start()


def test_a_subscriber_is_woken_by_the_server(postgres: Server) -> None:
    """Not by looking again: that is done every half second."""
    with postgres.fresh() as url:
        engine = open_engine(url)
        recorder = Recorder(engine)
        with recorder.subscribe() as subscription:
            began = time.monotonic()
            for number in range(1, 9):
                _later(recorder, 0.02)
                assert next(subscription).id == number
            assert time.monotonic() - began < 8 * 0.25
        recorder.close()
        engine.dispose()


def test_a_subscriber_whose_connection_the_server_cut_hears_again(postgres: Server) -> None:
    """And misses nothing of what was recorded meanwhile."""
    with postgres.fresh() as url:
        engine = open_engine(url)
        recorder = Recorder(engine)
        with recorder.subscribe() as subscription:
            for number in (1, 2, 3):
                _later(recorder, 0.05)
                assert next(subscription).id == number
                postgres.run(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE query LIKE 'LISTEN%'"
                )
        recorder.close()
        engine.dispose()
