"""From referral to enrolment: T1-T15, T25, T26; scenarios 1, 5-13, 16, 17, 36, 37, 46."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from journey.actor import parse_actor
from journey.decide import decide
from journey.decision import Context, Decision
from journey.enrolment import JourneyEnrolled, PlacedInQueue, RemovedFromQueue
from journey.errors import Refused
from journey.escalation import DecisionEscalated
from journey.inclusion import InclusionDecided
from journey.programme import programme
from journey.queue import Waiting, has_priority, in_order
from journey.referral import ReferralReceived, ReferralReopened, ReferralWithdrawn, is_open
from journey.state import fold
from journey.values import Inclusion, Income, Occupation, Phase, Question, Sex, Vote
from journey.wishes import JourneyWish
from tests.examples import (
    AF,
    ALL_FOR,
    BOARD,
    COACH,
    FEDERATION_MANAGER,
    FK,
    MANAGER,
    OTHER_MANAGER,
    PARTICIPANT,
    PARTIES,
    REGION,
    SPLIT,
    STEERING_GROUP,
    coach_assigned,
    consent,
    decision_granted,
    deregistration,
    enrolment,
    exit_decision,
    exited,
    in_step_1,
    in_step_5,
    included,
    prepared,
    presented,
    ready,
    referral,
    split_on_inclusion,
    wish,
)
from tests.spec import given

RULES = programme("se-hoglandet").rules_on(date(2026, 2, 10))
CRITERIA = ("motivation_missing", "fewer_than_two_parties", "not_target_group", "consent_missing")


def inclusion(
    outcome: str = "include",
    votes: dict[str, str] = ALL_FOR,
    on: str = "2026-02-10",
    **fields: str,
) -> JourneyWish:
    """What the group decides."""
    return wish("decide_inclusion", COACH, on, outcome=outcome, votes=votes, **fields)


def ruling(outcome: str = "include", by: str = MANAGER, on: str = "2026-02-11") -> JourneyWish:
    """What the manager decides about the inclusion."""
    fields = {"question": "inclusion", "outcome": outcome, "reason": "needs"}
    return wish("decide_as_manager", by, on, **fields)


def unmotivated() -> tuple[JourneyWish, ...]:
    """Presented without motivation."""
    return (
        referral(),
        consent(),
        wish("note_motivation_lacking", FK, "2026-02-06"),
        wish("present", COACH, "2026-02-10", parties_present=PARTIES),
    )


def awaiting() -> tuple[JourneyWish, ...]:
    """The group includes the person once motivated."""
    return (*unmotivated(), inclusion("include_when_motivated"))


def declined() -> tuple[JourneyWish, ...]:
    """The group declines unanimously."""
    return (*presented(), inclusion("decline", reason="other_need"))


# --- referral (T1) -------------------------------------------------------------------


def test_a_referral_keeps_what_was_said_of_the_person() -> None:
    """T1: one fact, the journey in preparation."""
    received = ReferralReceived(
        on=date(2026, 2, 2),
        journey="j1",
        person="p1",
        municipality="Nässjö",
        referring_party="fk",
        grounds=("mental_ill_health",),
        needs_from=("fk", "region"),
        birth_date=date(1999, 5, 17),
        sex=Sex.WOMAN,
        programme="se-hoglandet",
    )
    given().when(referral()).then(received).then_phase("preparation")


@pytest.mark.parametrize(
    ("programme_id", "municipality", "on", "earliest"),
    [
        ("finnveden", "Värnamo", "2015-01-01", None),
        ("finnveden", "Värnamo", "2012-08-31", date(2012, 9, 1)),
        ("se-fortsattning", "Nässjö", "2021-01-01", None),
        ("se-hoglandet", "Nässjö", "2020-12-31", date(2021, 1, 1)),
    ],
)
def test_scenario_46_a_closed_programme_takes_no_referral(
    programme_id: str, municipality: str, on: str, earliest: date | None
) -> None:
    """After its last day, or before its first, which is then named."""
    late = referral(on, programme=programme_id, municipality=municipality)
    refused = given().when(late).then_refused("programme_not_open")
    assert refused.reason("programme_not_open").earliest == earliest


def test_scenario_46_finnveden_counts_work_and_not_studies() -> None:
    """S4 §2; and the last day of the programme still takes a referral."""
    rules = programme("finnveden").rules_on(date(2014, 12, 31))
    assert rules.goal_counts == ("work",)
    last = referral("2014-12-31", programme="finnveden", municipality="Värnamo")
    given().when(last).then_events("ReferralReceived")


def test_a_municipality_or_ground_that_the_programme_does_not_know_is_a_fault_of_form() -> None:
    given().when(referral(municipality="Värnamo")).then_refused("invalid_command")
    given().when(referral(grounds=["tired"])).then_refused("invalid_command")


def test_a_party_that_the_programme_does_not_know_is_a_fault_of_form() -> None:
    given().when(referral(needs_from=["fk", "police"])).then_refused("invalid_command")
    given().when(referral(referring_party="police")).then_refused("invalid_command")


def test_a_referral_before_the_person_was_born_is_refused() -> None:
    given().when(referral(birth_date="2026-02-03")).then_refused("date_before_predecessor")


def test_a_journey_begins_once() -> None:
    """The same key again, with something else, is refused; with the same it is done."""
    begun = given(referral())
    begun.when(referral()).then_nothing()
    begun.when(referral(sex="man")).then_refused("phase_not_allowed")


def test_scenario_37_two_open_journeys_of_a_person() -> None:
    """One open journey of a person in a programme at a time."""
    given().where(open_journey="j0").when(referral()).then_refused("open_journey_exists")


@pytest.mark.parametrize(
    ("phase", "expected"),
    [(phase, phase.value not in ("declined", "withdrawn", "closed")) for phase in Phase],
)
def test_a_journey_stands_in_the_way_until_it_is_declined_withdrawn_or_closed(
    phase: Phase, expected: bool
) -> None:
    assert is_open(phase) is expected


def test_scenario_36_closed_is_closed() -> None:
    """Every command is refused; a new referral names the old journey and needs new consents."""
    closed = given(*exited(), deregistration("2026-05-18"))
    assert closed.journey.phase == "closed"
    closed.when(wish("reopen", COACH, "2026-05-19", reason="other")).then_refused("journey_closed")
    closed.when(consent(on="2026-05-19")).then_refused("journey_closed")
    closed.when(referral("2026-05-19")).then_refused("journey_closed")


def test_scenario_36_a_new_journey_names_the_old_and_needs_new_consents() -> None:
    """T25: another stream, in preparation, with no consent of the old one."""
    anew = given().where(previous_person="p1").and_then(referral(previous_journey="j0"))
    assert anew.journey.phase == "preparation"
    presenting = wish("present", COACH, "2026-02-10", parties_present=PARTIES)
    anew.when(presenting).then_refused("consent_missing")


@pytest.mark.parametrize("person", [None, "p2"])
def test_a_previous_journey_must_be_the_same_persons(person: str | None) -> None:
    """T25."""
    elsewhere = {} if person is None else {"previous_person": person}
    again = given().where(**elsewhere).when(referral(previous_journey="j0"))
    again.then_refused("unknown_journey")


# --- preparation (T2, T3) ------------------------------------------------------------


def test_preparation_is_kept_and_its_order_is_free() -> None:
    """T2, T3: support, plan, livelihood and motivation."""
    journey = given(
        referral(),
        wish("support_preparation", COACH, "2026-02-03", kind="visit", minutes=45),
        wish("hold_coordinated_plan", REGION, "2026-02-04", parties=["fk", "region"]),
        wish("confirm_motivation", COACH, "2026-02-05"),
    ).journey
    assert journey.phase == "preparation"
    assert journey.preparation.motivated is True
    assert journey.preparation.livelihood is None


def test_motivation_may_be_lost_and_found() -> None:
    """T3: the last word stands."""
    journey = given(*prepared(), wish("note_motivation_lacking", COACH, "2026-02-08")).journey
    assert journey.preparation.motivated is False


def test_presenting_without_a_livelihood_is_warned_of() -> None:
    """T5: "bör" is a should."""
    presenting = wish("present", COACH, "2026-02-10", parties_present=PARTIES)
    given(referral(), consent()).when(presenting).then_warned("livelihood_missing")


def test_who_was_absent_is_kept() -> None:
    """Q8: absent parties are listed."""
    presenting = wish("present", COACH, "2026-02-10", parties_present=["fk", "af"])
    presented_on = given(*prepared()).when(presenting).journey.inclusion.presented
    assert presented_on is not None
    assert presented_on.parties_absent == ("municipality", "region")


# --- the group's decision (T6-T9) ----------------------------------------------------


def test_scenario_01_good_entry() -> None:
    """Referral to enrolment, registered in SUS by name; documentation is yet to be done."""
    journey = given(*in_step_1()).journey
    assert journey.phase == "step_1"
    assert journey.enrolment.enrolled_on == date(2026, 2, 12)
    assert journey.sus.status == "registered_identified"
    assert journey.sus.registered_on == date(2026, 2, 12)
    assert journey.enrolment.documented_on is None
    assert journey.active


def test_scenario_05_one_party_only() -> None:
    given(*presented(needs_from=["fk"])).when(inclusion()).then_refused("fewer_than_two_parties")


def test_two_needs_of_the_same_party_are_one_party() -> None:
    given(*presented(needs_from=["fk", "fk"])).when(inclusion()).then_refused(
        "fewer_than_two_parties"
    )


@pytest.mark.parametrize("grounds", [[], ["substance_problem"]])
def test_scenario_06_not_in_target_group(grounds: list[str]) -> None:
    """No ground, or one that SE-Höglandet does not name (Q12)."""
    given(*presented(grounds=grounds)).when(inclusion()).then_refused("not_target_group")


@pytest.mark.parametrize(
    ("birth_date", "refused"),
    [
        ("1990-02-10", True),
        ("1990-02-11", False),
        ("2008-02-10", False),
        ("2008-02-11", True),
    ],
)
def test_scenario_06_a_programme_with_an_age_limit(birth_date: str, refused: bool) -> None:
    """START takes 18 to 35: 36 and 17 are refused, 18 and 35 accepted."""
    start = replace(RULES, working_age=(18, 35), age_check="enforce")
    journey = given(*presented(birth_date=birth_date))
    context = Context(
        today=date(2026, 2, 10),
        actor=parse_actor(COACH),
        programme=programme("se-hoglandet"),
        rules=start,
    )

    def group_decides() -> Decision:
        return decide(fold(journey.facts), inclusion(), context)

    if not refused:
        assert [type(fact).__name__ for fact in group_decides().facts] == ["InclusionDecided"]
        return
    with pytest.raises(Refused) as caught:
        group_decides()
    assert caught.value.code == "not_target_group"


def test_se_hoglandet_only_warns_of_an_age() -> None:
    """ "Working age" without numbers: 18-64 warns (assumed)."""
    given(*presented(birth_date="1961-02-10")).when(inclusion()).then_warned("not_target_group")


def test_every_unmet_criterion_is_named_at_once() -> None:
    """S2 §4.1: motivation, two parties, target group, consent."""
    bare = given(
        referral(grounds=[], needs_from=[]),
        consent(),
        wish("present", COACH, "2026-02-10", parties_present=PARTIES),
        wish("withdraw_consent", PARTICIPANT, "2026-02-10", kind="referral_group"),
    )
    refused = bare.when(inclusion()).then_refused(CRITERIA[0], *CRITERIA)
    assert [reason.code for reason in refused.reasons] == list(CRITERIA)


def test_a_decline_needs_no_criterion() -> None:
    """T8."""
    refusal = inclusion("decline", reason="not_in_need")
    given(*presented(grounds=[], needs_from=[])).when(refusal).then_phase("declined")


def test_scenario_07_not_unanimous_goes_to_the_manager() -> None:
    """AF against: both facts, and the phase that waits for the manager."""
    votes = {name: Vote(vote) for name, vote in SPLIT.items()}
    on = date(2026, 2, 10)
    given(*presented()).when(inclusion(votes=SPLIT)).then(
        InclusionDecided(on=on, outcome=Inclusion.INCLUDE, votes=votes, unanimous=False),
        DecisionEscalated(on=on, question=Question.INCLUSION, votes=votes),
    ).then_phase("inclusion_escalated")


@pytest.mark.parametrize(
    ("outcome", "phase"),
    [
        ("include", "accepted"),
        ("include_when_motivated", "awaiting_motivation"),
        ("decline", "declined"),
    ],
)
def test_scenario_08_manager_decides(outcome: str, phase: str) -> None:
    escalated = given(*split_on_inclusion())
    then = escalated.when(ruling(outcome)).then_events("ManagerDecisionRecorded").then_phase(phase)
    assert then.journey.escalations.inclusion is None


def test_scenario_08_neither_coach_nor_another_manager_decides() -> None:
    escalated = given(*split_on_inclusion())
    escalated.when(ruling(by=COACH)).then_refused("actor_not_permitted")
    escalated.when(ruling(by=OTHER_MANAGER)).then_refused("wrong_manager")


def test_scenario_09_manager_without_escalation() -> None:
    given(*included()).when(ruling()).then_refused("no_open_escalation")


def test_a_managers_answer_fits_the_question() -> None:
    """contract.md §2: include, include_when_motivated, decline / exit, remain."""
    given(*split_on_inclusion()).when(ruling("exit")).then_refused("invalid_command")


def test_the_manager_asks_the_same_criteria_as_the_group() -> None:
    """Q9: the manager decides the question, not the criteria."""
    back = wish("note_motivation_lacking", COACH, "2026-02-10")
    given(*split_on_inclusion(), back).when(ruling()).then_refused("motivation_missing")


@pytest.mark.parametrize("who", [FEDERATION_MANAGER, BOARD, STEERING_GROUP])
def test_scenario_10_the_federation_decides_about_no_one(who: str) -> None:
    """Inclusion, manager's decision, individual decision, exit: law 2003:1210, 7 § 2 st."""
    waiting, active = given(*split_on_inclusion()), given(*in_step_5())
    individual = wish(
        "record_individual_decision",
        who,
        "2026-02-11",
        authority="fk",
        legal_basis="fk",
        outcome="granted",
    )
    votes = {"outcome": "include", "votes": ALL_FOR}
    for then in (
        given(*presented()).when(wish("decide_inclusion", who, "2026-02-10", **votes)),
        waiting.when(ruling(by=who)),
        waiting.when(individual),
        active.when(wish("decide_exit", who, "2026-06-01", reason="illness", votes=ALL_FOR)),
    ):
        then.then_refused("federation_may_not_decide")
        assert "7 § 2 st" in then.reason("federation_may_not_decide").message
        assert "2003:1210" in then.reason("federation_may_not_decide").message


