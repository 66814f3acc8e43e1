"""Record keeping: corrections beside what they correct, transfer, survey (events 61-63).

A correction is a further fact. The fold puts the corrected value in the place of
the old one (``corrected``), so that everything that follows is reckoned anew;
what an earlier decision had reckoned (slots, the days for SUS) is corrected with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from journey.aftercare import AftercareContactMade, AftercareStarted, calendar_from
from journey.decision import Context, Plan, decides
from journey.errors import Reason, refuse
from journey.exit import ExitDecided, JourneyExited, exit_rules, exited_on
from journey.facts import Fact
from journey.first_use import learn
from journey.referral import (
    ReferralReceived,
    known_words,
    no_other_open_journey,
    unknown_parties,
)
from journey.slots import Contact, SlotState, slot_filled_by, updated
from journey.values import Code, Minutes, Percent
from journey.wishes import JourneyWish, day_out_of_reach
from journey.work import EmploymentStarted
from journey.workplace import WorkplaceActivityStarted, on_open_labour_market

if TYPE_CHECKING:
    from journey.state import Journey

# --- facts ---------------------------------------------------------------------------


class EntryCorrected(Fact, frozen=True):
    """One field of an earlier fact was wrong: both values stay readable (GDPR art. 16)."""

    entry: int
    event: str
    field: str
    old: Any
    value: Any
    reason: str


class ProgrammeTransferred(Fact, frozen=True):
    """The journey goes on under another programme's rules (S0 §11)."""

    from_programme: str
    to_programme: str


class SurveyOffered(Fact, frozen=True):
    """The yearly survey was offered; its answers are anonymous and kept elsewhere (S2 §8.1)."""

    year: int


# --- wishes --------------------------------------------------------------------------


class Correct(JourneyWish, frozen=True, tag="correct"):
    """Correct one field of the fact with this version in this journey."""

    entry: int
    field: str
    value: Any
    reason: Code


class TransferProgramme(JourneyWish, frozen=True, tag="transfer_programme"):
    """Let the journey go on under another programme."""

    programme: str


class OfferSurvey(JourneyWish, frozen=True, tag="offer_survey"):
    """Record that the yearly survey was offered."""

    year: int


# --- the part of the journey ---------------------------------------------------------


class Surveys(Struct, frozen=True):
    """The years in which the survey was offered."""

    offered: tuple[int, ...] = ()


EVOLVE = {
    "surveys": {
        SurveyOffered: lambda part, fact: Surveys((*part.offered, fact.year)),
    },
    "referral": {
        ProgrammeTransferred: lambda part, fact: replace(part, programme=fact.to_programme),
    },
}


def corrected(entries: Iterable[tuple[int, Fact]]) -> Iterator[tuple[int, Fact]]:
    """The same entries (version, fact) with each correction in its place."""
    kept = list(entries)
    places = {version: place for place, (version, _) in enumerate(kept)}
    for _, fact in tuple(kept):
        if isinstance(fact, EntryCorrected) and fact.entry in places:
            place = places[fact.entry]
            kept[place] = (fact.entry, _changed(kept[place][1], fact.field, fact.value))
    return iter(kept)


def _changed(fact: Fact, field: str, value: Any) -> Fact:
    """The fact with another value; the fact itself where the value no longer fits it."""
    try:
        return with_value(fact, field, value)
    except msgspec.ValidationError:
        return fact


def with_value(fact: Fact, field: str, value: Any) -> Fact:
    """The fact with one field changed. Raises msgspec.ValidationError where it does not fit."""
    fields = msgspec.to_builtins(fact)
    fields[field] = msgspec.to_builtins(value)
    learn(type(fact))
    changed = msgspec.convert(fields, type(fact), strict=False)
    if day_out_of_reach(changed) is not None:
        raise msgspec.ValidationError("A day out of reach.")
    return changed


# --- how a wish becomes facts --------------------------------------------------------

_FIXED = frozenset(
    {"journey", "person", "programme", "from", "to", "to_step", "undone_exit", "evidence"}
    | {"unanimous", "question", "slot", "closes", "due_on", "sus_due_on", "sus_act_by"}
)
"""Fields that name a stream, lead the phase or were reckoned: they follow from others."""

_MAY_BE_EMPTY = frozenset({"reason"})
"""An empty one is refused by its own rule."""

_DERIVED = frozenset(
    {
        "EntryCorrected",
        "JourneyClosed",
        "ProgrammeTransferred",
        "AftercareStarted",
        "AftercareSlotCancelled",
        "SusDeregistrationCancelled",
        "DecisionEscalated",
        "ManagerDecisionRecorded",
        "InclusionDecided",
        "NoticeIssued",
    }
)
"""Facts that were decided or follow from others: those others are corrected, or decided anew."""


