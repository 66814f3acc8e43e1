"""Recorded facts of a unit judged again, as ``journey/judge.py`` does those of a journey.

Every command about a unit becomes one fact, which bears all that was wished. Judged are
the actor, the form, the order of days and the rules, and what was reckoned (a grant's
amount), by the programmes' files as they are now; not the day on which it was said.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from journey.actor import parse_actor
from journey.errors import Refused
from journey.facts import Fact
from journey.units.door import decide_unit
from journey.units.fidelity import FidelityMeasured, MeasureFidelity
from journey.units.grants import (
    AttestHalfYear,
    GrantRequisitioned,
    HalfYearAttested,
    RequisitionGrant,
)
from journey.units.posts import AllocatePost, CoachingPostAllocated
from journey.units.survey import RecordSurvey, SurveyAnswersRecorded
from journey.units.unit import Unit
from journey.units.volume import RecordVolumeContacts, VolumeContactsRecorded
from journey.wishes import UnitWish, Wish

UNIT_WISHES: Final[Mapping[type[Fact], type[UnitWish]]] = {
    CoachingPostAllocated: AllocatePost,
    HalfYearAttested: AttestHalfYear,
    GrantRequisitioned: RequisitionGrant,
    SurveyAnswersRecorded: RecordSurvey,
    FidelityMeasured: MeasureFidelity,
    VolumeContactsRecorded: RecordVolumeContacts,
}
"""For each fact of a unit the command that it comes from; it bears the same fields."""


def judge_unit(unit: Unit, fact: Fact, by: str) -> str | None:
    """What is wrong with the next fact of a unit, by the door that decided it; None: nothing."""
    kind = UNIT_WISHES.get(type(fact))
    if kind is None:
        return f"no command about a unit becomes {type(fact).__name__}"
    names = set(kind.__struct_fields__) - set(Wish.__struct_fields__)
    try:
        wish = kind(by=by, on=fact.on, **{name: getattr(fact, name) for name in names})
        decided = decide_unit(unit, wish, parse_actor(by), date.max)
    except Refused as refused:
        codes = ", ".join(reason.code for reason in refused.reasons)
        return f"refused when judged again: {codes}"
    except Exception as error:  # a forged fact may hold what no command could have brought
        return f"cannot be judged again: {type(error).__name__}"
    return None if decided == (fact,) else "judged again the command would record otherwise"
