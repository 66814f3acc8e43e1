"""One story through the command line: recorded, asked, shown, counted (contract.md §3, §4)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from typer.testing import Result

from tests.cli.conftest import DATA, Ask, answer
from tests.examples import contact, deregistration, exited_to_work

COACH = "coach:c1@Nässjö"
LATE = ("--today", "2027-03-01")
Record = Callable[..., Result]


def as_objects(*wishes: Any) -> list[dict[str, Any]]:
    return [msgspec.to_builtins(wish) for wish in wishes]


@pytest.fixture
def to_work(record: Record) -> None:
    """Scenario 24: exited to work on 2026-08-31, aftercare running."""
    assert answer(record(*as_objects(*exited_to_work())))["refused"] == []


def test_the_shared_three_years_give_the_report_s_table(ask: Ask) -> None:
    """Scenario 39, through the program; recorded again it records nothing."""
    file = str(DATA / "hoglandet-2018-2020.jsonl")
    expected = json.loads((DATA / "hoglandet-2018-2020.expected.json").read_text("utf-8"))
    assert answer(ask("record", file, "--json")) == {
        "recorded": expected["commands"],
        "repeated": 0,
        "refused": [],
    }
    again = answer(ask("record", file, "--json"))
    assert (again["recorded"], again["repeated"]) == (0, expected["commands"])
    yearly = answer(ask("report", "yearly", "--year", "2018..2020", "--json"))
    assert yearly == expected["yearly"]
    goal = answer(ask("report", "goal", "--year", "2018..2020", "--json"))
    assert [row["by_exited"]["percent"] for row in goal] == [65.3, 50.0, 48.6]
    assert [row["by_enrolled"]["percent"] for row in goal] == [19.2, 18.3, 18.6]
    assert answer(ask("rebuild", "--json"))["changed"] == 0


@pytest.mark.usefixtures("to_work")
def test_show_has_the_keys_of_the_contract(ask: Ask) -> None:
    shown = answer(ask("show", "j1", "--json"))
    assert list(shown) == [
        "journey",
        "person",
        "programme",
        "municipality",
        "coach",
        "phase",
        "step",
        "active",
        "flags",
        "coach_changes",
        "consents",
        "employment",
        "exit",
        "sus",
        "aftercare",
        "version",
    ]
    assert shown["exit"] == {"exit_date": "2026-08-31", "reason": "work", "outcome": "work"}
    assert shown["sus"] == {
        "status": "deregistration_pending",
        "registered_on": "2026-02-12",
        "due_on": "2026-11-30",
        "act_by": "2026-11-30",
        "deregistered_on": None,
    }
    assert len(shown["aftercare"]["slots"]) == 10
    assert shown["aftercare"]["slots"][7] == {
        "slot": "m4",
        "kind": "phone",
        "window_start": "2026-12-01",
        "window_end": "2026-12-31",
        "due_on": "2026-12-31",
        "act_by": "2027-01-04",
        "notify_on": "2026-12-28",
        "status": "open",
        "contact_on": None,
    }


@pytest.mark.usefixtures("to_work")
def test_the_past_is_shown_as_it_was(ask: Ask, record: Record) -> None:
    """As of a day slots are open that are missed today; known before it was recorded: nothing."""
    then = answer(ask("show", "j1", "--as-of", "2026-09-10", "--json"))
    statuses = [slot["status"] for slot in then["aftercare"]["slots"]]
    assert statuses[:2] == ["missed", "open"]
    assert answer(ask("show", "j1", "--as-of", "2026-03-01", "--json"))["phase"] == "step_1"
    unknown = ask("show", "j1", "--known-at", "2020-01-01T00:00:00Z", "--json")
    assert (unknown.exit_code, answer(unknown)["refused"]["code"]) == (3, "unknown_journey")


@pytest.mark.usefixtures("to_work")
def test_history_lists_facts_and_corrections_beside_them(ask: Ask) -> None:
    facts = answer(ask("history", "j1", "--json"))
    assert [fact["version"] for fact in facts] == list(range(1, len(facts) + 1))
    (job,) = [fact for fact in facts if fact["event"] == "EmploymentStarted"]
    corrected = ask(
        "do",
        "correct",
        "--journey",
        "j1",
        "--by",
        COACH,
        f"entry={job['version']}",
        "field=percent",
        "value=50",
        "reason=typo",
        "--json",
    )
    assert corrected.exit_code == 0, corrected.output
    again = answer(ask("history", "j1", "--json"))
    assert again[job["version"] - 1]["corrected_by"] == len(again)
    assert again[job["version"] - 1]["data"]["percent"] == 75
    assert (again[-1]["data"]["old"], again[-1]["data"]["value"]) == (75, 50)
    assert answer(ask("show", "j1", "--json"))["employment"]["percent"] == 50


@pytest.mark.usefixtures("to_work")
def test_a_refusal_has_every_reason_and_the_first_day(ask: Ask) -> None:
    """Scenario 25."""
    words = ["--journey", "j1", "--by", COACH, "--on", "2026-11-20"]
    fields = ["occupation_after=employed", "income_after=wage"]
    refused = ask("do", "deregister_from_sus", *words, *fields, "--json")
    assert refused.exit_code == 3
    found = answer(refused)["refused"]
    assert (found["code"], found["earliest"]) == ("sus_too_early", "2026-11-30")
    assert found["source"] == "S2 §8"
    assert found["reasons"][0]["code"] == "sus_too_early"
    told = ask("do", "deregister_from_sus", *words, *fields)
    assert "Deregistration from SUS is allowed from 2026-11-30 on. (S2 §8)" in told.stderr
    swedish = ask("do", "deregister_from_sus", *words, *fields, "--lang", "sv")
    assert "Utskrivning ur SUS är tillåten från och med 2026-11-30." in swedish.stderr


@pytest.mark.usefixtures("to_work")
def test_preview_shows_and_stores_nothing(ask: Ask) -> None:
    before = answer(ask("show", "j1", "--json"))["version"]
    words = ["preview", "start_employment", "--journey", "j1", "--by", COACH, "--on", "2026-11-02"]
    fields = ["employment=w2", "employer=e2", "percent=100", "form=permanent"]
    shown = answer(ask(*words, *fields, "--json"))
    names = [fact["event"] for fact in shown["facts"]]
    assert names[0] == "EmploymentStarted"
    assert names[-1] == "AftercareStarted"
    slots = [due for due in shown["dates"] if due["kind"] == "aftercare"]
    assert slots[0]["due_on"] == "2026-11-09"
    assert answer(ask("show", "j1", "--json"))["version"] == before
    assert ask(*words, *fields[1:]).exit_code == 3


@pytest.mark.usefixtures("to_work")
def test_next_answers_for_every_command_with_reasons(ask: Ask) -> None:
    possibilities = answer(ask("next", "j1", "--by", COACH, "--json"))
    by_name = {one["do"]: one for one in possibilities}
    assert "refer" not in by_name
    assert by_name["record_contact"] == {"do": "record_contact", "allowed": True, "reasons": []}
    assert not by_name["deregister_from_sus"]["allowed"]
    assert by_name["deregister_from_sus"]["reasons"][0]["code"] == "sus_too_early"
    later = answer(ask("next", "j1", "--by", COACH, "--json", "--today", "2026-12-01"))
    assert {one["do"]: one for one in later}["deregister_from_sus"]["allowed"]
    on = answer(ask("next", "j1", "--by", COACH, "--on", "2026-11-30", "--json", *LATE))
    assert {one["do"]: one for one in on}["deregister_from_sus"]["allowed"]
    assert not by_name["hand_over"]["allowed"]
    assert by_name["hand_over"]["reasons"][0]["code"] == "actor_not_permitted"


@pytest.mark.usefixtures("to_work")
@pytest.mark.parametrize("by", ["king:k", "coach", "coach:850101-1236"])
def test_next_asked_by_no_actor_is_refused(ask: Ask, by: str) -> None:
    asked = ask("next", "j1", "--by", by, "--json")
    assert asked.exit_code == 3
    assert answer(asked)["refused"]["code"] in {"invalid_command", "personal_data_in_free_text"}


@pytest.mark.usefixtures("to_work")
def test_the_journey_closes_when_all_is_done(ask: Ask, record: Record) -> None:
    """Scenarios 26 and 31: deregistered, the closing talk held, ended after six months."""
    ending = {
        "do": "end_aftercare",
        "journey": "j1",
        "by": COACH,
        "on": "2027-02-28",
        "reason": "completed",
    }
    closing = as_objects(deregistration(), contact("2027-02-15", "phone", closing=True))
    assert answer(record(*closing, ending, words=LATE))["refused"] == []
    shown = answer(ask("show", "j1", "--json", *LATE))
    assert (shown["phase"], shown["aftercare"]["status"]) == ("closed", "ended")
    closed = ask("do", "resume", "--journey", "j1", "--by", COACH, "--json", *LATE)
    assert answer(closed)["refused"]["code"] == "journey_closed"


def test_answers_for_people_fit_a_hundred_columns(ask: Ask, record: Record) -> None:
    record(*as_objects(*exited_to_work()))
    for words in (
        ("show", "j1"),
        ("history", "j1"),
        ("next", "j1", "--by", COACH),
        ("report", "yearly", "--year", "2026"),
        ("report", "goal", "--year", "2025..2026"),
    ):
        for language in ("en", "sv"):
            shown = ask(*words, "--lang", language)
            assert shown.exit_code == 0, shown.output
            assert max(len(line) for line in shown.stdout.splitlines()) <= 100, words


@pytest.mark.parametrize("key", ["a:cat:b", "exit", "demo_1.x"])
def test_data_stand_in_a_table_as_they_are(ask: Ask, record: Record, key: str) -> None:
    """A key is no picture and no sentence, though it looks like one."""
    record(*({**one, "journey": key} for one in as_objects(*exited_to_work())))
    for language in ("en", "sv"):
        shown = ask("show", key, "--lang", language).stdout
        assert shown.split()[0] == key
        assert " exited " in shown


def test_bad_input_is_said_in_swedish_too(ask: Ask) -> None:
    words = ["--journey", "j1", "--by", COACH, "--lang", "sv"]
    assert "fältet `reason` saknas." in ask("do", "pause", *words).stderr
    assert "Detta är inte giltig JSON." in ask("record", "-", "--lang", "sv", input="{").stderr


def test_json_never_changes_with_the_language(ask: Ask, record: Record) -> None:
    record(*as_objects(*exited_to_work()))
    for words in (("show", "j1"), ("next", "j1", "--by", COACH), ("history", "j1")):
        assert ask(*words, "--json", "--lang", "sv").stdout == ask(*words, "--json").stdout


def test_a_unit_has_no_journey(ask: Ask) -> None:
    words = ["do", "allocate_post", "--by", "board:b1", "--on", "2026-01-01", "unit=Nässjö"]
    done = answer(ask(*words, "percent=180", "--json"))
    assert [fact["event"] for fact in done["recorded"]] == ["CoachingPostAllocated"]
    assert answer(ask(*words, "percent=180", "--json"))["repeated"] is True


def test_the_demo_tells_its_story_in_both_languages(ask: Ask, tmp_path: Any) -> None:
    told = ask("demo", str(tmp_path / "en"))
    assert told.exit_code == 0, told.output
    assert "65.3 %" in told.stdout
    assert "consent_missing" in told.stdout
    assert "sus_too_early" in told.stdout
    berattat = ask("demo", str(tmp_path / "sv"), "--lang", "sv")
    assert "Årstabell" in berattat.stdout
    assert "Utskrivningen ur SUS väntar" in berattat.stdout
    assert ask("demo", str(tmp_path / "sv")).exit_code == 2


def test_the_demo_answers_in_one_json_document(ask: Ask, tmp_path: Any) -> None:
    told = answer(ask("demo", str(tmp_path / "x"), "--json", "--lang", "sv"))
    assert told["commands"] == 5004
    assert [row["enrolled"] for row in told["yearly"]] == [167, 180, 188]
    assert [row["by_exited"]["percent"] for row in told["goal"]] == [65.3, 50.0, 48.6]
    codes = [scene["refused"]["code"] for scene in told["story"] if "refused" in scene]
    assert codes == [
        "consent_missing",
        "individual_decision_missing",
        "step_skipped",
        "sus_too_early",
    ]
    assert told["story"][0]["text"] == "FK refers a person to SE-Höglandet."


def test_the_demo_says_why_it_cannot_be_made(ask: Ask, tmp_path: Any) -> None:
    (tmp_path / "file").write_text("in the way")
    in_the_way = ask("demo", str(tmp_path / "file"))
    assert in_the_way.exit_code == 2
    assert "No store can be made" in in_the_way.stderr
