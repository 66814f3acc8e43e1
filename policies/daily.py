"""A day's work: the round, the day's checkpoint, and then the delivery of what was said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from msgspec import Struct

from journey.errors import StoreError
from journey.storage.journeys import Journeys
from policies.delivery import Delivery
from policies.every_day_a_checkpoint import a_checkpoint_a_day
from policies.round import Issued, tick


class Work(Struct, frozen=True):
    """What a day's work did: what was issued, whether a checkpoint was made, or why not."""

    issued: list[Issued]
    checkpoint: bool = False
    no_checkpoint: StoreError | None = None


def daily(
    journeys: Journeys,
    delivery: Delivery,
    day: date | None = None,
    stop: Callable[[], bool] = lambda: False,
    checkpoints: Path | None = None,
) -> Work:
    """The round of a day (today unless given), a checkpoint into the folder, if one is named
    and has none of the day, and one delivery.

    What is issued is on the disk before the first message leaves. A checkpoint that cannot
    be made stops nothing: the next round tries again. Raises as ``tick`` does.
    """
    issued = tick(journeys, day)
    work = Work(issued)
    if checkpoints is not None:
        try:
            made = a_checkpoint_a_day(journeys, checkpoints, day or journeys.today())
            work = Work(issued, made)
        except StoreError as error:
            work = Work(issued, no_checkpoint=error)
    delivery.run(stop)
    return work
