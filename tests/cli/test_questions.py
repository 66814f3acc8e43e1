"""The questions at the command line: their JSON keys, their tables, CSV and pictures."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import Result

from journey import Journeys
from projections.reports import REPORTS
from tests.cli.conftest import DATA, Ask, answer
from tests.examples import exited_to_work, in_step_1, included
from tests.projections.stores import of

BOARD, COACH, MANAGER = "board:b1", "coach:c1@Nässjö", "manager:m1@Nässjö"
Record = Callable[..., Result]
QUESTIONS = (
    ("caseload",),
    ("caseload", "--journeys"),
    ("queue", "--municipality", "Nässjö"),
    ("due", "--ahead", "365"),
    ("history", "b"),
    ("sus",),
    ("sus", "--reconcile"),
    ("export", "sus-2013", "--year", "2022"),
    ("export", "uppfoljning-finsam-2023", "--year", "2026"),
    *(
        ("report", name, "--year", "2026", *(("--municipality", "Nässjö") * (name == "fidelity")))
        for name in REPORTS
    ),
)


def objects(*wishes: Any) -> list[dict[str, Any]]:
    return [msgspec.to_builtins(wish) for wish in wishes]


def read_csv(result: Result, delimiter: str = ",") -> list[dict[str, str]]:
    text = result.stdout_bytes.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=delimiter))


@pytest.fixture
def told(ask: Ask, record: Record) -> Ask:
    """Three journeys: a in step 1, b exited to work on 2026-08-31, q in the queue; a unit."""
    unit = {"by": MANAGER, "unit": "Nässjö"}
    done = record(
        *objects(*of("a", in_step_1())),
        *objects(*of("b", exited_to_work())),
        *objects(*of("q", included())),
        {"do": "queue", "journey": "q", "by": COACH, "on": "2026-02-11"},
        {"do": "measure_fidelity", "on": "2026-05-04", "scale": "seqf", "total": 87, **unit},
        {"do": "record_volume_contacts", "on": "2026-05-04", "count": 12, **unit},
    )
    assert done.exit_code == 0, done.output
    return ask


# --- the contract's keys -------------------------------------------------------------


def test_caseload_has_the_keys_of_the_contract(told: Ask) -> None:
    found = answer(told("caseload", "--municipality", "Nässjö", "--json"))
    steps = {"step_1": 1, "step_2": 0, "step_3": 0, "step_4": 0, "step_5": 0, "paused": 0}
    assert found == {
        "on": "2026-11-23",
        "rows": [
            {
                "municipality": "Nässjö",
                "coach": "c1",
                **steps,
                "active": 1,
                "aftercare": 1,
                "preparation": 0,
            }
        ],
        "units": [
            {"municipality": "Nässjö", "percent": 180, "places": 36, "active": 1, "over": False}
        ],
    }


def test_queue_has_the_keys_of_the_contract(told: Ask) -> None:
    found = answer(told("queue", "--municipality", "Nässjö", "--json"))
    assert found == [{"position": 1, "journey": "q", "queued_on": "2026-02-11", "priority": True}]


def test_due_has_the_keys_of_the_contract_and_finds_what_is_late(told: Ask) -> None:
    found = answer(told("due", "--coach", "c1", "--today", "2026-12-01", "--json"))
    sus = next(row for row in found if row["kind"] == "sus_deregistration")
    assert sus == {
        "journey": "b",
        "kind": "sus_deregistration",
        "what": "deregistration",
        "due_on": "2026-11-30",
        "act_by": "2026-11-30",
        "status": "overdue",
        "coach": "c1",
        "municipality": "Nässjö",
    }


def test_as_of_a_day_is_also_the_day_on_which_dues_are_read(told: Ask) -> None:
    before = answer(told("due", "--as-of", "2026-08-30", "--ahead", "365", "--json"))
    assert {row["journey"] for row in before if row["kind"] == "aftercare"} == set()
    then = answer(told("due", "--as-of", "2026-09-07", "--json"))
    assert [row["what"] for row in then if row["kind"] == "aftercare"] == ["m1w1"]
    assert [row["status"] for row in then if row["kind"] == "aftercare"] == ["due"]


def test_known_at_hides_what_was_recorded_later(told: Ask) -> None:
    assert answer(told("caseload", "--known-at", "2020-01-01", "--json"))["rows"] == []


def test_capacity_and_grants_have_the_keys_of_the_contract(told: Ask) -> None:
    (row,) = answer(
        told("report", "capacity", "--year", "2026", "--municipality", "Nässjö", "--json")
    )
    assert row == {
        "municipality": "Nässjö",
        "percent": 180,
        "places": 36,
        "active": 1,
        "aftercare": 1,
    }
    (year,) = answer(told("report", "grants", "--year", "2023", "--json"))
    assert (year["year"], year["total"]) == (2023, 3_859_500)
    assert year["rows"][0] == {"municipality": "Aneby", "percent": 75, "sek": 348_750}


def test_capacity_of_a_year_that_has_ended_is_that_of_its_last_day(ask: Ask) -> None:
    """§7.4: Tranås had 100 % in 2018, 125 % in 2023, 150 % in 2024."""
    seen = {
        year: next(
            row
            for row in answer(ask("report", "capacity", "--year", str(year), "--json"))
            if row["municipality"] == "Tranås"
        )
        for year in (2018, 2021, 2023, 2024)
    }
    assert [row["places"] for row in seen.values()] == [20, None, 25, 30]


def test_capacity_counts_who_was_active_at_the_end_of_the_year(ask: Ask) -> None:
    """The three years' data: 118, 114 and 116 were carried over (§7.1)."""
    ask("record", str(DATA / "hoglandet-2018-2020.jsonl"))
    for year, carried in ((2018, 118), (2019, 114), (2020, 116)):
        rows = answer(ask("report", "capacity", "--year", str(year), "--json"))
        assert sum(row["active"] for row in rows) == carried


