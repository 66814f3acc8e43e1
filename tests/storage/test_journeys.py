"""Commands performed on a store: idempotence, conflicts, other journeys, the past."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from journey import Conflict, InvalidCommand, Journeys, Outcome, Refused
from journey.errors import StoreUnusable
from journey.storage.rebuild import rebuild
from tests.examples import (
    COACH,
    FK,
    consent,
    exited_to_work,
    in_step_1,
    in_step_2,
    prepared,
    presented,
    ready,
    referral,
    wish,
)
from tests.storage.stores import (
    TODAY,
    Meanwhile,
    as_object,
    codes,
    kinds_in,
    performed,
    refused_code,
    support,
)

# --- idempotence (contract.md §1) ----------------------------------------------------


def test_the_same_id_again_records_nothing_and_answers_as_before(journeys: Journeys) -> None:
    command = as_object(referral(), id="a-1")
    first = journeys.perform(command)
    again = journeys.perform(command)
    assert (first.repeated, again.repeated) == (False, True)
    assert again.facts == first.facts
    assert journeys.load("j1").version == 1


def test_the_same_id_with_other_content_is_refused(journeys: Journeys) -> None:
    journeys.perform(as_object(referral(), id="a-1"))
    assert refused_code(journeys, as_object(consent(), id="a-1")) == "id_reused"
    assert journeys.load("j1").version == 1


def test_an_id_is_kept_for_a_wish_that_was_already_true(journeys: Journeys) -> None:
    """Answered as done; its id is taken all the same."""
    performed(journeys, referral())
    assert journeys.perform(as_object(referral(), id="a-2")).repeated
    assert refused_code(journeys, as_object(consent(), id="a-2")) == "id_reused"


def test_an_id_survives_the_program(url: str) -> None:
    command = as_object(referral(), id="a-1")
    for repeated in (False, True):
        with Journeys(url, today=TODAY) as opened:
            assert opened.perform(command).repeated is repeated


def test_a_refused_command_leaves_its_id_free(journeys: Journeys) -> None:
    performed(journeys, referral())
    assert refused_code(journeys, as_object(consent(obtained_by="af"), id="a-3"))
    assert not journeys.perform(as_object(consent(), id="a-3")).repeated


def test_what_is_already_true_records_nothing(journeys: Journeys) -> None:
    performed(journeys, *in_step_1())
    version = journeys.load("j1").version
    for one in in_step_1():
        if one.__struct_config__.tag not in ("present", "decide_inclusion"):
            assert journeys.perform(one).repeated, one
    assert journeys.load("j1").version == version


# --- form ----------------------------------------------------------------------------


def test_an_unknown_journey_is_said_to_be_one(journeys: Journeys) -> None:
    assert refused_code(journeys, consent()) == "unknown_journey"
    with pytest.raises(Refused) as refused:
        journeys.load("j1")
    assert refused.value.code == "unknown_journey"


def test_an_unknown_programme_is_a_fault_of_form(journeys: Journeys) -> None:
    with pytest.raises(InvalidCommand):
        journeys.perform(referral(programme="moon"))


def test_scenario_38_the_future_and_disorder(url: str) -> None:
    """A day to come, and a day before the fact that it builds on; nothing is stored."""
    with Journeys(url, today=date(2026, 3, 2)) as journeys:
        performed(journeys, *in_step_1())
        version = journeys.load("j1").version
        agreement = wish("conclude_agreement", COACH, "2026-03-02")
        assert refused_code(journeys, as_object(agreement, on="2026-03-03")) == "date_in_future"
        journeys.perform(agreement)
        early = wish("advance", COACH, "2026-02-11")
        assert refused_code(journeys, early) == "date_before_predecessor"
        assert journeys.load("j1").version == version + 1
        journeys.close()


# --- what is remembered --------------------------------------------------------------


def test_what_is_remembered_after_each_command_is_what_is_read(journeys: Journeys) -> None:
    """To the exit, with a correction of the exit's day that moves what follows from it."""
    for one in exited_to_work():
        journeys.perform(one)
        assert journeys.known("j1") == journeys.load("j1")
    entry = next(e.version for e in journeys.history("j1") if e.event == "JourneyExited")
    change = {"entry": entry, "field": "exit_date", "value": "2026-09-01", "reason": "typo"}
    fixed = wish("correct", COACH, "2026-09-02", **change)
    assert journeys.perform(fixed).facts
    assert journeys.known("j1") == journeys.load("j1")
    exited = journeys.load("j1").exit.exited
    assert exited is not None
    assert exited.exit_date == date(2026, 9, 1)
    assert journeys.perform(fixed).repeated
    assert rebuild(journeys).changed == 0


