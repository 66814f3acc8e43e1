"""The aftercare calendar: domain.md §6.2-6.4, A1-A5; scenarios 24, 31-34."""

from __future__ import annotations

from datetime import date

import pytest

from journey.aftercare import (
    AftercareContactFailed,
    AftercareContactMade,
    AftercareEnded,
    AftercareExtended,
    AftercareSlotCancelled,
    AftercareStarted,
    ClosingConversationHeld,
)
from journey.values import ContactMode, Requester, Side, SlotCancelReason
from journey.wishes import JourneyWish
from tests.examples import (
    COACH,
    EMPLOYER,
    PARTICIPANT,
    contact,
    deregistration,
    employment,
    enrolled_in_fortsattning,
    exit_decision,
    exited,
    exited_to_studies,
    exited_to_work,
    in_step_5,
    wish,
)
from tests.spec import Given, Then, given

# slot kind window_start window_end due_on act_by notify_on (§6.4)
A = """
m1w1 visit   2026-11-30 2026-12-07 2026-12-07 2026-12-07 2026-12-04
m1w2 visit   2026-12-08 2026-12-14 2026-12-14 2026-12-14 2026-12-11
m1w3 visit   2026-12-15 2026-12-21 2026-12-21 2026-12-21 2026-12-18
m1w4 visit   2026-12-22 2026-12-30 2026-12-28 2026-12-28 2026-12-23
m2a  visit   2026-12-31 2027-01-13 2027-01-13 2027-01-13 2027-01-08
m2b  visit   2027-01-14 2027-01-30 2027-01-30 2027-02-01 2027-01-27
m3   visit   2027-01-31 2027-02-28 2027-02-28 2027-03-01 2027-02-25
m4   phone   2027-03-01 2027-03-30 2027-03-30 2027-03-30 2027-03-25
m5   phone   2027-03-31 2027-04-30 2027-04-30 2027-04-30 2027-04-27
m6   closing 2027-05-01 2027-05-30 2027-05-30 2027-05-31 2027-05-27
"""
B = """
m1w1 visit   2026-08-31 2026-09-07 2026-09-07 2026-09-07 2026-09-04
m1w2 visit   2026-09-08 2026-09-14 2026-09-14 2026-09-14 2026-09-11
m1w3 visit   2026-09-15 2026-09-21 2026-09-21 2026-09-21 2026-09-18
m1w4 visit   2026-09-22 2026-09-30 2026-09-28 2026-09-28 2026-09-25
m2a  visit   2026-10-01 2026-10-14 2026-10-14 2026-10-14 2026-10-09
m2b  visit   2026-10-15 2026-10-31 2026-10-31 2026-11-02 2026-10-28
m3   visit   2026-11-01 2026-11-30 2026-11-30 2026-11-30 2026-11-27
m4   phone   2026-12-01 2026-12-31 2026-12-31 2027-01-04 2026-12-28
m5   phone   2027-01-01 2027-01-31 2027-01-31 2027-02-01 2027-01-28
m6   closing 2027-02-01 2027-02-28 2027-02-28 2027-03-01 2027-02-25
"""
C = """
m1w1 visit   2028-02-29 2028-03-07 2028-03-07 2028-03-07 2028-03-03
m1w2 visit   2028-03-08 2028-03-14 2028-03-14 2028-03-14 2028-03-10
m1w3 visit   2028-03-15 2028-03-21 2028-03-21 2028-03-21 2028-03-17
m1w4 visit   2028-03-22 2028-03-29 2028-03-28 2028-03-28 2028-03-24
m2a  visit   2028-03-30 2028-04-12 2028-04-12 2028-04-12 2028-04-07
m2b  visit   2028-04-13 2028-04-29 2028-04-29 2028-05-02 2028-04-26
m3   visit   2028-04-30 2028-05-29 2028-05-29 2028-05-29 2028-05-26
m4   phone   2028-05-30 2028-06-29 2028-06-29 2028-06-29 2028-06-26
m5   phone   2028-06-30 2028-07-29 2028-07-29 2028-07-31 2028-07-26
m6   closing 2028-07-30 2028-08-29 2028-08-29 2028-08-29 2028-08-25
"""
EXAMPLES = (
    ("2026-11-30", A, "2027-05-30"),
    ("2026-08-31", B, "2027-02-28"),
    ("2028-02-29", C, "2028-08-29"),
)
ROWS = [
    (anchor, line.split()[0], line.split()[1:])
    for anchor, table, _ in EXAMPLES
    for line in table.strip().splitlines()
]
END = wish("end_aftercare", COACH, "2027-02-28", reason="completed")
CLOSING_TALK = contact("2027-02-10", "phone", closing=True)


