"""The participants' survey is to be offered in its month (S2 §8.1, 9.3)."""

from __future__ import annotations

from collections.abc import Iterator

from journey.notices import Notice
from journey.rules import Rules
from journey.state import Journey
from journey.values import NoticeStage
from policies.sentence import notice, overdue
from projections.due_items import DueItem


def says(journey: Journey, survey: DueItem, rules: Rules) -> Iterator[Notice]:
    """To the coach before the month, on its first day, and once when it is over.

    The month itself is the time to do it, so the notice comes on its first day. Nobody is
    obliged to answer, so it neither comes again nor goes to the manager.
    """
    yield notice(survey, NoticeStage.UPCOMING, survey.notify_on)
    yield notice(survey, NoticeStage.DUE, survey.due_on)
    yield next(overdue(survey, rules))