def test_a_full_disk_leaves_what_is_known_as_it_was(tmp_path: Path) -> None:
    """The command is answered by a StoreError; given again with more room it is recorded."""
    journeys = Journeys(f"sqlite:///{tmp_path / 'small.db'}", today=TODAY)
    performed(journeys, referral())
    many = [support(number, id=f"a-{number}") for number in range(200)]
    pages = "PRAGMA max_page_count={}"
    with journeys.facts.exclusively() as cursor:
        cursor.execute(pages.format(1))
    with pytest.raises(StoreUnusable):
        list(journeys.record(many))
    with pytest.raises(StoreUnusable):
        performed(journeys, *many)
    with journeys.facts.exclusively() as cursor:
        cursor.execute(pages.format(1_000_000))
    assert journeys.known("j1") == journeys.load("j1")
    assert len(list(journeys.record(many))) == len(many)
    assert kinds_in(journeys) == [f"k{number}" for number in range(200)]
    journeys.close()


def test_a_unit_s_command_is_carried_out_once(journeys: Journeys) -> None:
    """With the same promises as a journey's: already true, known id, preview."""
    post = {"do": "allocate_post", "by": "board:b1", "on": "2026-01-01", "percent": 100}
    nassjo = {**post, "unit": "Nässjö", "id": "u-1"}
    assert [type(f).__name__ for f in journeys.preview(nassjo)[1].facts] == [
        "CoachingPostAllocated"
    ]
    assert journeys.facts.head()[0] == 0
    assert codes(journeys.record([nassjo, nassjo, {**nassjo, "id": "u-2"}])) == [
        "recorded",
        "repeated",
        "repeated",
    ]
    assert refused_code(journeys, {**nassjo, "percent": 50}) == "id_reused"
    assert journeys.facts.head()[0] == 1


# --- other journeys (T1, T12, T25) ---------------------------------------------------


def test_scenario_37_a_second_open_journey_of_a_person(journeys: Journeys) -> None:
    performed(journeys, referral())
    second = as_object(referral(), journey="j2")
    assert refused_code(journeys, second) == "open_journey_exists"
    journeys.perform(
        as_object(wish("withdraw_referral", "participant:p1", "2026-03-01", reason="x"))
    )
    assert not journeys.perform(second).repeated


def test_a_previous_journey_is_one_of_the_same_person(journeys: Journeys) -> None:
    performed(journeys, referral())
    other = as_object(referral(person="p2", previous_journey="j1"), journey="j2")
    assert refused_code(journeys, other) == "unknown_journey"
    assert refused_code(journeys, {**other, "previous_journey": "j9"}) == "unknown_journey"


def test_two_who_refer_the_same_person_at_once_do_not_both_succeed(url: str) -> None:
    """Neither sees the other's journey when it decides; the store keeps them apart."""

    def refer(key: str) -> str:
        with Journeys(url, today=TODAY) as opened:
            try:
                opened.perform(as_object(referral(), journey=key))
            except Refused as refused:
                return refused.code
            return "recorded"

    Journeys(url, today=TODAY).close()
    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(refer, ["a", "b", "c", "d"]))
    assert answers == ["open_journey_exists"] * 3 + ["recorded"]


def queued(key: str, born: str, on: str) -> list[dict[str, Any]]:
    """A person of this age in the queue since this day."""
    steps = [*ready(birth_date=born, person=key), wish("queue", COACH, on)]
    return [as_object(one, journey=key) for one in steps]


@pytest.mark.parametrize("together", [False, True])
def test_scenario_17_the_queue_is_held_at_enrolment(journeys: Journeys, together: bool) -> None:
    """D, then B, then A; A only with a reason. In one batch as one by one."""
    people = [
        *queued("A", "1981-01-01", "2026-02-20"),
        *queued("B", "2004-01-01", "2026-03-01"),
        *queued("D", "1997-06-01", "2026-02-25"),
    ]
    enrol = {"do": "enrol", "by": COACH, "on": "2026-03-10", "income_before": "other"}
    turns = [{**enrol, "journey": key, "occupation_before": "none"} for key in ("A", "B", "D", "B")]
    last = {**turns[0], "bypass_reason": "urgent"}
    if together:
        answers = list(journeys.record([*people, *turns, last], keep_going=True))[len(people) :]
    else:
        list(journeys.record(people))
        answers = [one for turn in (*turns, last) for one in journeys.record([turn])]
    codes = [one.code if isinstance(one, Refused) else "enrolled" for one in answers]
    refused = "phase_not_allowed"
    assert codes == [refused, refused, "enrolled", "enrolled", "enrolled"]


# --- others write too ----------------------------------------------------------------


