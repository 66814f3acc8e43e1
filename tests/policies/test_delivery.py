"""What is issued leaves the house: delivered once, tried again with growing pauses, given up."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest

from journey import Journeys
from journey.storage.rebuild import rebuild
from journey.sus import RegisterInSus
from journey.values import SusMode
from policies.channels import (
    Callback,
    Channel,
    Log,
    Message,
    UnusableChannel,
    channels_of,
)
from policies.channels import Service as Apprise
from policies.daily import daily
from policies.delivery import LEASE, PAUSES, Delivered, Delivery, outbox_list, outbox_retry
from policies.round import tick
from tests.examples import contact, exited_to_work
from tests.policies.services import FAILS, HANGS, WORKS, Service, mail_server, webhook
from tests.projections.stores import a_store, of, performed

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

DAY = date(2026, 9, 4)
ROOT = Path(__file__).parents[2]


class Time:
    """Seconds since 1970 that pass only when they are told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 9, 4, 6, tzinfo=UTC).timestamp()

    def __call__(self) -> float:
        return self.now

    def passes(self, seconds: float) -> None:
        """So many seconds later."""
        self.now += seconds


class Spy:
    """A host's function that hears everything, or fails while it is told to."""

    def __init__(self) -> None:
        self.heard: list[Message] = []
        self.fails = False

    def __call__(self, message: Message) -> None:
        if self.fails:
            raise OSError("a secret that must not be kept")
        self.heard.append(message)


Before = Callable[..., Journeys]


@pytest.fixture
def before_the_round(store_url: str) -> Iterator[Before]:
    """``before_the_round(5)``: the store, on either database, with so many journeys."""
    with ExitStack() as stack:
        yield lambda number=1: stack.enter_context(the_day_before(store_url, number))


def the_day_before(store: str, number: int = 1) -> Journeys:
    """Journeys of which one thing each is to be said on the day: m1w1 comes up."""
    journeys = a_store(store)
    for n in range(1, number + 1):
        performed(journeys, of(f"j{n}", exited_to_work()))
    tick(journeys, date(2026, 9, 3))
    return journeys


def test_a_host_is_called_back_for_each_notice_with_ids_dates_and_codes_only(
    before_the_round: Before,
) -> None:
    journeys, spy = before_the_round(), Spy()
    issued = daily(journeys, Delivery(journeys, [Callback(spy)]), DAY).issued
    assert [one.what for one in issued] == ["m1w1"]
    (message,) = spy.heard
    assert msgspec.to_builtins(message) == {
        "id": journeys.facts.head()[0],
        "journey": "j1",
        "kind": "aftercare",
        "what": "m1w1",
        "notice": "upcoming",
        "due_on": "2026-09-07",
        "act_by": "2026-09-07",
        "on": "2026-09-04",
        "to": "coach",
        "coach": "c1",
        "municipality": "Nässjö",
    }


def test_what_is_delivered_is_delivered_once(before_the_round: Before) -> None:
    """Not by a second round, not by a rebuild, not by another delivery."""
    journeys, spy = before_the_round(), Spy()
    delivery = Delivery(journeys, [Callback(spy)])
    daily(journeys, delivery, DAY)
    daily(journeys, delivery, DAY)
    rebuild(journeys)
    assert Delivery(journeys, [Callback(spy)]).run() == Delivered()
    assert len(spy.heard) == 1
    assert outbox_list(journeys) == []
    (row,) = outbox_list(journeys, everything=True)
    assert (row.status, row.tries, row.last_error) == ("delivered", 1, None)
    assert row.delivered_at is not None


def test_a_channel_gets_what_is_issued_after_it_was_opened(before_the_round: Before) -> None:
    """The notices of the past are not sent to an address that is new."""
    journeys, spy = before_the_round(), Spy()
    delivery = Delivery(journeys, [Callback(spy)])
    assert delivery.run() == Delivered()
    tick(journeys, DAY)
    assert delivery.run() == Delivered(delivered=1)


def test_what_was_issued_before_a_kill_is_delivered_after_it(before_the_round: Before) -> None:
    """A round that died before its delivery: the next start takes it up by its position."""
    journeys, spy = before_the_round(), Spy()
    Delivery(journeys, [Callback(spy)])
    tick(journeys, DAY)
    assert Delivery(journeys, [Callback(spy)]).run() == Delivered(delivered=1)


