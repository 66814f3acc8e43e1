"""Many commands recorded in their order: commits are shared, answers are not (contract.md §3)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from journey import Journeys, Outcome, Refused
from journey.storage.decided import Command, as_wish_or_refused
from tests.examples import COACH, consent, in_step_1, in_step_2, presented, referral, wish
from tests.storage.stores import (
    TODAY,
    Meanwhile,
    as_object,
    codes,
    facts_of,
    kinds_in,
    performed,
    support,
)


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


def test_a_line_that_is_no_command_is_answered_in_its_place(journeys: Journeys) -> None:
    """A Refused among the commands: the last answer, or one among others."""
    broken = as_wish_or_refused({"do": "dance"})
    assert isinstance(broken, Refused)
    lines: list[Command | Refused] = [referral(), support(1), broken, support(2)]
    assert codes(journeys.record(lines)) == ["recorded", "recorded", "invalid_command"]
    assert kinds_in(journeys) == ["k1"]
    answers = list(journeys.record(lines, keep_going=True))
    assert codes(answers) == ["repeated", "repeated", "invalid_command", "recorded"]
    assert answers[2] is broken
    assert kinds_in(journeys) == ["k1", "k2"]


@pytest.mark.parametrize("place", [249, 250, 251, 499])
def test_a_refusal_stops_wherever_a_commit_ends(journeys: Journeys, place: int) -> None:
    """Commands are committed 250 at a time; what is answered is as if each had its own."""
    lines: list[Command | Refused] = [referral(), *(support(number) for number in range(1, 600))]
    lines[place] = support("early", "2025-01-01")
    answers = list(journeys.record(lines))
    assert codes(answers) == ["recorded"] * place + ["date_before_predecessor"]
    assert journeys.facts.head()[0] == place


def test_a_refused_first_line_stores_nothing(journeys: Journeys) -> None:
    assert codes(journeys.record([support(1), referral()])) == ["unknown_journey"]
    assert journeys.facts.head()[0] == 0
    assert list(journeys.record([])) == []


def test_the_whole_file_again_is_repeated(journeys: Journeys) -> None:
    """With ids, each answers with its facts of then."""
    lines = [as_object(one, id=f"a-{n}") for n, one in enumerate(in_step_2())]
    first = list(journeys.record(lines))
    again = list(journeys.record(lines))
    assert codes(first) == ["recorded"] * len(lines)
    assert codes(again) == ["repeated"] * len(lines)
    assert facts_of(again) == facts_of(first)
    assert journeys.facts.head()[0] == sum(map(len, facts_of(first)))


def test_an_answer_is_given_when_it_is_on_the_disk(journeys: Journeys, url: str) -> None:
    """Another program sees each command's key when its answer comes."""
    lines = [as_object(referral(), id="a-0"), *(support(n, id=f"a-{n}") for n in range(1, 300))]
    with Journeys(url, today=TODAY) as another:
        for line, _ in zip(lines, journeys.record(lines), strict=True):
            assert another.facts.find_command(line["id"]) is not None
        another.close()


def test_a_person_is_referred_once_in_one_batch(journeys: Journeys) -> None:
    """The second is refused although the first is not yet stored; ended, there is room."""
    again = as_object(referral("2026-03-02"), journey="j2")
    end = wish("withdraw_referral", "participant:p1", "2026-03-01", reason="x")
    lines: list[Command | Refused] = [referral(), again, end, again]
    answers = journeys.record(lines, keep_going=True)
    assert codes(answers) == ["recorded", "open_journey_exists", "recorded", "recorded"]


# --- others write too ----------------------------------------------------------------


def test_a_batch_that_is_overtaken_goes_on_where_it_was(url: str) -> None:
    """What was decided before stands; what was overtaken, and after it, is decided again."""
    meanwhile = Meanwhile()
    with Journeys(url, today=TODAY) as other, meanwhile.opened(url) as journeys:
        performed(journeys, referral(), as_object(referral(person="p2"), journey="j2"))
        lines = [support(1, journey="j2"), support(2), support(3, journey="j2"), support(4)]
        meanwhile.happens = [lambda: None, lambda: None, lambda: other.perform(support("theirs"))]
        assert codes(journeys.record(lines)) == ["recorded"] * 4
        assert kinds_in(journeys) == ["ktheirs", "k2", "k4"]
        assert kinds_in(journeys, "j2") == ["k1", "k3"]
        assert journeys.known("j1") == other.load("j1")
        other.close()


def test_a_batch_whose_journey_has_ended_meanwhile_is_refused_there(url: str) -> None:
    """What was decided upon the past is not stored; the answer is that of the new state."""
    meanwhile = Meanwhile()
    end = wish("withdraw_referral", "participant:p1", "2026-03-01", reason="x")
    with Journeys(url, today=TODAY) as other, meanwhile.opened(url) as journeys:
        performed(journeys, referral())
        meanwhile.happens = [lambda: other.perform(end)]
        lines: list[Command | Refused] = [
            support(1, "2026-03-02"),
            support(2, "2026-03-02"),
            consent(),
        ]
        assert codes(journeys.record(lines)) == ["phase_not_allowed"]
        assert journeys.load("j1").version == 2
        other.close()


def test_a_batch_and_another_refer_the_same_person_once(url: str) -> None:
    meanwhile = Meanwhile()
    with Journeys(url, today=TODAY) as other, meanwhile.opened(url) as journeys:
        meanwhile.happens = [lambda: other.perform(as_object(referral(), journey="j9"))]
        lines: list[Command | Refused] = [
            referral(),
            support(1),
            as_object(referral(person="p2"), journey="j2"),
        ]
        answers = codes(journeys.record(lines, keep_going=True))
        assert answers == ["open_journey_exists", "unknown_journey", "recorded"]
        assert journeys.facts.head()[0] == 2
        other.close()


def test_two_who_record_the_same_file_at_once_record_each_line_once(url: str) -> None:
    """Whoever comes second is answered with the facts of the first."""
    lines = [as_object(one, id=f"a-{n}") for n, one in enumerate(presented())]
    lines += [support(n, "2026-02-11", id=f"b-{n}") for n in range(600)]
    Journeys(url, today=TODAY).close()

    def record() -> list[Outcome | Refused]:
        with Journeys(url, today=TODAY) as journeys:
            answers = list(journeys.record(lines))
            journeys.close()
            return answers

    with ThreadPoolExecutor(2) as pool:
        one, other = (future.result() for future in [pool.submit(record) for _ in range(2)])
    for pair in zip(one, other, strict=True):
        assert sorted(codes(pair)) == ["recorded", "repeated"]
        assert len(set(facts_of(pair))) == 1
