"""Words with a meaning and no behaviour: the vocabularies of the domain.

Every name is the field's own word; the Swedish labels and definitions are in
``docs/domain.md`` §1. The stored form of a word is its value, so a
value never changes once a fact holds it.
"""

from __future__ import annotations

from enum import Enum
from typing import Annotated

from msgspec import Meta


class Word(str, Enum):
    """A closed vocabulary. Its members compare and print as their stored text."""

    __str__ = str.__str__


Key = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=64,
        pattern=r"^[\w.:\-]+(?!\n)$",
        description="An opaque reference: 1-64 letters, digits, '-', '_', '.', ':'. Never a name.",
    ),
]
Code = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=64,
        pattern=r"^[\w.:\-]+(?!\n)$",
        description="The caller's own code: 1-64 letters, digits, '-', '_', '.', ':'.",
    ),
]
LooseCode = Annotated[
    str,
    Meta(
        max_length=64,
        pattern=r"^[\w.:\-]*(?!\n)$",
        description="A code that may be empty: the rules ask for it, not the form.",
    ),
]
PartyName = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=64,
        pattern=r"^[\w.:\-]+(?!\n)$",
        description="A party: municipality, fk, af, region, or one that the programme adds.",
    ),
]
Percent = Annotated[int, Meta(ge=1, le=100, description="Share of full time, 1-100.")]
Minutes = Annotated[int, Meta(ge=0, le=1440, description="Minutes of one day, 0-1440.")]
StepNumber = Annotated[int, Meta(ge=1, le=5, description="A step of the five-step model.")]


class Role(Word):
    """Who acts. The first four are the parties (domain.md §2)."""

    MUNICIPALITY = "municipality"
    FK = "fk"
    AF = "af"
    REGION = "region"
    COACH = "coach"
    MANAGER = "manager"
    FEDERATION_MANAGER = "federation_manager"
    STEERING_GROUP = "steering_group"
    BOARD = "board"
    AUDITOR = "auditor"
    PARTICIPANT = "participant"
    EMPLOYER = "employer"
    SYSTEM = "system"


class Party(Word):
    """The parties of a coordination federation (S2 §5)."""

    MUNICIPALITY = "municipality"
    FK = "fk"
    AF = "af"
    REGION = "region"


class Phase(Word):
    """Where a journey is (domain.md §3)."""

    PREPARATION = "preparation"
    PRESENTED = "presented"
    INCLUSION_ESCALATED = "inclusion_escalated"
    ACCEPTED = "accepted"
    QUEUED = "queued"
    AWAITING_MOTIVATION = "awaiting_motivation"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    STEP_1 = "step_1"
    STEP_2 = "step_2"
    STEP_3 = "step_3"
    STEP_4 = "step_4"
    STEP_5 = "step_5"
    PAUSED = "paused"
    EXITED = "exited"
    CLOSED = "closed"


STEPS: tuple[Phase, ...] = (
    Phase.STEP_1,
    Phase.STEP_2,
    Phase.STEP_3,
    Phase.STEP_4,
    Phase.STEP_5,
)
ACTIVE: frozenset[Phase] = frozenset((*STEPS, Phase.PAUSED))
ENDED: frozenset[Phase] = frozenset((Phase.DECLINED, Phase.WITHDRAWN, Phase.CLOSED))
"""Phases in which the same person may be referred anew (domain.md §3.1 T1, T25)."""


class NoticeStage(Word):
    """How far a thing to do has come when someone is told of it (domain.md §6.3)."""

    UPCOMING = "upcoming"
    DUE = "due"
    OVERDUE = "overdue"
    ESCALATED = "escalated"


class Sex(Word):
    """Counted in statistics, never an input to a decision (S2 §7)."""

    WOMAN = "woman"
    MAN = "man"
    UNDISCLOSED = "undisclosed"


class Ground(Word):
    """Why a person belongs to the target group (S2 §4)."""

    DISABILITY = "disability"
    MENTAL_ILL_HEALTH = "mental_ill_health"
    FORMER_SUBSTANCE_PROBLEM = "former_substance_problem"
    SUBSTANCE_PROBLEM = "substance_problem"


