"""What if: the notices to come, of all journeys and of one that is only previewed."""

from __future__ import annotations

from datetime import date

from policies.ahead import coming_sheet, notices_ahead, upcoming_notices
from policies.round import tick
from projections.moment import at
from tests.examples import contact, employment, exited_to_work, in_step_5
from tests.policies.federation import year
from tests.projections.stores import LATE, a_store, of, performed

DAY = date(2026, 9, 3)


def test_what_is_to_come_is_what_the_rounds_then_say() -> None:
    """Ninety days ahead, day by day: the same notices on the same days, if nobody does anything."""
    journeys = a_store()
    for key in ("j1", "j2"):
        performed(journeys, of(key, exited_to_work()))
    tick(journeys, DAY)
    with at(journeys) as connection:
        coming = upcoming_notices(journeys, connection, DAY, 90)
    said = [
        (day, one.journey, one.kind, one.what, one.notice)
        for day in year(DAY, date(2026, 12, 2))
        for one in tick(journeys, day)
    ]
    assert sorted(said) == sorted((c.on, c.journey, c.kind, c.what, c.notice) for c in coming)
    assert len(coming) > 50


def test_of_one_coach_or_municipality_only() -> None:
    journeys = a_store()
    performed(journeys, exited_to_work())
    with at(journeys) as connection:
        assert upcoming_notices(journeys, connection, DAY, 9, coach="c1", municipality="Nässjö")
        assert upcoming_notices(journeys, connection, DAY, 9, coach="c2") == []
        assert upcoming_notices(journeys, connection, DAY, 9, municipality="Eksjö") == []


def test_as_of_a_day_that_knew_less() -> None:
    """Before the job there was no calendar."""
    journeys = a_store()
    performed(journeys, exited_to_work())
    day = date(2026, 8, 30)
    with at(journeys, as_of=day) as connection:
        coming = upcoming_notices(journeys, connection, day, 30, as_of=day)
    assert "aftercare" not in {c.kind for c in coming}


def test_a_previewed_job_shows_its_notices_and_stores_none() -> None:
    journeys = a_store()
    performed(journeys, in_step_5())
    then, _ = journeys.preview(employment("2026-08-31"))
    coming = [c for c in notices_ahead(then, date(2026, 8, 31), 14) if c.kind == "aftercare"]
    assert [(str(c.on), c.what, c.notice, c.to) for c in coming] == [
        ("2026-09-04", "m1w1", "upcoming", "coach"),
        ("2026-09-07", "m1w1", "due", "coach"),
        ("2026-09-08", "m1w1", "overdue", "coach"),
        ("2026-09-11", "m1w2", "upcoming", "coach"),
        ("2026-09-14", "m1w1:again", "overdue", "coach"),
        ("2026-09-14", "m1w2", "due", "coach"),
    ]
    assert "aftercare" not in {one.kind for one in tick(journeys, date(2026, 9, 4))}


def test_what_a_round_today_would_still_say_is_said_today() -> None:
    journeys = a_store()
    performed(journeys, exited_to_work())
    overdue = [c for c in notices_ahead(journeys.known("j1"), DAY, 0) if c.kind == "documentation"]
    assert {c.on for c in overdue} == {DAY}
    performed(journeys, [contact("2026-09-03")])
    assert coming_sheet(overdue).rows[0][:3] == ["2026-09-03", "j1", "document"]
    assert LATE > DAY
