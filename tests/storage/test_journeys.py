"""Commands performed on a store: idempotence, conflicts, other journeys, the past."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from journey import Conflict, InvalidCommand, Journeys, Outcome, Refused
from journey.storage.recorder import Append, Appended, VersionMoved
from journey.wishes import JourneyWish
from tests.examples import (
    COACH,
    consent,
    in_step_1,
    in_step_2,
    prepared,
    presented,
    ready,
    referral,
    wish,
)

TODAY = date(2026, 11, 23)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'journey.db'}"


@pytest.fixture
def journeys(url: str) -> Iterator[Journeys]:
    with Journeys(url, today=TODAY) as opened:
        yield opened
        opened.close()


def as_object(one: JourneyWish, **changes: Any) -> dict[str, Any]:
    return {**msgspec.to_builtins(one), **changes}


def performed(journeys: Journeys, *wishes: JourneyWish) -> list[Outcome]:
    return [journeys.perform(one) for one in wishes]


def refused_code(journeys: Journeys, command: Any) -> str:
    with pytest.raises(Refused) as refused:
        journeys.perform(command)
    return refused.value.code


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


def test_a_writer_that_is_always_overtaken_gives_up(
    journeys: Journeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is recorded, and it is said so."""
    performed(journeys, referral())

    def overtaken(append: Append) -> Appended:
        raise VersionMoved("moved")

    monkeypatch.setattr(journeys.facts, "append", overtaken)
    with pytest.raises(Conflict, match="Try again"):
        journeys.perform(consent())
    assert journeys.load("j1").version == 1


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


# --- record --------------------------------------------------------------------------


def test_record_stops_at_the_first_refusal_and_stores_nothing_after_it(journeys: Journeys) -> None:
    wrong = as_object(consent(obtained_by="af"))
    answers = list(journeys.record([referral(), wrong, consent()]))
    assert [type(answer) for answer in answers] == [Outcome, Refused]
    assert journeys.load("j1").version == 1


def test_record_goes_on_where_it_is_told_to(journeys: Journeys) -> None:
    wrong = as_object(consent(obtained_by="af"))
    answers = list(journeys.record([referral(), wrong, consent()], keep_going=True))
    assert [type(answer) for answer in answers] == [Outcome, Refused, Outcome]
    assert journeys.load("j1").version == 2


def test_an_id_twice_in_one_batch_is_repeated_or_refused(journeys: Journeys) -> None:
    first = as_object(referral(), id="a-1")
    other = as_object(consent(), id="a-1")
    answers = list(journeys.record([first, first, other]))
    assert [getattr(answer, "repeated", None) for answer in answers] == [False, True, None]
    assert isinstance(answers[-1], Refused)
    assert answers[-1].code == "id_reused"


def test_a_correction_in_a_batch_is_decided_on_what_came_before_it(journeys: Journeys) -> None:
    fixed = wish(
        "correct", COACH, "2026-02-12", entry=1, field="sex", value="undisclosed", reason="typo"
    )
    answers = list(journeys.record([*in_step_1(), fixed, *in_step_2()[len(in_step_1()) :]]))
    assert all(isinstance(answer, Outcome) for answer in answers)
    known = journeys.load("j1")
    assert (known.referral.sex, known.phase) == ("undisclosed", "step_2")
    assert journeys.perform(wish("pause", COACH, "2026-03-03", reason="other")).facts
    with Journeys(journeys.engine, today=TODAY) as anew:
        assert journeys.load("j1") == anew.load("j1")


# --- the past, and what is not stored ------------------------------------------------


def test_a_journey_as_of_a_day_and_as_known_at_a_time(journeys: Journeys) -> None:
    performed(journeys, *presented())
    assert journeys.load("j1", as_of=date(2026, 2, 9)).phase == "preparation"
    between = journeys.history("j1")[1].recorded_at
    assert len(journeys.history("j1", known_at=between)) == 2
    assert len(journeys.history("j1", as_of=date(2026, 2, 5), known_at=datetime.now(UTC))) == 3


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
