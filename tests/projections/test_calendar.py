"""A coach's calendar, read back by icalendar and by vobject."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import icalendar
import vobject  # type: ignore[import-untyped]  # it ships no types

from journey import Journeys
from projections.calendar import calendar
from projections.moment import at
from tests.examples import COACH, contact, exited_to_work, in_step_1, wish
from tests.projections.stores import a_store, of, performed

DAY = date(2026, 9, 1)


def feed(journeys: Journeys, day: date = DAY, coach: str | None = "c1") -> bytes:
    """The calendar of a coach as a reader fetches it."""
    with at(journeys) as connection:
        return calendar(connection, day, coach=coach)


def by_icalendar(ics: bytes) -> dict[str, tuple[str, date, date, int]]:
    """(summary, first day, last day, sequence) by uid."""
    found = {}
    for event in icalendar.Calendar.from_ical(ics).walk("VEVENT"):
        last = event.decoded("dtend") - timedelta(days=1)
        said = (str(event["summary"]), event.decoded("dtstart"), last, event.decoded("sequence"))
        found[str(event["uid"])] = said
    return found


def by_vobject(ics: bytes) -> dict[str, tuple[str, date, date, int]]:
    """The same by another parser."""
    component: Any = vobject.readOne(ics.decode())
    return {
        event.uid.value: (
            event.summary.value,
            event.dtstart.value,
            event.dtend.value - timedelta(days=1),
            int(event.sequence.value),
        )
        for event in getattr(component, "vevent_list", [])
    }


def test_two_parsers_read_the_same_all_day_events() -> None:
    """§6.4 B: m2b is due on a Saturday, All Saints, and by Monday the 2nd."""
    journeys = a_store()
    performed(journeys, exited_to_work())
    ics = feed(journeys)
    found = by_icalendar(ics)
    assert found == by_vobject(ics)
    days = {summary: (first, last) for summary, first, last, _ in found.values()}
    assert days["j1: aftercare m2b"] == (date(2026, 10, 31), date(2026, 11, 2))
    assert days["j1: sus_deregistration deregistration"] == (date(2026, 11, 30), date(2026, 11, 30))
    assert len([summary for summary in days if "aftercare m" in summary]) == 10


def test_an_event_that_moves_keeps_its_uid_and_raises_its_sequence() -> None:
    """The start of the job is corrected: all ten windows move, and a reader moves them."""
    journeys = a_store()
    performed(journeys, exited_to_work())
    before = by_icalendar(feed(journeys))
    entry = next(e.version for e in journeys.history("j1") if e.event == "EmploymentStarted")
    moved = wish(
        "correct", COACH, "2026-09-01", entry=entry, field="on", value="2026-08-24", reason="typo"
    )
    performed(journeys, [moved])
    after = by_icalendar(feed(journeys))
    slots = {uid for uid, said in before.items() if "aftercare" in said[0]}
    assert slots <= after.keys()
    for uid in slots:
        assert after[uid][0] == before[uid][0]
        assert after[uid][1] < before[uid][1]
        assert after[uid][3] > before[uid][3]


def test_what_is_done_is_gone_from_the_next_feed() -> None:
    journeys = a_store()
    performed(journeys, exited_to_work())
    before = by_icalendar(feed(journeys))
    performed(journeys, [contact("2026-09-02")])
    gone = before.keys() - by_icalendar(feed(journeys)).keys()
    assert {before[uid][0] for uid in gone} == {"j1: aftercare m1w1"}


def test_the_same_facts_give_the_same_bytes() -> None:
    journeys = a_store()
    performed(journeys, exited_to_work())
    assert feed(journeys) == feed(journeys)


def test_of_one_coach_only_and_without_anything_personal() -> None:
    journeys = a_store()
    performed(journeys, [*of("j1", exited_to_work()), *of("j2", in_step_1())])
    assert by_icalendar(feed(journeys, coach="c2")) == {}
    ics = feed(journeys).decode()
    assert {said[0].partition(":")[0] for said in by_icalendar(ics.encode()).values()} == {
        "j1",
        "j2",
    }
    for personal in ("person-of", "p1", "1999", "woman", "mental"):
        assert personal not in ics


def test_an_empty_calendar_is_still_one() -> None:
    ics = feed(a_store())
    assert by_icalendar(ics) == {}
    assert vobject.readOne(ics.decode()).name == "VCALENDAR"
