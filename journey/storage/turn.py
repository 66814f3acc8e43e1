"""One rebuild at a time: whoever has the turn says with each step that it is still there.

A rebuild that was killed says no more, and the next one takes the turn from it. Should
the first be there after all, asleep for a while, its next step finds the turn gone.
"""

from __future__ import annotations

import time
from typing import Any, Final
from uuid import uuid4

from sqlalchemy.engine import Dialect

from journey.errors import StoreLocked
from journey.storage.prepared import Kept
from journey.storage.recorder import StreamRecorder

PATIENCE_SECONDS: Final = 2.0
"""Who has said nothing for so long is taken to be gone (A: a step takes some milliseconds)."""


class RebuildGoesOn(StoreLocked):
    """Another program, or another thread, makes the rows anew at this moment."""


class Turn:
    """The turn to rebuild; ``cursor`` is the driver's, in a write transaction."""

    def __init__(self, facts: StreamRecorder, dialect: Dialect) -> None:
        self._facts = facts
        self._kept = Kept("rebuild", dialect)
        self._owner, self._steps = uuid4().hex, 0

    def take(self) -> None:
        """Take the turn. Raises RebuildGoesOn if another has it and is there."""
        held = self._facts.kept(self._kept)
        if held is not None:
            time.sleep(PATIENCE_SECONDS)
        with self._facts.exclusively() as cursor:
            if self._kept.read(cursor) not in (None, held):
                raise _goes_on()
            self._say_so(cursor)

    def keep(self, cursor: Any) -> None:
        """Say that this rebuild is still there. Raises RebuildGoesOn if another has the turn."""
        if not self.is_mine(cursor):
            raise _goes_on()
        self._say_so(cursor)

    def give_back(self, cursor: Any) -> None:
        """Let others have the turn."""
        self._kept.drop(cursor)

    def is_mine(self, cursor: Any) -> bool:
        """Whether no other has taken it."""
        return (self._kept.read(cursor) or "").startswith(self._owner)

    def _say_so(self, cursor: Any) -> None:
        self._steps += 1
        self._kept.write(cursor, f"{self._owner}:{self._steps}")


def _goes_on() -> RebuildGoesOn:
    return RebuildGoesOn("The rows are being made anew by someone else; try again in a moment.")
