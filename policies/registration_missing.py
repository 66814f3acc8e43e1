"""Registration in SUS, documentation or the first team meeting is missing (S2 §3, §6.4, §6.5)."""

from __future__ import annotations

from collections.abc import Iterator

from journey.notices import Notice
from journey.rules import Rules
from journey.state import Journey
from journey.values import NoticeStage
from policies.sentence import late, notice
from projections.due_items import DueItem


def says(journey: Journey, item: DueItem, rules: Rules) -> Iterator[Notice]:
    """To the coach on ``act_by``, the last day on time.

    All three are asked for from the enrolment on, so nothing comes up before.
    """
    yield notice(item, NoticeStage.DUE, item.act_by)
    yield from late(item, rules)
