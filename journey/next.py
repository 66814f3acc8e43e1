"""What may happen next, and why not: every command is asked of the same door as a wish.

The free fields of a command are not known when one asks what may happen, so each is
tried with plausible ones; what is answered is what the door says to the most
favourable of them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from msgspec import Struct

from journey.access import MATRIX
from journey.actor import parse_actor
from journey.commands import WISHES, parse
from journey.decide import decide
from journey.decision import Context
from journey.errors import Reason, Refused
from journey.referral import Refer
from journey.samples import SAMPLES
from journey.state import Journey
from journey.wishes import JourneyWish


class Possibility(Struct, frozen=True):
    """A command, whether it may be given now, and if not every reason."""

    do: str
    allowed: bool
    reasons: tuple[Reason, ...] = ()


def possible(
    journey: Journey, by: str, day: date, context: Callable[[Journey, JourneyWish], Context]
) -> list[Possibility]:
    """Every command on this journey, as this actor, on this day.

    Raises InvalidCommand where ``by`` is no actor or the day is out of reach.
    """
    parse_actor(by)
    commands = [do for do, wish in WISHES.items() if wish in MATRIX and wish is not Refer]
    return [_possibility(do, journey, by, day, context) for do in commands]


def _possibility(
    do: str,
    journey: Journey,
    by: str,
    day: date,
    context: Callable[[Journey, JourneyWish], Context],
) -> Possibility:
    refusals: list[tuple[Reason, ...]] = []
    for fields in SAMPLES[do](journey, day):
        wish = parse({"do": do, "journey": journey.key, "by": by, "on": day.isoformat(), **fields})
        assert isinstance(wish, JourneyWish)
        try:
            decide(journey, wish, context(journey, wish))
        except Refused as refused:
            refusals.append(refused.reasons)
        else:
            return Possibility(do, allowed=True)
    return Possibility(do, allowed=False, reasons=min(refusals, key=len))
