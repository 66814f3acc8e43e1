"""The deregistration from SUS is due (S2 §8; domain.md §3.5 S3, S4)."""

from __future__ import annotations

from collections.abc import Iterator

from journey.notices import Notice
from journey.rules import Rules
from journey.state import Journey
from journey.values import NoticeStage
from policies.sentence import late, notice
from projections.due_items import DueItem


def says(journey: Journey, item: DueItem, rules: Rules) -> Iterator[Notice]:
    """To the coach on ``act_by``, the first day at work on which it may be done.

    What is due at once, with the exit itself, does not come up before.
    """
    exited = journey.exit.exited
    if exited is None or item.due_on > exited.exit_date:
        yield notice(item, NoticeStage.UPCOMING, item.notify_on)
    yield notice(item, NoticeStage.DUE, item.act_by)
    yield from late(item, rules)
