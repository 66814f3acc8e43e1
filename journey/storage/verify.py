"""``audit verify``: is the record what was recorded, and was it allowed?

Two passes over the facts that are there when it begins. By position: every seal is made
anew, positions have no gaps, time never runs backwards, and the tree of the seals is that
of each checkpoint given. By stream: versions have no gaps, every stream is that of its
key, every body can be read, every fact is allowed by the table in its phase, and every
decision is judged again (``journey/judge.py`` and ``journey/units/judge.py`` say what
can be and what cannot).

Judging costs most. It may be shared among processes, each with a part of the streams, or
left out: then the first pass judges by the table alone (``journey/storage/by_table.py``).

A chain alone cannot tell that its end was cut off, or that all of it was written anew:
that shows against a checkpoint (``journey/storage/checkpoint.py``).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from multiprocessing import get_context
from typing import TYPE_CHECKING, Final

from journey.errors import StoreError, StoreUnusable
from journey.storage import reading
from journey.storage.by_table import ByTable
from journey.storage.chain import Chain
from journey.storage.checkpoint import Checkpoint
from journey.storage.codec import decode
from journey.storage.database import is_in_memory, open_engine
from journey.storage.finding import MOST, Finding, FindingKind, HeadView, Verified
from journey.storage.reading import END, Raw
from journey.storage.recorder import Recorder
from journey.storage.stream_check import (
    Checked,
    check_stream,
    check_streams,
    id_of,
    key_of,
    number_of,
)

if TYPE_CHECKING:
    from journey.storage.journeys import Journeys

Progress = Callable[[int, int], None]
"""Called with the steps done and the steps in all (two for each fact)."""

_PARTS: Final = 16
"""Into so many parts the streams are cut where processes share them."""

_WORTH_SHARING: Final = 50_000
"""Seen: what two processes save is from some 45 000 facts on more than their start costs."""


def verify(
    journeys: Journeys,
    progress: Progress | None = None,
    checkpoints: Sequence[Checkpoint] = (),
    *,
    rules: bool = True,
    processes: int = 1,
) -> Verified:
    """Verify every fact of the store, and these checkpoints of it.

    ``intact`` is False where anything is wrong; at most ``MOST`` findings are listed.
    Without ``rules`` facts are judged by the lifecycle table alone, in the first pass,
    which is several times as fast. ``processes`` more than one share the judging by rules
    of a store in a file; they are started anew (spawned), so that the caller's main module
    must bear being imported. Raises StoreError where the store cannot be read now (it is
    locked, say); one that is damaged gives a finding.
    """
    verification = _Verification(journeys.facts, progress or (lambda done, total: None))
    if not rules:
        return verification.by_table(checkpoints)
    alone = processes == 1 or is_in_memory(journeys.engine)
    return verification.by_rules(checkpoints, 1 if alone else processes)


def cores_for(facts: int) -> int:
    """How many processes to share the judging of so many facts: all cores, where it pays."""
    return (os.cpu_count() or 1) if facts >= _WORTH_SHARING else 1


class _Verification:
    """One verification: the findings so far, and how far it is."""

    def __init__(self, facts: Recorder, progress: Progress) -> None:
        self._facts = facts
        self._findings: list[Finding] = []
        self._head = facts.head()
        self._upto = self._head[0]
        self._progress: Callable[[int], None] = lambda done: progress(done, 2 * self._upto)

    def by_rules(self, checkpoints: Sequence[Checkpoint], processes: int) -> Verified:
        chain = Chain(checkpoints)
        self._go_through(chain, steps=1)
        checked = self._streams(processes)
        self._findings += checked.findings[: MOST - len(self._findings)]
        if checked.facts != chain.count:
            detail = f"{chain.count} facts can be read by position, {checked.facts} by stream"
            self._add(None, FindingKind.UNREADABLE, detail)
        return self._verified(chain.count, checked.journeys)

    def by_table(self, checkpoints: Sequence[Checkpoint]) -> Verified:
        table = ByTable()
        chain = Chain(checkpoints, table.fact)
        self._go_through(chain, steps=2)
        return self._verified(chain.count, table.journeys)

    def _go_through(self, chain: Chain, steps: int) -> None:
        pages = reading.pages_by_position(self._facts, self._upto)
        for found in chain.go_through(pages, lambda done: self._progress(steps * done)):
            self._add(*found)

    def _verified(self, facts: int, journeys: int) -> Verified:
        return Verified(
            facts=facts,
            journeys=journeys,
            intact=not self._findings,
            findings=tuple(self._findings),
            head=HeadView(self._upto, _hex(self._head[2])),
        )

    def _add(self, row: Raw | None, kind: FindingKind, detail: str) -> None:
        if len(self._findings) < MOST:
            self._findings.append(self._named(row, kind, detail))

    def _streams(self, processes: int) -> Checked:
        total = Checked()
        parts = self._one_by_one() if processes == 1 else self._shared(processes)
        try:
            for part in parts:
                before, total = total.facts, total.and_also(part)
                if before // reading.PAGE != total.facts // reading.PAGE:
                    self._progress(self._upto + total.facts)
        except StoreUnusable as error:
            self._add(None, FindingKind.UNREADABLE, f"the facts by stream: {error}")
        self._progress(2 * self._upto)
        return total

    def _one_by_one(self) -> Iterator[Checked]:
        return map(check_stream, reading.streams(self._facts, self._upto))

    def _shared(self, processes: int) -> Iterator[Checked]:
        url = self._facts.engine.url.render_as_string(hide_password=False)
        bounds = [b"", *(bytes([n * 256 // _PARTS]) for n in range(1, _PARTS)), END]
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
            parts = [
                pool.submit(_part, url, self._upto, begin, end) for begin, end in pairwise(bounds)
            ]
            for part in parts:
                yield part.result()

    def _named(self, row: Raw | None, kind: FindingKind, detail: str) -> Finding:
        """The finding with its journey's key, read from the stream's first fact."""
        if row is None:
            return Finding(None, None, kind, detail)
        _, stream, version, *_ = row
        try:
            first = self._facts.read(stream)[0]
            key = key_of(decode(first[1], first[2]).data)
        except (StoreError, IndexError, TypeError):
            key = None
        return Finding(key or id_of(stream), number_of(version), kind, detail)


def _part(url: str, upto: int, begin: bytes, end: bytes) -> Checked:
    """The streams between two bounds, judged in a process of its own."""
    engine = open_engine(url)
    facts = Recorder(engine)
    try:
        return check_streams(reading.streams(facts, upto, begin, end))
    finally:
        facts.close()
        engine.dispose()


def _hex(sealed: object) -> str:
    return sealed.hex() if isinstance(sealed, bytes) else ""
