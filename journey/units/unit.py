"""A unit: what its facts have made it, subject by subject."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from journey.decision import Plan
from journey.facts import Fact
from journey.units.fidelity import (
    FidelityMeasured,
    MeasureFidelity,
    plan_fidelity,
    with_measurement,
)
from journey.units.grants import (
    AttestHalfYear,
    GrantRequisitioned,
    HalfYearAttested,
    RequisitionGrant,
    plan_attestation,
    plan_requisition,
)
from journey.units.posts import (
    AllocatePost,
    CoachingPostAllocated,
    Posts,
    allocated,
    plan_post,
    with_post,
)
from journey.units.survey import RecordSurvey, SurveyAnswersRecorded, plan_survey
from journey.units.volume import (
    RecordVolumeContacts,
    VolumeContactsRecorded,
    plan_volume,
    with_count,
)
from journey.wishes import UnitWish


class Unit(Struct, frozen=True):
    """A unit: its posts from each day on, and its further facts that still hold."""

    unit: str = ""
    version: int = 0
    posts: Posts = ()
    attestations: tuple[HalfYearAttested, ...] = ()
    requisitions: tuple[GrantRequisitioned, ...] = ()
    surveys: tuple[SurveyAnswersRecorded, ...] = ()
    fidelity: tuple[FidelityMeasured, ...] = ()
    volume: tuple[VolumeContactsRecorded, ...] = ()

    def percent_on(self, day: date) -> int | None:
        """The posts on this day, in percent of full time; None: none allocated yet."""
        return allocated(self.posts, day)

    def attested(self, half: str) -> HalfYearAttested | None:
        """The attestation of a half-year; a later word has taken the earlier's place."""
        return next((one for one in self.attestations if one.half == half), None)


def _attested(unit: Unit, fact: HalfYearAttested) -> Unit:
    others = (one for one in unit.attestations if one.half != fact.half)
    return replace(unit, attestations=(*others, fact))


_EVOLVE: Final[Mapping[type[Fact], Callable[[Unit, Any], Unit]]] = {
    CoachingPostAllocated: lambda u, fact: replace(u, posts=with_post(u.posts, fact)),
    HalfYearAttested: _attested,
    GrantRequisitioned: lambda u, fact: replace(u, requisitions=(*u.requisitions, fact)),
    SurveyAnswersRecorded: lambda u, fact: replace(u, surveys=(*u.surveys, fact)),
    FidelityMeasured: lambda u, fact: replace(u, fidelity=with_measurement(u.fidelity, fact)),
    VolumeContactsRecorded: lambda u, fact: replace(u, volume=with_count(u.volume, fact)),
}

UNIT_FACTS: Final[tuple[type[Fact], ...]] = tuple(_EVOLVE)
"""Every fact of a unit's own stream."""

_PLANS: Final[Mapping[type[UnitWish], Callable[[Unit, Any], Plan]]] = {
    AllocatePost: plan_post,
    AttestHalfYear: plan_attestation,
    RequisitionGrant: plan_requisition,
    RecordSurvey: plan_survey,
    MeasureFidelity: plan_fidelity,
    RecordVolumeContacts: plan_volume,
}


def evolve_unit(unit: Unit, fact: Fact) -> Unit:
    """The unit after this fact; a fact that is none of a unit's only counts."""
    evolve = _EVOLVE.get(type(fact))
    after = evolve(unit, fact) if evolve else unit
    return replace(after, unit=getattr(fact, "unit", unit.unit), version=unit.version + 1)


def plan_unit(unit: Unit, wish: UnitWish) -> Plan:
    """The facts that a wish would be, and what each rule says of it."""
    return _PLANS[type(wish)](unit, wish)