def test_scenario_11_not_motivated_now() -> None:
    """Awaiting motivation, not in SUS nor the caseload; accepted later without a new vote."""
    waiting = given(*awaiting())
    assert waiting.journey.phase == "awaiting_motivation"
    assert waiting.journey.sus.status == "none"
    assert not waiting.journey.active
    waiting.when(wish("confirm_motivation", COACH, "2026-07-10")).then_events(
        "MotivationConfirmed"
    ).then_phase("accepted")


def test_awaited_motivation_needs_a_valid_consent() -> None:
    """T13's guard."""
    withdrawn = wish("withdraw_consent", PARTICIPANT, "2026-03-01", kind="referral_group")
    motivated = wish("confirm_motivation", COACH, "2026-07-10")
    given(*awaiting(), withdrawn).when(motivated).then_refused("consent_missing")


def test_scenario_12_enrolling_the_unmotivated() -> None:
    given(*awaiting(), decision_granted(), coach_assigned()).when(enrolment()).then_refused(
        "motivation_missing", "phase_not_allowed"
    )


def test_including_the_unmotivated_at_once_is_refused() -> None:
    """S2 §4.1: motivation is a criterion."""
    given(*unmotivated()).when(inclusion()).then_refused("motivation_missing")


def test_scenario_13_decline_and_onward() -> None:
    """Shown on to another activity; a new fact brings the same journey back."""
    onward = wish("refer_onward", COACH, "2026-02-10", to="daily_activity")
    was_declined = given(*declined(), onward)
    assert was_declined.journey.phase == "declined"
    assert was_declined.journey.referral.onward_to == "daily_activity"
    again = wish("reopen_referral", AF, "2026-04-01", reason="new_assessment")
    was_declined.when(again).then(
        ReferralReopened(on=date(2026, 4, 1), reason="new_assessment")
    ).then_phase("preparation")


