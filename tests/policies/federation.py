"""The shared history carried on under the programme of today, for a year of rounds.

Everyone who was still in a step when 2020 ended is transferred to SE-Höglandet; in the
course of 2021 every second of them finds a job and leaves to work, with a calendar of
aftercare from that day on.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from journey import Journeys
from journey.notices import NoticeIssued
from journey.storage.codec import decode
from journey.values import Phase
from tests.projections.stores import DATA, LATE

FILE = DATA / "hoglandet-2018-2020.jsonl"
FIRST, LAST = date(2021, 1, 1), date(2021, 12, 31)
ALL_FOR = {"municipality": "for", "fk": "for", "af": "for", "region": "for"}

Key = tuple[bytes, str, str, str, date]
"""What may happen once: (journey, kind, what, notice, due_on)."""


def year(first: date = FIRST, last: date = LAST) -> Iterator[date]:
    """Every day, both ends included."""
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def carried_on(store: str, lines: int | None = None) -> Journeys:
    """A store with the history (or its first lines) and what came after it."""
    journeys = Journeys(store, today=LATE)
    history = [json.loads(line) for line in FILE.read_text("utf-8").splitlines()[:lines]]
    for _ in journeys.record(history):
        pass
    keys = dict.fromkeys(one["journey"] for one in history if "journey" in one)
    active = [key for key in keys if journeys.known(key).active]
    for number, key in enumerate(active):
        for command in _onward(journeys, key, number):
            journeys.perform(command)
    return journeys


def _onward(journeys: Journeys, key: str, number: int) -> Iterator[dict[str, Any]]:
    journey = journeys.known(key)
    by = f"coach:{journey.coaching.coach}@{journey.referral.municipality}"
    head = {"journey": key, "by": by}
    day = FIRST
    yield {**head, "do": "transfer_programme", "on": str(day), "programme": "se-hoglandet"}
    if number % 2 or journey.phase is Phase.PAUSED:
        return
    day += timedelta(days=3 * number)
    job = {"employment": "w1", "employer": "e1", "percent": 75, "form": "permanent"}
    yield {**head, "do": "start_employment", "on": str(day), **job}
    yield {**head, "do": "decide_exit", "on": str(day), "reason": "work", "votes": ALL_FOR}


def issued_in(journeys: Journeys) -> list[tuple[Key, NoticeIssued]]:
    """Every notice that a store holds, in the order of issue."""
    found = []
    for page in journeys.facts.scan():
        for _, stream, _, name, body, _, _ in page:
            if name == "NoticeIssued":
                fact = decode(name, body).data
                assert isinstance(fact, NoticeIssued)
                found.append(((stream, fact.kind, fact.what, fact.notice.value, fact.due_on), fact))
    return found


def keys_in(store: str) -> Counter[Key]:
    """How often each notice was issued."""
    with Journeys(store, today=LATE) as journeys:
        found = Counter(key for key, _ in issued_in(journeys))
        journeys.close()
    return found


def copy_of(store: Path, name: str) -> str:
    """A copy of a store that is closed, as a URL."""
    copy = store.with_name(f"{name}.db")
    copy.write_bytes(store.read_bytes())
    return f"sqlite:///{copy}"