def test_who_dies_between_sending_and_marking_sends_it_again_with_the_same_id(
    before_the_round: Before,
) -> None:
    """At least once: after the lease the message is tried by whoever comes."""
    journeys, spy, time = before_the_round(), Spy(), Time()

    class Dies(BaseException):
        pass

    def dying(message: Message) -> None:
        spy(message)
        raise Dies

    delivery = Delivery(journeys, [Callback(dying)], clock=time)
    tick(journeys, DAY)
    with pytest.raises(Dies):
        delivery.run()
    again = Delivery(journeys, [Callback(spy)], clock=time)
    assert again.run() == Delivered()
    time.passes(LEASE + 1)
    assert again.run() == Delivered(delivered=1)
    assert len({message.id for message in spy.heard}) == 1
    assert len(spy.heard) == 2


def test_the_pauses_grow_and_in_the_end_it_is_given_up(before_the_round: Before) -> None:
    journeys, spy, time = before_the_round(), Spy(), Time()
    spy.fails = True
    delivery = Delivery(journeys, [Callback(spy)], clock=time)
    tick(journeys, DAY)
    for tries, pause in enumerate(PAUSES, 1):
        assert delivery.run() == Delivered(postponed=1)
        (row,) = outbox_list(journeys)
        assert (row.status, row.tries, row.last_error) == ("waiting", tries, "raised:OSError")
        time.passes(pause - 1)
        assert delivery.run() == Delivered()
        time.passes(1)
    assert delivery.run() == Delivered(dead=1)
    (row,) = outbox_list(journeys)
    assert (row.status, row.tries, row.next_try_at) == ("dead", len(PAUSES) + 1, None)
    time.passes(10**6)
    assert delivery.run() == Delivered()
    assert sorted(PAUSES) == list(PAUSES)


def test_what_was_given_up_can_be_put_in_line_again(before_the_round: Before) -> None:
    journeys, spy, time = before_the_round(), Spy(), Time()
    time.now = 4_000_000_000
    spy.fails = True
    delivery = Delivery(journeys, [Callback(spy)], pauses=(), clock=time)
    tick(journeys, DAY)
    assert delivery.run() == Delivered(dead=1)
    spy.fails = False
    assert outbox_retry(journeys, channel="log") == 0
    assert outbox_retry(journeys) == 1
    assert delivery.run() == Delivered(delivered=1)
    assert outbox_list(journeys) == []
    assert outbox_retry(journeys) == 0


def test_a_channel_that_fails_rests_and_holds_no_other_up(before_the_round: Before) -> None:
    """Three in a row, and the rest of that channel waits; the other channel is served."""
    journeys, good, bad = before_the_round(10), Spy(), Spy()
    bad.fails = True
    channels = [Callback(bad, "bad"), Callback(good, "good")]
    delivery = Delivery(journeys, channels, clock=Time())
    tick(journeys, DAY)
    assert delivery.run() == Delivered(delivered=10, postponed=3)
    assert delivery.run() == Delivered(postponed=3)
    assert len(good.heard) == 10


def test_one_message_that_cannot_be_taken_holds_no_other_up(before_the_round: Before) -> None:
    journeys, heard = before_the_round(5), list[str]()

    def picky(message: Message) -> None:
        if message.journey == "j1":
            raise ValueError
        heard.append(message.journey)

    delivery = Delivery(journeys, [Callback(picky)], clock=Time())
    tick(journeys, DAY)
    assert delivery.run() == Delivered(delivered=4, postponed=1)
    assert sorted(heard) == ["j2", "j3", "j4", "j5"]


def test_a_delivery_stops_between_two_messages(before_the_round: Before) -> None:
    journeys, spy = before_the_round(5), Spy()
    delivery = Delivery(journeys, [Callback(spy)])
    tick(journeys, DAY)
    delivery.run(stop=lambda: len(spy.heard) == 2)
    assert len(spy.heard) == 2
    assert delivery.run() == Delivered(delivered=3)


def test_two_deliveries_at_once_send_each_message_once(store_url: str) -> None:
    """Each is claimed before it is sent: the one sees what the other has in hand."""
    spy, time = Spy(), Time()
    journeys, other = the_day_before(store_url, 4), a_store(store_url)
    second = Delivery(other, [Callback(spy)], clock=time)

    def meanwhile(message: Message) -> None:
        spy(message)
        second.run()

    first = Delivery(journeys, [Callback(meanwhile)], clock=time)
    tick(journeys, DAY)
    first.run()
    assert sorted(message.journey for message in spy.heard) == ["j1", "j2", "j3", "j4"]
    journeys.close()
    other.close()


