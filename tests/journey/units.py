"""Units for the tests: commands as the contract writes them, decided one upon the other."""

from __future__ import annotations

from datetime import date
from typing import Any

from journey.actor import parse_actor
from journey.commands import parse
from journey.errors import Refused
from journey.facts import Fact
from journey.units import Unit, evolve_unit
from journey.units.door import decide_unit
from journey.wishes import UnitWish
from tests.examples import BOARD, COACH, MANAGER, MUNICIPALITY

LATE = date(2030, 1, 1)

USUAL: dict[str, tuple[str, dict[str, Any]]] = {
    "allocate_post": (BOARD, {"unit": "Nässjö", "percent": 180}),
    "attest_half_year": (
        MANAGER,
        {
            "unit": "Nässjö",
            "half": "2023H1",
            "per_description": True,
            "beyond_ordinary": True,
            "percent_worked": 180,
        },
    ),
    "requisition_grant": (MUNICIPALITY, {"unit": "Nässjö", "half": "2023H1"}),
    "record_survey": (COACH, {"year": 2023, "answers": [[4, 4, 4, 4, 4, 4, None]]}),
    "measure_fidelity": (COACH, {"unit": "Nässjö", "scale": "seqf", "total": 90}),
    "record_volume_contacts": (COACH, {"unit": "Nässjö", "count": 12}),
}
"""For each command about a unit, who gives it and its fields."""


def command(do: str, on: str = "2023-10-02", **changes: Any) -> dict[str, Any]:
    """A command about Nässjö by one who may give it, with some fields changed."""
    by, fields = USUAL[do]
    return {"do": do, "by": by, "on": on, **fields, **changes}


def asked(do: str, on: str = "2023-10-02", **changes: Any) -> UnitWish:
    """The same as a wish."""
    wish = parse(command(do, on, **changes))
    assert isinstance(wish, UnitWish)
    return wish


def decided(unit: Unit, wish: UnitWish, today: date = LATE) -> tuple[Fact, ...]:
    """The facts that the wish becomes."""
    return decide_unit(unit, wish, parse_actor(wish.by), today)


def unit_after(*wishes: UnitWish) -> Unit:
    """The unit when all of this has been carried out."""
    unit = Unit()
    for wish in wishes:
        for fact in decided(unit, wish):
            unit = evolve_unit(unit, fact)
    return unit


def codes(unit: Unit, wish: UnitWish, today: date = LATE) -> list[str]:
    """The codes of the reasons for which the wish is refused; none where it is not."""
    try:
        decided(unit, wish, today)
    except Refused as refused:
        return [reason.code for reason in refused.reasons]
    return []
