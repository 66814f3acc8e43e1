"""The database goes away, its disk is full, it may only be read: nothing answered is lost,
and what is said is what happened."""

from __future__ import annotations

import os
import random
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from journey import Journeys
from journey.errors import StoreError, StoreReadOnly, StoreUnusable
from journey.storage.verify import verify
from tests.examples import in_step_3
from tests.postgres import Server
from tests.storage.stores import TODAY, kinds_in, performed, support
from tests.storage.test_crash import assert_whole, recording

SEED = 20261125
KILLS = 10
WHOLE = 5004
_AWAY = ("went away", "does not answer")


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of the test's own, to be killed."""
    made = Server()
    yield made
    made.stop()


# --- the server is killed ------------------------------------------------------------


def test_what_was_answered_is_there_after_the_server_is_killed(server: Server) -> None:
    """Ten times in mid-load; the program ends with the error that says so."""
    moments, answered = random.Random(SEED), set[str]()
    store, killed = server.url(), 0
    while killed < KILLS:
        child = recording(store, "perform", lines=WHOLE, stderr=subprocess.PIPE)
        time.sleep(moments.uniform(0.05, 0.6))
        server.kill()
        ids, errors = child.communicate()
        answered |= set(ids.split())
        assert len(answered) < WHOLE, "there was too little to do"
        killed += child.returncode != 0
        assert any(f"StoreUnusable: The database server {said}" in errors for said in _AWAY)
        server.start()
        assert_whole(store, answered)


def test_a_program_goes_on_when_the_server_is_there_again(server: Server) -> None:
    """It says each time that the server is away; then the same ids are recorded once."""
    with Journeys(server.url(), today=TODAY) as journeys:
        performed(journeys, in_step_3()[0], support(1, id="a-1"))
        for number in (2, 3):
            journeys.load("j1")
            server.kill()
            for said in ("went away|does not answer", "does not answer"):
                with pytest.raises(StoreUnusable, match=said):
                    journeys.perform(support(number, id=f"a-{number}"))
                with pytest.raises(StoreUnusable, match=said):
                    journeys.load("j1")
            server.start()
            assert journeys.load("j1").exists
            assert not journeys.perform(support(number, id=f"a-{number}")).repeated
            assert journeys.perform(support(number, id=f"a-{number}")).repeated
        assert kinds_in(journeys) == ["k1", "k2", "k3"]
        assert verify(journeys).findings == ()
        journeys.close()


def test_a_read_goes_on_where_the_server_was_away_between_two(server: Server) -> None:
    """Nobody asked meanwhile: the connection that broke is replaced unseen."""
    with Journeys(server.url(), today=TODAY) as journeys:
        performed(journeys, in_step_3()[0])
        server.kill()
        server.start()
        assert journeys.load("j1").exists
        server.kill()
        server.start()
        assert journeys.perform(support(1)).facts
        journeys.close()


# --- a full disk ---------------------------------------------------------------------


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A file system of its own with so much room."""
    folder.mkdir()
    options = f"size={megabytes}m,mode=0755"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("this user may not mount a file system")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path, leave: int) -> Path:
    """A file that leaves so many bytes free."""
    ballast = disk / "ballast"
    room = os.statvfs(disk)
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, room.f_bavail * room.f_frsize - leave)
    return ballast


def until_it_is_full(journeys: Journeys) -> tuple[int, StoreError]:
    """How many commands were answered before the error, and the error."""
    for number in range(100_000):
        try:
            journeys.perform(support(number, id=f"a-{number}"))
        except StoreError as error:
            return number, error
    raise AssertionError("the disk was never full")


def test_a_full_disk_is_said_and_loses_nothing(tmp_path: Path) -> None:
    with (
        small_disk(tmp_path / "disk", 4) as disk,
        Journeys(f"sqlite:///{disk / 'journey.db'}", today=TODAY) as journeys,
    ):
        performed(journeys, in_step_3()[0])
        ballast = fill(disk, 200_000)
        answered, error = until_it_is_full(journeys)
        assert str(error) == "The disk is full; nothing was recorded."
        assert kinds_in(journeys) == [f"k{number}" for number in range(answered)]
        ballast.unlink()
        assert not journeys.perform(support(answered, id=f"a-{answered}")).repeated
        assert verify(journeys).findings == ()
        journeys.close()


def test_a_server_s_full_disk_is_said_and_loses_nothing(tmp_path: Path) -> None:
    """PostgreSQL may go down when its log finds no room; then it does not answer."""
    with small_disk(tmp_path / "disk", 120) as disk:
        server = Server(disk)
        try:
            with Journeys(server.url(), today=TODAY) as journeys:
                performed(journeys, in_step_3()[0])
                ballast = fill(disk, 1_000_000)
                answered, error = until_it_is_full(journeys)
                assert "disk is full" in str(error) or "went away" in str(error)
                ballast.unlink()
                server.kill()
                server.start()
                kept = kinds_in(journeys)
                assert kept[:answered] == [f"k{number}" for number in range(answered)]
                assert len(kept) <= answered + 1
                journeys.perform(support(answered, id=f"a-{answered}"))
                assert len(kinds_in(journeys)) == answered + 1
                assert verify(journeys).findings == ()
                journeys.close()
        finally:
            server.stop()


# --- only to be read -----------------------------------------------------------------


def test_a_server_that_only_lets_read_can_be_read(postgres: Server) -> None:
    """As a standby is: nothing is written when the store is opened."""
    with postgres.fresh() as url:
        with Journeys(url, today=TODAY) as journeys:
            performed(journeys, in_step_3()[0])
            journeys.close()
        with Journeys(f"{url}%20-cdefault_transaction_read_only%3Don", today=TODAY) as journeys:
            assert journeys.load("j1").exists
            with pytest.raises(StoreReadOnly, match="can be read, but not written"):
                journeys.perform(support(1))
            assert verify(journeys).findings == ()
            journeys.close()


def test_a_store_that_is_not_there_is_not_made_where_one_may_only_read(postgres: Server) -> None:
    with (
        postgres.fresh() as url,
        pytest.raises(StoreReadOnly, match="can be read, but not written"),
    ):
        Journeys(f"{url}%20-cdefault_transaction_read_only%3Don")


def test_what_cannot_be_reached_is_said_without_the_url(postgres: Server) -> None:
    """No server, no such database, no such user; none of them repeats what it was given."""
    url = postgres.url()
    for wrong, said in (
        (url.replace("host=", "host=/nowhere"), "does not answer"),
        (
            url.replace("@/postgres", "@/absent"),
            "are user, password and database right",
        ),
        (
            url.replace("postgres@", "nobody:secret@"),
            "are user, password and database right",
        ),
    ):
        with pytest.raises(StoreUnusable, match=said) as raised:
            Journeys(wrong)
        assert not {"secret", "nowhere", "absent", "nobody"} & set(str(raised.value).split())