def test_a_reopened_referral_is_presented_and_decided_anew() -> None:
    """T14, T5, T6: the same journey comes before the group once more."""
    again = (
        wish("reopen_referral", AF, "2026-04-01", reason="new_assessment"),
        wish("present", COACH, "2026-04-07", parties_present=PARTIES),
        inclusion(on="2026-04-07"),
    )
    assert given(*declined(), *again).journey.phase == "accepted"


def test_a_reopened_referral_is_presented_and_decided_anew_on_the_same_day() -> None:
    """What was true before the reopening is not true again by itself (T14, T5)."""
    reopened = given(
        *declined(), wish("reopen_referral", AF, "2026-02-10", reason="new_assessment")
    )
    presenting = wish("present", COACH, "2026-02-10", parties_present=PARTIES)
    reopened.when(presenting).then_events("ReferralPresented").then_phase("presented")


def test_a_referral_is_not_reopened_beside_another_open_journey() -> None:
    """T1."""
    again = wish("reopen_referral", AF, "2026-04-01", reason="new_assessment")
    given(*declined()).where(open_journey="j2").when(again).then_refused("open_journey_exists")


@pytest.mark.parametrize(
    ("votes", "phase"),
    [
        ({"fk": "for", "af": "abstain"}, "accepted"),
        ({"fk": "for", "af": "for"}, "accepted"),
        ({"fk": "abstain", "af": "abstain"}, "inclusion_escalated"),
        ({"fk": "for", "af": "against", "region": "abstain"}, "inclusion_escalated"),
    ],
)
def test_unanimous_is_among_those_who_vote(votes: dict[str, str], phase: str) -> None:
    """Q8: an abstention does not block; absent parties have no vote."""
    given(*presented()).when(inclusion(votes=votes)).then_phase(phase)


