"""Eight processes on one store: nothing is lost, doubled or interleaved, and conflicts are told."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from sqlalchemy import select

from journey import Journeys
from journey.errors import Conflict, Refused, StoreLocked
from journey.storage.rebuild import rebuild
from journey.storage.recorder import Row
from journey.storage.schema import commands
from journey.storage.verify import verify
from tests.examples import COACH, employment, in_step_4, referral, wish
from tests.storage.stores import TODAY, as_object, support

ROOT = Path(__file__).parents[2]
PROCESSES = 8
COMMANDS = 10_000
JOURNEYS = 200
_CHILD = """
import json, sys
from tests.storage.test_load import answers

for answer in answers(sys.argv[1], int(sys.argv[2])):
    print(json.dumps(answer))
"""


def beginnings() -> Iterator[dict[str, Any]]:
    """200 journeys, every other in the preparation, the others where a job may begin."""
    for number in range(JOURNEYS):
        for one in (referral(),) if number % 2 else in_step_4():
            plain = as_object(one, journey=f"j{number}")
            yield {**plain, "person": f"p{number}"} if "person" in plain else plain


def command(chance: random.Random, id: str) -> dict[str, Any]:
    """A command to one of the journeys; what it records bears its id, a job apart."""
    number = chance.randrange(JOURNEYS)
    if number % 2:
        return support(id, journey=f"j{number}", id=id)
    if chance.random() < 0.1:
        return as_object(employment("2026-05-04"), journey=f"j{number}", id=id)
    contact = wish("contact_workplace", COACH, "2026-05-04", employer=f"k{id}")
    return as_object(contact, journey=f"j{number}", id=id)


def answers(url: str, process: int) -> Iterator[tuple[str, str, int]]:
    """One process's share: each command's id, what it was answered, how often it was given.

    What is answered by a conflict or a lock is given again until it is answered otherwise.
    """
    chance = random.Random(process)
    with Journeys(url, today=TODAY) as store:
        for number in range(COMMANDS // PROCESSES):
            id = f"{process}-{number}"
            yield id, *answered(store, command(chance, id))
        store.close()


def answered(store: Journeys, one: dict[str, Any]) -> tuple[str, int]:
    for tries in range(1, 1000):
        try:
            outcome = store.perform(one)
        except (Conflict, StoreLocked):
            continue
        except Refused:
            return "refused", tries
        return "recorded" if outcome.facts else "already true", tries
    raise AssertionError("it was never answered otherwise than by a conflict")


def all_at_once(url: str) -> list[tuple[str, str, int]]:
    """What all processes were answered."""
    words = [sys.executable, "-c", _CHILD, url]
    children = [
        subprocess.Popen([*words, str(number)], stdout=subprocess.PIPE, text=True, cwd=ROOT)
        for number in range(PROCESSES)
    ]
    said = [child.communicate()[0] for child in children]
    assert [child.returncode for child in children] == [0] * PROCESSES
    return [tuple(json.loads(line)) for text in said for line in text.splitlines()]


def test_eight_processes_lose_double_and_interleave_nothing(store_url: str) -> None:
    """10 000 commands to 200 journeys; every one is answered, and stored as it was answered."""
    with Journeys(store_url, today=TODAY) as store:
        for _ in store.record(beginnings()):
            pass
        begun = store.facts.head()[0]
        told = all_at_once(store_url)
        assert len({id for id, _, _ in told}) == COMMANDS
        recorded = {id for id, answer, _ in told if answer == "recorded"}
        assert len(recorded) > COMMANDS * 9 / 10
        rows = list(chain.from_iterable(store.facts.scan()))
        assert [row[0] for row in rows] == list(range(1, len(rows) + 1))
        assert_as_answered(store, rows, begun, told)
        assert verify(store).findings == ()
        assert rebuild(store).changed == 0
        store.close()


def assert_as_answered(
    store: Journeys, rows: Iterable[Row], begun: int, told: Iterable[tuple[str, str, int]]
) -> None:
    """Every fact is that of one command that was recorded, beside the command's other facts."""
    places = {(row[1], row[2]): row[0] for row in rows}
    known = {row.id: row for row in store.ask(select(commands))}
    seen: Counter[int] = Counter()
    for id, answer, _ in told:
        kept = known.get(id)
        assert (kept is not None and kept.fact_count > 0) == (answer == "recorded"), (id, answer)
        if kept is not None and kept.fact_count:
            first = places[kept.stream, kept.first_version]
            versions = range(kept.first_version, kept.first_version + kept.fact_count)
            positions = [places[kept.stream, version] for version in versions]
            assert positions == list(range(first, first + kept.fact_count))
            seen.update(positions)
    assert seen == Counter(range(begun + 1, len(places) + 1))