def in_aftercare(*more: JourneyWish) -> Given:
    """Scenario 24, example B: at work and exited on 2026-08-31."""
    return given(*exited_to_work(), *more)


def filled(then: Then) -> str | None:
    """The slot that the contact fills."""
    made = then.facts[0]
    assert isinstance(made, AftercareContactMade)
    return made.slot


def statuses(so_far: Given, day: str) -> dict[str, str]:
    """What each slot is on this day."""
    on = date.fromisoformat(day)
    return {s.slot.slot: s.status_on(on).value for s in so_far.journey.aftercare.slots}


def failed(on: str, side: str = "participant") -> JourneyWish:
    """An attempt that reached nobody."""
    return wish("note_failed_contact", COACH, on, side=side)


def extension(on: str, by: str = "employer", **fields: str) -> JourneyWish:
    """Someone wants more."""
    return wish("extend_aftercare", COACH, on, requested_by=by, **fields)


def ending(on: str, reason: str = "completed") -> JourneyWish:
    """The coach ends aftercare."""
    return wish("end_aftercare", COACH, on, reason=reason)


# --- the calendar (§6.2, §6.4) -------------------------------------------------------


@pytest.mark.parametrize(("anchor", "name", "row"), ROWS)
def test_scenario_24_worked_examples_slot_by_slot(anchor: str, name: str, row: list[str]) -> None:
    """§6.4 A, B and C: kind, window, due, act by, notify."""
    plan = given(*in_step_5()).when(employment(anchor)).facts[1]
    assert isinstance(plan, AftercareStarted)
    slot = next(each for each in plan.slots if each.slot == name)
    days = (slot.window_start, slot.window_end, slot.due_on, slot.act_by, slot.notify_on)
    assert [slot.kind.value, *map(str, days)] == row


@pytest.mark.parametrize(("anchor", "table", "earliest"), EXAMPLES)
def test_scenario_24_ten_slots_in_order_and_six_months(
    anchor: str, table: str, earliest: str
) -> None:
    plan = given(*in_step_5()).when(employment(anchor)).facts[1]
    assert isinstance(plan, AftercareStarted)
    names = [line.split()[0] for line in table.strip().splitlines()]
    assert [slot.slot for slot in plan.slots] == names
    assert str(plan.earliest_end) == earliest


def test_the_plan_is_the_same_whenever_the_exit_comes() -> None:
    """Q1: the anchor is the start of the job."""
    before = given(*in_step_5(), employment("2026-08-31"))
    after = before.and_then(exit_decision("work", "2026-10-01"))
    assert after.journey.aftercare == before.journey.aftercare


# --- how contacts fill slots (§6.2) --------------------------------------------------


def test_scenario_33_phone_for_visit() -> None:
    """The call is kept and warned of, the slot stays open; a Saturday's visit fills it."""
    call = in_aftercare().when(contact("2026-09-03", "phone"))
    call.then_warned("contact_kind_insufficient")
    assert filled(call) is None
    called = in_aftercare(contact("2026-09-03", "phone"))
    assert statuses(called, "2026-09-03")["m1w1"] == "open"
    visit = called.when(contact("2026-09-05"))
    assert filled(visit) == "m1w1"
    assert visit.warnings == ()


def test_scenario_34_missed_week() -> None:
    """No visit by 09-14: missed for good; the next visit fills m1w3 only."""
    journey = in_aftercare(contact("2026-09-05"))
    assert statuses(journey, "2026-09-14")["m1w2"] == "open"
    assert statuses(journey, "2026-09-15")["m1w2"] == "missed"
    late = journey.when(contact("2026-09-16"))
    assert filled(late) == "m1w3"
    after = statuses(journey.and_then(contact("2026-09-16")), "2026-09-16")
    assert (after["m1w1"], after["m1w2"], after["m1w3"]) == ("filled", "missed", "filled")


