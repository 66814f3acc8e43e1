"""Meetings and support on the way: the individual team, follow-ups, support (S2 §6.5, 9.1)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from journey.decision import Context, Plan, decides
from journey.facts import Fact
from journey.values import Code, Minutes, PartyName, SupportMode, SupportPlace, SupportSide
from journey.wishes import JourneyWish

if TYPE_CHECKING:
    from journey.state import Journey

# --- facts ---------------------------------------------------------------------------


class SupportGiven(Fact, frozen=True):
    """Support at or outside the workplace (S2 9.1 steps 4 and 5)."""

    side: SupportSide
    place: SupportPlace
    mode: SupportMode
    minutes: int | None = None


class IndividualTeamMet(Fact, frozen=True):
    """The team around the person met (S2 §6.5)."""

    parties: tuple[str, ...]


class FollowUpMeetingRequested(Fact, frozen=True):
    """Someone wants a follow-up meeting (S2 §6.5)."""

    reason: str


class FollowUpMeetingHeld(Fact, frozen=True):
    """The follow-up meeting was held, with or without the person (S2 §6.5)."""

    with_person: bool


# --- wishes --------------------------------------------------------------------------


class GiveSupport(JourneyWish, frozen=True, tag="give_support"):
    """Record support given at or outside the workplace."""

    side: SupportSide
    place: SupportPlace
    mode: SupportMode
    minutes: Minutes | None = None


class MeetIndividualTeam(JourneyWish, frozen=True, tag="meet_individual_team"):
    """Record that the individual team met."""

    parties: tuple[PartyName, ...]


class RequestFollowUp(JourneyWish, frozen=True, tag="request_follow_up"):
    """Ask for a follow-up meeting."""

    reason: Code


class HoldFollowUp(JourneyWish, frozen=True, tag="hold_follow_up"):
    """Record that the follow-up meeting was held."""

    with_person: bool


# --- the part of the journey ---------------------------------------------------------


class Meetings(Struct, frozen=True):
    """The latest of each."""

    support: SupportGiven | None = None
    team: IndividualTeamMet | None = None
    team_first_met_on: date | None = None
    follow_up_wanted: FollowUpMeetingRequested | None = None
    follow_up_held: FollowUpMeetingHeld | None = None


def _team_met(part: Meetings, fact: IndividualTeamMet) -> Meetings:
    return replace(part, team=fact, team_first_met_on=part.team_first_met_on or fact.on)


EVOLVE = {
    "meetings": {
        SupportGiven: lambda part, fact: replace(part, support=fact),
        IndividualTeamMet: _team_met,
        FollowUpMeetingRequested: lambda part, fact: replace(part, follow_up_wanted=fact),
        FollowUpMeetingHeld: lambda part, fact: replace(
            part, follow_up_wanted=None, follow_up_held=fact
        ),
    }
}


# --- how a wish becomes facts --------------------------------------------------------


@decides(GiveSupport)
def give_support(journey: Journey, wish: GiveSupport, context: Context) -> Plan:
    """S2 9.1 steps 4 and 5."""
    fact = SupportGiven(
        on=wish.on, side=wish.side, place=wish.place, mode=wish.mode, minutes=wish.minutes
    )
    return Plan(
        facts=(fact,),
        already=journey.meetings.support == fact,
        builds_on=(journey.enrolment.enrolled_on,),
    )


@decides(MeetIndividualTeam)
def meet_individual_team(journey: Journey, wish: MeetIndividualTeam, context: Context) -> Plan:
    """S2 §6.5: as soon as possible at the start."""
    fact = IndividualTeamMet(on=wish.on, parties=wish.parties)
    return Plan(
        facts=(fact,),
        already=journey.meetings.team == fact,
        builds_on=(journey.enrolment.enrolled_on,),
    )


@decides(RequestFollowUp)
def request_follow_up(journey: Journey, wish: RequestFollowUp, context: Context) -> Plan:
    """S2 §6.5."""
    fact = FollowUpMeetingRequested(on=wish.on, reason=wish.reason)
    return Plan(
        facts=(fact,),
        already=journey.meetings.follow_up_wanted == fact,
        builds_on=(journey.enrolment.enrolled_on,),
    )


@decides(HoldFollowUp)
def hold_follow_up(journey: Journey, wish: HoldFollowUp, context: Context) -> Plan:
    """S2 §6.5."""
    fact = FollowUpMeetingHeld(on=wish.on, with_person=wish.with_person)
    wanted = journey.meetings.follow_up_wanted
    return Plan(
        facts=(fact,),
        already=journey.meetings.follow_up_held == fact and wanted is None,
        builds_on=(journey.enrolment.enrolled_on, wanted.on if wanted else None),
    )