class ConsentKind(Word):
    """What a consent opens (domain.md §2.3)."""

    REFERRAL_GROUP = "referral_group"
    PARTY_COMMUNICATION = "party_communication"
    SUS_REGISTRATION = "sus_registration"
    EMPLOYER_CONTACT = "employer_contact"


class ConsentForm(Word):
    WRITTEN = "written"
    ORAL = "oral"


class Income(Word):
    """What a person lives on (S2 §8; S0 §12)."""

    ACTIVITY_COMPENSATION = "activity_compensation"
    SICKNESS_BENEFIT = "sickness_benefit"
    SICKNESS_COMPENSATION = "sickness_compensation"
    SOCIAL_ASSISTANCE = "social_assistance"
    ACTIVITY_SUPPORT = "activity_support"
    UNEMPLOYMENT_BENEFIT = "unemployment_benefit"
    STUDENT_AID = "student_aid"
    WAGE = "wage"
    PARENTS_OR_PARTNER = "parents_or_partner"
    NONE = "none"
    OTHER = "other"


class Occupation(Word):
    """What a person does in the day (S2 §8)."""

    NONE = "none"
    EMPLOYED = "employed"
    STUDIES = "studies"
    PLACEMENT = "placement"
    DAILY_ACTIVITY = "daily_activity"
    OTHER = "other"


class IncomePhase(Word):
    """Income is followed before, during and after participation (S2 §8)."""

    BEFORE = "before"
    DURING = "during"
    AFTER = "after"


class Vote(Word):
    FOR = "for"
    AGAINST = "against"
    ABSTAIN = "abstain"


class Inclusion(Word):
    """What a referral group can decide about a referral (S2 §6.4-6.5)."""

    INCLUDE = "include"
    INCLUDE_WHEN_MOTIVATED = "include_when_motivated"
    DECLINE = "decline"


class Question(Word):
    """What a referral group can fail to agree on (S2 §6.5)."""

    INCLUSION = "inclusion"
    EXIT = "exit"


class Ruling(Word):
    """How a manager can answer an escalation (domain.md T10, T21)."""

    INCLUDE = "include"
    INCLUDE_WHEN_MOTIVATED = "include_when_motivated"
    DECLINE = "decline"
    EXIT = "exit"
    REMAIN = "remain"


class LegalBasis(Word):
    """Under which law an individual decision was made (S2 §3)."""

    SOL = "sol"
    LSS = "lss"
    FK = "fk"
    AF = "af"
    OTHER = "other"


class DecisionOutcome(Word):
    GRANTED = "granted"
    REFUSED = "refused"


class ActivityKind(Word):
    """What can be done at a workplace before employment (S2 9.1-9.2)."""

    STUDY_VISIT = "study_visit"
    JOB_TASTING = "job_tasting"
    WORK_TRIAL = "work_trial"
    WORK_PLACEMENT = "work_placement"


class SupportSide(Word):
    PARTICIPANT = "participant"
    EMPLOYER = "employer"
    BOTH = "both"


class SupportPlace(Word):
    ON_JOB = "on_job"
    OFF_JOB = "off_job"


class SupportMode(Word):
    VISIT = "visit"
    PHONE = "phone"
    MESSAGE = "message"


class PauseReason(Word):
    ILLNESS = "illness"
    PARENTAL_LEAVE = "parental_leave"
    GK = "gk"
    OTHER = "other"


class EmploymentForm(Word):
    PERMANENT = "permanent"
    FIXED_TERM = "fixed_term"
    PROBATION = "probation"
    HOURLY = "hourly"


class EmploymentCause(Word):
    """Why an employment ended."""

    LAID_OFF = "laid_off"
    DISMISSED = "dismissed"
    RESIGNED = "resigned"
    FIXED_TERM_ENDED = "fixed_term_ended"
    ILLNESS = "illness"
    OTHER = "other"


class StudiesLevel(Word):
    COMPULSORY = "compulsory"
    UPPER_SECONDARY = "upper_secondary"
    FOLK_HIGH_SCHOOL = "folk_high_school"
    VOCATIONAL = "vocational"
    UNIVERSITY = "university"


