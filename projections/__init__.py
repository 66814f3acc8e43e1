"""The questions that people and hosts ask, answered from rows or from a journey's facts.

``with at(journeys, as_of=…, known_at=…) as connection: yearly(connection, 2018, 2020)``
asks for the yearly table as of any day, as known at any time; ``view`` shows one
journey on a day, ``history_view`` its facts; ``rebuild`` makes all rows anew.
"""

from journey.storage.differences import TableDifference
from journey.storage.rebuild import Rebuilt, rebuild
from projections.moment import at
from projections.outcomes import GoalRow, Share, YearRow, goal, yearly
from projections.show import JourneyView, view
from projections.timeline import Entry, history_view

__all__ = [
    "Entry",
    "GoalRow",
    "JourneyView",
    "Rebuilt",
    "Share",
    "TableDifference",
    "YearRow",
    "at",
    "goal",
    "history_view",
    "rebuild",
    "view",
    "yearly",
]
