"""What happens by itself, at the command line: tick, status, outbox, calendar, scheduler."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import icalendar
import msgspec
import pytest
from typer.testing import Result

from tests.cli.conftest import Ask, answer
from tests.examples import exited_to_work

Record = Callable[..., Result]


@pytest.fixture
def to_work(ask: Ask, record: Record) -> Ask:
    """Scenario 24: exited to work on 2026-08-31, aftercare running."""
    done = record(*(msgspec.to_builtins(wish) for wish in exited_to_work()))
    assert done.exit_code == 0, done.output
    return ask


def of_slot(issued: list[dict[str, Any]], slot: str) -> list[dict[str, Any]]:
    return [one for one in issued if (one["kind"], one["what"]) == ("aftercare", slot)]


def test_scenario_35_a_round_made_twice_issues_one_notice(to_work: Ask) -> None:
    """Nobody's name, sex or diagnosis is in it; a rebuild issues none."""
    first = answer(to_work("tick", "--today", "2026-09-04", "--json"))["issued"]
    assert of_slot(first, "m1w1") == [
        {
            "journey": "j1",
            "kind": "aftercare",
            "what": "m1w1",
            "notice": "upcoming",
            "due_on": "2026-09-07",
            "to": "coach",
        }
    ]
    assert answer(to_work("tick", "--today", "2026-09-04", "--json")) == {"issued": []}
    assert answer(to_work("rebuild", "--json"))["changed"] == 0
    assert answer(to_work("tick", "--today", "2026-09-04", "--json")) == {"issued": []}


def test_status_tells_the_last_round_and_what_is_overdue(to_work: Ask) -> None:
    assert answer(to_work("status", "--json"))["last_round_day"] is None
    issued = answer(to_work("tick", "--today", "2026-09-15", "--json"))["issued"]
    seen = answer(to_work("status", "--today", "2026-09-15", "--json"))
    assert (seen["last_round_day"], seen["issued"]) == ("2026-09-15", len(issued))
    assert seen["oldest_overdue"] is not None
    assert seen["rows_behind"] == 0


def test_what_is_issued_leaves_and_is_listed(to_work: Ask) -> None:
    issued = answer(to_work("tick", "--today", "2026-09-04", "--json"))["issued"]
    assert answer(to_work("outbox", "list", "--json")) == []
    everything = answer(to_work("outbox", "list", "--everything", "--json"))
    assert [(one["status"], one["channel"]) for one in everything] == [("delivered", "log")] * len(
        issued
    )
    again = answer(to_work("outbox", "retry", "--json"))
    assert again == {"again": 0, "delivered": 0, "postponed": 0, "dead": 0}


def test_a_channel_that_is_none_is_refused_before_anything_is_issued(
    to_work: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOURNEY_NOTIFY", "nothing-known://x")
    assert to_work("tick", "--today", "2026-09-04", "--json").exit_code == 2
    monkeypatch.delenv("JOURNEY_NOTIFY")
    assert answer(to_work("tick", "--today", "2026-09-04", "--json"))["issued"] != []


def test_the_calendar_is_read_back(to_work: Ask) -> None:
    feed = to_work("calendar", "--coach", "c1", "--today", "2026-09-01")
    events = icalendar.Calendar.from_ical(feed.stdout_bytes).walk("VEVENT")
    assert any("m1w1" in str(event["summary"]) for event in events)


def test_what_if_shows_the_notices_to_come(to_work: Ask) -> None:
    words = ("due", "--ahead", "90", "--notices", "--today", "2026-09-01", "--json")
    coming = answer(to_work(*words))
    (first,) = [one for one in of_slot(coming, "m1w1") if one["notice"] == "upcoming"]
    assert (first["on"], first["to"]) == ("2026-09-04", "coach")


def test_preview_shows_the_notices_that_would_come(to_work: Ask) -> None:
    seen = answer(
        to_work(
            "preview",
            "record_contact",
            "--journey",
            "j1",
            "--by",
            "coach:c1@Nässjö",
            "--on",
            "2026-09-03",
            "mode=visit",
            "met=participant",
            "--json",
        )
    )
    assert of_slot(seen["notices"], "m1w1") == []
    assert of_slot(seen["notices"], "m1w2") != []


@pytest.mark.parametrize("at", ["25:00", "soon", "02:30"])
def test_a_time_for_the_round_that_is_none_is_wrong_usage(to_work: Ask, at: str) -> None:
    assert to_work("scheduler", "--at", at).exit_code == 2


def test_the_scheduler_catches_up_and_ends_on_sigterm(to_work: Ask, store: str) -> None:
    """A process of its own: one round at once, then it waits; SIGTERM ends it cleanly."""
    environment = {**os.environ, "JOURNEY_DB": store, "JOURNEY_TODAY": "2026-09-04"}
    running = subprocess.Popen(
        [sys.executable, "-u", str(Path(__file__).parents[2] / "cli.py"), "scheduler"],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stderr is not None
    said = ""
    for line in running.stderr:
        said += line
        if '"event": "round"' in line:
            break
    running.send_signal(signal.SIGTERM)
    rest = running.communicate(timeout=60)[1]
    assert running.returncode == 0, said + rest
    assert "scheduler_stopped" in rest
    assert answer(to_work("status", "--json"))["last_round_day"] == "2026-09-04"