def test_one_late_visit_never_repairs_a_row_of_missed_weeks() -> None:
    """§6.2."""
    journey = in_aftercare(contact("2026-09-30"))
    day = statuses(journey, "2026-10-01")
    assert [day[slot] for slot in ("m1w1", "m1w2", "m1w3", "m1w4")] == [*["missed"] * 3, "filled"]


def test_a_visit_recorded_late_counts_on_its_own_day() -> None:
    """Back-dating is allowed: the slot is judged by the day of the visit."""
    journey = in_aftercare(contact("2026-09-16"))
    assert filled(journey.when(contact("2026-09-10"))) == "m1w2"


@pytest.mark.parametrize("on", ["2026-08-31", "2026-09-07"])
def test_a_window_includes_both_its_days(on: str) -> None:
    assert filled(in_aftercare().when(contact(on))) == "m1w1"


def test_the_day_after_the_window_belongs_to_the_next() -> None:
    assert filled(in_aftercare().when(contact("2026-09-08"))) == "m1w2"


def test_the_window_is_longer_than_the_day_that_is_due() -> None:
    """m1w4 is due on 09-28 and open to 09-30."""
    journey = in_aftercare()
    assert statuses(journey, "2026-09-30")["m1w4"] == "open"
    assert statuses(journey, "2026-10-01")["m1w4"] == "missed"
    assert filled(journey.when(contact("2026-09-30"))) == "m1w4"


def test_the_earlier_of_two_fillable_slots_is_filled() -> None:
    """m2b is due on Saturday 10-31, act by Monday 11-02, when m3 has begun."""
    journey = in_aftercare()
    assert filled(journey.when(contact("2026-11-02"))) == "m2b"
    filled_before = in_aftercare(contact("2026-10-20"))
    assert filled(filled_before.when(contact("2026-11-02"))) == "m3"
    again = in_aftercare(contact("2026-11-02"))
    assert filled(again.when(contact("2026-11-02", met=["employer"]))) == "m3"


def test_rolling_ends_with_the_working_day() -> None:
    """§6.2: fillable to act_by, no longer."""
    assert filled(in_aftercare().when(contact("2026-11-03"))) == "m3"


def test_a_call_passes_over_an_earlier_visit_slot() -> None:
    """On 2027-03-01 of example A both m3 (a visit, rolled) and m4 (a call) are fillable."""
    journey = given(*in_step_5(), employment("2026-11-30"))
    assert filled(journey.when(contact("2027-03-01", "phone"))) == "m4"
    assert filled(journey.when(contact("2027-03-01"))) == "m3"


def test_a_contact_between_slots_that_are_filled_is_kept_without_a_warning() -> None:
    """One contact fills one slot, and one slot wants one contact."""
    more = in_aftercare(contact("2026-09-02")).when(contact("2026-09-04"))
    assert filled(more) is None
    assert more.warnings == ()


@pytest.mark.parametrize("met", [["participant"], ["employer"], ["participant", "employer"]])
def test_either_side_fills_a_visit_slot(met: list[str]) -> None:
    """Q7; the sides stay readable."""
    then = in_aftercare().when(contact("2026-09-02", met=met))
    assert filled(then) == "m1w1"
    assert isinstance(then.facts[0], AftercareContactMade)
    assert then.facts[0].met == tuple(Side(side) for side in met)


@pytest.mark.parametrize("on", ["2026-09-02", "2026-12-15", "2027-02-10"])
def test_meeting_nobody_fills_nothing(on: str) -> None:
    """Neither a visit slot, a phone slot nor the closing one."""
    nobody = in_aftercare().when(contact(on, met=[], closing=False))
    assert filled(nobody) is None


def test_a_closing_conversation_with_nobody_is_none() -> None:
    """S2 9.2: it tells both that the coach remains available."""
    nobody = in_aftercare().when(contact("2027-02-10", met=[], closing=True))
    assert filled(nobody) is None
    assert not any(isinstance(fact, ClosingConversationHeld) for fact in nobody.facts)


def test_a_closing_conversation_belongs_to_months_4_to_6() -> None:
    """S2 9.2: one in the first week does not let aftercare be completed (A3)."""
    early = in_aftercare(contact("2026-09-02", closing=True))
    early.when(END).then_refused("aftercare_too_early_to_end")


