"""The recorder: appends facts for ever, in one gap-free order, sealed, with shared commits.

Writers wait in line; whoever gets the pen carries out everything that waits in one
transaction, each append for itself, and no one is answered before the commit
(group commit). With one writer that is a plain BEGIN, INSERT, COMMIT on a held
connection with fixed statement texts (speed.md, findings 1, 10): SQLAlchemy Core writes
the statements and opens the connections, the driver's own cursor runs them, which
measured half the time of a command beside the commit.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from threading import Lock, RLock
from typing import Any, TypeVar
from uuid import UUID

from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    IntegrityError,
    Notification,
    StoredEvent,
    Subscription,
)
from msgspec import Struct
from sqlalchemy import Integer, LargeBinary, Select, bindparam, desc, insert, select, tuple_
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError

from journey.storage.database import Kept, Prepared, as_store_error, is_in_memory, translated
from journey.storage.schema import commands, facts
from journey.storage.seal import GENESIS, seal

Row = tuple[int, bytes, int, str, bytes, int, bytes]
"""position, stream, version, name, body, recorded_at, seal"""

StreamRow = tuple[bytes, int, str, bytes, int]
"""stream, version, name, body, position"""

Head = tuple[int, int, bytes]
"""The last position, its time and its seal."""

_PAGE = 2000

T = TypeVar("T")


class VersionMoved(IntegrityError):
    """Another fact has this version of the stream."""


class CommandTaken(IntegrityError):
    """The idempotence key is there already."""


class RowsRefused(IntegrityError):
    """A read model's own constraint refused the rows."""


class Claim(Struct, frozen=True):
    """An idempotence key and the digest of the command that bears it."""

    id: str
    digest: bytes


class Append(Struct, frozen=True):
    """What one command writes: facts from ``version`` on, rows, and its key; all or nothing."""

    stream: bytes
    version: int
    events: tuple[tuple[str, bytes], ...]
    statements: tuple[tuple[str, Any], ...] = ()
    command: Claim | None = None


class Appended(Struct, frozen=True):
    """Where the facts are: the position of the first, and when they were recorded (µs)."""

    first_position: int
    recorded_at: int
    count: int


class Command(Struct, frozen=True):
    """What is kept of a command that bore a key."""

    digest: bytes
    stream: bytes
    first_version: int
    fact_count: int


class _Job:
    """Appends that stand or fall together, waiting for their answer."""

    def __init__(self, appends: Sequence[Append]) -> None:
        self.appends = appends
        self.done: list[Appended] | None = None
        self.error: Exception | None = None

    @property
    def waits(self) -> bool:
        return self.done is None and self.error is None

    def answer(self) -> list[Appended]:
        if self.error is not None:
            raise self.error
        assert self.done is not None
        return self.done


def _now() -> int:
    return time.time_ns() // 1000


