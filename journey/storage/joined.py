"""A store within a host's own transaction: its writes and the facts are committed together."""

from __future__ import annotations

from threading import RLock

from eventsourcing.application import LRUCache
from sqlalchemy.engine import Connection

from journey.storage.journeys import Journeys
from journey.storage.recorder import Recorder

_CACHED = 100


class Joined(Journeys):
    """The store of ``journeys`` as it is seen, and written to, in an open transaction.

    What is answered here is on the disk when the host commits, and is gone when it rolls
    back. A refusal or a conflict takes back nothing that the host wrote. It is for the one
    thread that has the connection, and for this transaction alone.
    """

    def __init__(self, journeys: Journeys, connection: Connection) -> None:
        self.__dict__.update(vars(journeys))
        self.recorder = Recorder(journeys.engine, within=connection)
        self._known = LRUCache(_CACHED)
        # Of its own: a thread that has its journey's turn may wait for this very transaction.
        self._turns = (RLock(),) * len(journeys._turns)

    def close(self) -> None:
        """The store stays open; the connection is the host's."""
