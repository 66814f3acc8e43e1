"""Aftercare: started, contacts, longer on request, ended (A1-A5; S2 §6.4, annex 9.2)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from journey.calendar import add_months
from journey.decision import Context, Plan, decides
from journey.errors import Reason, caution, refuse
from journey.facts import Fact
from journey.slots import (
    Contact,
    Slot,
    SlotState,
    first_fillable,
    planned,
    slot_filled_by,
    updated,
)
from journey.values import (
    AftercareEndReason,
    AftercareModel,
    AftercareStatus,
    ContactMode,
    ExitClass,
    Initiator,
    Requester,
    Side,
    SlotCancelReason,
    SlotKind,
    SlotStatus,
)
from journey.wishes import JourneyWish

if TYPE_CHECKING:
    from journey.state import Journey

# --- facts ---------------------------------------------------------------------------


class AftercareStarted(Fact, frozen=True):
    """Aftercare began; the plan is kept as it was made (A1). ``anchor`` is its first day."""

    model: AftercareModel
    anchor: date
    slots: tuple[Slot, ...] = ()
    earliest_end: date | None = None
    employment: str | None = None
    requested_by: Requester | None = None


class AftercareContactMade(Fact, frozen=True):
    """A contact, and the slot that it fills, if any (§6.2)."""

    mode: ContactMode
    met: tuple[Side, ...]
    initiated_by: Initiator = Initiator.COACH
    closing: bool = False
    slot: str | None = None


class AftercareContactFailed(Fact, frozen=True):
    """An attempt that reached nobody; ``closes`` says that the slot is attempted with it."""

    side: Side
    slot: str | None = None
    closes: bool = False


class AftercareSlotCancelled(Fact, frozen=True):
    """An open slot is no longer asked for (A4, A5)."""

    slot: str
    reason: SlotCancelReason


class AftercareExtended(Fact, frozen=True):
    """Someone wants aftercare to go on, until a day or without end (A2; S2 §6.4)."""

    requested_by: Requester
    until: date | None = None


class ClosingConversationHeld(Fact, frozen=True):
    """Both know that the coach remains available (S2 9.2)."""


class AftercareEnded(Fact, frozen=True):
    """Aftercare ended (A3, A4).

    ``reason`` is the command's, or ``exit`` or ``reopened`` where those ended it.
    """

    reason: str


# --- wishes --------------------------------------------------------------------------


class StartAftercare(JourneyWish, frozen=True, tag="start_aftercare"):
    """Start aftercare without a calendar, where someone asks for it."""

    requested_by: Requester


class RecordContact(JourneyWish, frozen=True, tag="record_contact"):
    """Record an aftercare contact."""

    mode: ContactMode
    met: tuple[Side, ...]
    initiated_by: Initiator = Initiator.COACH
    closing: bool = False


class NoteFailedContact(JourneyWish, frozen=True, tag="note_failed_contact"):
    """Record an attempt that reached nobody."""

    side: Side


class ExtendAftercare(JourneyWish, frozen=True, tag="extend_aftercare"):
    """Record that someone wants aftercare to go on."""

    requested_by: Requester
    until: date | None = None


class EndAftercare(JourneyWish, frozen=True, tag="end_aftercare"):
    """End aftercare."""

    reason: AftercareEndReason


# --- the part of the journey ---------------------------------------------------------


class Aftercare(Struct, frozen=True):
    """The aftercare that runs or ran last.

    ``wishes`` hold the latest word of each who asked; ``contacted_on`` is the latest
    day of a contact, ``last_contact`` the one that was recorded last.
    """

    status: AftercareStatus = AftercareStatus.NONE
    started: AftercareStarted | None = None
    slots: tuple[SlotState, ...] = ()
    wishes: tuple[AftercareExtended, ...] = ()
    closing_on: date | None = None
    last_contact: AftercareContactMade | None = None
    contacted_on: date | None = None
    last_failed: AftercareContactFailed | None = None
    ended: AftercareEnded | None = None

    @property
    def runs(self) -> bool:
        """Whether it is under way."""
        return self.status in (AftercareStatus.RUNNING, AftercareStatus.EXTENDED)

    @property
    def earliest_end(self) -> date | None:
        """The first day on which it may be completed; None where no day is known."""
        days = [self.started.earliest_end if self.started else None]
        days += [wish.until for wish in self.wishes]
        return max((day for day in days if day is not None), default=None)

    def open_slots(self, day: date) -> tuple[SlotState, ...]:
        """The slots still open on this day."""
        return tuple(s for s in self.slots if s.status_on(day) is SlotStatus.OPEN)


def _started(part: Aftercare, fact: AftercareStarted) -> Aftercare:
    return Aftercare(
        status=AftercareStatus.RUNNING,
        started=fact,
        slots=tuple(SlotState(slot) for slot in fact.slots),
    )


def _contacted(part: Aftercare, fact: AftercareContactMade) -> Aftercare:
    slots = updated(part.slots, fact.slot, contact_on=fact.on) if fact.slot else part.slots
    latest = max(fact.on, part.contacted_on or fact.on)
    return replace(part, slots=slots, last_contact=fact, contacted_on=latest)


def _failed(part: Aftercare, fact: AftercareContactFailed) -> Aftercare:
    def after(state: SlotState) -> SlotState:
        if state.slot.slot != fact.slot:
            return state
        attempts = (*state.attempts, fact.on)
        closed = fact.on if fact.closes else state.attempted_on
        return replace(state, attempts=attempts, attempted_on=closed)

    return replace(part, slots=tuple(after(s) for s in part.slots), last_failed=fact)


def _extended(part: Aftercare, fact: AftercareExtended) -> Aftercare:
    others = tuple(w for w in part.wishes if w.requested_by != fact.requested_by)
    status = AftercareStatus.EXTENDED if part.runs else part.status
    return replace(part, status=status, wishes=(*others, fact))


EVOLVE = {
    "aftercare": {
        AftercareStarted: _started,
        AftercareContactMade: _contacted,
        AftercareContactFailed: _failed,
        AftercareSlotCancelled: lambda part, fact: replace(
            part, slots=updated(part.slots, fact.slot, cancelled_on=fact.on)
        ),
        AftercareExtended: _extended,
        ClosingConversationHeld: lambda part, fact: replace(part, closing_on=fact.on),
        AftercareEnded: lambda part, fact: replace(part, status=AftercareStatus.ENDED, ended=fact),
    }
}


# --- how a wish becomes facts --------------------------------------------------------


def begin_calendar(
    journey: Journey, anchor: date, employment: str, context: Context
) -> tuple[Fact, ...]:
    """A1, A5: the calendar from the first day of an employment; a new job begins it anew."""
    rules = context.rules
    if rules.aftercare_for_work != AftercareModel.CALENDAR.value or not _follows_work(journey):
        return ()
    if journey.aftercare.runs and not rules.restart_calendar_on_new_job:
        return ()
    superseded = cancel_open_slots(journey, anchor, SlotCancelReason.NEW_EMPLOYMENT)
    return (*superseded, calendar_from(anchor, employment, context))


def calendar_from(anchor: date, employment: str, context: Context) -> AftercareStarted:
    """The plan of §6.2 from this day."""
    return AftercareStarted(
        on=anchor,
        model=AftercareModel.CALENDAR,
        anchor=anchor,
        slots=planned(anchor, context.rules),
        earliest_end=add_months(anchor, context.rules.aftercare_min_months),
        employment=employment,
    )


def _follows_work(journey: Journey) -> bool:
    """Whether aftercare of work still has a place: before the exit, or after one to work."""
    exited = journey.exit.exited
    return exited is None or exited.outcome is ExitClass.WORK


def cancel_open_slots(
    journey: Journey, day: date, reason: SlotCancelReason
) -> tuple[AftercareSlotCancelled, ...]:
    """One fact for each slot that is still open on this day."""
    if not journey.aftercare.runs:
        return ()
    return tuple(
        AftercareSlotCancelled(on=day, slot=state.slot.slot, reason=reason)
        for state in journey.aftercare.open_slots(day)
    )


def stop(journey: Journey, day: date, reason: str, slots: SlotCancelReason) -> tuple[Fact, ...]:
    """End aftercare, if it runs, and cancel what is still open."""
    if not journey.aftercare.runs:
        return ()
    return (*cancel_open_slots(journey, day, slots), AftercareEnded(on=day, reason=reason))


@decides(StartAftercare)
def start_aftercare(journey: Journey, wish: StartAftercare, context: Context) -> Plan:
    """§3.3, Q21: after studies on request; after work where the programme has no calendar."""
    model = _model_on_request(journey, context)
    fact = AftercareStarted(
        on=wish.on,
        model=AftercareModel(model or AftercareModel.ON_REQUEST),
        anchor=wish.on,
        requested_by=wish.requested_by,
    )
    return Plan(
        facts=(fact,),
        already=journey.aftercare.runs,
        rules=(None if model else _not_applicable("A1"),),
        builds_on=(journey.work.latest_start,),
    )


def _model_on_request(journey: Journey, context: Context) -> str | None:
    exited, work, rules = journey.exit.exited, journey.work, context.rules
    outcome = exited.outcome if exited else None
    if outcome is ExitClass.STUDIES or (outcome is None and work.studying and not work.current):
        model: str = rules.aftercare_for_studies
    elif outcome is ExitClass.WORK or (outcome is None and work.current):
        model = rules.aftercare_for_work
    else:
        return None
    on_request = (AftercareModel.ON_REQUEST.value, AftercareModel.UNLIMITED.value)
    return model if model in on_request else None


@decides(RecordContact)
def record_contact(journey: Journey, wish: RecordContact, context: Context) -> Plan:
    """§6.2: a contact fills the earliest open slot that it fits, and is kept in any case."""
    part = journey.aftercare
    contact = Contact(wish.mode, wish.met, wish.closing)
    filled = slot_filled_by(part.slots, wish.on, contact, context.rules)
    made = AftercareContactMade(
        on=wish.on,
        mode=wish.mode,
        met=wish.met,
        initiated_by=wish.initiated_by,
        closing=wish.closing,
        slot=filled.slot.slot if filled else None,
    )
    closing = (ClosingConversationHeld(on=wish.on),) if wish.closing and wish.met else ()
    return Plan(
        facts=(made, *closing),
        already=_same_contact(part.last_contact, made),
        rules=(
            _runs(journey, "A1"),
            None if filled else _insufficient(first_fillable(part.slots, wish.on)),
        ),
        builds_on=(part.started.anchor if part.started else None,),
    )


def _same_contact(last: AftercareContactMade | None, made: AftercareContactMade) -> bool:
    return last is not None and replace(last, slot=None) == replace(made, slot=None)


@decides(NoteFailedContact)
def note_failed_contact(journey: Journey, wish: NoteFailedContact, context: Context) -> Plan:
    """§6.2: attempts on two different days may close a slot of months 4-6 as attempted."""
    part = journey.aftercare
    tried = first_fillable(part.slots, wish.on)
    failed = AftercareContactFailed(
        on=wish.on,
        side=wish.side,
        slot=tried.slot.slot if tried else None,
        closes=tried is not None and _closes(tried, wish.on, context),
    )
    last = part.last_failed
    return Plan(
        facts=(failed,),
        already=last is not None and (last.on, last.side) == (wish.on, wish.side),
        rules=(_runs(journey, "A1"),),
        builds_on=(part.started.anchor if part.started else None,),
    )


def _closes(tried: SlotState, day: date, context: Context) -> bool:
    days = {*tried.attempts, day}
    rules = context.rules
    return (
        tried.slot.slot in rules.slots_closed_by_attempts
        and len(days) >= rules.failed_attempts_to_close
    )


@decides(ExtendAftercare)
def extend_aftercare(journey: Journey, wish: ExtendAftercare, context: Context) -> Plan:
    """A2: longer where any party wishes; a later word of the same party replaces its earlier."""
    part = journey.aftercare
    fact = AftercareExtended(on=wish.on, requested_by=wish.requested_by, until=wish.until)
    same = [(w.requested_by, w.until) for w in part.wishes]
    return Plan(
        facts=(fact,),
        already=part.runs and (wish.requested_by, wish.until) in same,
        rules=(_runs(journey, "A2"), _until_comes_after(wish)),
        builds_on=(part.started.anchor if part.started else None,),
    )


@decides(EndAftercare)
def end_aftercare(journey: Journey, wish: EndAftercare, context: Context) -> Plan:
    """A3: from six months on when nobody wants more; earlier only for a reason."""
    part = journey.aftercare
    completed = wish.reason is AftercareEndReason.COMPLETED
    return Plan(
        facts=(
            *cancel_open_slots(journey, wish.on, SlotCancelReason.AFTERCARE_ENDED),
            AftercareEnded(on=wish.on, reason=wish.reason.value),
        ),
        already=part.status is AftercareStatus.ENDED,
        rules=(
            _runs(journey, "A3"),
            *((_long_enough(part, wish.on), _closing_held(part)) if completed else ()),
        ),
        builds_on=(part.started.anchor if part.started else None,),
    )


# --- rules ---------------------------------------------------------------------------


def _runs(journey: Journey, rule: str) -> Reason | None:
    return None if journey.aftercare.runs else _not_applicable(rule)


def _not_applicable(rule: str) -> Reason:
    return refuse(
        "aftercare_not_applicable",
        "No aftercare is running in this journey, or none can be started.",
        rule=rule,
        source="domain §3.3",
    )


def _insufficient(slot: SlotState | None) -> Reason | None:
    """§6.2: the contact is kept, and the slot stays open."""
    if slot is None:
        return None
    return caution(
        refuse(
            "contact_kind_insufficient",
            "The contact is kept, but {slot} asks for another kind ({kind}) and stays open.",
            rule="§6.2",
            source="S2 9.2",
            slot=slot.slot.slot,
            kind=slot.slot.kind.value,
        )
    )


def _long_enough(part: Aftercare, day: date) -> Reason | None:
    """A3: at least six months, and longer where any party wishes (S2 §6.4)."""
    unbounded = any(wish.until is None for wish in part.wishes)
    earliest = part.earliest_end
    if not unbounded and (earliest is None or day >= earliest):
        return None
    if unbounded:
        return refuse(
            "aftercare_too_early_to_end",
            "Someone wants aftercare to go on; they must first name a last day.",
            rule="A3",
            source="S2 §6.4",
        )
    return refuse(
        "aftercare_too_early_to_end",
        "Aftercare can be completed from {earliest} on.",
        rule="A3",
        source="S2 §6.4",
        earliest=earliest,
    )


def _closing_held(part: Aftercare) -> Reason | None:
    """A3: the calendar's closing conversation, of months 4-6, was held or tried in vain."""
    closing = [s for s in part.slots if s.slot.kind is SlotKind.CLOSING]
    late = [s.slot.window_start for s in part.slots if s.slot.kind is not SlotKind.VISIT]
    tried = any(s.settled is not None or s.attempts for s in closing)
    held = part.closing_on is not None and part.closing_on >= min(late, default=date.min)
    if not closing or held or tried:
        return None
    return refuse(
        "aftercare_too_early_to_end",
        "The closing conversation was neither held nor attempted.",
        rule="A3",
        source="S2 9.2",
    )


def _until_comes_after(wish: ExtendAftercare) -> Reason | None:
    if wish.until is None or wish.until >= wish.on:
        return None
    return refuse(
        "date_before_predecessor",
        "The last day of the extension cannot come before the wish for it.",
        rule="A2",
        source="domain §3.5 A2",
        field="until",
    )
