"""The door: order of reasons, all at once, dates, already true; scenario 38."""

from __future__ import annotations

from datetime import date

import pytest

from journey.wishes import JourneyWish
from tests.examples import (
    AF,
    COACH,
    EMPLOYER,
    FEDERATION_MANAGER,
    FK,
    MANAGER,
    OTHER_MANAGER,
    PARTICIPANT,
    SAMPLES,
    SPLIT,
    contact,
    decision_granted,
    deregistration,
    employment,
    enrolment,
    exit_decision,
    exited,
    exited_to_work,
    in_step_1,
    in_step_2,
    in_step_3,
    in_step_5,
    included,
    prepared,
    presented,
    ready,
    referral,
    sample,
    wish,
    work_trial,
)
from tests.spec import Then, given


def codes(then: Then) -> list[str]:
    """The codes, in their order; none where the wish is carried out."""
    return [reason.code for reason in then.reasons]


def refused_or_already(then: Then, code: str) -> bool:
    """Refused with this code among others; or already true, and nothing is recorded."""
    return code in codes(then) or (then.decision is not None and then.facts == ())


# --- dates (contract.md §1) ----------------------------------------------------------


def test_scenario_38_a_fact_of_tomorrow() -> None:
    """Refused with the day on which it may be recorded."""
    tomorrow = given(*in_step_1()).on_the_day("2026-03-01")
    agreed = wish("conclude_agreement", COACH, "2026-03-02")
    refused = tomorrow.when(agreed).then_refused("date_in_future")
    assert refused.reasons[0].earliest == date(2026, 3, 2)
    tomorrow.on_the_day("2026-03-02").when(agreed).then_events("AgreementConcluded")


def test_scenario_38_a_step_before_the_enrolment() -> None:
    """Step 2 before the day of enrolment; the day is named."""
    agreed = given(*in_step_1(), wish("conclude_agreement", COACH, "2026-02-12"))
    refused = agreed.when(wish("advance", COACH, "2026-02-11")).then_refused(
        "date_before_predecessor"
    )
    assert refused.reasons[0].earliest == date(2026, 2, 12)


@pytest.mark.parametrize("do", sorted(set(SAMPLES) - {"refer"}))
def test_nothing_in_a_journey_comes_before_its_referral(do: str) -> None:
    """§4: occurred_on is never before what it builds on."""
    asked = given(*in_step_1()).when(sample(do, on="2026-01-31"))
    assert refused_or_already(asked, "date_before_predecessor")


@pytest.mark.parametrize("do", sorted(SAMPLES))
def test_nothing_is_recorded_before_it_happens(do: str) -> None:
    """§4: today or earlier, for every command."""
    today = given(*in_step_1()).on_the_day("2026-08-31")
    assert refused_or_already(today.when(sample(do)), "date_in_future")


@pytest.mark.parametrize(
    ("stage", "too_early"),
    [
        (prepared(), wish("present", COACH, "2026-02-01", parties_present=["fk", "af"])),
        (presented(), sample("decide_inclusion", on="2026-02-09")),
        (included(), decision_granted("2026-02-09")),
        (included(), wish("queue", COACH, "2026-02-09")),
        (ready(), enrolment("2026-02-10")),
        (in_step_1(), wish("conclude_agreement", COACH, "2026-02-11")),
        (in_step_2(), wish("complete_profile", COACH, "2026-02-11")),
        (in_step_3(), work_trial("2026-02-11")),
        (in_step_3(), wish("pause", COACH, "2026-03-15", reason="other")),
        (in_step_5(), employment("2026-02-11")),
        (in_step_5(), exit_decision("illness", "2026-05-03")),
        (exited_to_work(), contact("2026-08-30")),
        (exited_to_work(), sample("extend_aftercare", on="2026-08-30")),
    ],
)
def test_a_fact_is_not_before_the_one_that_it_builds_on(
    stage: tuple[JourneyWish, ...], too_early: JourneyWish
) -> None:
    given(*stage).when(too_early).then_refused("date_before_predecessor")