@pytest.mark.parametrize("votes", [{}, {"fk": "for"}])
def test_at_least_two_parties_decide(votes: dict[str, str]) -> None:
    """Q8's quorum."""
    given(*presented()).when(inclusion(votes=votes)).then_refused("fewer_than_two_parties")


def test_a_group_of_one_mind_against_has_not_included() -> None:
    """What it did decide, a decline, is what to record."""
    against = dict.fromkeys(PARTIES, "against")
    given(*presented()).when(inclusion(votes=against)).then_refused("not_unanimous")
    given(*presented()).when(inclusion("decline", against, reason="r1")).then_phase("declined")


def test_someone_who_is_no_party_has_no_vote() -> None:
    """Votes name parties (contract.md §2)."""
    votes = {**ALL_FOR, "coach": "for"}
    given(*presented()).when(inclusion(votes=votes)).then_refused("invalid_command")


# --- individual decision, coach, queue, enrolment (T11, T12, T26) --------------------


def test_scenario_16_missing_individual_decision() -> None:
    """Missing, or a refusal, is the same."""
    without = given(*included(), coach_assigned())
    without.when(enrolment()).then_refused("individual_decision_missing")
    refusal = wish(
        "record_individual_decision",
        FK,
        "2026-02-11",
        authority="fk",
        legal_basis="fk",
        outcome="refused",
    )
    without.and_then(refusal).when(enrolment()).then_refused("individual_decision_missing")