@pytest.mark.parametrize(
    ("mode", "slot"),
    [
        ("visit", "m1w1"),
        ("three_party_meeting", "m1w1"),
        ("phone", None),
        ("text_message", None),
        ("email", None),
        ("drop_in", None),
        ("af_follow_up", None),
    ],
)
def test_a_visit_slot_wants_a_visit(mode: str, slot: str | None) -> None:
    """§6.2: a visit or a three-party meeting."""
    then = in_aftercare().when(contact("2026-09-02", mode))
    assert filled(then) == slot
    assert [warning.code for warning in then.warnings] == (
        [] if slot else ["contact_kind_insufficient"]
    )


@pytest.mark.parametrize(
    ("mode", "slot"),
    [
        ("visit", "m4"),
        ("three_party_meeting", "m4"),
        ("phone", "m4"),
        ("text_message", None),
        ("email", None),
    ],
)
def test_a_phone_slot_takes_a_call_or_a_visit(mode: str, slot: str | None) -> None:
    """§6.2: a visit fills a phone slot."""
    assert filled(in_aftercare().when(contact("2026-12-15", mode))) == slot


def test_the_last_slot_wants_a_closing_conversation() -> None:
    """S2 9.2: they are told that the coach remains available."""
    plain = in_aftercare().when(contact("2027-02-10", "phone"))
    plain.then_warned("contact_kind_insufficient")
    assert filled(plain) is None
    talk = in_aftercare().when(CLOSING_TALK)
    talk.then(
        AftercareContactMade(
            on=date(2027, 2, 10),
            mode=ContactMode.PHONE,
            met=(Side.PARTICIPANT, Side.EMPLOYER),
            closing=True,
            slot="m6",
        ),
        ClosingConversationHeld(on=date(2027, 2, 10)),
    )


def test_the_last_slot_stays_fillable_until_the_end() -> None:
    """§6.2: m6 is never missed."""
    journey = in_aftercare()
    assert statuses(journey, "2028-01-01")["m6"] == "open"
    late = contact("2027-06-14", "visit", closing=True)
    assert filled(journey.when(late)) == "m6"
    ended = in_aftercare(ending("2026-09-10", "moved"))
    assert statuses(ended, "2026-09-10")["m6"] == "cancelled"


@pytest.mark.parametrize(
    ("days", "slot"),
    [
        (("2026-12-07", "2026-12-15"), "m4"),
        (("2027-01-11", "2027-01-18"), "m5"),
        (("2027-02-08", "2027-02-15"), "m6"),
    ],
)
def test_two_attempts_on_different_days_close_a_call(days: tuple[str, str], slot: str) -> None:
    """§6.2: the client's own responsibility (assumed)."""
    once = in_aftercare(failed(days[0]))
    assert statuses(once, days[0])[slot] == "open"
    second = once.when(failed(days[1])).facts[0]
    assert second == AftercareContactFailed(
        on=date.fromisoformat(days[1]), side=Side.PARTICIPANT, slot=slot, closes=True
    )
    assert statuses(once.and_then(failed(days[1])), days[1])[slot] == "attempted"


def test_two_attempts_on_one_day_close_nothing() -> None:
    journey = in_aftercare(failed("2026-12-07"), failed("2026-12-07", "employer"))
    assert statuses(journey, "2026-12-07")["m4"] == "open"
    assert statuses(journey.and_then(failed("2026-12-08")), "2026-12-08")["m4"] == "attempted"


def test_attempts_never_close_a_visit_slot() -> None:
    journey = in_aftercare(failed("2026-09-01"), failed("2026-09-02"), failed("2026-09-03"))
    assert statuses(journey, "2026-09-03")["m1w1"] == "open"
    assert filled(journey.when(contact("2026-09-04"))) == "m1w1"


def test_an_attempted_slot_is_not_filled_afterwards() -> None:
    """It is closed; the contact is kept."""
    journey = in_aftercare(failed("2026-12-07"), failed("2026-12-15"))
    assert filled(journey.when(contact("2026-12-16", "phone"))) is None


