"""A pause or an extended aftercare is to be reviewed (domain.md §3.1 T18, §6.2)."""

from __future__ import annotations

from collections.abc import Iterator

from journey.notices import Notice
from journey.rules import Rules
from journey.state import Journey
from journey.values import NoticeStage
from policies.sentence import late, notice
from projections.due_items import DueItem


def says(journey: Journey, review: DueItem, rules: Rules) -> Iterator[Notice]:
    """To the coach before it and on ``act_by``; then as for every contact."""
    yield notice(review, NoticeStage.UPCOMING, review.notify_on)
    yield notice(review, NoticeStage.DUE, review.act_by)
    yield from late(review, rules)
