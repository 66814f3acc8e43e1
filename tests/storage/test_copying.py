"""``journey copy``: another database holds the same record, and proves it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import insert, select

from journey import Journeys, StoreUnusable
from journey.storage.bundle.check import check
from journey.storage.bundle.export import export
from journey.storage.checkpoint import check_checkpoint, make_checkpoint
from journey.storage.copying import Copied, copy
from journey.storage.outbox_tables import outbox
from journey.storage.rebuild import rebuild
from journey.storage.schema import commands
from journey.storage.signing import Key, signing_key
from journey.storage.verify import verify
from policies.channels import Callback
from policies.daily import daily
from policies.delivery import Delivery, OutboxRow, outbox_list
from policies.status import status
from tests.examples import BOARD, contact, exited_to_work
from tests.postgres import Server
from tests.projections.stores import LATE, a_store, of, performed, rows_in
from tests.storage.stores import as_object

AT = datetime(2026, 11, 25, 7, tzinfo=UTC)
DAYS = (date(2026, 9, 4), date(2026, 9, 7))
POST = {"do": "allocate_post", "by": BOARD, "on": "2026-01-01", "unit": "Nässjö", "percent": 150}
KEYED = as_object(contact("2026-09-05"), id="c\u00e5-1")


@pytest.fixture
def lived_in() -> Iterator[Journeys]:
    """Journeys, a unit, an id, two rounds, and notices of which one left and others wait."""
    with a_store() as journeys:
        journeys.perform(POST)
        for key in ("j1", "j2"):
            performed(journeys, of(key, exited_to_work()))
        mood = {"fails": False}
        delivery = Delivery(journeys, [Callback(lambda message: _heard(mood))])
        for day in DAYS:
            daily(journeys, delivery, day)
            mood["fails"] = True
        journeys.perform(KEYED)
        yield journeys


def _heard(mood: dict[str, bool]) -> None:
    if mood["fails"]:
        raise OSError


@pytest.fixture
def empty(store_url: str) -> Iterator[Journeys]:
    """A new store on either database."""
    with Journeys(store_url, today=LATE) as journeys:
        yield journeys
        journeys.close()


def letters(journeys: Journeys) -> list[OutboxRow]:
    return outbox_list(journeys, everything=True)


def all_of(journeys: Journeys) -> tuple[Any, ...]:
    """Whatever a store holds, and what it says of its rounds."""
    ids = journeys.ask(select(commands).order_by(commands.c.id))
    seen = status(journeys, DAYS[-1])
    return journeys.facts.head(), list(map(tuple, ids)), letters(journeys), seen, rows_in(journeys)


def test_there_and_back_again_nothing_has_changed(
    lived_in: Journeys, postgres: Server, tmp_path: Path
) -> None:
    """From SQLite to PostgreSQL to SQLite: facts, seals, times, ids, outbox, rounds and rows."""
    before = all_of(lived_in)
    assert {letter.status for letter in letters(lived_in)} == {"delivered", "waiting"}
    with (
        postgres.fresh() as url,
        Journeys(url, today=LATE) as there,
        a_store(f"sqlite:///{tmp_path}/back.db") as back,
    ):
        for source, target in ((lived_in, there), (there, back)):
            copied = copy(source, target)
            position, _, sealed = lived_in.facts.head()
            assert msgspec.to_builtins(copied) == {
                "facts": position,
                "commands": 1,
                "head": {"position": position, "hash": sealed.hex()},
                "identical": True,
            }
            assert all_of(target) == before
            assert verify(target).intact
            assert rebuild(target).changed == 0
        there.close()
        back.close()


def test_the_copy_goes_on_where_the_store_was(lived_in: Journeys, empty: Journeys) -> None:
    """A known id is answered as before, and the next facts are sealed upon the last."""
    copy(lived_in, empty)
    before = empty.facts.head()
    again = empty.perform(KEYED)
    assert (again.repeated, empty.facts.head()) == (True, before)
    for store in (lived_in, empty):
        performed(store, of("j2", [contact("2026-09-06")]))
    (mine, its) = (store.load("j2") for store in (lived_in, empty))
    assert mine == its
    assert verify(empty).intact


def test_a_checkpoint_of_the_store_fits_its_copy(
    lived_in: Journeys, empty: Journeys, tmp_path: Path
) -> None:
    """Who has kept one need not trust who copied."""
    key = signing_key(tmp_path / "key")
    kept = make_checkpoint(lived_in, key)
    copy(lived_in, empty)
    assert check_checkpoint(empty, kept, key.public) == ()


def test_a_bundle_of_the_copy_is_that_of_the_store(
    lived_in: Journeys, empty: Journeys, tmp_path: Path
) -> None:
    """Byte for byte: of all, and of one journey."""
    key = signing_key(tmp_path / "key")
    copy(lived_in, empty)
    for journey in (None, "j2"):
        one, other = (
            _files(store, tmp_path / f"{name}-{journey}", journey, key)
            for name, store in (("one", lived_in), ("other", empty))
        )
        assert one == other
        assert check(tmp_path / f"other-{journey}", key.signer.public)["intact"]


def _files(journeys: Journeys, folder: Path, journey: str | None, key: Key) -> dict[str, bytes]:
    export(journeys, folder, journey, key=key, at=AT)
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


def test_an_empty_store_can_be_copied(empty: Journeys) -> None:
    with a_store() as source:
        copied = copy(source, empty)
    assert copied == Copied(0, 0, copied.head, identical=True)


def test_progress_is_told_for_the_copying_and_for_the_proof(
    lived_in: Journeys, empty: Journeys
) -> None:
    told: list[tuple[int, int]] = []
    facts = copy(lived_in, empty, lambda done, total: told.append((done, total))).facts
    assert told == sorted(told)
    assert told[-1] == (2 * facts, 2 * facts)


def test_a_store_that_holds_a_fact_is_not_copied_to(lived_in: Journeys, empty: Journeys) -> None:
    performed(empty, exited_to_work()[:1])
    before = all_of(empty)
    with pytest.raises(StoreUnusable, match="not empty"):
        copy(lived_in, empty)
    assert all_of(empty) == before


def test_a_store_that_holds_something_to_send_is_not_copied_to(
    lived_in: Journeys, empty: Journeys
) -> None:
    """Though it has no fact."""
    row = {"position": 1, "channel": "c", "status": "waiting", "tries": 0, "next_try_at": 0}
    with empty.engine.begin() as connection:
        connection.execute(insert(outbox).values(row))
    with pytest.raises(StoreUnusable, match="not empty"):
        copy(lived_in, empty)
    assert empty.facts.head()[0] == 0


def test_a_record_whose_seals_do_not_hold_is_not_carried_on(empty: Journeys) -> None:
    """And the other store stays empty, and can be copied to."""
    with a_store() as source:
        performed(source, exited_to_work())
        with source.facts.exclusively() as cursor:
            cursor.execute("DROP TRIGGER facts_no_update")
            cursor.execute("UPDATE facts SET recorded_at = recorded_at - 1 WHERE position = 7")
        with pytest.raises(StoreUnusable, match="from position 7 on"):
            copy(source, empty)
    assert empty.facts.head()[0] == 0
    with a_store() as sound:
        performed(sound, exited_to_work())
        assert copy(sound, empty).identical