# --- what is refused -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("survey", "--municipality", "Nässjö"), "comparison_not_allowed"),
        (("fidelity",), "comparison_not_allowed"),
        (("yearly", "--municipality", "Nässjö"), "cell_too_small"),
    ],
)
def test_a_report_that_may_not_be_given_is_refused(
    told: Ask, words: Sequence[str], code: str
) -> None:
    refused = told("report", *words, "--year", "2026", "--json")
    assert refused.exit_code == 3
    assert answer(refused)["refused"]["code"] == code


@pytest.mark.parametrize(
    "words",
    [
        ("report", "grants", "--year", "2023", "--municipality", "Nässjö"),
        ("report", "grants", "--year", "2023", "--explain"),
        ("report", "grants", "--year", "2023", "--plot", "grants.svg"),
        ("report", "yearly", "--year", "2023", "--plot", "yearly.pdf"),
        ("report", "yearly", "--year", "2023", "--plot", "no/such/folder/yearly.svg"),
        ("report", "yearly", "--year", "2023", "--csv", "--json"),
        ("report", "yearly", "--year", "2023", "--csv", "--csv-delimiter", ";;"),
        ("show", "a", "--plot", "plan.svg"),
        ("queue",),
        ("due", "--ahead", "-1"),
        ("export", "sus-2013", "--year", "2022", "--to", "no/such/folder/sus.csv"),
    ],
)
def test_wrong_usage_ends_with_2(told: Ask, words: Sequence[str]) -> None:
    assert told(*words).exit_code == 2


def test_an_export_outside_its_adapter_s_days_is_refused(told: Ask) -> None:
    refused = told("export", "sus-2013", "--year", "2024", "--json")
    assert refused.exit_code == 3
    assert answer(refused)["refused"]["source"] == "domain §12.1"


# --- explained -----------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name, report in REPORTS.items() if report.explain])
def test_a_report_s_figures_are_explained_by_journeys(told: Ask, name: str) -> None:
    found = answer(told("report", name, "--year", "2026", "--explain", "--json"))
    assert all({"year", "figure", "journeys"} == set(row) for row in found)
    assert {key for row in found for key in row["journeys"]} <= {"a", "b", "q"}


def test_each_figure_of_the_yearly_table_is_as_long_as_its_explanation(told: Ask) -> None:
    (row,) = answer(told("report", "yearly", "--year", "2026", "--json"))
    explained = answer(told("report", "yearly", "--year", "2026", "--explain", "--json"))
    assert {one["figure"]: len(one["journeys"]) for one in explained} == {
        figure: number for figure, number in row.items() if figure != "year"
    }


