"""Pictures: what is drawn is labelled, in both languages, and comes from the rows alone."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest

from journey.language import Language
from projections.capacity import CapacityRow
from projections.outcomes import GoalRow, Share, YearRow, share
from projections.plots import (
    Drawing,
    aftercare_plot,
    capacity_plot,
    goal_plot,
    picture_format,
    yearly_plot,
)
from projections.plots.aftercare import NothingToDraw
from projections.show import view
from tests.examples import exited_to_work, in_step_1
from tests.spec import given

EN, SV = Language("en"), Language("sv")
YEARS = [
    YearRow(2018, 167, 71, 96, 0, 49, 32, 17, 118),
    YearRow(2019, 180, 80, 100, 0, 66, 33, 33, 114),
]
GOALS = [
    GoalRow(2020, share(35, 72, 35), share(35, 188, 35)),
    GoalRow(2021, Share(0, 0, None, None), Share(0, 116, None, None)),
]
CAPACITY = [
    CapacityRow(municipality="Nässjö", percent=180, places=36, active=40, aftercare=8),
    CapacityRow(municipality="Tranås", percent=None, places=None, active=18, aftercare=3),
]
DAY = date(2026, 9, 16)


def texts_in(drawing: Drawing, folder: Path) -> list[str]:
    """Every text in the picture, read back from its SVG."""
    file = folder / "picture.svg"
    drawing.save(file)
    root = ElementTree.fromstring(file.read_text("utf-8"))
    return ["".join(node.itertext()).strip() for node in root.iter() if node.tag.endswith("}text")]


def said_in(drawing: Drawing, folder: Path) -> str:
    return "\n".join(texts_in(drawing, folder))


def test_every_bar_of_the_yearly_flow_bears_its_number(tmp_path: Path) -> None:
    texts = texts_in(yearly_plot(YEARS, EN), tmp_path)
    numbers = {"167", "49", "32", "118", "180", "66", "33", "114", "2018", "2019"}
    assert numbers <= set(texts)
    assert {"enrolled", "exited", "to work or studies", "carried over", "persons"} <= set(texts)


def test_the_goal_shows_its_line_and_a_gap_where_nobody_left(tmp_path: Path) -> None:
    said = said_in(goal_plot(GOALS, EN), tmp_path)
    assert "the goal, 35 %" in said
    assert "48.6 %" in said
    assert "35/72" in said
    assert "(no exits)" in said
    assert "0/0" not in said


def test_swedish_has_its_own_words_and_decimal_sign(tmp_path: Path) -> None:
    said = said_in(goal_plot(GOALS, SV), tmp_path)
    assert "målet, 35 %" in said
    assert "48,6 %" in said
    assert "no exits" not in said


def test_capacity_says_where_places_are_unknown(tmp_path: Path) -> None:
    said = said_in(capacity_plot(CAPACITY, EN), tmp_path)
    assert "(36 places)" in said
    assert "(places unknown)" in said


def test_the_aftercare_plan_shows_both_clocks(tmp_path: Path) -> None:
    """Scenario 24: employment and exit on 2026-08-31, ten slots, SUS due on 2026-11-30."""
    journey = given(*exited_to_work()).journey
    said = said_in(aftercare_plot(view(journey, DAY), DAY, EN), tmp_path)
    for slot in ("m1w1", "m1w2", "m1w3", "m1w4", "m2a", "m2b", "m3", "m4", "m5", "m6"):
        assert slot in said
    assert "employment starts (2026-08-31)" in said
    assert "SUS deregistration due (2026-11-30)" in said
    assert "the day of the question (2026-09-16)" in said
    assert "missed" in said


def test_a_journey_without_aftercare_or_exit_has_no_picture() -> None:
    journey = given(*in_step_1()).journey
    with pytest.raises(NothingToDraw):
        aftercare_plot(view(journey, DAY), DAY, EN)


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    first, again = tmp_path / "1.svg", tmp_path / "2.svg"
    for file in (first, again):
        yearly_plot(YEARS, EN).save(file)
    assert first.read_bytes() == again.read_bytes()


def test_a_png_is_a_png(tmp_path: Path) -> None:
    yearly_plot(YEARS, EN).save(tmp_path / "picture.PNG")
    assert (tmp_path / "picture.PNG").read_bytes().startswith(b"\x89PNG")


def test_other_forms_are_refused() -> None:
    with pytest.raises(ValueError, match="svg"):
        picture_format(Path("picture.pdf"))
