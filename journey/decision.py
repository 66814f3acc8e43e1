"""The shape of a decision: what a chapter plans, and what the door makes of it.

A chapter answers a wish with a ``Plan``: the facts that the wish would be, the
days that it builds on, and its rules, each a Reason, a Caution or None. The
door (``journey/decide.py``) turns a plan into a ``Decision`` or a refusal.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import Struct

from journey.actor import Actor
from journey.errors import Caution, Reason, caution
from journey.facts import Fact
from journey.programme import Programme
from journey.rules import Rules
from journey.wishes import Wish

if TYPE_CHECKING:
    from journey.state import Journey


class Elsewhere(Struct, frozen=True):
    """What a decision must know of other journeys (domain.md T1, T12).

    ``open_journey`` is the key of another open journey of the same person in the
    programme; ``previous_person`` the person of the previous journey that a
    referral names, None if that journey is unknown; ``first_in_queue`` the key of
    the journey whose turn it is in the municipality's queue.
    """

    open_journey: str | None = None
    previous_person: str | None = None
    first_in_queue: str | None = None


class Context(Struct, frozen=True):
    """All that a decision needs beside the journey and the wish; values only.

    ``today`` is the civil day on which the command is given, ``rules`` the rule
    set in force on the wish's own day, ``history`` the journey's facts (empty
    unless the wish corrects one of them).
    """

    today: date
    actor: Actor
    programme: Programme
    rules: Rules
    elsewhere: Elsewhere = Elsewhere()
    history: tuple[Fact, ...] = ()


class Plan(Struct, frozen=True):
    """A chapter's answer to a wish, before the door has judged it.

    ``already`` says that the wish is already true; ``builds_on`` are the days of
    the facts that it rests on; ``rules`` hold what each rule says, in the order
    of domain.md §3.
    """

    facts: tuple[Fact, ...] = ()
    rules: tuple[Reason | None, ...] = ()
    builds_on: tuple[date | None, ...] = ()
    already: bool = False


class Decision(Struct, frozen=True):
    """Facts to record (none when the wish is already true), and what to warn of.

    ``then`` is the journey after the facts.
    """

    then: Journey
    facts: tuple[Fact, ...] = ()
    warnings: tuple[Caution, ...] = ()


W = TypeVar("W", bound=Wish)
Decider = Callable[["Journey", Any, Context], Plan]
DECIDERS: dict[type[Wish], Decider] = {}


def decides(wish: type[W]) -> Callable[[Callable[[Journey, W, Context], Plan]], Decider]:
    """Register the function that answers this kind of wish."""

    def register(function: Callable[[Journey, W, Context], Plan]) -> Decider:
        DECIDERS[wish] = function
        return function

    return register


def weigh(check: str, reason: Reason | None) -> Reason | None:
    """The reason as a programme's check has it: ``enforce``, ``warn`` or ``off``."""
    if check == "enforce":
        return reason
    return caution(reason) if check == "warn" else None
