"""Three years of a federation, and more, on PostgreSQL: every question is answered as on SQLite."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from functools import partial
from random import Random
from typing import Any

import msgspec
import pytest
from sqlalchemy import Connection

from journey import Journeys, Refused
from journey.storage.copying import copy
from journey.storage.history import moment
from journey.storage.rebuild import rebuild
from journey.storage.verify import verify
from policies.ahead import upcoming_notices
from policies.channels import Callback
from policies.daily import daily
from policies.delivery import Delivery, outbox_list
from policies.status import status
from projections import (
    ADAPTERS,
    at,
    caseload,
    due,
    export,
    history_view,
    journeys_of,
    queue,
    reconciliation,
    view,
)
from projections.audit import timeline
from projections.calendar import calendar
from projections.enrolments import Basis
from projections.reports import REPORTS, Asking, Report
from projections.sus import register
from tests.journey.units import USUAL, command
from tests.postgres import Server
from tests.projections.histories import drawn, lived
from tests.projections.stores import DATA, a_store, rows_in

DAY = date(2026, 10, 15)
PAST = date(2026, 8, 1)
YEARS = (2018, 2027)
BASES: tuple[Basis, ...] = ("exit", "sus")
DRAWN = 60
"""So many journeys of other kinds than the shared ones, drawn at random."""
UNITS = ("Aneby", "Eksjö", "Nässjö", "Sävsjö", "Tranås", "Vetlanda")
ASKED_FOR = ("cases", "due", "sus", "queue Nässjö", "reconciliation", "income exit None")
"""What must have rows, so that it is no comparison of nothing."""

Question = Callable[[Connection], Any]


@pytest.fixture(scope="module")
def stores(postgres: Server) -> Iterator[tuple[Journeys, Journeys]]:
    """The shared history and more, recorded on PostgreSQL, and its copy in memory."""
    with postgres.fresh() as url, a_store(url) as there, a_store() as here:
        _record_all(there)
        assert copy(there, here).identical
        yield there, here
        there.close()


def _record_all(journeys: Journeys) -> None:
    lines = (DATA / "hoglandet-2018-2020.jsonl").read_text("utf-8").splitlines()
    answers = list(journeys.record(json.loads(line) for line in lines))
    assert not [answer for answer in answers if isinstance(answer, Refused)]
    lived(journeys, drawn(Random(4), 0, DRAWN))
    for do in USUAL:
        journeys.perform(command(do))


def of_rows(day: date) -> dict[str, Question]:
    """Every question that is asked of rows."""
    found: dict[str, Question] = {
        "caseload": partial(caseload, day=day),
        "cases": journeys_of,
        "due": partial(due, day=day, ahead=366),
        "sus": partial(register, day=day),
        "reconciliation": partial(reconciliation, day=day),
    }
    for unit in UNITS:
        found[f"queue {unit}"] = partial(queue, day=day, municipality=unit)
        found[f"caseload {unit}"] = partial(caseload, day=day, municipality=unit)
    for name in ADAPTERS:
        found[f"export {name}"] = partial(export, adapter=name, first=YEARS[0], last=YEARS[1])
    for name, report in REPORTS.items():
        found |= _of_report(name, report, day)
    return found


def _of_report(name: str, report: Report, day: date) -> dict[str, Question]:
    """Of all and of each unit, by exit and by SUS; and what stands behind its figures."""
    asked: dict[str, Question] = {}
    for unit in (None, *UNITS) if report.of_one else (None,):
        for basis in BASES:
            asking = Asking(*YEARS, day=day, basis=basis, municipality=unit)
            asked[f"{name} {basis} {unit}"] = partial(_asked, report.answer, asking)
            if report.explain is not None:
                explained = partial(_asked, report.explain, asking)
                asked[f"{name} {basis} {unit} explained"] = explained
    return asked


def _asked(
    question: Callable[[Connection, Asking], Any], asking: Asking, connection: Connection
) -> Any:
    return question(connection, asking)


def _or_refused(question: Question, connection: Connection) -> Any:
    try:
        return question(connection)
    except Refused as refused:
        return refused.code


def of_journeys(journeys: Journeys) -> dict[str, Any]:
    """What is answered from facts: every journey, every history, the time line."""
    keys = [row.journey for row in _now(journeys, journeys_of)]
    return {
        "views": [view(journeys.load(key), DAY) for key in keys],
        "histories": [history_view(journeys.history(key)) for key in keys],
        "as of a day": [_past(journeys, key) for key in keys],
        "time line": timeline(journeys),
        "verified": verify(journeys, rules=False),
        "calendar": _now(journeys, lambda c: calendar(c, DAY)),
        "notices": _now(journeys, lambda c: upcoming_notices(journeys, c, DAY, 30)),
    }


def _now(journeys: Journeys, question: Question) -> Any:
    with at(journeys) as connection:
        return question(connection)


def _past(journeys: Journeys, key: str) -> Any:
    try:
        return journeys.load(key, as_of=PAST)
    except Refused as refused:
        return refused.code


def different(there: Mapping[str, Any], here: Mapping[str, Any]) -> list[str]:
    """The names of what is answered otherwise."""
    assert there.keys() == here.keys()
    return [name for name in there if there[name] != here[name]]


def test_every_answer_is_the_same_on_both_databases(
    stores: tuple[Journeys, Journeys], hoglandet: Journeys
) -> None:
    """Facts, rows, questions and reports: now, as of a day, and as known at a time."""
    there, here = stores
    last = hoglandet.facts.head()[0]
    assert list(_said(there, last)) == list(_said(hoglandet, last))
    assert different(rows_in(there), rows_in(here)) == []
    known_at = _time_of(there, there.facts.head()[0] - 30)
    moments: tuple[dict[str, Any], ...] = ({}, {"as_of": PAST}, {"known_at": known_at})
    for past in moments:
        questions = of_rows(past.get("as_of", DAY))
        theirs, ours = (_answers(store, questions, past) for store in stores)
        assert different(theirs, ours) == [], past
        assert [name for name in ASKED_FOR if not theirs[name]] == [], past
    assert different(of_journeys(there), of_journeys(here)) == []


def _answers(
    journeys: Journeys, questions: Mapping[str, Question], past: Mapping[str, Any]
) -> dict[str, Any]:
    with at(journeys, **past) as connection:
        return {name: _or_refused(ask, connection) for name, ask in questions.items()}


def _time_of(journeys: Journeys, position: int) -> datetime:
    ((row,),) = journeys.facts.scan(after=position - 1, upto=position)
    return moment(row[5])


def _said(journeys: Journeys, upto: int) -> Iterator[tuple[Any, ...]]:
    """The facts up to a position, without their times and seals."""
    for page in journeys.facts.scan(upto=upto):
        yield from (row[:5] for row in page)


def test_rounds_say_and_send_the_same_on_both_databases(
    stores: tuple[Journeys, Journeys],
) -> None:
    """The first day catches up with all that was reached; then all rows are made anew."""
    said = [_rounds(store) for store in stores]
    assert said[0] == said[1]
    assert len(said[0]["issued"]) > 100
    assert {rebuild(store).changed for store in stores} == {0}


def _rounds(journeys: Journeys) -> dict[str, Any]:
    heard: list[str] = []
    at_six = datetime(2026, 10, 15, 6, tzinfo=UTC).timestamp()
    channel = Callback(lambda message: heard.append(message.as_text()))
    delivery = Delivery(journeys, [channel], clock=lambda: at_six)
    days = (DAY, date(2026, 10, 16), date(2026, 12, 31))
    return {
        "issued": [one for day in days for one in daily(journeys, delivery, day).issued],
        "heard": heard,
        "outbox": outbox_list(journeys, everything=True),
        "status": msgspec.structs.replace(status(journeys, days[-1]), last_round_at=None),
    }