def test_the_municipality_decides_for_the_region() -> None:
    """S2 §3: for municipal and region referrals the municipality decides."""
    regional = given(
        wish("refer", REGION, "2026-02-02", **_referred_by("region")),
        wish("give_consent", REGION, "2026-02-02", kind="referral_group", obtained_by="region"),
        wish("present", COACH, "2026-02-10", parties_present=PARTIES),
    )
    own = {"legal_basis": "sol", "outcome": "granted"}
    regional.when(
        wish("record_individual_decision", REGION, "2026-02-11", authority="region", **own)
    ).then_refused("actor_not_permitted")
    unit = "municipality:eva@Nässjö"
    regional.when(
        wish("record_individual_decision", unit, "2026-02-11", authority="municipality", **own)
    ).then_events("IndividualDecisionRecorded")


def _referred_by(party: str) -> dict[str, object]:
    return {
        "person": "p1",
        "municipality": "Nässjö",
        "referring_party": party,
        "grounds": ["disability"],
        "needs_from": ["fk", "region"],
        "birth_date": "1999-05-17",
        "sex": "undisclosed",
    }


def test_enrolment_needs_a_coach() -> None:
    """T12."""
    given(*included(), decision_granted()).when(enrolment()).then_refused("phase_not_allowed")


def test_a_journey_has_one_coach_who_is_handed_over() -> None:
    """T26: assigning once; then handing over, with a reason."""
    has_one = given(*included(), coach_assigned())
    has_one.when(coach_assigned()).then_nothing()
    other = wish("assign_coach", MANAGER, "2026-02-12", coach="c2")
    has_one.when(other).then_refused("phase_not_allowed")


