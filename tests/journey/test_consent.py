"""Consent and GK before enrolment: domain.md §2.3, T4, T5, T27, T28; scenarios 2-4, 14."""

from __future__ import annotations

from datetime import date

import pytest

from journey.consent import ConsentGiven, ConsentWithdrawn
from journey.values import ConsentForm, ConsentKind, Flag
from journey.wishes import JourneyWish
from tests.examples import (
    AF,
    COACH,
    FK,
    MANAGER,
    PARTICIPANT,
    PARTIES,
    REGION,
    consent,
    enrolment,
    in_step_1,
    prepared,
    ready,
    referral,
    wish,
)
from tests.spec import given

GROUP = ConsentKind.REFERRAL_GROUP


def presenting(on: str = "2026-02-10") -> JourneyWish:
    """The coach presents the person."""
    return wish("present", COACH, on, parties_present=PARTIES)


def withdrawal(on: str, kind: str = "referral_group", by: str = PARTICIPANT) -> JourneyWish:
    """The person takes a consent back."""
    return wish("withdraw_consent", by, on, kind=kind)


def test_scenario_02_no_consent() -> None:
    given(referral()).when(presenting()).then_refused("consent_missing")


def test_scenario_03_consent_by_the_wrong_party() -> None:
    """Referred by FK: neither AF nor the region obtains it."""
    referred = given(referral())
    by_af = wish("give_consent", AF, "2026-02-02", kind=GROUP, obtained_by="af")
    referred.when(by_af).then_refused("consent_wrong_party")
    for_fk = wish("give_consent", AF, "2026-02-02", kind=GROUP, obtained_by="fk")
    referred.when(for_fk).then_refused("consent_wrong_party")
    by_fk_for_af = wish("give_consent", FK, "2026-02-02", kind=GROUP, obtained_by="af")
    referred.when(by_fk_for_af).then_refused("consent_wrong_party")


def test_scenario_03_the_coach_records_it_only_for_the_municipality() -> None:
    """§2.2: not unless the coach's own party is the referring one."""
    by_coach = {"kind": GROUP, "obtained_by": "fk"}
    given(referral()).when(wish("give_consent", COACH, "2026-02-02", **by_coach)).then_refused(
        "consent_wrong_party"
    )


def test_the_coach_of_the_referring_municipality_records_it() -> None:
    """§2.2."""
    municipal = wish(
        "refer",
        COACH,
        "2026-02-02",
        person="p1",
        municipality="Nässjö",
        referring_party="municipality",
        grounds=["disability"],
        needs_from=["municipality", "fk"],
        birth_date="1999-05-17",
        sex="man",
    )
    own = {"kind": GROUP, "obtained_by": "municipality"}
    given(municipal).when(wish("give_consent", COACH, "2026-02-02", **own)).then_events(
        "ConsentGiven"
    )


def test_the_participant_gives_it_to_the_referring_party() -> None:
    """§2.2: the participant gives and withdraws."""
    given_by_self = {"kind": GROUP, "obtained_by": "fk"}
    given(referral()).when(wish("give_consent", PARTICIPANT, "2026-02-02", **given_by_self)).then(
        ConsentGiven(on=date(2026, 2, 2), kind=GROUP, obtained_by="fk")
    )


def test_the_participant_gives_it_to_no_other_party() -> None:
    """T4: obtained_by is the referring party, whoever records it."""
    to_af = wish("give_consent", PARTICIPANT, "2026-02-02", kind=GROUP, obtained_by="af")
    given(referral()).when(to_af).then_refused("consent_wrong_party")


@pytest.mark.parametrize("party", ["fk", "af"])
def test_a_manager_does_not_record_it(party: str) -> None:
    """§2.2: "record referral-group consent", coach's manager: never."""
    by_manager = wish("give_consent", MANAGER, "2026-02-02", kind=GROUP, obtained_by=party)
    codes = {reason.code for reason in given(referral()).when(by_manager).reasons}
    assert codes & {"actor_not_permitted", "consent_wrong_party"}


def test_scenario_04_withdrawn_before_the_meeting() -> None:
    """Refused; what happened before stays in the history."""
    withdrawn = given(*prepared(), withdrawal("2026-02-09"))
    withdrawn.when(presenting()).then_refused("consent_missing")
    assert isinstance(withdrawn.facts[1], ConsentGiven)
    assert withdrawn.facts[-1] == ConsentWithdrawn(on=date(2026, 2, 9), kind=GROUP)


def test_a_consent_counts_on_the_day_of_the_meeting() -> None:
    """T5: withdrawn on that very day is too late; given on it is in time."""
    given(*prepared(), withdrawal("2026-02-10")).when(presenting()).then_refused("consent_missing")
    given(referral(), consent(on="2026-02-10")).when(presenting()).then_phase("presented")
    given(referral(), consent(on="2026-02-11")).when(presenting()).then_refused("consent_missing")


def test_a_meeting_before_the_withdrawal_stands_when_recorded_later() -> None:
    """Recorded late, judged by its own day."""
    given(*prepared(), withdrawal("2026-02-11")).when(presenting()).then_phase("presented")


@pytest.mark.parametrize(
    ("until", "code"), [("2026-02-09", "consent_expired"), ("2026-02-10", None)]
)
def test_a_consent_holds_to_its_last_day(until: str, code: str | None) -> None:
    limited = given(referral(), consent(valid_until=until)).when(presenting())
    if code is None:
        limited.then_phase("presented")
    else:
        limited.then_refused(code)