class StudiesCause(Word):
    """Why studies ended."""

    FINISHED = "finished"
    BROKEN_OFF = "broken_off"
    OTHER = "other"


class ExitClass(Word):
    """Work and studies are the literal classes of S2 §8; void is counted nowhere."""

    WORK = "work"
    STUDIES = "studies"
    OTHER = "other"
    VOID = "void"


class ReopenReason(Word):
    JOB_LOST = "job_lost"
    STUDIES_BROKEN_OFF = "studies_broken_off"
    WRONG_EXIT = "wrong_exit"
    OTHER = "other"


class SusMode(Word):
    """How a person is registered: by name, or by sex and year only (domain.md S1, S2)."""

    IDENTIFIED = "identified"
    ANONYMOUS = "anonymous"


class SusStatus(Word):
    NONE = "none"
    REGISTERED_IDENTIFIED = "registered_identified"
    REGISTERED_ANONYMOUS = "registered_anonymous"
    DEREGISTRATION_PENDING = "deregistration_pending"
    DEREGISTERED = "deregistered"


class AftercareStatus(Word):
    NONE = "none"
    RUNNING = "running"
    EXTENDED = "extended"
    ENDED = "ended"


class AftercareModel(Word):
    """With the slots of annex 9.2, or open-ended on request (domain.md §3.3, §5.2)."""

    CALENDAR = "calendar"
    ON_REQUEST = "on_request"
    UNLIMITED = "unlimited"


class ContactMode(Word):
    """How an aftercare contact was made (S2 9.2)."""

    VISIT = "visit"
    THREE_PARTY_MEETING = "three_party_meeting"
    PHONE = "phone"
    TEXT_MESSAGE = "text_message"
    EMAIL = "email"
    DROP_IN = "drop_in"
    AF_FOLLOW_UP = "af_follow_up"


class FidelityScale(Word):
    """With what the method is measured (S2 §6.9): SEQF, or the IPS scale of 25 items."""

    SEQF = "seqf"
    IPS25 = "ips25"


class Side(Word):
    """The two whom aftercare supports (S2 §6.4)."""

    PARTICIPANT = "participant"
    EMPLOYER = "employer"


class Requester(Word):
    """Who may ask for aftercare to go on (S2 §6.4: any party)."""

    PARTICIPANT = "participant"
    EMPLOYER = "employer"
    OTHER_PARTY = "other_party"


class Initiator(Word):
    COACH = "coach"
    PARTICIPANT = "participant"
    EMPLOYER = "employer"
    OTHER_PARTY = "other_party"


class SlotKind(Word):
    """What an aftercare slot asks for (S2 9.2)."""

    VISIT = "visit"
    PHONE = "phone"
    CLOSING = "closing"


class SlotStatus(Word):
    """What became of a slot, read on a day (domain.md §6.2)."""

    OPEN = "open"
    FILLED = "filled"
    MISSED = "missed"
    CANCELLED = "cancelled"
    ATTEMPTED = "attempted"


class SlotCancelReason(Word):
    EMPLOYMENT_ENDED = "employment_ended"
    NEW_EMPLOYMENT = "new_employment"
    REOPENED = "reopened"
    AFTERCARE_ENDED = "aftercare_ended"
    CORRECTED = "corrected"


class AftercareEndReason(Word):
    """Why aftercare ended (domain.md A3)."""

    COMPLETED = "completed"
    EMPLOYMENT_ENDED = "employment_ended"
    PARTICIPANT_DECLINED = "participant_declined"
    DECEASED = "deceased"
    MOVED = "moved"
    CONSENT_WITHDRAWN = "consent_withdrawn"


class Flag(Word):
    """What stands beside the phase (domain.md §3)."""

    EXIT_ESCALATED = "exit_escalated"
    GK_ACTIVE = "gk_active"
    CONSENT_MISSING = "consent_missing"
    FOLLOWUP_MEETING_WANTED = "followup_meeting_wanted"
