"""eventsourcing's way to a recorder: this program's own, on an engine that is open."""

from __future__ import annotations

from typing import Any, NoReturn

from eventsourcing.persistence import (
    InfrastructureFactory,
    InfrastructureFactoryError,
    TrackingRecorder,
)
from eventsourcing.utils import Environment
from sqlalchemy.engine import Engine

from journey.storage.recorder import Recorder, StreamRecorder


class Factory(InfrastructureFactory[TrackingRecorder]):
    """Recorders on one engine. Followers write their rows with the facts, so none is tracked."""

    def __init__(self, env: Environment, engine: Engine) -> None:
        super().__init__(env)
        self._engine = engine

    def aggregate_recorder(self, purpose: str = "events") -> StreamRecorder:
        """Facts by stream."""
        return StreamRecorder(self._engine)

    def application_recorder(self) -> Recorder:
        """Facts by stream and position."""
        return Recorder(self._engine)

    def tracking_recorder(self, tracking_recorder_class: Any = None) -> NoReturn:
        """Not here: rows are written in the facts' own transaction."""
        raise InfrastructureFactoryError("Rows follow in the same transaction; none is tracked.")

    def process_recorder(self) -> NoReturn:
        """Not here, for the same reason."""
        raise InfrastructureFactoryError("Rows follow in the same transaction; none is tracked.")
