"""Employment, studies and income (A1, A4, A5; S2 §8, 9.2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from journey.aftercare import begin_calendar, stop
from journey.decision import Context, Plan, decides
from journey.errors import Reason, refuse
from journey.facts import Fact
from journey.values import (
    AftercareEndReason,
    EmploymentCause,
    EmploymentForm,
    Income,
    IncomePhase,
    Key,
    Percent,
    SlotCancelReason,
    StudiesCause,
    StudiesLevel,
)
from journey.wishes import JourneyWish
from journey.workplace import on_open_labour_market

if TYPE_CHECKING:
    from journey.state import Journey

# --- facts ---------------------------------------------------------------------------


class EmploymentStarted(Fact, frozen=True):
    """The person began a job; ``percent`` of full time (S2 9.2)."""

    employment: str
    employer: str
    percent: int
    form: EmploymentForm
    open_labour_market: bool = True
    wage_subsidy: bool = False
    agreement_wage: bool = True


class EmploymentChanged(Fact, frozen=True):
    """The extent of the job changed (S2 9.2)."""

    employment: str
    percent: int


class EmploymentEnded(Fact, frozen=True):
    """The job ended (A4)."""

    employment: str
    cause: EmploymentCause


class StudiesStarted(Fact, frozen=True):
    """The person began to study; ``percent`` of full time (S2 §8)."""

    percent: int
    level: StudiesLevel


class StudiesEnded(Fact, frozen=True):
    """The studies ended."""

    cause: StudiesCause | None = None


class IncomeSourceRecorded(Fact, frozen=True):
    """What the person lives on before, during or after participation (S2 §8)."""

    phase: IncomePhase
    source: Income


# --- wishes --------------------------------------------------------------------------


class StartEmployment(JourneyWish, frozen=True, tag="start_employment"):
    """Record that a job has begun; aftercare with a calendar begins with it."""

    employment: Key
    employer: Key
    percent: Percent
    form: EmploymentForm
    open_labour_market: bool = True
    wage_subsidy: bool = False
    agreement_wage: bool = True


class ChangeEmployment(JourneyWish, frozen=True, tag="change_employment"):
    """Record a new extent of a job."""

    employment: Key
    percent: Percent


class EndEmployment(JourneyWish, frozen=True, tag="end_employment"):
    """Record that a job has ended."""

    employment: Key
    cause: EmploymentCause


class StartStudies(JourneyWish, frozen=True, tag="start_studies"):
    """Record that studies have begun."""

    percent: Percent
    level: StudiesLevel


class EndStudies(JourneyWish, frozen=True, tag="end_studies"):
    """Record that the studies have ended."""

    cause: StudiesCause | None = None


class RecordIncome(JourneyWish, frozen=True, tag="record_income"):
    """Record what the person lives on."""

    phase: IncomePhase
    source: Income


# --- the part of the journey ---------------------------------------------------------


class Employment(Struct, frozen=True):
    """One job; ``ended_on`` is None while it runs."""

    started: EmploymentStarted
    percent: int
    ended_on: date | None = None


class Studies(Struct, frozen=True):
    """One period of studies; ``ended_on`` is None while it runs."""

    started: StudiesStarted
    ended_on: date | None = None


class Work(Struct, frozen=True):
    """Jobs, studies and income."""

    employments: tuple[Employment, ...] = ()
    studies: tuple[Studies, ...] = ()
    incomes: Mapping[str, IncomeSourceRecorded] = {}

    @property
    def current(self) -> Employment | None:
        """The job that runs, the latest if several do."""
        return next((e for e in reversed(self.employments) if e.ended_on is None), None)

    @property
    def studying(self) -> Studies | None:
        """The studies that run."""
        return next((s for s in reversed(self.studies) if s.ended_on is None), None)

    @property
    def first_employed_on(self) -> date | None:
        """The first day of the first job."""
        return min((e.started.on for e in self.employments), default=None)

    @property
    def latest_start(self) -> date | None:
        """The latest first day of what runs, a job or studies."""
        running = (self.current, self.studying)
        return max((one.started.on for one in running if one is not None), default=None)

    def employment(self, key: str) -> Employment | None:
        """The job with this key."""
        return next((e for e in self.employments if e.started.employment == key), None)

    def all_ended(self, day: date) -> Work:
        """The same with every running job ended on this day."""
        jobs = tuple(replace(e, ended_on=e.ended_on or day) for e in self.employments)
        return replace(self, employments=jobs)

    def studies_ended(self, day: date) -> Work:
        """The same with running studies ended on this day."""
        return replace(
            self, studies=tuple(replace(s, ended_on=s.ended_on or day) for s in self.studies)
        )


def _employed(part: Work, fact: EmploymentStarted) -> Work:
    return replace(part, employments=(*part.employments, Employment(fact, fact.percent)))


def _changed(part: Work, key: str, **changes: object) -> Work:
    jobs = tuple(
        replace(e, **changes) if e.started.employment == key else e for e in part.employments
    )
    return replace(part, employments=jobs)


def _income(part: Work, fact: IncomeSourceRecorded) -> Work:
    return replace(part, incomes={**part.incomes, fact.phase.value: fact})


EVOLVE = {
    "work": {
        EmploymentStarted: _employed,
        EmploymentChanged: lambda part, fact: _changed(part, fact.employment, percent=fact.percent),
        EmploymentEnded: lambda part, fact: _changed(part, fact.employment, ended_on=fact.on),
        StudiesStarted: lambda part, fact: replace(part, studies=(*part.studies, Studies(fact))),
        StudiesEnded: lambda part, fact: part.studies_ended(fact.on),
        IncomeSourceRecorded: _income,
    }
}


# --- how a wish becomes facts --------------------------------------------------------


@decides(StartEmployment)
def start_employment(journey: Journey, wish: StartEmployment, context: Context) -> Plan:
    """A1, A5: a job may begin in any step; it starts the aftercare calendar."""
    fact = EmploymentStarted(
        on=wish.on,
        employment=wish.employment,
        employer=wish.employer,
        percent=wish.percent,
        form=wish.form,
        open_labour_market=wish.open_labour_market,
        wage_subsidy=wish.wage_subsidy,
        agreement_wage=wish.agreement_wage,
    )
    known = journey.work.employment(wish.employment)
    return Plan(
        facts=(fact, *begin_calendar(journey, wish.on, wish.employment, context)),
        already=known is not None and known.started == fact,
        rules=(
            on_open_labour_market(wish.open_labour_market),
            None if known is None else _key_taken(),
        ),
        builds_on=(journey.enrolment.enrolled_on,),
    )


@decides(ChangeEmployment)
def change_employment(journey: Journey, wish: ChangeEmployment, context: Context) -> Plan:
    """S2 9.2: more or fewer hours are a matter for aftercare meetings."""
    known = journey.work.employment(wish.employment)
    return Plan(
        facts=(EmploymentChanged(on=wish.on, employment=wish.employment, percent=wish.percent),),
        already=known is not None and known.percent == wish.percent,
        rules=(_runs(known),),
        builds_on=(known.started.on if known else None,),
    )


@decides(EndEmployment)
def end_employment(journey: Journey, wish: EndEmployment, context: Context) -> Plan:
    """A4: the aftercare of the job ends with it."""
    known = journey.work.employment(wish.employment)
    started = journey.aftercare.started
    its_aftercare = started is not None and started.employment == wish.employment
    ended: tuple[Fact, ...] = (
        EmploymentEnded(on=wish.on, employment=wish.employment, cause=wish.cause),
    )
    if its_aftercare:
        ended += stop(
            journey,
            wish.on,
            AftercareEndReason.EMPLOYMENT_ENDED.value,
            SlotCancelReason.EMPLOYMENT_ENDED,
        )
    return Plan(
        facts=ended,
        already=known is not None and known.ended_on == wish.on,
        rules=(_runs(known),),
        builds_on=(known.started.on if known else None,),
    )


@decides(StartStudies)
def start_studies(journey: Journey, wish: StartStudies, context: Context) -> Plan:
    """S2 §8: studies are an outcome beside work."""
    fact = StudiesStarted(on=wish.on, percent=wish.percent, level=wish.level)
    running = journey.work.studying
    return Plan(
        facts=(fact,),
        already=running is not None and running.started == fact,
        rules=(None if running is None else _studies_run(),),
        builds_on=(journey.enrolment.enrolled_on,),
    )


@decides(EndStudies)
def end_studies(journey: Journey, wish: EndStudies, context: Context) -> Plan:
    """Studies that were broken off can lead back into the steps (T23)."""
    running = journey.work.studying
    return Plan(
        facts=(StudiesEnded(on=wish.on, cause=wish.cause),),
        already=running is None and bool(journey.work.studies),
        rules=(None if running else _no_studies_run(),),
        builds_on=(running.started.on if running else None,),
    )


@decides(RecordIncome)
def record_income(journey: Journey, wish: RecordIncome, context: Context) -> Plan:
    """S2 §8: livelihood is followed before, during and after participation."""
    fact = IncomeSourceRecorded(on=wish.on, phase=wish.phase, source=wish.source)
    return Plan(facts=(fact,), already=journey.work.incomes.get(wish.phase.value) == fact)


# --- rules ---------------------------------------------------------------------------


def _runs(known: Employment | None) -> Reason | None:
    if known is not None and known.ended_on is None:
        return None
    return refuse(
        "phase_not_allowed",
        "No employment with that key is running in this journey.",
        source="contract §2",
        field="employment",
    )


def _key_taken() -> Reason:
    return refuse(
        "phase_not_allowed",
        "This journey has another employment with that key.",
        source="contract §1",
        field="employment",
    )


def _studies_run() -> Reason:
    return refuse(
        "phase_not_allowed",
        "Studies are running already; end them first.",
        source="contract §2",
    )


def _no_studies_run() -> Reason:
    return refuse("phase_not_allowed", "No studies are running.", source="contract §2")
