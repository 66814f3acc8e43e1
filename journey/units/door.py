"""The door to decisions about units: form, actor, dates, rules; every reason in order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from journey.access import unit_refusals
from journey.actor import Actor
from journey.decide import before_predecessor, still_to_come
from journey.decision import Plan
from journey.errors import Reason, Refused
from journey.facts import Fact
from journey.referral import unknown_word
from journey.units.programmes import municipalities
from journey.units.unit import Unit, plan_unit
from journey.wishes import FEDERATION, UnitWish


def decide_unit(unit: Unit, wish: UnitWish, actor: Actor, today: date) -> tuple[Fact, ...]:
    """The facts that a wish about a unit becomes; none where it is already true.

    Raises Refused with every reason: the unit or a value is unknown, the actor may
    not, the day is to come or too early, a rule says no.
    """
    plan = plan_unit(unit, wish)
    said = [reason for reason in plan.rules if reason is not None and not plan.already]
    form = [*_unknown_unit(wish), *(one for one in said if one.code == "invalid_command")]
    rules = (one for one in said if one.code != "invalid_command")
    reasons = [*form, *unit_refusals(wish, actor), *_dates(wish, plan, today), *rules]
    if reasons:
        raise Refused(reasons)
    return () if plan.already else plan.facts


def _unknown_unit(wish: UnitWish) -> Iterator[Reason]:
    known = {*municipalities(), FEDERATION}
    if wish.unit not in known:
        yield unknown_word("unit", tuple(sorted(known)))


def _dates(wish: UnitWish, plan: Plan, today: date) -> Iterator[Reason]:
    yield from still_to_come(wish, today)
    if not plan.already:
        yield from before_predecessor(wish, plan.builds_on)
