"""``audit verify`` on PostgreSQL: what the tables' owner tampered with is found there too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import pytest
from msgspec import Struct

from journey import Journeys
from journey.storage.checkpoint import Checkpoint, make_checkpoint, read_checkpoint
from journey.storage.finding import FindingKind
from journey.storage.signing import signing_key
from journey.storage.verify import verify
from tests.examples import BOARD
from tests.postgres import Server
from tests.projections.histories import drawn, lived
from tests.projections.stores import LATE, a_store
from tests.storage.tampering import (
    KINDS,
    NOT_ON_A_SERVER,
    SEEN_BY_A_CHECKPOINT,
    OwnersTamperer,
    Tamperer,
)

PLACES = 4
"""How often each kind of tampering is tried, each time at another place."""


class Kept(Struct, frozen=True):
    """A store of a dozen journeys and a unit, its facts, and a checkpoint that someone keeps."""

    url: str
    facts: tuple[tuple[Any, ...], ...]
    checkpoint: Checkpoint


@pytest.fixture(scope="module")
def kept(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    with postgres.fresh() as url, a_store(url) as journeys:
        lived(journeys, drawn(Random(5), 0, 12))
        journeys.perform(
            {"do": "allocate_post", "unit": "Nässjö", "by": BOARD, "on": "2026-01-01"}
            | {"percent": 150}
        )
        key = signing_key(tmp_path_factory.mktemp("keys") / "key")
        checkpoint = read_checkpoint(make_checkpoint(journeys, key), key.public)
        yield Kept(url, tuple(row for page in journeys.facts.scan() for row in page), checkpoint)
        journeys.close()


@contextmanager
def tampered(kept: Kept, how: Callable[[Tamperer], None], seed: int = 0) -> Iterator[Journeys]:
    """The store after its owner has been at it; in the end its facts are there again."""
    owner = OwnersTamperer(kept.url, Random(seed))
    try:
        how(owner)
        with Journeys(kept.url, today=LATE) as journeys:
            yield journeys
            journeys.close()
    finally:
        owner.file.execute("DELETE FROM facts")
        with owner.file.cursor() as cursor:
            cursor.executemany("INSERT INTO facts VALUES (%s, %s, %s, %s, %s, %s, %s)", kept.facts)
        owner.file.close()


def test_a_store_as_it_was_recorded_is_intact(kept: Kept) -> None:
    """Alone, by the table, and shared by processes that each open the server."""
    with tampered(kept, lambda owner: None) as journeys:
        verified = verify(journeys, checkpoints=[kept.checkpoint])
        assert (verified.findings, verified.facts) == ((), len(kept.facts))
        assert verify(journeys, checkpoints=[kept.checkpoint], rules=False) == verified
        assert verify(journeys, checkpoints=[kept.checkpoint], processes=2) == verified


@pytest.mark.parametrize("seed", range(PLACES))
@pytest.mark.parametrize("kind", sorted(KINDS.keys() - NOT_ON_A_SERVER))
def test_tampering_of_every_kind_is_found_anywhere(kept: Kept, kind: str, seed: int) -> None:
    """An end cut off and a store written anew are found with a checkpoint; all else without."""
    with tampered(kept, KINDS[kind], seed) as journeys:
        known = [kept.checkpoint] if kind in SEEN_BY_A_CHECKPOINT else []
        for rules in (True, False):
            verified = verify(journeys, checkpoints=known, rules=rules)
            assert not verified.intact
            found = {finding.kind for finding in verified.findings}
            assert kind not in SEEN_BY_A_CHECKPOINT or FindingKind.CHECKPOINT in found
