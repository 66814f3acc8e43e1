"""The slots of the aftercare calendar: planned, filled, missed (domain.md §6.2, annex 9.2)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from journey.calendar import act_by, notify_on
from journey.rules import Rules
from journey.values import ContactMode, Side, SlotKind, SlotStatus


class Slot(Struct, frozen=True):
    """One planned contact: its window (both days included) and the days that follow from it.

    ``due_on`` is what audits recompute and never moves; ``act_by`` is the working
    day by which it is on time; ``notify_on`` the working day on which the coach is told.
    """

    slot: str
    kind: SlotKind
    window_start: date
    window_end: date
    due_on: date
    act_by: date
    notify_on: date

    @property
    def last_day(self) -> date | None:
        """The last day on which it can be filled; None: until the aftercare ends (§6.2 m6)."""
        return None if self.kind is SlotKind.CLOSING else max(self.window_end, self.act_by)


class SlotState(Struct, frozen=True):
    """A slot and what became of it."""

    slot: Slot
    contact_on: date | None = None
    attempts: tuple[date, ...] = ()
    attempted_on: date | None = None
    cancelled_on: date | None = None

    @property
    def settled(self) -> SlotStatus | None:
        """What was recorded about it, whatever the day."""
        if self.contact_on is not None:
            return SlotStatus.FILLED
        if self.attempted_on is not None:
            return SlotStatus.ATTEMPTED
        return SlotStatus.CANCELLED if self.cancelled_on is not None else None

    def status_on(self, day: date) -> SlotStatus:
        """What it is on this day; a slot that nobody filled in time is missed for good."""
        last = self.slot.last_day
        missed = last is not None and day > last
        return self.settled or (SlotStatus.MISSED if missed else SlotStatus.OPEN)

    def fillable_on(self, day: date) -> bool:
        """Whether a contact on this day can still fill it."""
        return self.slot.window_start <= day and self.status_on(day) is SlotStatus.OPEN


class Contact(Struct, frozen=True):
    """What of a contact decides whether it fills a slot."""

    mode: ContactMode
    met: tuple[Side, ...]
    closing: bool


def planned(anchor: date, rules: Rules) -> tuple[Slot, ...]:
    """The programme's slots counted from this day (§6.2: always from it, never chained)."""
    slots = []
    for rule in rules.slots:
        window_start, window_end, due_on = rule.on(anchor)
        slots.append(
            Slot(
                slot=rule.slot,
                kind=rule.kind,
                window_start=window_start,
                window_end=window_end,
                due_on=due_on,
                act_by=act_by(due_on),
                notify_on=notify_on(due_on, rules.lead_days),
            )
        )
    return tuple(slots)


def fits(slot: Slot, contact: Contact, rules: Rules) -> bool:
    """§6.2: a visit slot needs a visit, a phone slot a call or a visit, the last a closing talk."""
    visit = contact.mode in rules.visit_modes
    if not contact.met or not (visit or contact.mode is ContactMode.PHONE):
        return False
    if slot.kind is SlotKind.VISIT:
        return visit
    return contact.closing or slot.kind is SlotKind.PHONE


def slot_filled_by(
    slots: Iterable[SlotState], day: date, contact: Contact, rules: Rules
) -> SlotState | None:
    """The slot that a contact on this day fills: the earliest that is open and fits (§6.2)."""
    return next(
        (s for s in slots if s.fillable_on(day) and fits(s.slot, contact, rules)),
        None,
    )


def first_fillable(slots: Iterable[SlotState], day: date) -> SlotState | None:
    """The earliest slot that a contact on this day could fill, whatever its kind."""
    return next((s for s in slots if s.fillable_on(day)), None)


def updated(
    slots: Iterable[SlotState], name: str | None, **changes: object
) -> tuple[SlotState, ...]:
    """The slots with one of them changed."""
    return tuple(replace(s, **changes) if s.slot.slot == name else s for s in slots)