@decides(Correct)
def correct(journey: Journey, wish: Correct, context: Context) -> Plan:
    """Event 61: the value, and what follows from it anew."""
    entries = list(corrected(enumerate(context.history, 1)))
    fault = _not_correctable(entries, wish)
    if fault is not None:
        return Plan(rules=(fault,))
    old = entries[wish.entry - 1][1]
    try:
        _check_form(wish)
        new = _with_its_twin(with_value(old, wish.field, wish.value), wish.field)
    except msgspec.ValidationError:
        return Plan(rules=(_unfit(wish),))
    changed = {wish.entry: (old, new)} | _follows(journey, entries, old, new, context)
    return Plan(
        facts=tuple(
            fact
            for entry, (before, after) in sorted(changed.items())
            for fact in _differences(entry, before, after, wish)
        ),
        already=old == new,
        rules=_rules_of(journey, new, context),
    )


_FORMS: dict[str, Any] = {"percent": Percent, "minutes": Minutes}


def _check_form(wish: Correct) -> None:
    """Keys and codes stay keys and codes: raises msgspec.ValidationError for free text."""
    value = wish.value
    if wish.field in _FORMS:
        msgspec.convert(value, _FORMS[wish.field], strict=False)
    for text in value if isinstance(value, list) else [value]:
        if isinstance(text, str) and (text or wish.field not in _MAY_BE_EMPTY):
            msgspec.convert(text, Code)


def _differences(entry: int, old: Fact, new: Fact, wish: Correct) -> Iterator[EntryCorrected]:
    before, after = msgspec.to_builtins(old), msgspec.to_builtins(new)
    for name in before:
        if before[name] != after[name]:
            yield EntryCorrected(
                on=wish.on,
                entry=entry,
                event=type(old).__name__,
                field=name,
                old=before[name],
                value=after[name],
                reason=wish.reason,
            )


Changes = dict[int, tuple[Fact, Fact]]
"""version to (the fact as it was, the fact as it is to be)"""


def _with_its_twin(new: Fact, field: str) -> Fact:
    """An exit happens on its exit date: the one is corrected with the other."""
    if isinstance(new, JourneyExited) and field == "on":
        return replace(new, exit_date=new.on)
    return new


def _follows(
    journey: Journey,
    entries: Sequence[tuple[int, Fact]],
    old: Fact,
    new: Fact,
    context: Context,
) -> Changes:
    """What was reckoned from the corrected fact: the aftercare plan, the exit's days."""
    if isinstance(old, EmploymentStarted) and old.on != new.on:
        return _plan_follows(entries, old, new.on, context)
    if isinstance(new, ExitDecided | JourneyExited):
        return _exit_follows(journey, entries, new, context)
    return {}


def _plan_follows(
    entries: Sequence[tuple[int, Fact]], old: EmploymentStarted, anchor: date, context: Context
) -> Changes:
    """The slots anew, and the contacts in the slots that they fill now."""
    found: Changes = {}
    slots: tuple[SlotState, ...] = ()
    for version, fact in entries:
        if isinstance(fact, AftercareStarted):
            mine = fact.employment == old.employment and bool(fact.slots)
            plan = calendar_from(anchor, old.employment, context) if mine else None
            slots = tuple(SlotState(slot) for slot in plan.slots) if plan else ()
            if plan:
                found[version] = (fact, plan)
        elif isinstance(fact, AftercareContactMade) and slots:
            made, slots = _refilled(fact, slots, context)
            found[version] = (fact, made)
    return found


def _refilled(
    fact: AftercareContactMade, slots: tuple[SlotState, ...], context: Context
) -> tuple[AftercareContactMade, tuple[SlotState, ...]]:
    """A contact with the slot that it fills in this calendar, and the slots after it."""
    contact = Contact(fact.mode, fact.met, fact.closing)
    filled = slot_filled_by(slots, fact.on, contact, context.rules)
    name = filled.slot.slot if filled else None
    return replace(fact, slot=name), updated(slots, name, contact_on=fact.on)


def _exit_follows(
    journey: Journey,
    entries: Sequence[tuple[int, Fact]],
    new: ExitDecided | JourneyExited,
    context: Context,
) -> Changes:
    """The decision and the exit say the same, and the days for SUS are reckoned anew."""
    found: Changes = {}
    for version, fact in entries:
        if isinstance(fact, ExitDecided) and fact == journey.exit.decided:
            found[version] = (fact, replace(fact, exit_date=new.exit_date, reason=new.reason))
        if isinstance(fact, JourneyExited) and fact == journey.exit.exited:
            found[version] = (fact, exited_on(new.exit_date, new.reason, context.rules))
    return found


