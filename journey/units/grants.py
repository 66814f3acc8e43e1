"""The half-year's attestation, and the requisition of the grant (S2 §6.1, §6.3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from journey.decision import Plan
from journey.errors import Reason, refuse
from journey.facts import Fact
from journey.units.halves import MONTHS, Half, first_day
from journey.units.posts import Allotment, PostPercent, by_month
from journey.units.programmes import rules_of
from journey.wishes import PlaceWish

if TYPE_CHECKING:
    from journey.units.unit import Unit

YEAR_OF_FULL_TIME = 12 * 100
"""Percent of full time, month by month, in a full-time post of one year."""

# --- facts ---------------------------------------------------------------------------


class HalfYearAttested(Fact, frozen=True):
    """The coaches' manager has attested a half-year (S2 §6.3).

    ``per_description``: the work followed the description; ``beyond_ordinary``: it
    went beyond the municipality's own duty; ``percent_worked``: of full time, as posts
    are (180 is one post and four fifths).
    """

    unit: str
    half: str
    per_description: bool
    beyond_ordinary: bool
    percent_worked: int


class GrantRequisitioned(Fact, frozen=True):
    """The municipality has asked for a half-year's grant: ``amount`` in whole SEK.

    Reckoned on that day and never again: by ``percent`` of full time (the half-year's
    mean, cut to a whole percent) and ``standard_amount`` SEK per post and year.
    """

    unit: str
    half: str
    percent: int
    standard_amount: int
    amount: int


# --- wishes --------------------------------------------------------------------------


class AttestHalfYear(PlaceWish, frozen=True, tag="attest_half_year"):
    """Attest a half-year by its three statements."""

    half: Half
    per_description: bool
    beyond_ordinary: bool
    percent_worked: PostPercent


class RequisitionGrant(PlaceWish, frozen=True, tag="requisition_grant"):
    """Ask for the grant of an attested half-year."""

    half: Half


# --- how a wish becomes facts --------------------------------------------------------


def plan_attestation(unit: Unit, wish: AttestHalfYear) -> Plan:
    """A half-year that has begun, in a programme that asks for attestations."""
    fact = HalfYearAttested(
        on=wish.on,
        unit=wish.unit,
        half=wish.half,
        per_description=wish.per_description,
        beyond_ordinary=wish.beyond_ordinary,
        percent_worked=wish.percent_worked,
    )
    before = unit.attested(wish.half)
    return Plan(
        facts=(fact,),
        already=before is not None and _statements(before) == _statements(fact),
        builds_on=(first_day(wish.half),),
        rules=(_attestation_asked(wish),),
    )


def _statements(fact: HalfYearAttested) -> tuple[bool, bool, int]:
    return fact.per_description, fact.beyond_ordinary, fact.percent_worked


def _asked(unit: str, half: str) -> tuple[str, ...]:
    """The statements that the unit's programme asks for in this half-year."""
    rules = rules_of(unit, first_day(half))
    return rules.attestation if rules else ()


def _attestation_asked(wish: AttestHalfYear) -> Reason | None:
    if _asked(wish.unit, wish.half):
        return None
    return refuse(
        "phase_not_allowed",
        "No programme asks {unit} for an attestation of {half}.",
        rule="§5.1",
        source="S2 §6.3",
        field="half",
        unit=wish.unit,
        half=wish.half,
    )


def plan_requisition(unit: Unit, wish: RequisitionGrant) -> Plan:
    """The grant of an attested half-year, once."""
    said = unit.attested(wish.half)
    asked = "percent_worked" in _asked(wish.unit, wish.half)
    return Plan(
        facts=tuple(_requisition(unit, wish, said.percent_worked if said and asked else None)),
        already=any(one.half == wish.half for one in unit.requisitions),
        builds_on=(said.on if said else None,),
        rules=(_attested(wish, said), _amount_known(unit, wish)),
    )


def _requisition(unit: Unit, wish: RequisitionGrant, worked: int | None) -> Iterator[Fact]:
    months = _months(unit, wish)
    allotted, amount = mean_percent(months), sek(months, worked)
    if allotted is not None and amount is not None:
        yield GrantRequisitioned(
            on=wish.on,
            unit=wish.unit,
            half=wish.half,
            percent=allotted if worked is None else min(allotted, worked),
            standard_amount=months[0].standard_amount or 0,
            amount=amount,
        )


def _attested(wish: RequisitionGrant, said: HalfYearAttested | None) -> Reason | None:
    """S2 §6.3: paid on a written attestation that says yes to each statement asked for."""
    asked = _asked(wish.unit, wish.half)
    if said is not None and all(getattr(said, name) is not False for name in asked):
        return None
    return refuse(
        "attestation_missing",
        "The manager has not attested {half} for {unit} with both statements true.",
        rule="§7.4",
        source="S2 §6.3",
        field="half",
        half=wish.half,
        unit=wish.unit,
    )


def _amount_known(unit: Unit, wish: RequisitionGrant) -> Reason | None:
    if sek(_months(unit, wish)) is not None:
        return None
    return refuse(
        "phase_not_allowed",
        "Posts or standard amount are not known for {unit} in {half}; no grant can be reckoned.",
        rule="§7.4",
        source="S2 §6.1",
        field="half",
        unit=wish.unit,
        half=wish.half,
    )


def _months(unit: Unit, wish: RequisitionGrant) -> tuple[Allotment, ...]:
    return tuple(by_month(wish.unit, unit.posts, first_day(wish.half), MONTHS))


# --- the amount ----------------------------------------------------------------------


def sek(months: Sequence[Allotment], worked: int | None = None) -> int | None:
    """Standard amount × percent, month by month, in whole SEK (S2 §6.1; domain.md §7.4).

    Where less than was allotted is ``worked`` (percent of full time over these months),
    that share of it is paid (assumed). None where a month's posts or amount are unknown.
    """
    allotted = mean_percent(months)
    if allotted is None or any(month.standard_amount is None for month in months):
        return None
    posts = sum(month.percent or 0 for month in months)
    whole = sum((month.standard_amount or 0) * (month.percent or 0) for month in months)
    if worked is None or worked * len(months) >= posts:
        return whole // YEAR_OF_FULL_TIME
    return whole * worked * len(months) // (posts * YEAR_OF_FULL_TIME)


def mean_percent(months: Sequence[Allotment]) -> int | None:
    """The mean of the months' posts, cut to whole percent; None where any is unknown."""
    known = [month.percent for month in months if month.percent is not None]
    return sum(known) // len(known) if known and len(known) == len(months) else None
