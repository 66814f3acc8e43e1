"""A journey's history as it is shown (contract.md §4, ``history``)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date

import msgspec
import pytest

from journey import Journeys
from projections import history_view, view
from tests.examples import COACH, exited_to_work, wish
from tests.projections.stores import LATE, a_store, performed

EMPLOYED = "EmploymentStarted"


@pytest.fixture
def journeys() -> Iterator[Journeys]:
    """One journey, exited to work on 2026-08-31."""
    with a_store() as opened:
        performed(opened, exited_to_work())
        yield opened


def _version_of(journeys: Journeys, event: str) -> int:
    return next(e.version for e in history_view(journeys.history("j1")) if e.event == event)


def test_an_entry_has_the_keys_of_the_contract(journeys: Journeys) -> None:
    """``corrected_by`` is left out unless something was corrected; ``on`` stands beside data."""
    entries = json.loads(msgspec.json.encode(history_view(journeys.history("j1"))))
    assert {tuple(entry) for entry in entries} == {
        ("version", "event", "on", "recorded_at", "by", "ruleset", "data")
    }
    assert [entry["version"] for entry in entries] == list(range(1, len(entries) + 1))
    first = entries[0]
    assert (first["event"], first["on"], first["by"]) == (
        "ReferralReceived",
        "2026-02-02",
        "fk:olle",
    )
    assert first["ruleset"] == "se-hoglandet/2024-01-01"
    assert first["data"]["needs_from"] == ["fk", "region"]
    assert all("on" not in entry["data"] for entry in entries)


def test_recorded_at_is_a_utc_time(journeys: Journeys) -> None:
    assert all(e.recorded_at.tzinfo is UTC for e in history_view(journeys.history("j1")))


def test_a_corrected_entry_keeps_its_value_and_names_its_latest_correction(
    journeys: Journeys,
) -> None:
    """Scenario 44: both values are readable, and who changed them."""
    entry = _version_of(journeys, EMPLOYED)
    for percent in (50, 60):
        performed(
            journeys,
            [
                wish(
                    "correct",
                    COACH,
                    "2026-09-02",
                    entry=entry,
                    field="percent",
                    value=percent,
                    reason="typo",
                )
            ],
        )
    entries = history_view(journeys.history("j1"))
    last = entries[-1]
    assert entries[entry - 1].data["percent"] == 75
    assert entries[entry - 1].corrected_by == last.version
    assert (last.event, last.by) == ("EntryCorrected", COACH)
    assert (last.data["old"], last.data["value"], last.data["reason"]) == (50, 60, "typo")
    job = view(journeys.load("j1"), LATE).employment
    assert job is not None
    assert job.percent == 60


def test_what_follows_from_a_correction_is_corrected_beside_it(journeys: Journeys) -> None:
    """The plan of aftercare follows the first day of the job; the old one stays readable."""
    entry, plan = _version_of(journeys, EMPLOYED), _version_of(journeys, "AftercareStarted")
    moved = wish(
        "correct",
        COACH,
        "2026-09-02",
        entry=entry,
        field="on",
        value="2026-08-24",
        reason="typo",
    )
    performed(journeys, [moved])
    entries = {e.version: e for e in history_view(journeys.history("j1"))}
    assert isinstance(entries[plan].corrected_by, int)
    assert entries[plan].data["anchor"] == "2026-08-31"
    assert view(journeys.load("j1"), LATE).aftercare.anchor == date(2026, 8, 24)


def test_before_the_correction_nothing_was_corrected(journeys: Journeys) -> None:
    entry = _version_of(journeys, EMPLOYED)
    fixed = wish(
        "correct", COACH, "2026-09-02", entry=entry, field="percent", value=50, reason="typo"
    )
    performed(journeys, [fixed])
    then = history_view(journeys.history("j1", as_of=date(2026, 9, 1)))
    assert all("corrected_by" not in msgspec.to_builtins(e) for e in then)