def test_a_journey_that_moved_is_read_and_decided_again(url: str) -> None:
    one, other = Journeys(url, today=TODAY), Journeys(url, today=TODAY)
    performed(one, *prepared())
    assert other.load("j1").phase == "preparation"
    assert (
        refused_code(
            other,
            wish(
                "decide_inclusion",
                COACH,
                "2026-02-10",
                outcome="include",
                votes={"fk": "for", "af": "for"},
            ),
        )
        == "phase_not_allowed"
    )
    performed(one, presented()[-1])
    decided = wish(
        "decide_inclusion", COACH, "2026-02-10", outcome="include", votes={"fk": "for", "af": "for"}
    )
    assert [fact.event for fact in other.perform(decided).facts] == ["InclusionDecided"]
    one.close()
    other.close()


def test_a_command_that_was_overtaken_is_decided_again(url: str) -> None:
    """The append notices what the decision could not know."""
    meanwhile = Meanwhile()
    with Journeys(url, today=TODAY) as other, meanwhile.opened(url) as journeys:
        performed(journeys, referral(), support(1))
        meanwhile.happens = [lambda: other.perform(support(2))]
        (fact,) = journeys.perform(support(3)).facts
        assert (fact.version, kinds_in(other)) == (4, ["k1", "k2", "k3"])
        assert journeys.known("j1") == other.load("j1")
        other.close()


def test_a_command_that_was_overtaken_may_be_refused_then(url: str) -> None:
    meanwhile = Meanwhile()
    withdrawal = wish("withdraw_referral", "participant:p1", "2026-03-01", reason="x")
    with Journeys(url, today=TODAY) as other, meanwhile.opened(url) as journeys:
        performed(journeys, referral())
        meanwhile.happens = [lambda: other.perform(withdrawal)]
        assert refused_code(journeys, support(1, "2026-03-02")) == "phase_not_allowed"
        assert journeys.load("j1").version == 2
        other.close()


def test_a_command_that_was_overtaken_by_its_like_is_already_true(url: str) -> None:
    meanwhile = Meanwhile()
    with Journeys(url, today=TODAY) as other, meanwhile.opened(url) as journeys:
        performed(journeys, referral())
        meanwhile.happens = [lambda: other.perform(consent())]
        assert journeys.perform(consent()).repeated
        assert journeys.load("j1").version == 2
        other.close()


@pytest.mark.parametrize("together", [False, True])
def test_what_was_true_and_is_no_longer_is_recorded_anew(url: str, together: bool) -> None:
    """An answer that stores nothing would not notice; it rests on what the store says now."""
    with Journeys(url, today=TODAY) as other, Journeys(url, today=TODAY) as journeys:
        performed(journeys, referral(), wish("start_gk", FK, "2026-02-03"))
        performed(other, wish("end_gk", FK, "2026-02-04"))
        again = wish("start_gk", FK, "2026-02-04")
        answer = next(journeys.record([again])) if together else journeys.perform(again)
        assert codes([answer]) == ["recorded"]
        assert journeys.load("j1").version == 4
        other.close()


@pytest.mark.parametrize("same", [True, False])
def test_an_id_that_another_has_used_meanwhile_is_known(url: str, same: bool) -> None:
    """The same command is answered with the other's facts; another is refused."""
    meanwhile = Meanwhile()
    with Journeys(url, today=TODAY) as other, meanwhile.opened(url) as journeys:
        performed(journeys, referral(), referral_of_another())
        command = support(1, id="a-1")
        theirs = command if same else {**command, "journey": "j2"}
        meanwhile.happens = [lambda: other.perform(theirs)]
        if same:
            answer = journeys.perform(command)
            assert (answer.repeated, [fact.version for fact in answer.facts]) == (True, [2])
        else:
            assert refused_code(journeys, command) == "id_reused"
        assert journeys.load("j1").version == 1 + same
        other.close()


def referral_of_another() -> dict[str, Any]:
    return as_object(referral(person="p2"), journey="j2")


def test_threads_that_write_to_one_journey_take_turns(journeys: Journeys) -> None:
    """None is told of a conflict; another program's writing still is one."""
    performed(journeys, referral())
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda n: journeys.perform(support(n)), range(120)))
    assert all(answer.facts for answer in answers)
    assert sorted(kinds_in(journeys)) == sorted(f"k{number}" for number in range(120))


def test_a_writer_that_is_always_overtaken_gives_up(url: str) -> None:
    """Nothing of it is recorded, and it is said so; its id is free."""
    meanwhile, numbers = Meanwhile(), count(1)
    with Journeys(url, today=TODAY) as other, meanwhile.opened(url) as journeys:
        performed(journeys, referral())
        meanwhile.always = lambda: other.perform(support(next(numbers)))
        with pytest.raises(Conflict, match="Try again"):
            journeys.perform(support("mine", id="a-1"))
        meanwhile.always = None
        assert "kmine" not in kinds_in(journeys)
        assert journeys.perform(support("mine", id="a-1")).facts
        other.close()