def test_enrolment_keeps_income_and_occupation_before() -> None:
    """S2 §8."""
    given(*ready()).when(enrolment()).then(
        JourneyEnrolled(
            on=date(2026, 2, 12),
            income_before=Income.ACTIVITY_COMPENSATION,
            occupation_before=Occupation.NONE,
        )
    ).then_phase("step_1")


def test_the_queue_is_entered_and_left_from_acceptance() -> None:
    """T11."""
    entered = wish("queue", COACH, "2026-02-11")
    placed, removed = PlacedInQueue(on=date(2026, 2, 11)), RemovedFromQueue(on=date(2026, 3, 1))
    given(*included()).when(entered).then(placed).then_phase("queued")
    left = given(*included(), entered).when(wish("leave_queue", COACH, "2026-03-01"))
    left.then(removed).then_phase("accepted")
    given(*presented()).when(entered).then_refused("phase_not_allowed")


A = Waiting("A", date(2026, 1, 10), date(1981, 1, 1), 1)
B = Waiting("B", date(2026, 3, 1), date(2004, 1, 1), 3)
D = Waiting("D", date(2026, 2, 1), date(1997, 1, 1), 2)


def test_scenario_17_queue_order() -> None:
    """A 45 since 01-10, B 22 since 03-01, D 29 since 02-01: D, B, A."""
    assert [one.journey for one in in_order([A, B, D], date(2026, 3, 10), RULES)] == ["D", "B", "A"]


def test_the_earlier_referral_breaks_a_tie() -> None:
    """§3.4 (3)."""
    later = replace(D, journey="E", sequence=4)
    assert in_order([later, D], date(2026, 3, 10), RULES) == [D, later]


@pytest.mark.parametrize(
    ("birth_date", "on", "first"),
    [
        ("2008-03-10", "2026-03-10", True),
        ("2008-03-11", "2026-03-10", False),
        ("1996-03-11", "2026-03-10", True),
        ("1996-03-10", "2026-03-10", False),
        ("1996-02-29", "2026-02-28", True),
        ("1996-02-29", "2026-03-01", False),
    ],
)
def test_the_age_is_read_on_the_day_of_the_question(birth_date: str, on: str, first: bool) -> None:
    """18-29 inclusive (S2 §4); who is born on 29 February has the birthday on 1 March."""
    one = replace(A, birth_date=date.fromisoformat(birth_date))
    assert has_priority(one, date.fromisoformat(on), RULES) is first


def test_an_age_may_be_read_on_the_day_of_queueing_instead() -> None:
    """The parameter's alternative (§3.4)."""
    rules = replace(RULES, priority_age_reference="queue_entry_date")
    thirty_since = replace(D, birth_date=date(1996, 2, 15))
    assert has_priority(thirty_since, date(2026, 3, 10), rules)
    assert not has_priority(thirty_since, date(2026, 3, 10), RULES)