def test_contacts_belong_to_aftercare_that_runs() -> None:
    """Not before the job, nor after the end, nor where there is none."""
    in_aftercare().when(contact("2026-08-30")).then_refused("date_before_predecessor")
    given(*in_step_5()).when(contact("2026-06-01")).then_refused("aftercare_not_applicable")
    given(*exited()).when(contact("2026-06-01")).then_refused("aftercare_not_applicable")
    ended = in_aftercare(ending("2026-09-10", "moved"))
    ended.when(contact("2026-09-11")).then_refused("aftercare_not_applicable")
    ended.when(failed("2026-09-11")).then_refused("aftercare_not_applicable")


def test_a_contact_recorded_twice_is_one() -> None:
    journey = in_aftercare(contact("2026-09-02"))
    journey.when(contact("2026-09-02")).then_nothing()
    journey.and_then(failed("2026-09-10")).when(failed("2026-09-10")).then_nothing()


# --- the end (A3) --------------------------------------------------------------------


def test_scenario_31_aftercare_end() -> None:
    """Not before six months, which are named; then with the closing talk; then it closes."""
    talked = in_aftercare(CLOSING_TALK)
    refused = talked.when(ending("2027-02-27")).then_refused("aftercare_too_early_to_end")
    assert refused.reasons[0].earliest == date(2027, 2, 28)
    then = talked.when(END)
    assert then.facts[-1] == AftercareEnded(on=date(2027, 2, 28), reason="completed")
    assert then.journey.aftercare.status == "ended"
    out = in_aftercare(deregistration(), CLOSING_TALK)
    assert out.when(END).then_phase("closed")


def test_what_is_open_is_cancelled_with_the_end() -> None:
    """§12.8: follow-ups neither vanish nor stay overdue."""
    attempted = in_aftercare(failed("2027-02-10")).when(END)
    attempted.then(
        AftercareSlotCancelled(
            on=date(2027, 2, 28), slot="m6", reason=SlotCancelReason.AFTERCARE_ENDED
        ),
        AftercareEnded(on=date(2027, 2, 28), reason="completed"),
    )


def test_the_end_wants_a_closing_conversation_or_an_attempt() -> None:
    """A3."""
    in_aftercare().when(END).then_refused("aftercare_too_early_to_end")
    assert in_aftercare(failed("2027-02-10")).when(END).facts
    assert in_aftercare(CLOSING_TALK).when(END).facts


@pytest.mark.parametrize(
    "reason",
    ["employment_ended", "participant_declined", "deceased", "moved", "consent_withdrawn"],
)
def test_an_earlier_end_needs_its_reason(reason: str) -> None:
    """A3: these five, at any time."""
    then = in_aftercare().when(ending("2026-09-01", reason))
    assert then.facts[-1] == AftercareEnded(on=date(2026, 9, 1), reason=reason)


def test_aftercare_ends_once() -> None:
    ended = in_aftercare(ending("2026-09-10", "moved"))
    ended.when(ending("2026-09-10", "moved")).then_nothing()
    given(*exited()).when(ending("2026-09-10")).then_refused("aftercare_not_applicable")


# --- longer (A2) ---------------------------------------------------------------------


def test_scenario_32_extension() -> None:
    """While the employer's wish is open, aftercare goes on."""
    wanted = in_aftercare(CLOSING_TALK, extension("2027-02-20"))
    assert wanted.facts[-1] == AftercareExtended(
        on=date(2027, 2, 20), requested_by=Requester.EMPLOYER
    )
    assert wanted.journey.aftercare.status == "extended"
    wanted.when(END).then_refused("aftercare_too_early_to_end")
    wanted.when(ending("2027-12-31")).then_refused("aftercare_too_early_to_end")


def test_an_extension_until_a_day_moves_the_earliest_end() -> None:
    wanted = in_aftercare(CLOSING_TALK, extension("2027-02-20", until="2027-04-15"))
    refused = wanted.when(ending("2027-04-14")).then_refused("aftercare_too_early_to_end")
    assert refused.reasons[0].earliest == date(2027, 4, 15)
    assert wanted.when(ending("2027-04-15")).facts


