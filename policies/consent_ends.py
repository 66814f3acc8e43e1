"""A consent is about to expire, or was withdrawn while the person is active (T28, §2.3)."""

from __future__ import annotations

from collections.abc import Iterator

from journey.notices import Notice
from journey.rules import Rules
from journey.state import Journey
from journey.values import ConsentKind, NoticeStage
from policies.sentence import late, notice
from projections.due_items import DueItem


def says(journey: Journey, consent: DueItem, rules: Rules) -> Iterator[Notice]:
    """To the coach before the last day of a consent and on it, whatever day of the week.

    A consent that was withdrawn does not come up before: the coach is told at once. Two
    weeks later the manager is, for the group or the manager must then decide (T28).
    """
    if not _withdrawn(journey, consent):
        yield notice(consent, NoticeStage.UPCOMING, consent.notify_on)
    yield notice(consent, NoticeStage.DUE, consent.due_on)
    yield from late(consent, rules)


def _withdrawn(journey: Journey, consent: DueItem) -> bool:
    known = journey.consents.known(ConsentKind(consent.what))
    return all(one.withdrawn_on is not None for one in known)