def test_scenario_17_passing_in_the_queue_needs_a_reason() -> None:
    """Not first: refused without a bypass reason; with it, the reason is kept."""
    queued = given(*ready(), wish("queue", COACH, "2026-02-11")).where(first_in_queue="D")
    refused = queued.when(enrolment()).then_refused("phase_not_allowed")
    assert refused.reasons[0].field == "bypass_reason"
    fields = {"income_before": "none", "occupation_before": "none", "bypass_reason": "urgent"}
    then = queued.when(wish("enrol", COACH, "2026-02-12", **fields)).then_phase("step_1")
    enrolled = then.facts[0]
    assert isinstance(enrolled, JourneyEnrolled)
    assert enrolled.bypass_reason == "urgent"


def test_scenario_17_the_first_needs_none() -> None:
    queued = given(*ready(), wish("queue", COACH, "2026-02-11")).where(first_in_queue="j1")
    queued.when(enrolment()).then_phase("step_1")


def test_who_was_never_queued_is_enrolled_directly() -> None:
    """T12: accepted or queued."""
    given(*ready()).where(first_in_queue="D").when(enrolment()).then_phase("step_1")


def test_everything_that_enrolment_lacks_is_named_at_once() -> None:
    """T12."""
    gk = wish("start_gk", FK, "2026-02-11")
    lost = wish("note_motivation_lacking", COACH, "2026-02-11")
    withdrawn = wish("withdraw_consent", PARTICIPANT, "2026-02-11", kind="referral_group")
    bare = given(*included(), gk, lost, withdrawn)
    refused = bare.when(enrolment()).then_refused("consent_missing")
    assert [reason.code for reason in refused.reasons] == [
        "consent_missing",
        "motivation_missing",
        "individual_decision_missing",
        "gk_active",
        "phase_not_allowed",
    ]


def test_enrolment_is_documented_in_the_municipalitys_system() -> None:
    """S2 §3."""
    documented = wish("document", COACH, "2026-02-13", system_ref="case-7")
    journey = given(*in_step_1(), documented).journey
    assert journey.enrolment.documented_on == date(2026, 2, 13)
    assert journey.enrolment.system_ref == "case-7"


# --- taking back (T15) and onward (T8, T21) ------------------------------------------


@pytest.mark.parametrize("by", [PARTICIPANT, FK])
@pytest.mark.parametrize(
    "stage", [prepared, presented, included, ready, split_on_inclusion, awaiting, declined]
)
def test_a_referral_may_be_withdrawn_until_enrolment(by: str, stage: object) -> None:
    """T15: by the participant or the referring party."""
    assert callable(stage)
    back = wish("withdraw_referral", by, "2026-02-12", reason="own_wish")
    given(*stage()).when(back).then(
        ReferralWithdrawn(on=date(2026, 2, 12), reason="own_wish")
    ).then_phase("withdrawn")


def test_after_enrolment_a_person_leaves_by_an_exit() -> None:
    """T15, T21."""
    back = wish("withdraw_referral", PARTICIPANT, "2026-02-13", reason="own_wish")
    given(*in_step_1()).when(back).then_refused("phase_not_allowed")


def test_a_withdrawn_referral_leaves_no_question_with_the_manager() -> None:
    """Nobody decides about a referral that is no more."""
    back = wish("withdraw_referral", PARTICIPANT, "2026-02-11", reason="own_wish")
    withdrawn = given(*split_on_inclusion(), back)
    withdrawn.when(ruling()).then_refused("no_open_escalation")


def test_who_has_left_may_be_shown_on() -> None:
    """T21: not_motivated, "slussas vidare" (S0 annex)."""
    left = given(*exited("not_motivated"))
    left.when(wish("refer_onward", COACH, "2026-05-18", to="fia")).then_events("ReferredOnward")
    still_there = given(*in_step_1())
    still_there.when(wish("refer_onward", COACH, "2026-05-18", to="fia")).then_refused(
        "phase_not_allowed"
    )


def test_exit_is_no_way_out_before_enrolment() -> None:
    """T21: from a step or a pause."""
    given(*ready()).when(exit_decision("illness", "2026-02-12")).then_refused("phase_not_allowed")
