"""Who is whose, and how full each unit is (domain.md §7.5; contract.md §4, ``caseload``)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date

import msgspec
import pytest
from sqlalchemy import Connection

from journey import Journeys
from journey.wishes import JourneyWish
from projections import at
from projections.caseload import (
    CaseloadRow,
    CaseRow,
    UnitLoad,
    caseload,
    caseload_sheet,
    cases_sheet,
    counts,
    journeys_of,
    unit_loads,
    units_sheet,
)
from projections.posts import Places
from tests.examples import (
    ALL_FOR,
    COACH,
    FK,
    MANAGER,
    deregistration,
    exit_decision,
    exited,
    exited_to_work,
    in_step_1,
    in_step_3,
    included,
    prepared,
    presented,
    ready,
    split_on_inclusion,
    wish,
)
from tests.projections.stores import a_store, of, performed

DAY = date(2026, 9, 1)


@pytest.fixture
def journeys() -> Iterator[Journeys]:
    """An empty store in memory."""
    with a_store() as opened:
        yield opened


def lived(journeys: Journeys, **stories: Iterable[JourneyWish]) -> None:
    """One journey for each story, named like it."""
    for key, wishes in stories.items():
        performed(journeys, of(key, wishes))


def numbers(connection: Connection, coach: str | None = "c1") -> dict[str, int]:
    """What a coach has in each column that is not empty."""
    rows = [row for row in caseload(connection, DAY).rows if row.coach == coach]
    cells = msgspec.structs.asdict(rows[0]) if rows else {}
    return {name: n for name, n in cells.items() if isinstance(n, int) and n}


PAUSED = (*in_step_3(), wish("pause", COACH, "2026-04-10", reason="illness"))
AWAITING = (
    *presented(),
    wish("note_motivation_lacking", FK, "2026-02-10"),
    wish(
        "decide_inclusion",
        COACH,
        "2026-02-10",
        outcome="include_when_motivated",
        votes=ALL_FOR,
    ),
)


def test_every_journey_is_counted_in_its_own_column(journeys: Journeys) -> None:
    """Open cases are kept apart from those who work and still get aftercare (S3 §5)."""
    lived(
        journeys,
        one=in_step_1(),
        another=in_step_1(),
        three=in_step_3(),
        paused=PAUSED,
        works=exited_to_work(),
        left=exited(),
    )
    with at(journeys) as connection:
        assert numbers(connection) == {
            **{"step_1": 2, "step_3": 1, "paused": 1, "active": 4},
            **{"aftercare": 1},
        }


def test_preparation_is_the_work_before_the_group_has_decided(journeys: Journeys) -> None:
    lived(journeys, a=prepared(), b=presented(), c=split_on_inclusion())
    with at(journeys) as connection:
        assert numbers(connection, coach=None) == {"preparation": 3}


def test_scenario_11_who_awaits_motivation_is_in_nobody_s_caseload(journeys: Journeys) -> None:
    """Nor who is accepted or waits in the queue; all are in the list of the unit."""
    queued = (*ready(), wish("queue", COACH, "2026-02-20"))
    lived(journeys, awaiting=AWAITING, accepted=included(), queued=queued)
    with at(journeys) as connection:
        assert caseload(connection, DAY).rows == ()
        listed = {row.journey: row.phase for row in journeys_of(connection, municipality="Nässjö")}
    assert listed == {
        "awaiting": "awaiting_motivation",
        "accepted": "accepted",
        "queued": "queued",
    }


def test_who_has_ended_is_nowhere(journeys: Journeys) -> None:
    lived(
        journeys,
        withdrawn=(*prepared(), wish("withdraw_referral", FK, "2026-02-09", reason="r1")),
        closed=(*exited(), deregistration("2026-05-18")),
    )
    with at(journeys) as connection:
        assert caseload(connection, DAY).rows == ()
        assert journeys_of(connection) == []


def test_scenario_22_a_paused_person_takes_a_place_throughout(journeys: Journeys) -> None:
    lived(journeys, j=PAUSED)
    for moment in ("2026-04-09", "2026-04-10"):
        with at(journeys, as_of=date.fromisoformat(moment)) as connection:
            assert counts(connection) == {"Nässjö": (1, 0)}
    performed(journeys, of("j", [wish("resume", COACH, "2026-05-04")]))
    with at(journeys) as connection:
        assert numbers(connection) == {"step_3": 1, "active": 1}


def test_scenario_23_a_handover_moves_one_journey_and_is_counted(journeys: Journeys) -> None:
    lived(journeys, a=in_step_1(), b=in_step_3())
    performed(journeys, of("a", [wish("hand_over", MANAGER, "2026-04-01", coach="e", reason="r1")]))
    with at(journeys) as connection:
        assert [(row.coach, row.active) for row in caseload(connection, DAY).rows] == [
            ("c1", 1),
            ("e", 1),
        ]
        assert journeys_of(connection, coach="e") == [
            CaseRow("a", "Nässjö", "e", "step_1", date(2026, 2, 12), True, False, 1)
        ]


def test_scenario_24_after_an_exit_to_work_the_person_is_in_aftercare(journeys: Journeys) -> None:
    lived(journeys, j=exited_to_work())
    with at(journeys) as connection:
        assert numbers(connection) == {"aftercare": 1}
        assert counts(connection) == {"Nässjö": (0, 1)}


def test_scenario_26_aftercare_outlives_sus(journeys: Journeys) -> None:
    lived(journeys, j=(*exited_to_work(), deregistration()))
    with at(journeys) as connection:
        assert numbers(connection) == {"aftercare": 1}
        assert [(row.phase, row.aftercare) for row in journeys_of(connection)] == [("exited", True)]


def test_one_who_works_before_the_exit_is_active_and_not_in_aftercare(journeys: Journeys) -> None:
    """The calendar runs, but nobody is counted twice (domain.md §7.5)."""
    lived(journeys, j=exited_to_work()[:-1])
    with at(journeys) as connection:
        assert numbers(connection) == {"step_5": 1, "active": 1}


def test_one_coach_and_one_unit_can_be_asked_for(journeys: Journeys) -> None:
    lived(journeys, a=in_step_1(), b=prepared(municipality="Eksjö"))
    with at(journeys) as connection:
        of_coach = caseload(connection, DAY, coach="c1")
        of_unit = caseload(connection, DAY, municipality="Eksjö")
        nobody = caseload(connection, DAY, coach="c1", municipality="Eksjö")
    assert [row.municipality for row in of_coach.rows] == ["Nässjö"]
    assert [load.municipality for load in of_coach.units] == ["Nässjö"]
    assert [(row.coach, row.preparation) for row in of_unit.rows] == [(None, 1)]
    assert [(load.municipality, load.active) for load in of_unit.units] == [("Eksjö", 0)]
    assert nobody.rows == ()


# --- places ------------------------------------------------------------------------------


def test_the_units_stand_beside_their_places(journeys: Journeys) -> None:
    """§7.5: 20 a full-time post, of 2024 on; every unit of the programme is shown."""
    lived(journeys, a=in_step_1(), b=in_step_3())
    with at(journeys) as connection:
        units = {load.municipality: load for load in caseload(connection, DAY).units}
    assert units["Nässjö"] == UnitLoad("Nässjö", 180, 36, 2, False)
    assert units["Tranås"] == UnitLoad("Tranås", 150, 30, 0, False)
    assert len(units) == 6


def test_a_unit_is_over_from_the_first_one_too_many() -> None:
    """About 20: it warns and never refuses; without known posts there is nothing to be over."""
    places = {"A": Places(50, 10), "B": Places(50, 10), "C": Places(None, None)}
    loads = list(unit_loads(places, {"A": 10, "B": 11, "C": 99, "D": 1}, ["D", "C", "B", "A"]))
    assert loads == [
        UnitLoad("A", 50, 10, 10, False),
        UnitLoad("B", 50, 10, 11, True),
        UnitLoad("C", None, None, 99, False),
        UnitLoad("D", None, None, 1, False),
    ]


def test_in_json_it_has_the_keys_of_the_contract(journeys: Journeys) -> None:
    lived(journeys, j=in_step_1())
    with at(journeys) as connection:
        answer = json.loads(msgspec.json.encode(caseload(connection, DAY, coach="c1")))
    steps = {f"step_{n}": int(n == 1) for n in range(1, 6)}
    rest = {"paused": 0, "active": 1, "aftercare": 0, "preparation": 0}
    assert answer == {
        "on": "2026-09-01",
        "rows": [{"municipality": "Nässjö", "coach": "c1", **steps, **rest}],
        "units": [
            {"municipality": "Nässjö", "percent": 180, "places": 36, "active": 1, "over": False}
        ],
    }


def test_the_sheets_have_a_line_for_each_row(journeys: Journeys) -> None:
    lived(journeys, j=in_step_1(), left=(*in_step_3(), exit_decision("illness", "2026-05-18")))
    with at(journeys) as connection:
        answer, cases = caseload(connection, DAY), journeys_of(connection)
    assert answer.rows == (CaseloadRow("Nässjö", "c1", 1, 0, 0, 0, 0, 0, 1, 0, 0),)
    assert [list(row) for row in caseload_sheet(answer).rows] == [
        ["Nässjö", "c1", "1", "0", "0", "0", "0", "0", "1", "0", "0"]
    ]
    assert len(units_sheet(answer).rows) == 6
    assert [row[0] for row in cases_sheet(cases).rows] == ["j", "left"]
