"""Actors are written role:id or role:id@municipality (contract.md §1)."""

from __future__ import annotations

import pytest

from journey.actor import Actor, parse_actor
from journey.errors import InvalidCommand
from journey.values import Role


@pytest.mark.parametrize(
    ("text", "actor"),
    [
        ("coach:c1@Nässjö", Actor(Role.COACH, "c1", "Nässjö")),
        ("fk:olle", Actor(Role.FK, "olle")),
        ("federation_manager:f1", Actor(Role.FEDERATION_MANAGER, "f1")),
        ("system:scheduler", Actor(Role.SYSTEM, "scheduler")),
    ],
)
def test_an_actor_is_read_and_written_alike(text: str, actor: Actor) -> None:
    assert parse_actor(text) == actor
    assert str(actor) == text


@pytest.mark.parametrize(
    "text",
    ["", "coach", "coach:", ":c1", "king:k1", "coach:c 1", "coach:c1@", "Coach:c1", "coach:c1\n"],
)
def test_what_is_no_actor_is_refused_with_its_field(text: str) -> None:
    with pytest.raises(InvalidCommand) as refused:
        parse_actor(text)
    assert refused.value.code == "invalid_command"
    assert refused.value.reasons[0].field == "by"