def test_the_same_day_is_in_order() -> None:
    """Not before: on the same day is fine."""
    one_day = [
        wish("conclude_agreement", COACH, "2026-02-12"),
        wish("advance", COACH, "2026-02-12"),
        wish("complete_profile", COACH, "2026-02-12"),
        wish("advance", COACH, "2026-02-12"),
    ]
    assert given(*in_step_1(), *one_day).journey.phase == "step_3"


@pytest.mark.parametrize(
    ("stage", "endless"),
    [
        (in_step_5(), employment("2199-12-31")),
        (in_step_5(), employment("1900-01-01")),
        (
            exited_to_work(),
            wish(
                "correct",
                COACH,
                "2026-12-01",
                entry=20,
                field="on",
                value="9999-12-31",
                reason="typo",
            ),
        ),
        (
            exited_to_work(),
            wish(
                "correct",
                COACH,
                "2026-12-01",
                entry=22,
                field="exit_date",
                value="9999-12-31",
                reason="typo",
            ),
        ),
        ((*in_step_5(), employment()), exit_decision("work", "2026-09-01", exit_date="2199-12-31")),
    ],
)
def test_a_day_at_the_end_of_the_calendar_is_refused_and_no_crash(
    stage: tuple[JourneyWish, ...], endless: JourneyWish
) -> None:
    """The months after it are not to be reckoned."""
    asked = given(*stage).on_the_day("2027-01-01").when(endless)
    assert set(codes(asked)) & {"date_in_future", "date_before_predecessor", "invalid_command"}


# --- the order of reasons (contract.md §3) -------------------------------------------


def test_form_actor_phase_dates_rules() -> None:
    """All at once, in this order: an unknown party, a stranger, a step, tomorrow, a consent."""
    enrolled = given(*in_step_1(), sample("withdraw_consent", PARTICIPANT, "2026-03-01"))
    everything = wish("present", EMPLOYER, "2026-03-02", parties_present=["police"])
    assert codes(enrolled.on_the_day("2026-03-01").when(everything)) == [
        "invalid_command",
        "actor_not_permitted",
        "consent_missing",
        "phase_not_allowed",
        "date_in_future",
    ]


def test_dates_come_before_rules_where_the_phase_is_right() -> None:
    """A rule that explains the phase is finer than it only where the phase is wrong."""
    in_preparation = given(referral()).on_the_day("2026-02-09")
    presenting = wish("present", AF, "2026-02-10", parties_present=["fk", "af"])
    assert codes(in_preparation.when(presenting)) == [
        "actor_not_permitted",
        "date_in_future",
        "consent_missing",
    ]


def test_rules_come_as_the_domain_lists_them() -> None:
    """T12: after the dates consent, motivation, individual decision, GK, coach."""
    bare = given(
        *included(),
        sample("start_gk", FK, "2026-02-11"),
        sample("note_motivation_lacking", COACH, "2026-02-11"),
        sample("withdraw_consent", PARTICIPANT, "2026-02-09"),
    )
    early = enrolment("2026-02-10")
    assert codes(bare.when(early)) == [
        "date_before_predecessor",
        "consent_missing",
        "motivation_missing",
        "individual_decision_missing",
        "gk_active",
        "phase_not_allowed",
    ]


