"""The recorder: facts for ever, in one gap-free order, and eventsourcing's interface to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import chain
from typing import Any
from uuid import UUID

from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    Notification,
    StoredEvent,
    Subscription,
)
from sqlalchemy import select
from sqlalchemy.engine import Connection, Engine

from journey.storage.append import Append, Appended, Command
from journey.storage.database import database_of, is_in_memory, translated
from journey.storage.group_commit import GroupCommit, now
from journey.storage.pen import HostsPen, Pen
from journey.storage.prepared import Kept, Prepared
from journey.storage.queries import Queries
from journey.storage.reader import PenReader, PooledReader, Reader
from journey.storage.schema import facts
from journey.storage.seal import GENESIS, Head
from journey.storage.subscription import FactsSubscription

Row = tuple[int, bytes, int, str, bytes, int, bytes]
"""position, stream, version, name, body, recorded_at, seal"""

StreamRow = tuple[bytes, int, str, bytes, int]
"""stream, version, name, body, position"""

_PAGE = 2000


class StreamRecorder(AggregateRecorder):
    """Facts by their stream. ``clock`` gives microseconds since 1970.

    ``within`` is a connection on which a host has begun a transaction: then all is read and
    written in it. ``hosted`` says that the engine, and its pool, are a host's own.
    """

    def __init__(
        self,
        engine: Engine,
        clock: Callable[[], int] = now,
        *,
        within: Connection | None = None,
        hosted: bool = False,
    ) -> None:
        self.engine = engine
        self.database = database_of(engine)
        self._pen = HostsPen(within, self.database) if within else Pen(engine, self.database)
        self._reader: Reader = (
            PenReader(self._pen, self.database)
            if within or is_in_memory(engine)
            else PooledReader(engine, self.database, keep=not hosted)
        )
        self._sql = Queries(engine.dialect)
        self._writing = GroupCommit(self._pen, self.database, engine.dialect, clock)

    # --- writing ---------------------------------------------------------------------

    def append(self, append: Append) -> Appended:
        """Write one append; it is on the disk when this returns.

        Raises VersionMoved, CommandTaken or RowsRefused (nothing is written), or
        StoreError where the store cannot be used. Threads share commits.
        """
        return self._writing.append([append])[0]

    def append_all(self, appends: Sequence[Append]) -> list[Appended]:
        """Write appends in their order with one commit, up to the first that is refused.

        The answer is shorter than what was given where one was refused: that one and
        those after it are not written. Raises StoreError; nothing is written then.
        """
        return self._writing.append_up_to_refused(appends)

    @contextmanager
    def exclusively(self) -> Iterator[Any]:
        """The driver's cursor within one write transaction of its own: all of it, or nothing."""
        with self._pen.lock, translated(self.database), self._pen.transaction() as (cursor, _):
            yield cursor

    # --- reading ---------------------------------------------------------------------

    def read(self, stream: bytes, after: int = 0) -> list[tuple[int, str, bytes, int, int]]:
        """The facts of a stream in their order, after a version:
        (version, name, body, recorded_at, position)."""
        return self.select(self._sql.of_stream, {"stream": stream, "after": after})

    def version(self, stream: bytes) -> int:
        """The version of a stream's last fact; 0 if it has none."""
        rows = self.select(self._sql.version, {"stream": stream})
        return int(rows[0][0]) if rows else 0

    def scan(
        self, after: int = 0, upto: int | None = None, batch: int = 5000
    ) -> Iterator[list[Row]]:
        """All facts by position, in batches; no transaction is held between them."""
        last = upto if upto is not None else self.head()[0]
        while after < last:
            values = {"after": after, "upto": last, "batch": batch}
            rows: list[Row] = self.select(self._sql.page, values)
            if not rows:
                return
            yield rows
            after = rows[-1][0]

    def by_stream(self, upto: int | None = None) -> Iterator[StreamRow]:
        """All facts up to a position, a stream after the other; read in pages as they are
        asked for, and no transaction is held between them."""
        return chain.from_iterable(self._stream_pages(self.head()[0] if upto is None else upto))

    def _stream_pages(self, upto: int) -> Iterator[list[StreamRow]]:
        stream, version = b"", 0
        while True:
            values = {"stream": stream, "version": version, "upto": upto, "batch": _PAGE}
            rows: list[StreamRow] = self.select(self._sql.by_stream, values)
            yield rows
            if len(rows) < _PAGE:
                return
            stream, version = rows[-1][:2]

    def changed_streams(self, after: int, upto: int) -> Iterator[bytes]:
        """The streams that have facts after a position, up to another, in their order."""
        stream = b""
        while True:
            values = {"after": after, "upto": upto, "stream": stream, "batch": _PAGE}
            rows = self.select(self._sql.changed, values)
            yield from (row[0] for row in rows)
            if len(rows) < _PAGE:
                return
            stream = rows[-1][0]

    def position_at(self, time: int) -> int:
        """The position of the last fact recorded by a time (µs since 1970); 0 if none was.

        Time never runs backwards along the positions, and they have no gaps: halves find it.
        """
        low, high = 0, self.head()[0]
        while low < high:
            middle = (low + high + 1) // 2
            ((recorded_at,),) = self.select(self._sql.time_at, {"position": middle})
            low, high = (middle, high) if recorded_at <= time else (low, middle - 1)
        return low

    def reading(self) -> AbstractContextManager[Connection]:
        """A connection on which all answers are of one moment, whatever others write meanwhile."""
        return self._reader.reading()

    def head(self) -> Head:
        """The last position, its time and its seal; (0, 0, GENESIS) in an empty store."""
        rows = self.select(self._sql.head, {})
        return rows[0] if rows else (0, 0, GENESIS)

    def find_command(self, id: str) -> Command | None:
        """What is kept of the command with this key."""
        rows = self.select(self._sql.command, {"id": id})
        return Command(*rows[0]) if rows else None

    def kept(self, kept: Kept) -> str | None:
        """A value that the store keeps of itself; None if there is none."""
        rows = self.select(kept.query, {})
        return rows[0][0] if rows else None

    def select(self, query: Prepared, values: Mapping[str, Any]) -> list[Any]:
        """The rows of a prepared query, as the driver gives them."""
        return self._reader.select(query, values)

    def close(self) -> None:
        """Give back all connections; those that read now give theirs back themselves."""
        with self._pen.lock:
            self._reader.close()
            self._pen.close()

    # --- eventsourcing's interface ---------------------------------------------------

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        """Write events of any streams, all or nothing. Raises IntegrityError on a conflict."""
        self._insert_all(stored_events)
        return None

    def _insert_all(self, stored_events: Sequence[StoredEvent]) -> list[int]:
        if not stored_events:
            return []
        appends = [
            Append(
                _stream(event.originator_id),
                event.originator_version,
                ((event.topic, event.state),),
            )
            for event in stored_events
        ]
        return [done.first_position for done in self._writing.append(appends)]

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """Events of one stream between two versions."""
        version = facts.c.version
        query = select(facts).where(facts.c.stream == _stream(originator_id))
        query = query if gt is None else query.where(version > gt)
        query = query if lte is None else query.where(version <= lte)
        query = query.order_by(version.desc() if desc else version).limit(limit)
        return [
            StoredEvent(UUID(bytes=row.stream), row.version, row.name, row.body)
            for row in self._reader.rows(query)
        ]


class Recorder(StreamRecorder, ApplicationRecorder):
    """Facts by their stream and in the one order of the store."""

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        """Write events of any streams, all or nothing; gives their positions."""
        return self._insert_all(stored_events)

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Events between two positions, of these names if any are given."""
        place = facts.c.position
        query = select(facts).order_by(place).limit(limit)
        if start is not None:
            query = query.where(place >= start if inclusive_of_start else place > start)
        query = query if stop is None else query.where(place <= stop)
        query = query.where(facts.c.name.in_(topics)) if topics else query
        return [
            Notification(UUID(bytes=row.stream), row.version, row.name, row.body, id=row.position)
            for row in self._reader.rows(query)
        ]

    def max_notification_id(self) -> int | None:
        """The last position; None in an empty store."""
        return self.head()[0] or None

    def subscribe(
        self, gt: int | None = None, topics: Sequence[str] = ()
    ) -> Subscription[ApplicationRecorder]:
        """Events after a position, as they come, until stopped."""
        return FactsSubscription(self, gt, topics)


def _stream(originator_id: UUID | str) -> bytes:
    return originator_id.bytes if isinstance(originator_id, UUID) else UUID(originator_id).bytes
