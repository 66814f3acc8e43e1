"""Rows from nothing: the same function over every journey that follows each command.

Beside the live tables new ones are filled, in many short write transactions between which
others have their turn; facts are read in pages up to the position that was the last when
the rebuild began. What is recorded meanwhile is caught up with in rounds. The last, short
round and the swap are one transaction: readers see the old rows until it commits, and a
rebuild that is killed has changed nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from msgspec import Struct

from journey.errors import StoreError
from journey.storage.differences import Differences, TableDifference
from journey.storage.folding import Folded, fold_stream, folded
from journey.storage.prepared import Kept
from journey.storage.schema import FOLLOWED
from journey.storage.shadow import Shadows
from journey.storage.turn import Turn
from journey.units import Unit

if TYPE_CHECKING:
    from journey.storage.journeys import Journeys

Progress = Callable[[int, int], None]
"""Called with the facts done and the facts in all."""

Step = Callable[[Any], None]
"""A part of the work that needs a write transaction; takes its cursor."""

_BATCH_FACTS: Final = 10_000
_SHORT_ROUND: Final = 100
_ROUNDS: Final = 10
_AFTER_ALL: Final = b"\xff" * 17


class Rebuilt(Struct, frozen=True):
    """What a rebuild went through, and what it found other than it should be.

    ``changed`` journeys (and units) had other rows, ``tables`` says in which tables, and
    ``examples`` names a few of them (a stream without facts by its id). ``swapped`` says
    whether the new rows are in place; they are not where it was only to look.
    """

    journeys: int
    facts: int
    changed: int
    tables: tuple[TableDifference, ...] = ()
    examples: tuple[str, ...] = ()
    swapped: bool = True


def rebuild(
    journeys: Journeys, progress: Progress | None = None, *, only_look: bool = False
) -> Rebuilt:
    """Make all rows anew from the facts, or only look what would differ then.

    Raises RebuildGoesOn where another rebuild is at work, or StoreError; nothing is
    changed then.
    """
    return _Rebuild(journeys, progress).run(swap=not only_look)


def complete(journeys: Journeys) -> None:
    """Make the rows of tables anew that the store lacks or has in another form. Raises as
    ``rebuild`` does."""
    _Rebuild(journeys, None, compare=False).run(swap=True)


class _Batch(Struct):
    """The rows of some streams, by table, as the driver takes them; the last of the streams."""

    rows: dict[str, list[Any]]
    last: bytes = b""
    facts: int = 0
    streams: int = 0


class _Rebuild:
    """One rebuild: the shadows know the facts up to ``_done``."""

    def __init__(
        self, journeys: Journeys, progress: Progress | None, *, compare: bool = True
    ) -> None:
        dialect = journeys.engine.dialect
        self._journeys = journeys
        self._facts = journeys.facts
        self._progress = progress or (lambda done, total: None)
        self._turn = Turn(self._facts, dialect)
        self._shadows = Shadows(journeys.rows.tables, self._facts.database, dialect)
        self._differences = Differences(self._shadows.pairs if compare else (), dialect)
        self._followed = Kept(FOLLOWED, dialect)
        self._done = self._streams = 0

    def run(self, *, swap: bool) -> Rebuilt:
        self._turn.take()
        try:
            self._fill()
            self._one_by_one(self._shadows.index())
            self._catch_up()
            return self._finish(swap=swap)
        except BaseException:
            self._give_up()
            raise

    @contextmanager
    def _step(self) -> Iterator[Any]:
        with self._facts.exclusively() as cursor:
            self._turn.keep(cursor)
            yield cursor

    def _one_by_one(self, steps: Iterable[Step]) -> None:
        for step in steps:
            with self._step() as cursor:
                step(cursor)

    # --- filled ----------------------------------------------------------------------

    def _fill(self) -> None:
        with self._step() as cursor:
            self._shadows.make(cursor)
            self._differences.make(cursor)
            self._done = self._facts.head()[0]
        low, seen = b"", 0
        for batch in self._batches(folded(self._facts, self._done)):
            with self._step() as cursor:
                self._shadows.write(cursor, batch.rows)
                self._differences.compare_range(cursor, low, batch.last, self._done)
            low = batch.last
            seen += batch.facts
            self._streams += batch.streams
            self._progress(seen, self._done)
        with self._step() as cursor:  # rows of streams without facts
            self._differences.compare_range(cursor, low, _AFTER_ALL, self._done)

    def _batches(self, streams: Iterable[Folded], after: int = 0) -> Iterator[_Batch]:
        """Their rows; only who began after a position counts as a stream that is new."""
        batch = self._batch()
        for one in streams:
            self._shadows.bind(one.stream, self._journeys.rows.rows_of(one.state), batch.rows)
            batch.last = one.stream
            batch.facts += one.facts
            batch.streams += one.first_position > after
            if batch.facts >= _BATCH_FACTS:
                yield batch
                batch = self._batch()
        if batch.last:
            yield batch

    def _batch(self) -> _Batch:
        return _Batch({table.name: [] for table in self._journeys.rows.tables})

    # --- caught up -------------------------------------------------------------------

    def _catch_up(self) -> None:
        for _ in range(_ROUNDS):
            head = self._facts.head()[0]
            if head - self._done <= _SHORT_ROUND:
                return
            self._one_by_one(self._round(head))
            self._progress(head, head)

    def _round(self, upto: int) -> Iterator[Step]:
        """Make the rows anew of who has facts after those that the shadows know.

        All of theirs go first: then the rows that stand are of one moment, and those that
        come are of another, at which the same keys were as unique.
        """
        after, self._done = self._done, upto
        yield partial(self._shadows.forget_changed, after=after, upto=upto)
        for batch in self._batches(self._changed(after, upto), after):
            self._streams += batch.streams
            yield partial(self._shadows.write, bound=batch.rows)
        yield partial(self._differences.compare_changed, after=after, upto=upto)

    def _changed(self, after: int, upto: int) -> Iterator[Folded]:
        for stream in self._facts.changed_streams(after, upto):
            rows = (
                (stream, version, name, body, position)
                for version, name, body, _, position in self._facts.read(stream)
                if position <= upto
            )
            one = fold_stream(stream, rows)
            if one is not None:
                yield one

    # --- put in place ----------------------------------------------------------------

    def _finish(self, *, swap: bool) -> Rebuilt:
        with self._step() as cursor:
            for step in self._round(self._facts.head()[0]):
                step(cursor)
            found = self._differences
            changed, tables = found.count(cursor), found.tables(cursor)
            examples = found.examples(cursor)
            if swap:
                self._shadows.swap(cursor)
                self._followed.write(cursor, self._journeys.rows.fingerprint())
            self._clear(cursor)
        names = tuple(map(self._name_of, examples))
        self._progress(self._done, self._done)
        return Rebuilt(self._streams, self._done, changed, tables, names, swap)

    def _name_of(self, stream: bytes) -> str:
        rows = [(stream, *row[:3], row[4]) for row in self._facts.read(stream)]
        one = fold_stream(stream, rows)
        if one is None:
            return str(UUID(bytes=stream))
        return one.state.unit if isinstance(one.state, Unit) else one.state.key

    def _give_up(self) -> None:
        """Leave nothing behind, if the store lets us; the next rebuild clears it otherwise."""
        with suppress(StoreError), self._facts.exclusively() as cursor:
            if self._turn.is_mine(cursor):
                self._clear(cursor)

    def _clear(self, cursor: Any) -> None:
        self._shadows.drop(cursor)
        self._differences.drop(cursor)
        self._turn.give_back(cursor)
