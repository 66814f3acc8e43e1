"""The round of a day: every policy speaks, and what is said is recorded (``journey tick``).

It may be killed, run twice, run late, run for a day in the past, and run in several
processes at once: each notice is a fact that a journey takes up once. A rebuild or a
replay folds those facts and says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from msgspec import Struct

from journey.decide import still_to_come
from journey.errors import Conflict, Refused
from journey.language import N_
from journey.notices import IssueNotices, Notice, NoticeIssued
from journey.storage.decided import Outcome
from journey.storage.journeys import Journeys
from journey.storage.rounds import Rounds
from journey.values import NoticeStage, Role
from policies.agenda import reached
from policies.register import SPEECH
from projections.sheet import Sheet, Words, sheet
from projections.wording import in_words, thing

SCHEDULER: Final = "system:scheduler"
_PASSES: Final = 5


class Issued(Struct, frozen=True):
    """A notice, as contract.md §4 shows it; ``to`` is the role that is told."""

    journey: str
    kind: str
    what: str
    notice: NoticeStage
    due_on: date
    to: Role


def tick(journeys: Journeys, day: date | None = None) -> list[Issued]:
    """Issue every notice that is reached by this day (today unless given) and was not issued.

    Raises Refused where the day is still to come, Conflict where others keep writing to
    a journey (what was issued stays issued, and the next round says the rest), StoreError
    where the store cannot be used.
    """
    today = journeys.today()
    on = day or today
    reasons = list(still_to_come(_wish("-", on, 0, ()), today))
    if reasons:
        raise Refused(reasons)
    issued = list(_issue(journeys, on))
    Rounds(journeys.facts).keep(on, len(issued))
    return issued


def _issue(journeys: Journeys, day: date) -> Iterator[Issued]:
    with journeys.facts.reading() as connection:
        waiting = reached(connection, day)
    for _ in range(_PASSES):
        moved: list[str] = []
        for outcome in _recorded(journeys, waiting, day):
            if outcome.repeated:
                moved.append(outcome.journey)
            yield from _shown(outcome)
        if not moved:
            return
        waiting = moved
    raise Conflict("Others keep writing to this journey; nothing was recorded. Try again.")


def _recorded(journeys: Journeys, keys: Sequence[str], day: date) -> Iterator[Outcome]:
    wishes = (wish for key in keys if (wish := _what_is_said(journeys, key, day)))
    for answer in journeys.record(wishes, keep_going=True):
        if isinstance(answer, Refused):
            raise answer
        yield answer


def _what_is_said(journeys: Journeys, key: str, day: date) -> IssueNotices | None:
    """What the policies say of this journey as it stands now."""
    journey = journeys.current(key)
    notices = SPEECH.to_say(journey, day)
    return _wish(key, day, journey.version, notices) if notices else None


def _wish(key: str, day: date, seen: int, notices: tuple[Notice, ...]) -> IssueNotices:
    return IssueNotices(journey=key, by=SCHEDULER, on=day, seen=seen, notices=notices)


def _shown(outcome: Outcome) -> Iterator[Issued]:
    for entry in outcome.facts:
        fact = entry.fact
        assert isinstance(fact, NoticeIssued)
        yield as_issued(outcome.journey, fact)


def as_issued(journey: str, notice: Notice | NoticeIssued) -> Issued:
    """A notice as it is shown."""
    return Issued(journey, notice.kind, notice.what, notice.notice, notice.due_on, notice.to)


# --- for people ------------------------------------------------------------------------


def issued_sheet(issued: Sequence[Issued]) -> Sheet:
    """The notices of a round."""
    columns = (N_("journey"), N_("to do"), N_("what"), N_("notice"), N_("due"), N_("told"))
    rows = (
        (i.journey, *thing(i.kind, i.what), in_words(i.notice), i.due_on, in_words(i.to))
        for i in issued
    )
    return sheet(Words(N_("Notices issued")), columns, rows)
