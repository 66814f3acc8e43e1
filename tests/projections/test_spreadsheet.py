"""Answers as CSV: read back by the csv module as a spreadsheet would read them."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import pytest
from msgspec import Struct

from projections.outcomes import GoalRow, Share, share
from projections.spreadsheet import as_csv


class Part(Struct):
    municipality: str
    sek: int | None


class Year(Struct):
    year: int
    rows: list[Part]
    total: int | None


def read(text: bytes, delimiter: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.decode("utf-8-sig")), delimiter=delimiter))


def test_the_keys_of_the_answer_are_the_headings() -> None:
    found = read(as_csv([{"journey": "j1", "due_on": date(2026, 9, 7), "coach": None}]))
    assert found == [{"journey": "j1", "due_on": "2026-09-07", "coach": ""}]


def test_a_part_within_a_row_is_named_by_its_path() -> None:
    row = GoalRow(2018, share(32, 49, 35), Share(0, 167, None, None))
    (found,) = read(as_csv([row]))
    assert found["by_exited.percent"] == "65.3"
    assert found["by_exited.met"] == "true"
    assert found["by_enrolled.percent"] == ""


def test_a_list_within_a_row_gives_a_line_for_each_of_its_parts() -> None:
    year = Year(2023, [Part("Aneby", 348750), Part("Eksjö", None)], None)
    assert read(as_csv([year])) == [
        {"year": "2023", "municipality": "Aneby", "sek": "348750", "total": ""},
        {"year": "2023", "municipality": "Eksjö", "sek": "", "total": ""},
    ]


def test_a_list_of_words_is_one_cell() -> None:
    assert read(as_csv([{"figure": "exited", "journeys": ["a", "b"]}]))[0]["journeys"] == "a b"
    assert read(as_csv([{"figure": "exited", "journeys": []}]))[0]["journeys"] == ""


def test_with_a_semicolon_decimals_have_a_comma_as_a_swedish_excel_reads_them() -> None:
    text = as_csv([{"percent": 65.3, "count": 49}], delimiter=";", bom=True)
    assert text.startswith(b"\xef\xbb\xbf")
    assert read(text, ";") == [{"percent": "65,3", "count": "49"}]


@pytest.mark.parametrize("text", ["=1+1", "-A1:B2", "+46", "@x"])
def test_no_cell_is_reckoned_out_by_a_spreadsheet(text: str) -> None:
    assert read(as_csv([{"key": text}])) == [{"key": f"'{text}"}]


def test_a_negative_number_is_a_number() -> None:
    assert read(as_csv([{"n": -3}])) == [{"n": "-3"}]


@pytest.mark.parametrize("rows", [[], [{"a": 'x"y', "b": "x,y\nz"}]])
def test_whatever_a_cell_holds_is_read_back(rows: list[dict[str, Any]]) -> None:
    assert read(as_csv(rows)) == rows


@pytest.mark.parametrize("delimiter", ["", ";;", '"', "\n"])
def test_a_delimiter_is_one_character(delimiter: str) -> None:
    with pytest.raises(ValueError, match="delimiter"):
        as_csv([], delimiter=delimiter)