@pytest.mark.parametrize(
    ("stage", "asked", "finer"),
    [
        (in_step_1(), wish("advance", COACH, "2026-03-02", to=4), "step_skipped"),
        (exited(), sample("start_gk", "employer:e9", "2026-06-01"), "actor_not_permitted"),
        (in_step_5(), sample("decide_as_manager", OTHER_MANAGER), "wrong_manager"),
        (in_step_5(), sample("decide_as_manager", FEDERATION_MANAGER), "federation_may_not_decide"),
        (prepared(), sample("give_consent", AF, kind="referral_group"), "consent_wrong_party"),
        (
            included(),
            sample("decide_as_manager", MANAGER, question="inclusion", outcome="include"),
            "no_open_escalation",
        ),
        (exited(), sample("record_contact", on="2026-06-01"), "aftercare_not_applicable"),
        (prepared(), sample("deregister_from_sus"), "sus_not_registered"),
    ],
)
def test_a_finer_code_goes_before_a_general_one(
    stage: tuple[JourneyWish, ...], asked: JourneyWish, finer: str
) -> None:
    """contract.md §3."""
    given(*stage).when(asked).then_refused(finer)


def test_a_passed_window_goes_before_the_phase() -> None:
    out = given(*exited_to_work(), deregistration())
    out.when(sample("reopen", on="2026-12-07")).then_refused("reopen_window_passed")


def test_a_closed_journey_says_so_before_all_but_form_and_actor() -> None:
    """Scenario 36: any command."""
    closed = given(*exited(), deregistration("2026-05-18"))
    for do in set(SAMPLES) - {"refer"}:
        found = codes(closed.when(sample(do)))
        assert "journey_closed" in found
        before = found[: found.index("journey_closed")]
        assert set(before) <= {"invalid_command", "actor_not_permitted", "consent_wrong_party"}


@pytest.mark.parametrize("do", sorted(set(SAMPLES) - {"refer"}))
def test_the_federation_hears_first_that_it_does_not_decide(do: str) -> None:
    """contract.md §2: for anything about an individual."""
    asked = given(*in_step_1()).when(sample(do, FEDERATION_MANAGER))
    assert codes(asked)[0] in ("federation_may_not_decide", "invalid_command")


def test_every_reason_has_a_sentence_a_source_and_no_gap() -> None:
    """§3.6: code, message, source."""
    for stage in (prepared(), in_step_5(), exited()):
        for do in SAMPLES:
            for reason in given(*stage).when(sample(do)).reasons:
                assert reason.message
                assert "{" not in reason.message
                assert reason.source


def test_earliest_names_the_first_day_that_would_do() -> None:
    """design.md §4.3: on that day it is carried out."""
    left = given(*exited_to_work())
    earliest = left.when(deregistration("2026-09-01")).reasons[0].earliest
    assert earliest == date(2026, 11, 30)
    assert left.when(deregistration(str(earliest))).facts


# --- already true --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stage", "again"),
    [
        (prepared(), wish("confirm_motivation", FK, "2026-02-06")),
        (
            presented(),
            wish(
                "present",
                COACH,
                "2026-02-10",
                parties_present=("municipality", "fk", "af", "region"),
            ),
        ),
        (ready(), decision_granted()),
        (in_step_1(), enrolment()),
        (in_step_2(), wish("conclude_agreement", COACH, "2026-03-02")),
        (in_step_3(), wish("complete_profile", COACH, "2026-03-16")),
        (exited_to_work(), employment()),
        (exited_to_work(), exit_decision()),
    ],
)
def test_asking_twice_records_nothing(stage: tuple[JourneyWish, ...], again: JourneyWish) -> None:
    """contract.md §2: answered as done, even when the phase has moved on."""
    given(*stage).when(again).then_nothing()


def test_what_is_already_true_is_not_told_to_a_stranger() -> None:
    """The actor is asked first."""
    again = wish("conclude_agreement", AF, "2026-03-02")
    given(*in_step_2()).when(again).then_refused("actor_not_permitted")


def test_the_same_split_twice_is_one_question() -> None:
    """T22."""
    split = exit_decision("illness", "2026-06-01", votes=SPLIT)
    given(*in_step_5(), split).when(split).then_nothing()


def test_a_decision_says_what_the_journey_is_then() -> None:
    """The journey after the facts is the one that they fold to."""
    then = given(*in_step_5(), employment()).when(exit_decision())
    assert then.decision is not None
    assert then.decision.then == then.journey
