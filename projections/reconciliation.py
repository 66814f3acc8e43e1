"""What the journeys say beside what SUS was told: every difference, to be put right by hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Literal

from msgspec import Struct
from sqlalchemy import Connection

from journey.language import N_
from journey.values import SusMode
from projections.sheet import Sheet, Words, sheet
from projections.sus import Registration, registrations

Kind = Literal[
    "not_registered",
    "registered_early",
    "registered_late",
    "not_deregistered",
    "deregistered_early",
    "deregistered_late",
    "identified_despite_protected_identity",
    "identified_without_consent",
    "registered_but_void",
]


class Difference(Struct, frozen=True):
    """One difference: what the journey and its rules lead to, and what was reported.

    Both are days (YYYY-MM-DD) or modes of registration; None is nothing.
    """

    journey: str
    difference: Kind
    expected: str | None
    reported: str | None


def reconciliation(connection: Connection, day: date) -> list[Difference]:
    """Every difference on this day, journey by journey in the order of enrolment.

    A registration is due on the day of enrolment, a deregistration from its day on
    until the working day that it rolls to (S1-S4; S2 §8). A registration error asks for
    one thing only: that it is registered out (§3.3).
    """
    return [
        Difference(one.journey, kind, expected, reported)
        for one in registrations(connection)
        for kind, expected, reported in (_of_void(one) if one.void else _of(one, day))
    ]


_Found = Iterator[tuple[Kind, str | None, str | None]]


def _of(one: Registration, day: date) -> _Found:
    yield from _into(one, day)
    yield from _mode(one)
    yield from _out(one, day)


def _of_void(one: Registration) -> _Found:
    if one.by_name and one.deregistered_on is None:
        yield "registered_but_void", None, _text(one.registered_on)


def _into(one: Registration, day: date) -> _Found:
    enrolled, registered = one.enrolled_on, one.registered_on
    if one.in_overdue(day):
        yield "not_registered", _text(enrolled), None
    elif registered is not None and registered != enrolled:
        kind: Kind = "registered_late" if registered > enrolled else "registered_early"
        yield kind, _text(enrolled), _text(registered)


def _mode(one: Registration) -> _Found:
    anonymous = SusMode.ANONYMOUS.value
    if one.by_name and one.protected_identity:
        yield "identified_despite_protected_identity", anonymous, one.mode
    if one.by_name and not one.consented:
        yield "identified_without_consent", anonymous, one.mode


def _out(one: Registration, day: date) -> _Found:
    out, due = one.deregistered_on, one.due_on
    if one.out_overdue(day):
        yield "not_deregistered", _text(due), None
    if out is not None and due is not None and out < due:
        yield "deregistered_early", _text(due), _text(out)
    if out is not None and one.act_by is not None and out > one.act_by:
        yield "deregistered_late", _text(due), _text(out)


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None


_SAID: dict[Kind, str] = {
    "not_registered": N_("not registered"),
    "registered_early": N_("registered before the enrolment"),
    "registered_late": N_("registered after the day of enrolment"),
    "not_deregistered": N_("not registered out"),
    "deregistered_early": N_("registered out too early"),
    "deregistered_late": N_("registered out late"),
    "identified_despite_protected_identity": N_("by name despite a protected identity"),
    "identified_without_consent": N_("by name without a written consent"),
    "registered_but_void": N_("a mistake that is still registered"),
}


def reconciliation_sheet(rows: Iterable[Difference]) -> Sheet:
    """The differences."""
    return sheet(
        Words(N_("SUS beside the journeys")),
        (N_("journey"), N_("difference"), N_("expected"), N_("reported")),
        ((r.journey, Words(_SAID[r.difference]), r.expected, r.reported) for r in rows),
    )
