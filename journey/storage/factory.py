"""eventsourcing's way to a recorder: this program's own, on an engine that is open."""

from __future__ import annotations

from typing import Any, NoReturn, TypeVar

from eventsourcing.persistence import (
    InfrastructureFactory,
    InfrastructureFactoryError,
    TrackingRecorder,
)
from eventsourcing.utils import Environment
from sqlalchemy.engine import Engine

from journey.storage.recorder import Recorder, StreamRecorder

R = TypeVar("R", bound=StreamRecorder)


class Factory(InfrastructureFactory[TrackingRecorder]):
    """Recorders on one engine. Followers write their rows with the facts, so none is tracked."""

    def __init__(self, env: Environment, engine: Engine, *, hosted: bool = False) -> None:
        super().__init__(env)
        self._engine = engine
        self._hosted = hosted
        self._recorders: list[StreamRecorder] = []

    def close(self) -> None:
        """Close the recorders that were made here; the engine is its owner's."""
        for recorder in self._recorders:
            recorder.close()

    def _kept(self, recorder: R) -> R:
        self._recorders.append(recorder)
        return recorder

    def aggregate_recorder(self, purpose: str = "events") -> StreamRecorder:
        """Facts by stream."""
        return self._kept(StreamRecorder(self._engine, hosted=self._hosted))

    def application_recorder(self) -> Recorder:
        """Facts by stream and position."""
        return self._kept(Recorder(self._engine, hosted=self._hosted))

    def tracking_recorder(self, tracking_recorder_class: Any = None) -> NoReturn:
        """Not here: rows are written in the facts' own transaction."""
        raise InfrastructureFactoryError("Rows follow in the same transaction; none is tracked.")

    def process_recorder(self) -> NoReturn:
        """Not here, for the same reason."""
        raise InfrastructureFactoryError("Rows follow in the same transaction; none is tracked.")