def test_a_new_consent_replaces_one_that_expired_or_was_withdrawn() -> None:
    expired = given(referral(), consent(valid_until="2026-02-05"), consent(on="2026-02-08"))
    expired.when(presenting()).then_phase("presented")
    withdrawn = given(referral(), consent(), withdrawal("2026-02-05"), consent(on="2026-02-08"))
    withdrawn.when(presenting()).then_phase("presented")


def test_a_consent_of_another_kind_opens_nothing() -> None:
    """§2.3: each kind for its own."""
    given(referral(), consent("party_communication"), consent("sus_registration")).when(
        presenting()
    ).then_refused("consent_missing")


def test_a_consent_keeps_its_form_recipients_and_scope() -> None:
    oral = consent(form="oral", recipients=["af", "region"], scope=["goal"])
    given(referral()).when(oral).then(
        ConsentGiven(
            on=date(2026, 2, 2),
            kind=GROUP,
            obtained_by="fk",
            form=ConsentForm.ORAL,
            recipients=("af", "region"),
            scope=("goal",),
        )
    )


def test_a_consent_cannot_end_before_it_begins() -> None:
    given(referral()).when(consent(valid_until="2026-02-01")).then_refused(
        "date_before_predecessor"
    )


def test_the_same_consent_twice_is_one() -> None:
    given(referral(), consent()).when(consent()).then_nothing()


def test_only_a_consent_that_was_given_is_withdrawn() -> None:
    """T28; and once is enough."""
    referred = given(referral())
    referred.when(withdrawal("2026-02-03")).then_refused("consent_missing")
    twice = referred.and_then(consent(), withdrawal("2026-02-03"))
    twice.when(withdrawal("2026-02-03")).then_nothing()


def test_a_consent_is_not_withdrawn_before_it_was_given() -> None:
    given(referral(), consent(on="2026-02-05")).when(withdrawal("2026-02-04")).then_refused(
        "date_before_predecessor"
    )


@pytest.mark.parametrize("by", [PARTICIPANT, COACH, FK, REGION, "municipality:eva@Nässjö"])
def test_a_withdrawal_is_taken_by_any_staff(by: str) -> None:
    """T28: "participant via any staff"."""
    given(*prepared()).when(withdrawal("2026-02-09", by=by)).then_events("ConsentWithdrawn")


def test_withdrawn_before_enrolment_blocks_it() -> None:
    """T12, T28."""
    given(*ready(), withdrawal("2026-02-12")).when(enrolment()).then_refused("consent_missing")


def test_withdrawn_while_active_is_a_flag_and_no_exit() -> None:
    """Q18: the step stays; the flag falls with a new consent."""
    active = given(*in_step_1(), withdrawal("2026-04-01"))
    assert active.journey.phase == "step_1"
    assert Flag.CONSENT_MISSING not in active.journey.flags(date(2026, 3, 31))
    assert Flag.CONSENT_MISSING in active.journey.flags(date(2026, 4, 1))
    renewed = active.and_then(consent(on="2026-04-15"))
    assert Flag.CONSENT_MISSING not in renewed.journey.flags(date(2026, 4, 15))


def test_an_expired_consent_raises_the_same_flag() -> None:
    """The day after its last."""
    base = (referral(), consent(valid_until="2026-06-30"), *prepared()[2:], *ready()[4:])
    active = given(*base, enrolment())
    assert Flag.CONSENT_MISSING not in active.journey.flags(date(2026, 6, 30))
    assert Flag.CONSENT_MISSING in active.journey.flags(date(2026, 7, 1))


# --- GK (T27) ------------------------------------------------------------------------

GK = wish("start_gk", FK, "2026-02-07")


def test_scenario_14_gk_blocks_presentation() -> None:
    """Refused while GK is active; allowed when it has ended."""
    running = given(*prepared(), GK)
    assert Flag.GK_ACTIVE in running.journey.flags(date(2026, 2, 7))
    running.when(presenting()).then_refused("gk_active")
    ended = running.and_then(wish("end_gk", FK, "2026-02-09"))
    ended.when(presenting()).then_phase("presented")
    assert Flag.GK_ACTIVE not in ended.journey.flags(date(2026, 2, 9))


def test_scenario_14_gk_blocks_enrolment() -> None:
    running = given(*ready(), wish("start_gk", COACH, "2026-02-11"))
    running.when(enrolment()).then_refused("gk_active")
    running.and_then(wish("end_gk", COACH, "2026-02-12")).when(enrolment()).then_phase("step_1")


def test_a_programme_without_the_exclusion_is_not_blocked() -> None:
    """§5.1: off in 2018-2020."""
    early = given(
        referral("2020-01-13", programme="se-fortsattning"),
        consent(on="2020-01-13"),
        wish("start_gk", FK, "2020-01-14"),
    )
    early.when(presenting("2020-01-20")).then_phase("presented")


def test_only_a_gk_that_runs_is_ended() -> None:
    given(*prepared()).when(wish("end_gk", FK, "2026-02-07")).then_refused("phase_not_allowed")
    running = given(*prepared(), GK)
    running.when(wish("start_gk", FK, "2026-02-08")).then_nothing()
    running.when(wish("end_gk", FK, "2026-02-06")).then_refused("date_before_predecessor")
