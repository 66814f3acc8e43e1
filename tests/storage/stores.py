"""What the tests of commands on a store share: what is asked, answered, and done meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

import msgspec
import pytest
from sqlalchemy import Table

from journey import Journeys, Outcome, Refused
from journey.state import Journey
from journey.storage.history import Recorded
from journey.storage.rows import Rows
from journey.units import Unit
from journey.wishes import JourneyWish
from projections.register import FOLLOWERS
from tests.examples import FK, wish

TODAY = date(2026, 11, 23)


def as_object(one: JourneyWish, **changes: Any) -> dict[str, Any]:
    """A wish as a host gives it, with these fields changed."""
    return {**msgspec.to_builtins(one), **changes}


def support(number: int | str, on: str = "2026-02-03", **changes: Any) -> dict[str, Any]:
    """Support in the preparation, which may be given any number of times."""
    return as_object(wish("support_preparation", FK, on, kind=f"k{number}"), **changes)


def performed(journeys: Journeys, *wishes: JourneyWish | dict[str, Any]) -> list[Outcome]:
    """The answers to commands that are carried out one by one."""
    return [journeys.perform(one) for one in wishes]


def refused_code(journeys: Journeys, command: Any) -> str:
    """The code with which a command is refused."""
    with pytest.raises(Refused) as refused:
        journeys.perform(command)
    return refused.value.code


def codes(answers: Iterable[Outcome | Refused]) -> list[str]:
    """What each was answered: recorded, repeated, or the code of its refusal."""
    return [
        one.code if isinstance(one, Refused) else "repeated" if one.repeated else "recorded"
        for one in answers
    ]


def facts_of(answers: Iterable[Outcome | Refused]) -> list[tuple[Recorded, ...]]:
    """The facts with which each was answered that was not refused."""
    return [one.facts for one in answers if isinstance(one, Outcome)]


def kinds_in(journeys: Journeys, journey: str = "j1") -> list[str]:
    """The kinds of the support that is recorded, in its order."""
    return [e.fact.kind for e in journeys.history(journey) if e.event == "PreparationSupportGiven"]  # type: ignore[attr-defined]  # every such fact has a kind


class Meanwhile:
    """A read model without rows: what others do between a decision and its append."""

    tables: Sequence[Table] = ()

    def __init__(self) -> None:
        self.happens: list[Callable[[], object]] = []
        self.always: Callable[[], object] | None = None

    def rows(self, journey: Journey) -> Rows:
        """None; but something happens."""
        if self.happens:
            self.happens.pop(0)()
        elif self.always:
            self.always()
        return {}

    def rests_on(self, journey: Journey) -> tuple[object, ...]:
        return (journey,)

    def unit_rows(self, unit: Unit) -> Rows:
        """None."""
        return {}

    def opened(self, url: str) -> Journeys:
        """A store whose decisions others may overtake."""
        return Journeys(url, today=TODAY, followers=(*FOLLOWERS, self))
