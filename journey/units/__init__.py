"""What concerns a unit, not a person: posts, money, surveys, fidelity (contract.md §2 Units).

A unit is a municipality, or ``*`` for the whole federation. Each subject has a room:
its fact, its wish, how a wish becomes a fact, its rules. ``unit`` holds them together,
``door`` decides.
"""

from journey.units.fidelity import FidelityMeasured, MeasureFidelity
from journey.units.grants import (
    AttestHalfYear,
    GrantRequisitioned,
    HalfYearAttested,
    RequisitionGrant,
)
from journey.units.posts import AllocatePost, CoachingPostAllocated
from journey.units.survey import RecordSurvey, SurveyAnswersRecorded
from journey.units.unit import UNIT_FACTS, Unit, evolve_unit
from journey.units.volume import RecordVolumeContacts, VolumeContactsRecorded

__all__ = [
    "UNIT_FACTS",
    "AllocatePost",
    "AttestHalfYear",
    "CoachingPostAllocated",
    "FidelityMeasured",
    "GrantRequisitioned",
    "HalfYearAttested",
    "MeasureFidelity",
    "RecordSurvey",
    "RecordVolumeContacts",
    "RequisitionGrant",
    "SurveyAnswersRecorded",
    "Unit",
    "VolumeContactsRecorded",
    "evolve_unit",
]
