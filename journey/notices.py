"""Notices: who was told of what, when (event 60). Facts of the journey, issued by the engine.

What is said when stands in ``policies/``. Here stands what holds of every notice: it is
issued once, never before its day, and only ids, dates and codes are in it (domain.md
§9.10). Nothing rests on a notice: it moves no phase, and no later fact builds on its day.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import asdict

from journey.decision import Context, Plan, decides
from journey.facts import Fact
from journey.values import ENDED, NoticeStage, Role
from journey.wishes import JourneyWish

if TYPE_CHECKING:
    from journey.state import Journey

AGAIN: Final = ":again"
"""What a second reminder is of: the same thing, again. So each notice has a name of its own."""

RETENTION: Final = "retention"
"""The one kind of notice that an ended journey still gives: its data have been kept long enough."""

NoticeKey = tuple[str, str, NoticeStage, date]
"""What is said once in a journey: the kind and name of the thing, the stage, the day it is due."""

# --- facts ---------------------------------------------------------------------------


class NoticeIssued(Fact, frozen=True):
    """Someone is told of a thing to do. ``on`` is the day of the round that said so.

    ``kind`` and ``what`` name the thing as ``journey due`` does (a second reminder is of
    ``<what>:again``); ``due_on`` and ``act_by`` are its days; ``to`` is the role that is
    told. ``fell_on`` is the day for which the notice was meant: earlier than ``on`` where
    the round came late.
    """

    kind: str
    what: str
    notice: NoticeStage
    due_on: date
    act_by: date
    to: Role
    fell_on: date


# --- wishes --------------------------------------------------------------------------


class Notice(Struct, frozen=True):
    """One notice as a policy says it: its day is ``fell_on``."""

    kind: str
    what: str
    notice: NoticeStage
    due_on: date
    act_by: date
    to: Role
    fell_on: date

    @property
    def key(self) -> NoticeKey:
        """What makes it the same notice."""
        return (self.kind, self.what, self.notice, self.due_on)


class IssueNotices(JourneyWish, frozen=True, tag="issue_notices"):
    """Issue these notices about a journey that stands at version ``seen``.

    The engine's own wish: no command line and no JSON command gives it.
    """

    seen: int
    notices: tuple[Notice, ...]


# --- the part of the journey ---------------------------------------------------------


class Notices(Struct, frozen=True):
    """The notices that were issued."""

    issued: frozenset[NoticeKey] = frozenset()


def _issued(part: Notices, fact: NoticeIssued) -> Notices:
    return Notices(part.issued | {(fact.kind, fact.what, fact.notice, fact.due_on)})


EVOLVE = {"notices": {NoticeIssued: _issued}}

# --- how a wish becomes facts --------------------------------------------------------


@decides(IssueNotices)
def issue_notices(journey: Journey, wish: IssueNotices, context: Context) -> Plan:
    """Event 60: what is not yet issued and whose day has come.

    A journey that has moved on since it was looked at gets none: what was to be said may
    be done by now, so whoever spoke must look again.
    """
    new = {
        notice.key: notice
        for notice in wish.notices
        if notice.key not in journey.notices.issued
        and notice.fell_on <= wish.on
        and (journey.phase not in ENDED or notice.kind == RETENTION)
    }
    return Plan(
        facts=tuple(_fact(notice, wish.on) for notice in new.values()),
        already=not new or wish.seen != journey.version,
    )


def _fact(notice: Notice, day: date) -> NoticeIssued:
    return NoticeIssued(on=day, **asdict(notice))
