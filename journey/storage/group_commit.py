"""Group commit: facts are appended, sealed in one order, and commits are shared.

Writers wait in line; whoever gets the pen carries out everything that waits in one
transaction, and no one is answered before its commit. First all is written as one
parcel, as it nearly always can be; only where the database refuses something is it all
carried out again, each append for itself, to learn who is refused and why.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any, Final

from eventsourcing.persistence import IntegrityError
from sqlalchemy import insert
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError

from journey.storage.append import (
    Append,
    Appended,
    Claim,
    CommandTaken,
    RowsRefused,
    VersionMoved,
)
from journey.storage.database import Database, translated
from journey.storage.pen import Pen
from journey.storage.prepared import Prepared
from journey.storage.schema import commands, facts
from journey.storage.seal import Head, seal

_REFUSALS: Final = {facts.name: VersionMoved, commands.name: CommandTaken}


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


def now() -> int:
    """Microseconds since 1970."""
    return time.time_ns() // 1000


class GroupCommit:
    """Appends with one pen. ``clock`` gives microseconds since 1970."""

    def __init__(
        self, pen: Pen, database: Database, dialect: Dialect, clock: Callable[[], int]
    ) -> None:
        self._pen = pen
        self._database = database
        self._driver = dialect.loaded_dbapi
        self._clock = clock
        self._waiting: list[_Job] = []
        self._line = Lock()
        self._insert = Prepared(insert(facts), dialect)
        self._insert_command = Prepared(insert(commands), dialect)

    def append(self, appends: Sequence[Append]) -> list[Appended]:
        """Write appends, all or nothing; they are on the disk when this returns.

        Raises VersionMoved, CommandTaken, RowsRefused or StoreError; nothing is written then.
        """
        job = _Job(appends)
        with self._line:
            self._waiting.append(job)
        with self._pen.lock:
            if job.waits:
                with self._line:
                    jobs, self._waiting = self._waiting, []
                self._carry_out(jobs)
        return job.answer()

    def append_up_to_refused(self, appends: Sequence[Append]) -> list[Appended]:
        """Write appends in their order with one commit, up to the first that is refused."""
        with self._pen.lock, translated(self._database):
            try:
                return self._as_one(appends)
            except (IntegrityError, self._driver.IntegrityError):
                return self._up_to_first_refused(appends)

    # --- shared commits --------------------------------------------------------------

    def _carry_out(self, jobs: Sequence[_Job]) -> None:
        """All that waits in one transaction. A failed commit fails everyone in it."""
        try:
            self._all_or_each(jobs)
        except (DBAPIError, self._driver.Error) as error:
            for job in jobs:
                job.error = job.error or self._database.as_store_error(error)
        except BaseException as error:
            for job in jobs:
                job.error = job.error or RuntimeError(f"The writer stopped: {error!r}")
            raise

    def _all_or_each(self, jobs: Sequence[_Job]) -> None:
        try:
            done = iter(self._as_one([append for job in jobs for append in job.appends]))
        except self._driver.OperationalError:
            raise  # the store itself failed, and everyone's commit with it
        except Exception as error:
            refusal = self._refusal(error) if len(jobs) == 1 else None
            if refusal is None:
                self._each(jobs)
            else:
                jobs[0].error = refusal
            return
        for job in jobs:
            job.done = [next(done) for _ in job.appends]

    def _each(self, jobs: Sequence[_Job]) -> None:
        written = []
        with self._pen.transaction() as begun:
            cursor, head = begun
            for job in jobs:
                try:
                    done, head = self._by_itself(cursor, job.appends, head)
                    written.append((job, done))
                except self._driver.OperationalError:
                    raise
                except Exception as error:
                    job.error = self._own_error(error)
        for job, done in written:
            job.done = done

    def _refusal(self, error: Exception) -> IntegrityError | None:
        """What was refused, where that is plain."""
        if isinstance(error, VersionMoved | CommandTaken | RowsRefused):
            return error
        table = self._database.refusing_table(error)
        return _REFUSALS.get(table, RowsRefused)(str(error)) if table else None

    def _own_error(self, error: Exception) -> Exception:
        """What the writer of an append is told that could not be written, others could."""
        if isinstance(error, self._driver.Error):
            return self._database.as_store_error(error)
        return error

    # --- written ---------------------------------------------------------------------

    def _as_one(self, appends: Sequence[Append]) -> list[Appended]:
        """Appends and their commit in one parcel. Raises the driver's errors."""
        cursor, head = self._pen.begin()
        try:
            with self._pen.together():
                done, _ = self._write(cursor, appends, head)
                self._pen.commit()
        except BaseException:
            self._pen.roll_back()
            raise
        return done

    def _up_to_first_refused(self, appends: Sequence[Append]) -> list[Appended]:
        written: list[Appended] = []
        with self._pen.transaction() as begun:
            cursor, head = begun
            for append in appends:
                try:
                    done, head = self._by_itself(cursor, [append], head)
                except IntegrityError:
                    break
                written += done
        return written

    def _by_itself(
        self, cursor: Any, appends: Sequence[Append], head: Head
    ) -> tuple[list[Appended], Head]:
        with self._pen.part():
            return self._write(cursor, appends, head)

    def _write(
        self, cursor: Any, appends: Sequence[Append], head: Head
    ) -> tuple[list[Appended], Head]:
        done = []
        for append in appends:
            first = head[0] + 1
            rows, head = self._sealed(append, head)
            for row in rows:
                self._run(cursor, self._insert.text, row, VersionMoved)
            for text, values in append.statements:
                self._run(cursor, text, values, RowsRefused)
            if append.command is not None:
                self._claim(cursor, append, append.command)
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
            rows.append(
                self._insert.in_order((position, append.stream, version, name, body, now, previous))
            )
        return rows, (position, now, previous)

    def _claim(self, cursor: Any, append: Append, claim: Claim) -> None:
        values = (claim.id, claim.digest, append.stream, append.version, len(append.events))
        new = self._insert_command
        self._run(cursor, new.text, new.in_order(values), CommandTaken)

    def _run(self, cursor: Any, text: str, values: Any, refused: type[IntegrityError]) -> None:
        try:
            cursor.execute(text, values)
        except self._driver.IntegrityError as error:
            raise self._refusal(error) or refused(str(error)) from error
