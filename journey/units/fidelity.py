"""How true to the method a unit works, measured by itself (S2 §6.9; domain.md §5.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Final

from msgspec import Meta

from journey.decision import Plan
from journey.errors import Reason, refuse
from journey.facts import Fact
from journey.values import FidelityScale
from journey.wishes import PlaceWish

if TYPE_CHECKING:
    from journey.units.unit import Unit

TOTALS: Final[Mapping[FidelityScale, range]] = {FidelityScale.IPS25: range(25, 126)}
"""What a total may be: IPS has 25 items of 1 to 5 (domain.md §5.3). SEQF's are not known."""


class FidelityMeasured(Fact, frozen=True):
    """A unit has measured itself on a scale; only the total is kept (S2 §6.9)."""

    unit: str
    scale: FidelityScale
    total: int


class MeasureFidelity(PlaceWish, frozen=True, tag="measure_fidelity"):
    """Record a unit's own measurement."""

    scale: FidelityScale
    total: Annotated[int, Meta(ge=0, le=100_000)]


def plan_fidelity(unit: Unit, wish: MeasureFidelity) -> Plan:
    """A measurement; another total on the same day and scale takes the place of the first."""
    fact = FidelityMeasured(on=wish.on, unit=wish.unit, scale=wish.scale, total=wish.total)
    return Plan((fact,), rules=(_within_scale(wish),), already=fact in unit.fidelity)


def with_measurement(
    before: tuple[FidelityMeasured, ...], fact: FidelityMeasured
) -> tuple[FidelityMeasured, ...]:
    """The measurements after this fact."""
    kept = (one for one in before if (one.on, one.scale) != (fact.on, fact.scale))
    return (*kept, fact)


def _within_scale(wish: MeasureFidelity) -> Reason | None:
    totals = TOTALS.get(wish.scale)
    if totals is None or wish.total in totals:
        return None
    return refuse(
        "invalid_command",
        "A total on the scale {scale} lies between {lowest} and {highest}.",
        rule="§5.3",
        source="domain §5.3",
        field="total",
        scale=wish.scale,
        lowest=totals[0],
        highest=totals[-1],
    )