def test_of_a_protected_person_neither_coach_nor_municipality_leaves() -> None:
    """§9.9."""
    journeys, spy = a_store(), Spy()
    wishes = list(exited_to_work())
    wishes[0] = msgspec.structs.replace(wishes[0], protected_identity=True)
    anonymous = [
        msgspec.structs.replace(w, mode=SusMode.ANONYMOUS) if isinstance(w, RegisterInSus) else w
        for w in wishes
    ]
    performed(journeys, anonymous)
    tick(journeys, date(2026, 9, 3))
    daily(journeys, Delivery(journeys, [Callback(spy)]), DAY)
    (message,) = spy.heard
    assert (message.coach, message.municipality) == (None, None)
    assert "Nässjö" not in message.as_text()


# --- the services that apprise knows -------------------------------------------------------------


@pytest.fixture(params=[webhook, mail_server], ids=["webhook", "smtp"])
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    make: Callable[[], AbstractContextManager[Service]] = request.param
    with make() as made:
        yield made


def test_a_service_that_fails_hangs_and_recovers(service: Service) -> None:
    """Two are delivered; one fails, hangs, and is delivered; one fails till it is given up."""
    journeys, time = the_day_before("sqlite://", 2), Time()
    delivery = Delivery(journeys, [Apprise(service.url)], pauses=(60, 300), clock=time)
    tick(journeys, DAY)
    assert delivery.run() == Delivered(delivered=2)

    performed(journeys, of("j1", [contact("2026-09-05")]))
    service.mood = FAILS
    (issued,) = tick(journeys, date(2026, 9, 7))
    assert delivery.run() == Delivered(postponed=1)
    time.passes(60)
    service.mood = HANGS
    assert delivery.run() == Delivered(postponed=1)
    time.passes(300)
    service.mood = WORKS
    assert delivery.run() == Delivered(delivered=1)

    service.mood = FAILS
    tick(journeys, date(2026, 9, 8))
    for pause in (60, 300, 0):
        delivery.run()
        time.passes(pause)
    (dead,) = outbox_list(journeys)
    assert (dead.journey, dead.notice, dead.status, dead.tries) == ("j2", "overdue", "dead", 3)
    assert dead.last_error == "not_taken"
    assert len(service.taken) == 3
    assert (
        f"journey: {issued.journey}\nkind: aftercare\nwhat: m1w1\nnotice: due"
        in (service.taken[-1])
    )


def test_the_outbox_knows_no_address_and_no_key(service: Service) -> None:
    """A URL may hold a password: what is kept is a digest."""
    name = Apprise(service.url).name
    assert "127.0.0.1" not in name
    assert name == Apprise(service.url).name != Apprise(f"{service.url}&to=c2@example.org").name


# --- which channels there are -------------------------------------------------------------------


def test_the_channels_stand_in_the_environment() -> None:
    found: tuple[Channel, ...] = channels_of(
        {"JOURNEY_NOTIFY": "json://localhost/hook  mailto://u:k@example.org"}
    )
    assert [channel.name.partition("-")[0] for channel in found] == ["json", "mailto"]
    (log,) = channels_of({})
    assert isinstance(log, Log)
    with pytest.raises(UnusableChannel, match="number 2"):
        channels_of({"JOURNEY_NOTIFY": "json://localhost nothing://u:k@localhost"})


def test_the_log_has_a_line_for_each_notice(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "journey.notices")
    journeys = the_day_before("sqlite://")
    daily(journeys, Delivery(journeys, [Log()]), DAY)
    (line,) = caplog.messages
    assert line.startswith("notice id=")
    assert "journey=j1 kind=aftercare what=m1w1 notice=upcoming due_on=2026-09-07" in line


_CHILD = """
import sys
from datetime import date
from journey import Journeys
from policies.channels import Callback
from policies.daily import daily
from policies.delivery import Delivery

def hear(message):
    print(message.id, flush=True)
    if "die" in sys.argv:
        import os, signal
        os.kill(os.getpid(), signal.SIGKILL)

with Journeys(sys.argv[1], today=date(2030, 1, 1)) as journeys:
    delivery = Delivery(journeys, [Callback(hear)], clock=lambda: float(sys.argv[-1]))
    daily(journeys, delivery, date(2026, 9, 4))
"""


def test_killed_while_delivering_nothing_is_lost(store_url: str) -> None:
    """Each run is killed at its first message; what it had in hand comes after the lease."""
    the_day_before(store_url, 3).close()

    def run(*arguments: str) -> list[str]:
        words = [sys.executable, "-c", _CHILD, store_url, *arguments]
        done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, check=False)
        return done.stdout.split()

    killed = [run("die", str(1000 + n)) for n in range(3)]
    assert [len(said) for said in killed] == [1, 1, 1]
    rest = run(str(1003 + LEASE + 1))
    assert sorted(rest) == sorted({said[0] for said in killed})
    assert len(rest) == 3