def test_the_people_of_a_capacity_are_explained_by_their_journeys(told: Ask) -> None:
    words = ("report", "capacity", "--year", "2026", "--explain", "--json")
    found = {one["figure"]: one["journeys"] for one in answer(told(*words))}
    assert found == {"Nässjö.active": ["a"], "Nässjö.aftercare": ["b"]}


# --- CSV and pictures ----------------------------------------------------------------


@pytest.mark.parametrize("words", QUESTIONS, ids=" ".join)
def test_every_question_answers_as_json_csv_and_table(told: Ask, words: Sequence[str]) -> None:
    as_json, as_csv, as_table = told(*words, "--json"), told(*words, "--csv"), told(*words)
    for result in (as_json, as_csv, as_table):
        assert result.exit_code == 0, result.output
    answer(as_json)
    list(csv.reader(io.StringIO(as_csv.stdout)))
    assert all(len(line) <= 100 for line in as_table.stdout.splitlines()), as_table.stdout


@pytest.mark.parametrize("words", QUESTIONS, ids=" ".join)
def test_every_table_is_in_swedish_where_asked(told: Ask, words: Sequence[str]) -> None:
    english, swedish = told(*words), told(*words, "--lang", "sv")
    assert english.stdout.splitlines()[0] != swedish.stdout.splitlines()[0]


def test_csv_has_the_keys_of_the_json_answer(told: Ask) -> None:
    as_json = answer(told("caseload", "--json"))["rows"]
    rows = read_csv(told("caseload", "--csv"))
    assert [list(row) for row in rows] == [list(row) for row in as_json]
    assert rows[0]["coach"] == "c1"


def test_csv_for_a_swedish_excel(told: Ask) -> None:
    words = ("report", "goal", "--year", "2026", "--csv", "--csv-delimiter", ";", "--csv-bom")
    found = told(*words)
    assert found.stdout_bytes.startswith(b"\xef\xbb\xbf")
    (row,) = read_csv(found, ";")
    assert row["by_exited.percent"] == "100,0"


@pytest.mark.parametrize("name", [name for name, report in REPORTS.items() if report.plot])
@pytest.mark.parametrize("lang", ["en", "sv"])
def test_a_report_is_drawn(told: Ask, tmp_path: Path, name: str, lang: str) -> None:
    file = tmp_path / f"{name}.svg"
    drawn = told("report", name, "--year", "2025..2026", "--plot", str(file), "--lang", lang)
    assert drawn.exit_code == 0, drawn.output
    assert "2026" in file.read_text("utf-8") or name == "capacity"


def test_a_journey_s_aftercare_is_drawn(told: Ask, tmp_path: Path) -> None:
    file = tmp_path / "plan.png"
    drawn = told("show", "b", "--plot", str(file), "--json")
    assert answer(drawn) == {"plot": str(file)}
    assert file.read_bytes().startswith(b"\x89PNG")


def test_an_export_is_written_only_where_asked(told: Ask, tmp_path: Path) -> None:
    file = tmp_path / "sus.csv"
    told("export", "uppfoljning-finsam-2023", "--year", "2026")
    assert not file.exists()
    preview = answer(
        told("export", "uppfoljning-finsam-2023", "--year", "2026", "--to", str(file), "--json")
    )
    heading = file.read_text("utf-8").splitlines()[0]
    assert heading.split(",") == preview["columns"]


# --- rebuild -------------------------------------------------------------------------


def test_rebuild_looks_first_and_then_puts_right(told: Ask, store: str) -> None:
    with Journeys(store) as journeys, journeys.facts.exclusively() as cursor:
        cursor.execute("UPDATE caseload SET coach = 'c9' WHERE journey = 'a'")
    looked = answer(told("rebuild", "--look", "--json"))
    assert (looked["changed"], looked["swapped"], looked["examples"]) == (1, False, ["a"])
    wrong = answer(told("caseload", "--coach", "c9", "--json"))
    assert wrong["rows"] != []
    assert "caseload" in told("rebuild", "--look").stdout
    assert answer(told("rebuild", "--json"))["changed"] == 1
    assert answer(told("caseload", "--coach", "c9", "--json"))["rows"] == []
    assert answer(told("rebuild", "--json"))["changed"] == 0
