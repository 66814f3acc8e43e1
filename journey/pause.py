"""Pausing, and the joint assessment (GK) that cannot run beside the programme (T18, T19, T27)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct

from journey.consent import consent_valid
from journey.decision import Context, Plan, decides, weigh
from journey.errors import Reason, refuse
from journey.facts import Fact
from journey.rules import Rules
from journey.values import STEPS, ConsentKind, PauseReason, Phase, StepNumber
from journey.wishes import JourneyWish

if TYPE_CHECKING:
    from journey.state import Journey

# --- facts ---------------------------------------------------------------------------


class JourneyPaused(Fact, frozen=True):
    """The work in the steps rests; the step is remembered (T18)."""

    reason: PauseReason
    review_on: date | None = None


class JourneyResumed(Fact, frozen=True):
    """The work goes on in the step where it rested (T19)."""

    to: StepNumber

    def leads_to(self) -> Phase | None:
        """The remembered step."""
        return STEPS[self.to - 1]


class GkStarted(Fact, frozen=True):
    """A joint assessment began (S2 §5)."""


class GkEnded(Fact, frozen=True):
    """The joint assessment ended (S2 §5)."""


# --- wishes --------------------------------------------------------------------------


class Pause(JourneyWish, frozen=True, tag="pause"):
    """Let the work rest."""

    reason: PauseReason
    review_on: date | None = None


class Resume(JourneyWish, frozen=True, tag="resume"):
    """Take the work up again."""


class StartGk(JourneyWish, frozen=True, tag="start_gk"):
    """Record that a joint assessment has begun."""


class EndGk(JourneyWish, frozen=True, tag="end_gk"):
    """Record that the joint assessment has ended."""


# --- the part of the journey ---------------------------------------------------------


class Pauses(Struct, frozen=True):
    """The pause that runs, the last resumption, and GK."""

    paused: JourneyPaused | None = None
    resumed_on: date | None = None
    gk_since: date | None = None
    gk_ended_on: date | None = None

    @property
    def gk_active(self) -> bool:
        """Whether a joint assessment is running."""
        return self.gk_since is not None


def _paused(part: Pauses, fact: JourneyPaused) -> Pauses:
    return Pauses(fact, None, part.gk_since, part.gk_ended_on)


def _resumed(part: Pauses, fact: JourneyResumed) -> Pauses:
    return Pauses(None, fact.on, part.gk_since, part.gk_ended_on)


def _gk_started(part: Pauses, fact: GkStarted) -> Pauses:
    return Pauses(part.paused, part.resumed_on, fact.on, None)


def _gk_ended(part: Pauses, fact: GkEnded) -> Pauses:
    return Pauses(part.paused, part.resumed_on, None, fact.on)


EVOLVE = {
    "pauses": {
        JourneyPaused: _paused,
        JourneyResumed: _resumed,
        GkStarted: _gk_started,
        GkEnded: _gk_ended,
    }
}


# --- how a wish becomes facts --------------------------------------------------------


@decides(Pause)
def pause(journey: Journey, wish: Pause, context: Context) -> Plan:
    """T18."""
    fact = JourneyPaused(on=wish.on, reason=wish.reason, review_on=wish.review_on)
    return Plan(
        facts=(fact,),
        already=journey.pauses.paused == fact,
        rules=(_review_comes_after(wish),),
        builds_on=(journey.since,),
    )


@decides(Resume)
def resume(journey: Journey, wish: Resume, context: Context) -> Plan:
    """T19: not while GK runs, and with a valid consent."""
    rules = context.rules
    return Plan(
        facts=(JourneyResumed(on=wish.on, to=journey.steps.step or 1),),
        already=journey.phase in STEPS and journey.pauses.resumed_on == wish.on,
        rules=(
            gk_inactive(journey, rules, "T19"),
            weigh(
                rules.consent_check,
                consent_valid(journey, ConsentKind.REFERRAL_GROUP, wish.on, "T19"),
            ),
        ),
        builds_on=(journey.since, journey.pauses.gk_ended_on),
    )


@decides(StartGk)
def start_gk(journey: Journey, wish: StartGk, context: Context) -> Plan:
    """T27: while the person is in a step, GK pauses the journey."""
    facts: tuple[Fact, ...] = (GkStarted(on=wish.on),)
    if _gk_pauses(journey, context.rules):
        facts += (JourneyPaused(on=wish.on, reason=PauseReason.GK),)
    return Plan(
        facts=facts,
        already=journey.pauses.gk_active,
        builds_on=(journey.pauses.gk_ended_on, journey.since if len(facts) > 1 else None),
    )


def _gk_pauses(journey: Journey, rules: Rules) -> bool:
    return rules.gk_exclusion and rules.gk_while_active == "pause" and journey.phase in STEPS


@decides(EndGk)
def end_gk(journey: Journey, wish: EndGk, context: Context) -> Plan:
    """T27: a journey that GK paused stays paused until the coach resumes it."""
    part = journey.pauses
    return Plan(
        facts=(GkEnded(on=wish.on),),
        already=not part.gk_active and part.gk_ended_on is not None,
        rules=(None if part.gk_active else _gk_not_running(),),
        builds_on=(part.gk_since,),
    )


# --- rules ---------------------------------------------------------------------------


def gk_inactive(journey: Journey, rules: Rules, rule: str) -> Reason | None:
    """S2 §5: a person in a joint assessment cannot be in the programme at the same time."""
    if not (rules.gk_exclusion and journey.pauses.gk_active):
        return None
    return refuse(
        "gk_active",
        "A joint assessment (GK) is running since {since}; it must end first.",
        rule=rule,
        source="S2 §5",
        since=journey.pauses.gk_since,
    )


def _gk_not_running() -> Reason:
    return refuse(
        "phase_not_allowed",
        "No joint assessment (GK) is running.",
        rule="T27",
        source="S2 §5",
    )


def _review_comes_after(wish: Pause) -> Reason | None:
    if wish.review_on is None or wish.review_on >= wish.on:
        return None
    return refuse(
        "date_before_predecessor",
        "The review cannot come before the pause.",
        rule="T18",
        source="domain §3.1 T18",
        field="review_on",
    )
