"""At a workplace before employment: contact, analysis, visits, trials (S2 9.1; domain.md §3.2)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from journey.consent import consent_valid
from journey.decision import Context, Plan, decides
from journey.errors import Reason, caution, refuse
from journey.facts import Fact
from journey.values import ActivityKind, Code, ConsentKind, Key
from journey.wishes import JourneyWish

if TYPE_CHECKING:
    from journey.state import Journey

# --- facts ---------------------------------------------------------------------------


class WorkplaceContacted(Fact, frozen=True):
    """The coach spoke with an employer (S2 9.1 step 3)."""

    employer: str
    kind: str | None = None


class WorkplaceAnalysed(Fact, frozen=True):
    """The coach examined the design and demands of a workplace (S2 9.1)."""

    employer: str


class WorkplaceActivityStarted(Fact, frozen=True):
    """A study visit, job tasting, work trial or placement began (S2 9.1, 9.2)."""

    activity: str
    kind: ActivityKind
    employer: str
    open_labour_market: bool
    until: date | None = None


class WorkplaceActivityEnded(Fact, frozen=True):
    """The activity ended."""

    activity: str
    outcome: str | None = None


# --- wishes --------------------------------------------------------------------------


class ContactWorkplace(JourneyWish, frozen=True, tag="contact_workplace"):
    """Record a contact with an employer."""

    employer: Key
    kind: Code | None = None


class AnalyseWorkplace(JourneyWish, frozen=True, tag="analyse_workplace"):
    """Record an analysis of a workplace."""

    employer: Key


class StartActivity(JourneyWish, frozen=True, tag="start_activity"):
    """Start an activity at a workplace."""

    activity: Key
    kind: ActivityKind
    employer: Key
    open_labour_market: bool
    until: date | None = None


class EndActivity(JourneyWish, frozen=True, tag="end_activity"):
    """End an activity at a workplace."""

    activity: Key
    outcome: Code | None = None


# --- the part of the journey ---------------------------------------------------------


class Activity(Struct, frozen=True):
    """One activity at a workplace; ``ended`` is None while it runs."""

    started: WorkplaceActivityStarted
    ended: WorkplaceActivityEnded | None = None


class Workplace(Struct, frozen=True):
    """What was done at workplaces."""

    contacted: WorkplaceContacted | None = None
    analysed: WorkplaceAnalysed | None = None
    activities: tuple[Activity, ...] = ()

    def activity(self, key: str) -> Activity | None:
        """The activity with this key."""
        return next((a for a in self.activities if a.started.activity == key), None)

    def started_on(self, *kinds: ActivityKind) -> date | None:
        """The first day of an activity of one of these kinds."""
        days = [a.started.on for a in self.activities if a.started.kind in kinds]
        return min(days, default=None)


def _started(part: Workplace, fact: WorkplaceActivityStarted) -> Workplace:
    return replace(part, activities=(*part.activities, Activity(fact)))


def _ended(part: Workplace, fact: WorkplaceActivityEnded) -> Workplace:
    def after(activity: Activity) -> Activity:
        match = activity.started.activity == fact.activity
        return replace(activity, ended=fact) if match else activity

    return replace(part, activities=tuple(after(a) for a in part.activities))


EVOLVE = {
    "workplace": {
        WorkplaceContacted: lambda part, fact: replace(part, contacted=fact),
        WorkplaceAnalysed: lambda part, fact: replace(part, analysed=fact),
        WorkplaceActivityStarted: _started,
        WorkplaceActivityEnded: _ended,
    }
}


# --- how a wish becomes facts --------------------------------------------------------


@decides(ContactWorkplace)
def contact_workplace(journey: Journey, wish: ContactWorkplace, context: Context) -> Plan:
    """S2 9.1; naming the person to an employer needs the person's consent."""
    fact = WorkplaceContacted(on=wish.on, employer=wish.employer, kind=wish.kind)
    return Plan(
        facts=(fact,),
        already=journey.workplace.contacted == fact,
        rules=(_may_name_the_person(journey, wish.on),),
        builds_on=(journey.enrolment.enrolled_on,),
    )


@decides(AnalyseWorkplace)
def analyse_workplace(journey: Journey, wish: AnalyseWorkplace, context: Context) -> Plan:
    """S2 9.1."""
    fact = WorkplaceAnalysed(on=wish.on, employer=wish.employer)
    return Plan(
        facts=(fact,),
        already=journey.workplace.analysed == fact,
        builds_on=(journey.enrolment.enrolled_on,),
    )


@decides(StartActivity)
def start_activity(journey: Journey, wish: StartActivity, context: Context) -> Plan:
    """§3.2: on the open labour market; a work trial has an end."""
    fact = WorkplaceActivityStarted(
        on=wish.on,
        activity=wish.activity,
        kind=wish.kind,
        employer=wish.employer,
        open_labour_market=wish.open_labour_market,
        until=wish.until,
    )
    known = journey.workplace.activity(wish.activity)
    return Plan(
        facts=(fact,),
        already=known is not None and known.started == fact,
        rules=(
            on_open_labour_market(wish.open_labour_market),
            _trial_has_an_end(wish),
            _ends_after_it_begins(wish),
            None if known is None else _key_taken(),
        ),
        builds_on=(journey.enrolment.enrolled_on,),
    )


@decides(EndActivity)
def end_activity(journey: Journey, wish: EndActivity, context: Context) -> Plan:
    """An activity ends once."""
    known = journey.workplace.activity(wish.activity)
    return Plan(
        facts=(WorkplaceActivityEnded(on=wish.on, activity=wish.activity, outcome=wish.outcome),),
        already=known is not None and known.ended is not None,
        rules=(None if known else _not_running(),),
        builds_on=(known.started.on if known else None,),
    )


# --- rules ---------------------------------------------------------------------------


def on_open_labour_market(is_open: bool) -> Reason | None:
    """S2 §5: support is not given in special or training activities."""
    if is_open:
        return None
    return refuse(
        "not_open_labour_market",
        "Support is given on the open labour market, not in special or training activities.",
        rule="§3.2",
        source="S2 §5",
        field="open_labour_market",
    )


def _trial_has_an_end(wish: StartActivity) -> Reason | None:
    """S2 9.1: a work trial is time-limited."""
    if wish.kind is not ActivityKind.WORK_TRIAL or wish.until is not None:
        return None
    return refuse(
        "work_trial_needs_end_date",
        "A work trial is time-limited: give its last day (until).",
        rule="§3.2",
        source="S2 9.1",
        field="until",
    )


def _ends_after_it_begins(wish: StartActivity) -> Reason | None:
    if wish.until is None or wish.until >= wish.on:
        return None
    return refuse(
        "date_before_predecessor",
        "The activity cannot end before it begins.",
        rule="§3.2",
        source="domain §3.2",
        field="until",
    )


def _may_name_the_person(journey: Journey, day: date) -> Reason | None:
    """§2.3: without the consent the employer is not told who the person is."""
    missing = consent_valid(journey, ConsentKind.EMPLOYER_CONTACT, day, "§2.3")
    return caution(
        missing
        and refuse(
            missing.code,
            "Without a consent of the kind employer_contact the person may not be named.",
            rule="§2.3",
            source="domain §2.3 (assumed)",
        )
    )


def _key_taken() -> Reason:
    return refuse(
        "phase_not_allowed",
        "This journey has another activity with that key.",
        source="contract §1",
        field="activity",
    )


def _not_running() -> Reason:
    return refuse(
        "phase_not_allowed",
        "No activity with that key has started in this journey.",
        source="contract §2",
        field="activity",
    )
