"""A notice is a fact like others, and yet nothing rests on it (event 60; domain.md §6.3)."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from journey.commands import WISHES, parse
from journey.errors import InvalidCommand
from journey.notices import IssueNotices, Notice, NoticeIssued
from journey.values import NoticeStage, Phase, Role
from tests.examples import (
    COACH,
    MANAGER,
    SYSTEM,
    contact,
    deregistration,
    exited,
    exited_to_work,
    in_step_3,
    wish,
)
from tests.spec import given
from tests.strategies import STORIES

DUE = date(2026, 9, 7)
COMES_UP = Notice(
    kind="aftercare",
    what="m1w1",
    notice=NoticeStage.UPCOMING,
    due_on=DUE,
    act_by=DUE,
    to=Role.COACH,
    fell_on=date(2026, 9, 4),
)
KEPT_LONG_ENOUGH = msgspec.structs.replace(COMES_UP, kind="retention", what="personal_data")


def issuing(seen: int, *notices: Notice, on: str = "2026-09-05", by: str = SYSTEM) -> IssueNotices:
    """The wish of a round that saw the journey at this version."""
    day = date.fromisoformat(on)
    return IssueNotices(journey="j1", by=by, on=day, seen=seen, notices=notices)


STORY = given(*exited_to_work())
SEEN = STORY.journey.version


def test_a_late_round_says_for_which_day_the_notice_was_meant() -> None:
    (fact,) = STORY.when(issuing(SEEN, COMES_UP)).facts
    assert fact == NoticeIssued(
        on=date(2026, 9, 5),
        kind="aftercare",
        what="m1w1",
        notice=NoticeStage.UPCOMING,
        due_on=DUE,
        act_by=DUE,
        to=Role.COACH,
        fell_on=date(2026, 9, 4),
    )


def test_what_was_issued_is_not_issued_again() -> None:
    """Not the next day, not twice in one wish."""
    then = STORY.and_then(issuing(SEEN, COMES_UP, COMES_UP))
    assert len(then.facts) == len(STORY.facts) + 1
    then.when(issuing(SEEN + 1, COMES_UP, on="2026-09-06")).then_nothing()


def test_a_journey_that_has_moved_on_gets_none() -> None:
    """Somebody did it meanwhile: whoever spoke looks again."""
    STORY.and_then(contact("2026-09-05")).when(issuing(SEEN, COMES_UP)).then_nothing()


def test_nothing_is_said_before_its_day() -> None:
    STORY.when(issuing(SEEN, COMES_UP, on="2026-09-03")).then_nothing()


@pytest.mark.parametrize("by", [COACH, MANAGER])
def test_nobody_but_the_engine_issues_notices(by: str) -> None:
    """§2.2: the scheduler gives notices, and only notices."""
    STORY.when(issuing(SEEN, COMES_UP, by=by)).then_refused("actor_not_permitted")


def test_it_is_no_command() -> None:
    """contract.md §2 does not know it, so no JSON command and no command line gives it."""
    assert "issue_notices" not in WISHES
    command = msgspec.to_builtins(issuing(SEEN, COMES_UP), builtin_types=(date,))
    with pytest.raises(InvalidCommand):
        parse({**command, "on": "2026-09-05"})


@pytest.mark.parametrize("phase", list(Phase))
def test_it_moves_no_phase_and_no_latest_day(phase: Phase) -> None:
    before = given(*STORIES[phase])
    seen = before.journey.version
    then = before.when(issuing(seen, COMES_UP, KEPT_LONG_ENOUGH))
    ended = phase in (Phase.DECLINED, Phase.WITHDRAWN, Phase.CLOSED)
    assert [fact.kind for fact in then.facts] == (  # type: ignore[attr-defined]  # they are notices
        ["retention"] if ended else ["aftercare", "retention"]
    )
    assert then.journey.phase is before.journey.phase
    assert then.journey.latest == before.journey.latest


def test_what_happened_before_a_notice_may_be_recorded_after_it() -> None:
    """The contact of the 3rd is recorded on the 7th, though the coach was told on the 4th."""
    told = STORY.and_then(issuing(SEEN, COMES_UP))
    told.when(contact("2026-09-03")).then_events("AftercareContactMade")


def test_a_wish_that_is_true_is_still_true_after_a_notice() -> None:
    again = contact("2026-09-03")
    told = STORY.and_then(again, issuing(SEEN + 1, COMES_UP))
    told.when(again).then_nothing()


def test_a_correction_may_pass_a_notice_and_none_corrects_it() -> None:
    told = given(*in_step_3())
    early = msgspec.structs.replace(COMES_UP, fell_on=date(2026, 2, 2), kind="documentation")
    told = told.and_then(issuing(told.journey.version, early, on="2026-02-02"))
    later = wish("correct", MANAGER, "2026-09-01", entry=1, field="sex", value="man", reason="typo")
    told.when(later).then_events("EntryCorrected")
    notice = len(told.facts)
    fixed = wish(
        "correct", MANAGER, "2026-09-01", entry=notice, field="what", value="m3", reason="typo"
    )
    assert told.when(fixed).decision is None


def test_a_closed_journey_is_told_of_its_retention_and_stays_closed() -> None:
    """§9.5; T25: nothing but that may still be said."""
    closed = given(*exited(), deregistration("2026-05-18"))
    assert closed.journey.phase is Phase.CLOSED
    then = closed.when(issuing(closed.journey.version, KEPT_LONG_ENOUGH))
    then.then_events("NoticeIssued").then_phase("closed")
