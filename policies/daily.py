"""A day's work: the round, and then the delivery of what it said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from journey.storage.journeys import Journeys
from policies.delivery import Delivery
from policies.round import Issued, tick


def daily(
    journeys: Journeys,
    delivery: Delivery,
    day: date | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> list[Issued]:
    """The round of a day (today unless given), and one delivery; gives what was issued.

    What is issued is on the disk before the first message leaves. Raises as ``tick`` does.
    """
    issued = tick(journeys, day)
    delivery.run(stop)
    return issued