def test_a_person_whom_another_refers_meanwhile_has_one_open_journey(url: str) -> None:
    """Neither decision could see the other's journey; the unique index does."""
    meanwhile = Meanwhile()
    with Journeys(url, today=TODAY) as other, meanwhile.opened(url) as journeys:
        meanwhile.happens = [lambda: other.perform(as_object(referral(), journey="j2"))]
        assert refused_code(journeys, referral()) == "open_journey_exists"
        assert refused_code(journeys, support(1)) == "unknown_journey"
        assert journeys.facts.head()[0] == 1
        other.close()


def test_the_same_id_from_eight_threads_is_recorded_once(journeys: Journeys) -> None:
    performed(journeys, referral())
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: journeys.perform(support(1, id="a-1")), range(24)))
    assert sorted(answer.repeated for answer in answers) == [False] + [True] * 23
    assert {answer.facts for answer in answers} == {answers[0].facts}
    assert kinds_in(journeys) == ["k1"]


def test_eight_threads_carry_twenty_four_people_to_step_2(journeys: Journeys) -> None:
    """On one Journeys; what it remembers is what a new one reads."""

    def carry(number: int) -> str:
        key = f"j{number}"
        for one in in_step_2(person=f"p{number}"):
            journeys.perform(as_object(one, journey=key))
        return key

    with ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(carry, range(24)))
    for key in keys:
        assert journeys.load(key).phase == "step_2"
        assert journeys.known(key) == journeys.load(key)
    assert rebuild(journeys).changed == 0


def test_eight_clients_on_one_journey_lose_and_double_nothing(journeys: Journeys) -> None:
    """A conflict is retried by the store, or reported and tried again; nothing was recorded."""
    performed(journeys, referral())

    def support(number: int) -> Outcome:
        given = wish("support_preparation", COACH, "2026-02-03", kind=f"k{number}")
        for _ in range(40):
            try:
                return journeys.perform(given)
            except Conflict:
                continue
        raise AssertionError("overtaken by 39 others, 160 times")

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(support, range(40)))
    versions = sorted(fact.version for outcome in outcomes for fact in outcome.facts)
    assert versions == list(range(2, 42))
    kinds = {entry.fact.kind for entry in journeys.history("j1")[1:]}  # type: ignore[attr-defined]
    assert kinds == {f"k{number}" for number in range(40)}


# --- the past, and what is not stored ------------------------------------------------


def test_a_journey_as_of_a_day_and_as_known_at_a_time(journeys: Journeys) -> None:
    performed(journeys, *presented())
    assert journeys.load("j1", as_of=date(2026, 2, 9)).phase == "preparation"
    between = journeys.history("j1")[1].recorded_at
    assert len(journeys.history("j1", known_at=between)) == 2
    assert len(journeys.history("j1", as_of=date(2026, 2, 5), known_at=datetime.now(UTC))) == 3


def test_before_its_first_fact_there_is_no_journey(journeys: Journeys) -> None:
    performed(journeys, referral())
    began = journeys.history("j1")[0].recorded_at
    for past in ({"as_of": date(2026, 2, 1)}, {"known_at": began - timedelta(microseconds=1)}):
        with pytest.raises(Refused) as refused:
            journeys.load("j1", **past)
        assert refused.value.code == "unknown_journey"


def test_what_was_known_before_a_correction_is_still_told(journeys: Journeys) -> None:
    performed(journeys, *prepared())
    fixed = {"entry": 1, "field": "sex", "value": "undisclosed", "reason": "typo"}
    (fact, *_) = journeys.perform(wish("correct", COACH, "2026-02-06", **fixed)).facts
    before = fact.recorded_at - timedelta(microseconds=1)
    assert journeys.load("j1").referral.sex == "undisclosed"
    assert journeys.load("j1", known_at=before).referral.sex == "woman"
    assert journeys.load("j1", known_at=fact.recorded_at).referral.sex == "undisclosed"


def test_a_preview_stores_nothing(journeys: Journeys) -> None:
    performed(journeys, referral())
    then, decision = journeys.preview(consent())
    assert [type(fact).__name__ for fact in decision.facts] == ["ConsentGiven"]
    assert (then.version, journeys.load("j1").version) == (2, 1)


def test_every_fact_says_who_and_under_which_rules(journeys: Journeys) -> None:
    performed(journeys, *presented())
    for entry in journeys.history("j1"):
        assert entry.by
        assert entry.ruleset == "se-hoglandet/2024-01-01"
        assert entry.recorded_at.tzinfo is UTC


def test_the_store_is_an_application_of_eventsourcing(journeys: Journeys) -> None:
    """Its notification log gives every fact in its order."""
    performed(journeys, *presented())
    log = journeys.notification_log.select(start=1, limit=10)
    assert [notification.id for notification in log] == [1, 2, 3, 4, 5]
    assert log[0].topic == "ReferralReceived"