def test_a_later_word_of_the_same_party_replaces_its_earlier() -> None:
    """An open wish is settled by naming a last day."""
    settled = in_aftercare(
        CLOSING_TALK, extension("2027-02-20"), extension("2027-03-08", until="2027-03-15")
    )
    settled.when(ending("2027-03-14")).then_refused("aftercare_too_early_to_end")
    assert settled.when(ending("2027-03-15")).facts


def test_any_partys_open_wish_keeps_it_running() -> None:
    """A2: "om någon part önskar det"."""
    both = in_aftercare(
        CLOSING_TALK,
        extension("2027-02-20", "participant"),
        extension("2027-02-21", "employer", until="2027-03-15"),
    )
    both.when(ending("2027-06-01")).then_refused("aftercare_too_early_to_end")


def test_an_extension_never_shortens_the_six_months() -> None:
    """A3: at least six months."""
    soon = in_aftercare(CLOSING_TALK, extension("2026-10-01", until="2026-10-15"))
    soon.when(ending("2027-02-27")).then_refused("aftercare_too_early_to_end")
    assert soon.when(END).facts


def test_an_extended_aftercare_ends_early_for_the_same_reasons() -> None:
    wanted = in_aftercare(extension("2026-10-01"))
    assert wanted.when(ending("2026-10-15", "participant_declined")).facts


def test_both_sides_ask_for_themselves() -> None:
    """§2.2: the participant and the employer, each on its own behalf."""
    own = wish("extend_aftercare", EMPLOYER, "2027-02-20", requested_by="employer")
    in_aftercare().when(own).then_events("AftercareExtended")
    for_other = wish("extend_aftercare", EMPLOYER, "2027-02-20", requested_by="participant")
    in_aftercare().when(for_other).then_refused("actor_not_permitted")
    self = wish("extend_aftercare", PARTICIPANT, "2027-02-20", requested_by="participant")
    in_aftercare().when(self).then_events("AftercareExtended")


def test_an_extension_has_its_last_day_after_it() -> None:
    in_aftercare().when(extension("2027-02-20", until="2027-02-19")).then_refused(
        "date_before_predecessor"
    )
    given(*in_step_5()).when(extension("2026-06-01")).then_refused("aftercare_not_applicable")


# --- without a calendar (Q21, §5.1) --------------------------------------------------


def request(by: str = COACH, on: str = "2026-09-01", side: str = "participant") -> JourneyWish:
    """Aftercare is asked for."""
    return wish("start_aftercare", by, on, requested_by=side)


def test_after_studies_aftercare_is_on_request() -> None:
    """Q21: no slots, contacts are kept, and it ends when nobody wants more."""
    running = given(*exited_to_studies(), request())
    assert running.journey.aftercare.slots == ()
    running.when(request()).then_nothing()
    kept = running.when(contact("2026-09-08", "text_message", met=["participant"]))
    assert filled(kept) is None
    assert kept.warnings == ()
    assert running.when(ending("2026-10-01")).facts == (
        AftercareEnded(on=date(2026, 10, 1), reason="completed"),
    )


def test_aftercare_of_a_calendar_is_not_asked_for() -> None:
    """It starts with the job; after other exits there is none."""
    given(*in_step_5()).when(request(on="2026-06-01")).then_refused("aftercare_not_applicable")
    given(*exited()).when(request()).then_refused("aftercare_not_applicable")
    in_aftercare().when(request()).then_nothing()
    ended = in_aftercare(ending("2026-09-10", "moved"))
    ended.when(request(on="2026-09-11")).then_refused("aftercare_not_applicable")


def test_a_programme_of_unlimited_aftercare_starts_it_on_request() -> None:
    """2018-2020: as long as they judge that they need it."""
    employed = given(*enrolled_in_fortsattning(), employment("2020-05-04"))
    then = employed.when(request(on="2020-05-04"))
    plan = then.facts[0]
    assert isinstance(plan, AftercareStarted)
    assert (plan.model, plan.slots, plan.earliest_end) == ("unlimited", (), None)


def test_an_unlimited_aftercare_goes_on_while_someone_wants_it() -> None:
    """Q19: both must agree to the end."""
    running = given(
        *enrolled_in_fortsattning(),
        employment("2020-05-04"),
        request(on="2020-05-04"),
        extension("2020-06-01", "participant"),
    )
    running.when(ending("2020-08-03")).then_refused("aftercare_too_early_to_end")