@decides(TransferProgramme)
def transfer_programme(journey: Journey, wish: TransferProgramme, context: Context) -> Plan:
    """S0 §11: the project was transferred; its journeys go on as they are."""
    part = journey.referral
    return Plan(
        facts=(
            ProgrammeTransferred(
                on=wish.on, from_programme=part.programme, to_programme=wish.programme
            ),
        ),
        already=part.programme == wish.programme,
        rules=(
            _covers(journey, context),
            _open_on(wish.on, context),
            no_other_open_journey(context),
        ),
        builds_on=(journey.since,),
    )


@decides(OfferSurvey)
def offer_survey(journey: Journey, wish: OfferSurvey, context: Context) -> Plan:
    """S2 §8.1: each October, to those enrolled."""
    return Plan(
        facts=(SurveyOffered(on=wish.on, year=wish.year),),
        already=wish.year in journey.surveys.offered,
        rules=(None if wish.year == wish.on.year else _another_year(),),
        builds_on=(journey.enrolment.enrolled_on,),
    )


# --- rules ---------------------------------------------------------------------------


def _not_correctable(entries: Sequence[tuple[int, Fact]], wish: Correct) -> Reason | None:
    if not 1 <= wish.entry <= len(entries):
        return refuse(
            "invalid_command",
            "The journey has entries 1 to {last}.",
            source="contract §2",
            field="entry",
            last=len(entries),
        )
    fact = entries[wish.entry - 1][1]
    if wish.field not in msgspec.to_builtins(fact):
        return _no_such_field(fact)
    if type(fact).__name__ in _DERIVED or wish.field in _FIXED or _reckoned(fact, wish.field):
        return _follows_from_others(fact)
    return None


def _reckoned(fact: Fact, field: str) -> bool:
    """An exit's class follows from its reason (§3.3)."""
    return isinstance(fact, JourneyExited) and field == "outcome"


def _no_such_field(fact: Fact) -> Reason:
    return refuse(
        "invalid_command",
        "{event} has no such field; it has: {fields}.",
        source="contract §2",
        field="field",
        event=type(fact).__name__,
        fields=", ".join(msgspec.to_builtins(fact)),
    )


def _follows_from_others(fact: Fact) -> Reason:
    return refuse(
        "invalid_command",
        "This field of {event} follows from other facts; correct those, or decide anew.",
        source="domain §4, event 61",
        field="field",
        event=type(fact).__name__,
    )


def _unfit(wish: Correct) -> Reason:
    return refuse(
        "invalid_command",
        "The value does not fit the field {name}.",
        source="contract §2",
        field="value",
        name=wish.field,
    )


def _rules_of(journey: Journey, new: Fact, context: Context) -> tuple[Reason | None, ...]:
    """The rules that the corrected fact must meet, as the original had to."""
    rules: list[Reason | None] = [_not_to_come(new, context)]
    rules += unknown_parties(new, context.programme)
    if isinstance(new, ReferralReceived):
        rules.append(known_words(new, context))
    if isinstance(new, EmploymentStarted | WorkplaceActivityStarted):
        rules.append(on_open_labour_market(new.open_labour_market))
    if isinstance(new, ExitDecided | JourneyExited):
        rules += exit_rules(journey, new.reason, new.exit_date, context)
    return tuple(rules)


def _not_to_come(new: Fact, context: Context) -> Reason | None:
    if new.on <= context.today:
        return None
    return refuse(
        "date_in_future",
        "A fact is true today or earlier, not later.",
        source="contract §1",
        field="value",
    )


def _covers(journey: Journey, context: Context) -> Reason | None:
    if journey.referral.municipality in context.programme.municipalities:
        return None
    return refuse(
        "programme_not_open",
        "The programme {programme} does not cover the journey's municipality.",
        rule="§3.1",
        source=context.programme.source,
        programme=context.programme.id,
    )


def _open_on(day: date, context: Context) -> Reason | None:
    if context.programme.open_on(day):
        return None
    return refuse(
        "programme_not_open",
        "The programme {programme} is not open on {day}.",
        rule="§3.1",
        source=context.programme.source,
        programme=context.programme.id,
        day=day,
    )


def _another_year() -> Reason:
    return refuse(
        "invalid_command",
        "The survey is offered in its own year.",
        source="S2 §8.1",
        field="year",
    )