class StreamRecorder(AggregateRecorder):
    """Facts by their stream. ``clock`` gives microseconds since 1970."""

    def __init__(self, engine: Engine, clock: Callable[[], int] = _now) -> None:
        self.engine = engine
        self._clock = clock
        self._waiting: list[_Job] = []
        self._line = Lock()
        self._pen = RLock()
        self._driver = engine.dialect.loaded_dbapi
        self._connection: Connection | None = None
        self._cursor: Any = None
        self._idle: list[Connection] = []
        self._compile()

    def _compile(self) -> None:
        dialect = self.engine.dialect
        self._insert = Prepared(insert(facts), dialect)
        self._insert_command = Prepared(insert(commands), dialect)
        head = select(facts.c.position, facts.c.recorded_at, facts.c.seal)
        self._head = Prepared(head.order_by(desc(facts.c.position)).limit(1), dialect)
        of_stream = select(
            facts.c.version, facts.c.name, facts.c.body, facts.c.recorded_at, facts.c.position
        ).where(facts.c.stream == bindparam("stream"), facts.c.version > bindparam("after"))
        self._of_stream = Prepared(of_stream.order_by(facts.c.version), dialect)
        last = select(facts.c.version).where(facts.c.stream == bindparam("stream"))
        self._version = Prepared(last.order_by(desc(facts.c.version)).limit(1), dialect)
        page = select(facts).where(
            facts.c.position > bindparam("after"), facts.c.position <= bindparam("upto")
        )
        self._page = Prepared(page.order_by(facts.c.position).limit(bindparam("batch")), dialect)
        everything = select(
            facts.c.stream, facts.c.version, facts.c.name, facts.c.body, facts.c.position
        ).where(
            tuple_(facts.c.stream, facts.c.version)
            > tuple_(bindparam("stream", type_=LargeBinary), bindparam("version", type_=Integer)),
            facts.c.position <= bindparam("upto"),
        )
        in_order = everything.order_by(facts.c.stream, facts.c.version)
        self._by_stream = Prepared(in_order.limit(bindparam("batch")), dialect)
        changed = select(facts.c.stream).where(
            facts.c.position > bindparam("after"),
            facts.c.position <= bindparam("upto"),
            facts.c.stream > bindparam("stream"),
        )
        changed = changed.distinct().order_by(facts.c.stream).limit(bindparam("batch"))
        self._changed = Prepared(changed, dialect)
        time_at = select(facts.c.recorded_at).where(facts.c.position == bindparam("position"))
        self._time_at = Prepared(time_at, dialect)
        command = select(
            commands.c.digest,
            commands.c.stream,
            commands.c.first_version,
            commands.c.fact_count,
        )
        self._command = Prepared(command.where(commands.c.id == bindparam("id")), dialect)

    # --- writing ---------------------------------------------------------------------

    def append(self, append: Append) -> Appended:
        """Write one append; it is on the disk when this returns.

        Raises VersionMoved, CommandTaken or RowsRefused (nothing is written), or
        StoreError where the store cannot be used. Threads share commits.
        """
        return self._write([append])[0]

    def append_all(self, appends: Sequence[Append]) -> list[Appended]:
        """Write appends in their order with one commit, up to the first that is refused.

        The answer is shorter than what was given where one was refused: that one and
        those after it are not written. Raises StoreError; nothing is written then.
        """
        with self._pen, translated():
            return self._in_transaction(lambda: self._up_to_first_refused(appends))

    def _up_to_first_refused(self, appends: Sequence[Append]) -> list[Appended]:
        written: list[Appended] = []
        head = self._read_head()
        for append in appends:
            try:
                done, head = self._by_itself([append], head)
            except IntegrityError:
                break
            written += done
        return written

    def _write(self, appends: Sequence[Append]) -> list[Appended]:
        job = _Job(appends)
        with self._line:
            self._waiting.append(job)
        with self._pen:
            if job.waits:
                with self._line:
                    jobs, self._waiting = self._waiting, []
                self._carry_out(jobs)
        return job.answer()

    def _carry_out(self, jobs: Sequence[_Job]) -> None:
        """All that waits in one transaction. A failed commit fails everyone in it."""
        try:
            if len(jobs) == 1:
                jobs[0].done = self._in_transaction(lambda: self._alone(jobs[0]))
            else:
                for job, done in self._in_transaction(lambda: self._together(jobs)):
                    job.done = done
        except IntegrityError as error:
            jobs[0].error = error
        except (DBAPIError, self._driver.Error) as error:
            for job in jobs:
                job.error = job.error or as_store_error(error)
        except BaseException as error:
            for job in jobs:
                job.error = job.error or RuntimeError(f"The writer stopped: {error!r}")
            raise

    def _alone(self, job: _Job) -> list[Appended]:
        return self._write_out(job.appends, self._read_head())[0]

    def _together(self, jobs: Sequence[_Job]) -> list[tuple[_Job, list[Appended]]]:
        written = []
        head = self._read_head()
        for job in jobs:
            try:
                done, head = self._by_itself(job.appends, head)
                written.append((job, done))
            except self._driver.OperationalError:
                raise  # the store itself failed, and everyone's commit with it
            except Exception as error:
                job.error = self._own_error(error)
        return written

    def _own_error(self, error: Exception) -> Exception:
        """What the writer of an append is told that could not be written, others could."""
        return as_store_error(error) if isinstance(error, self._driver.Error) else error

    @contextmanager
    def exclusively(self) -> Iterator[Any]:
        """The driver's cursor within one write transaction of its own: all of it, or nothing."""
        with self._pen, translated():
            cursor = self._pen_cursor()
            try:
                cursor.execute("BEGIN IMMEDIATE")
                yield cursor
                cursor.execute("COMMIT")
            except BaseException:
                self._roll_back()
                raise

    def _in_transaction(self, work: Callable[[], T]) -> T:
        run = self._pen_cursor().execute
        try:
            run("BEGIN IMMEDIATE")
            result = work()
            run("COMMIT")
        except BaseException:
            self._roll_back()
            raise
        return result

    def _roll_back(self) -> None:
        """Leave no transaction open; SQLite may have rolled back itself (a full disk, say)."""
        cursor = self._pen_cursor()
        if cursor.connection.in_transaction:
            cursor.execute("ROLLBACK")

    def _by_itself(self, appends: Sequence[Append], head: Head) -> tuple[list[Appended], Head]:
        run = self._pen_cursor().execute
        run("SAVEPOINT one")
        try:
            done = self._write_out(appends, head)
        except Exception:
            if self._pen_cursor().connection.in_transaction:
                run("ROLLBACK TO one")
                run("RELEASE one")
            raise
        run("RELEASE one")
        return done

    def _write_out(self, appends: Sequence[Append], head: Head) -> tuple[list[Appended], Head]:
        done = []
        for append in appends:
            first = head[0] + 1
            rows, head = self._sealed(append, head)
            if rows:
                self._run(self._insert.text, rows, VersionMoved)
            for text, values in append.statements:
                self._run(text, values, RowsRefused)
            if append.command is not None:
                self._claim(append, append.command)
            done.append(Appended(first, head[1], len(rows)))
        return done, head

    def _sealed(self, append: Append, head: Head) -> tuple[list[Any], Head]:
        """The rows of the facts, each sealed upon the one before; time never runs backwards."""
        position, last, previous = head
        now = max(self._clock(), last)
        rows = []
        for version, (name, body) in enumerate(append.events, append.version):
            position += 1
            previous = seal(previous, position, now, append.stream, version, name, body)
            rows.append((position, append.stream, version, name, body, now, previous))
        return rows, (position, now, previous)

    def _claim(self, append: Append, claim: Claim) -> None:
        values = (claim.id, claim.digest, append.stream, append.version, len(append.events))
        self._run(self._insert_command.text, values, CommandTaken)

    def _run(self, text: str, values: Any, refused: type[IntegrityError]) -> None:
        cursor = self._pen_cursor()
        try:
            if isinstance(values, list):
                for one in values:
                    cursor.execute(text, one)
            else:
                cursor.execute(text, values)
        except self._driver.IntegrityError as error:
            raise refused(str(error)) from error

    def _read_head(self) -> Head:
        cursor = self._pen_cursor()
        cursor.execute(self._head.text, self._head.bind({}))
        return cursor.fetchone() or (0, 0, GENESIS)

    def _writer(self) -> Connection:
        if self._connection is None:
            self._connection = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        return self._connection

    def _pen_cursor(self) -> Any:
        """The driver's cursor on the writer's connection, held."""
        if self._cursor is None:
            self._cursor = self._writer().connection.cursor()
        return self._cursor

    # --- reading ---------------------------------------------------------------------

    def read(self, stream: bytes, after: int = 0) -> list[tuple[int, str, bytes, int, int]]:
        """The facts of a stream in their order, after a version:
        (version, name, body, recorded_at, position)."""
        return self.select(self._of_stream, {"stream": stream, "after": after})

    def version(self, stream: bytes) -> int:
        """The version of a stream's last fact; 0 if it has none."""
        rows = self.select(self._version, {"stream": stream})
        return int(rows[0][0]) if rows else 0

    def scan(
        self, after: int = 0, upto: int | None = None, batch: int = 5000
    ) -> Iterator[list[Row]]:
        """All facts by position, in batches; no transaction is held between them."""
        last = upto if upto is not None else self.head()[0]
        while after < last:
            values = {"after": after, "upto": last, "batch": batch}
            rows: list[Row] = self.select(self._page, values)
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
            rows: list[StreamRow] = self.select(self._by_stream, values)
            yield rows
            if len(rows) < _PAGE:
                return
            stream, version = rows[-1][:2]

    def changed_streams(self, after: int, upto: int) -> Iterator[bytes]:
        """The streams that have facts after a position, up to another, in their order."""
        stream = b""
        while True:
            values = {"after": after, "upto": upto, "stream": stream, "batch": _PAGE}
            rows = self.select(self._changed, values)
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
            ((recorded_at,),) = self.select(self._time_at, {"position": middle})
            low, high = (middle, high) if recorded_at <= time else (low, middle - 1)
        return low

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection on which all answers are of one moment, whatever others write meanwhile.

        A store in memory has one connection for all: writers wait, and it stays open,
        for closing would roll back what the writer has begun.
        """
        with translated():
            if is_in_memory(self.engine):
                with self._pen:
                    yield self._writer()
                return
            with self.engine.connect() as plain:
                connection = plain.execution_options(isolation_level="AUTOCOMMIT")
                connection.exec_driver_sql("BEGIN")
                try:
                    yield connection
                finally:
                    connection.exec_driver_sql("ROLLBACK")

    def head(self) -> Head:
        """The last position, its time and its seal; (0, 0, GENESIS) in an empty store."""
        rows = self.select(self._head, {})
        return rows[0] if rows else (0, 0, GENESIS)

    def find_command(self, id: str) -> Command | None:
        """What is kept of the command with this key."""
        rows = self.select(self._command, {"id": id})
        return Command(*rows[0]) if rows else None

    def kept(self, kept: Kept) -> str | None:
        """A value that the store keeps of itself; None if there is none."""
        rows = self.select(kept.query, {})
        return rows[0][0] if rows else None

    def select(self, query: Prepared, values: Mapping[str, Any]) -> list[Any]:
        """The rows of a prepared query, as the driver gives them."""
        with translated():
            if is_in_memory(self.engine):
                with self._pen:
                    return self._fetch(self._writer(), query, values)
            with self._reader() as connection:
                return self._fetch(connection, query, values)

    def _fetch(
        self, connection: Connection, query: Prepared, values: Mapping[str, Any]
    ) -> list[Any]:
        cursor = connection.connection.cursor()
        cursor.execute(query.text, query.bind(values))
        return list(cursor.fetchall())

    @contextmanager
    def _reader(self) -> Iterator[Connection]:
        """A connection for one read; kept for the next, whichever thread asks.

        It is never closed by another thread: SQLite's driver does not survive a
        connection that is closed while a statement of it runs.
        """
        with self._line:
            idle = self._idle
            connection = idle.pop() if idle else None
        if connection is None:
            connection = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            yield connection
        finally:
            self._give_back(connection, idle)

    def _give_back(self, connection: Connection, idle: list[Connection]) -> None:
        with self._line:
            if idle is self._idle:
                idle.append(connection)
                return
        connection.detach()  # the pool may be gone already
        connection.close()

    def close(self) -> None:
        """Give back all connections; those that read now give theirs back themselves."""
        with self._pen:
            with self._line:
                idle, self._idle = self._idle, []
            for connection in idle:
                connection.close()
            self._cursor = None
            if self._connection is not None:
                self._connection.close()
                self._connection = None

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
        return [done.first_position for done in self._write(appends)]

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
            for row in self._rows_of(query)
        ]

    def _rows_of(self, query: Select[Any]) -> list[Any]:
        with translated():
            if is_in_memory(self.engine):
                with self._pen:
                    return list(self._writer().execute(query))
            with self._reader() as connection:
                return list(connection.execute(query))


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
            for row in self._rows_of(query)
        ]

    def max_notification_id(self) -> int | None:
        """The last position; None in an empty store."""
        return self.head()[0] or None

    def subscribe(
        self, gt: int | None = None, topics: Sequence[str] = ()
    ) -> Subscription[ApplicationRecorder]:
        """Events after a position, as they come; asks the store again until stopped."""
        return PollingSubscription(self, gt, topics)


class PollingSubscription(Subscription[ApplicationRecorder]):
    """Events as they come, by asking: other processes write to the store too."""

    pause_seconds = 0.05
    page = 500

    def __init__(self, recorder: Recorder, gt: int | None, topics: Sequence[str]) -> None:
        super().__init__(recorder, gt, topics)
        self._page_left: list[Notification] = []

    def __next__(self) -> Notification:
        """The next event; waits for it, and ends when the subscription is stopped."""
        while not self._has_been_stopped:
            if not self._page_left:
                self._page_left = list(reversed(self._next_page()))
            if self._page_left:
                notification = self._page_left.pop()
                self._last_notification_id = notification.id
                return notification
            time.sleep(self.pause_seconds)
        raise StopIteration

    def _next_page(self) -> Sequence[Notification]:
        return self._recorder.select_notifications(
            start=self._last_notification_id,
            limit=self.page,
            topics=self._topics,
            inclusive_of_start=False,
        )


def _stream(originator_id: UUID | str) -> bytes:
    return originator_id.bytes if isinstance(originator_id, UUID) else UUID(originator_id).bytes
