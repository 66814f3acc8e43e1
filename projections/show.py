"""A journey as people and hosts look at it: contract.md §4, ``show``."""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from journey.aftercare import Aftercare
from journey.slots import SlotState
from journey.state import Journey
from journey.sus import Sus
from journey.values import (
    AftercareModel,
    AftercareStatus,
    ConsentKind,
    ExitClass,
    Flag,
    Phase,
    SlotKind,
    SlotStatus,
    SusStatus,
)


class ConsentView(Struct, frozen=True):
    """A consent."""

    kind: ConsentKind
    given_on: date
    withdrawn_on: date | None
    valid_until: date | None


class EmploymentView(Struct, frozen=True):
    """The job that runs; ``percent`` of full time."""

    employment: str
    employer: str
    started_on: date
    percent: int


class ExitView(Struct, frozen=True):
    """The exit that stands."""

    exit_date: date
    reason: str
    outcome: ExitClass


class SusView(Struct, frozen=True):
    """The registration in SUS, and the days for its end where there are any."""

    status: SusStatus
    registered_on: date | None
    due_on: date | None
    act_by: date | None
    deregistered_on: date | None


class SlotView(Struct, frozen=True):
    """A slot of the aftercare calendar, as it stands on the day of the question."""

    slot: str
    kind: SlotKind
    window_start: date
    window_end: date
    due_on: date
    act_by: date
    notify_on: date
    status: SlotStatus
    contact_on: date | None


class AftercareView(Struct, frozen=True):
    """The aftercare that runs or ran last."""

    status: AftercareStatus
    model: AftercareModel | None
    anchor: date | None
    earliest_end: date | None
    slots: tuple[SlotView, ...]


class JourneyView(Struct, frozen=True):
    """A journey on a day."""

    journey: str
    person: str
    programme: str
    municipality: str
    coach: str | None
    phase: Phase | None
    step: int | None
    active: bool
    flags: tuple[Flag, ...]
    coach_changes: int
    consents: tuple[ConsentView, ...]
    employment: EmploymentView | None
    exit: ExitView | None
    sus: SusView
    aftercare: AftercareView
    version: int


def view(journey: Journey, day: date) -> JourneyView:
    """The journey as it stands on this day: flags and slots are read on it."""
    part = journey.referral
    return JourneyView(
        journey=part.journey,
        person=part.person,
        programme=part.programme,
        municipality=part.municipality,
        coach=journey.coaching.coach,
        phase=journey.phase,
        step=journey.steps.step if journey.active else None,
        active=journey.active,
        flags=journey.flags(day),
        coach_changes=journey.coaching.changes,
        consents=tuple(
            ConsentView(c.kind, c.given_on, c.withdrawn_on, c.valid_until)
            for c in journey.consents.given
        ),
        employment=_employment(journey),
        exit=_exit(journey),
        sus=_sus(journey.sus),
        aftercare=_aftercare(journey.aftercare, day),
        version=journey.version,
    )


def _employment(journey: Journey) -> EmploymentView | None:
    job = journey.work.current
    if job is None:
        return None
    started = job.started
    return EmploymentView(started.employment, started.employer, started.on, job.percent)


def _exit(journey: Journey) -> ExitView | None:
    exited = journey.exit.exited
    return ExitView(exited.exit_date, exited.reason, exited.outcome) if exited else None


def _sus(part: Sus) -> SusView:
    return SusView(
        status=part.status,
        registered_on=part.registered_on,
        due_on=part.due_on,
        act_by=part.act_by,
        deregistered_on=part.deregistered.on if part.deregistered else None,
    )


def _aftercare(part: Aftercare, day: date) -> AftercareView:
    started = part.started
    return AftercareView(
        status=part.status,
        model=started.model if started else None,
        anchor=started.anchor if started else None,
        earliest_end=part.earliest_end,
        slots=tuple(_slot(state, day) for state in part.slots),
    )


def _slot(state: SlotState, day: date) -> SlotView:
    slot = state.slot
    return SlotView(
        slot=slot.slot,
        kind=slot.kind,
        window_start=slot.window_start,
        window_end=slot.window_end,
        due_on=slot.due_on,
        act_by=slot.act_by,
        notify_on=slot.notify_on,
        status=state.status_on(day),
        contact_on=state.contact_on,
    )
