"""Facts to bytes and back, and older shapes made today's (journey/storage/codec.py)."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journey.errors import StoreTooNew, StoreUnusable
from journey.facts import Fact
from journey.storage import codec
from journey.units import UNIT_FACTS
from journey.work import EmploymentChanged
from tests.strategies import FACTS, facts, struct


@given(st.one_of(facts(), *map(struct, UNIT_FACTS)))
def test_every_fact_survives_the_codec(fact: Fact) -> None:
    body = codec.encode(fact, "coach:c1@Nässjö", "se-hoglandet/2024-01-01")
    envelope = codec.decode(codec.stored_name(fact), body)
    assert envelope.data == fact
    assert (envelope.by, envelope.ruleset) == ("coach:c1@Nässjö", "se-hoglandet/2024-01-01")
    assert codec.decode_facts([(codec.stored_name(fact), body)]) == [fact]


def test_a_body_leaves_room_for_one_that_is_encrypted() -> None:
    """Plain bodies begin with a brace; another first byte is free."""
    fact = EmploymentChanged(on=date(2026, 1, 1), employment="w1", percent=50)
    assert codec.encode(fact, "coach:c1", "x").startswith(b"{")


def test_a_fact_that_nobody_knows_is_said_to_be_so() -> None:
    with pytest.raises(codec.UnknownFact, match="CatAdopted"):
        codec.decode("CatAdopted", b"{}")


@pytest.mark.parametrize("name", ["", "Fact", "EmploymentChanged.2", "EmploymentChanged.x"])
def test_a_fact_of_a_newer_program_is_not_read_as_if_it_were_an_older_one(name: str) -> None:
    """A later shape of a known fact may mean something else; it is the store that is too new."""
    fact = EmploymentChanged(on=date(2026, 1, 1), employment="w1", percent=50)
    with pytest.raises(StoreTooNew, match="does not know"):
        codec.decode(name, codec.encode(fact, "coach:c1", "x"))


@pytest.mark.parametrize(
    "body", [b"", b"\x00", b"{}", b'{"by":"coach:c1","ruleset":"r","data":{}}', b'{"by":"\xff"}']
)
def test_a_body_that_cannot_be_read_is_damage_to_the_store(body: bytes) -> None:
    with pytest.raises(StoreUnusable, match="damaged"):
        codec.decode("EmploymentChanged", body)
    with pytest.raises(StoreUnusable, match="damaged"):
        codec.decode_facts([("EmploymentChanged", body)])


def test_every_older_shape_has_its_upcaster() -> None:
    wanted = {
        (name, v) for name, fact in codec.FACTS.items() for v in range(1, fact.schema_version)
    }
    assert wanted == codec.UPCASTERS.keys()


def test_every_kind_of_fact_is_drawn_when_round_trips_are_tried() -> None:
    assert {fact.__name__ for fact in (*FACTS, *UNIT_FACTS)} == codec.FACTS.keys()


class Walked(Fact, frozen=True):
    """A fact that was once stored in kilometres, then with its pace, and now in metres."""

    schema_version: ClassVar[int] = 3

    metres: int
    pace: str


def test_an_old_shape_is_upcast_version_by_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec, "FACTS", {**codec.FACTS, "Walked": Walked})
    monkeypatch.setitem(codec.UPCASTERS, ("Walked", 1), lambda old: {**old, "pace": "slow"})
    monkeypatch.setitem(
        codec.UPCASTERS,
        ("Walked", 2),
        lambda old: {"on": old["on"], "pace": old["pace"], "metres": old["kilometres"] * 1000},
    )
    first = b'{"by":"coach:c1","ruleset":"r","data":{"kilometres":3,"on":"2026-01-01"}}'
    now = Walked(on=date(2026, 1, 1), metres=3000, pace="slow")
    assert codec.decode("Walked", first).data == now
    assert codec.stored_name(now) == "Walked.3"
    assert codec.decode("Walked.3", codec.encode(now, "coach:c1", "r")).data == now
