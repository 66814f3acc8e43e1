"""Contacts that are counted without a person ("Övriga kontakter", S0 Statistik)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from journey.decision import Plan
from journey.facts import Fact
from journey.wishes import PlaceWish

if TYPE_CHECKING:
    from journey.units.unit import Unit


class VolumeContactsRecorded(Fact, frozen=True):
    """The unit had ``count`` contacts on this day that belong to nobody in SUS."""

    unit: str
    count: int


class RecordVolumeContacts(PlaceWish, frozen=True, tag="record_volume_contacts"):
    """Say how many contacts the unit had on a day."""

    count: Annotated[int, Meta(ge=0, le=1_000_000)]


def plan_volume(unit: Unit, wish: RecordVolumeContacts) -> Plan:
    """A day's count; another count of the same day takes its place (assumed)."""
    fact = VolumeContactsRecorded(on=wish.on, unit=wish.unit, count=wish.count)
    return Plan((fact,), already=fact in unit.volume)


def with_count(
    before: tuple[VolumeContactsRecorded, ...], fact: VolumeContactsRecorded
) -> tuple[VolumeContactsRecorded, ...]:
    """The counts after this fact."""
    return (*(one for one in before if one.on != fact.on), fact)
