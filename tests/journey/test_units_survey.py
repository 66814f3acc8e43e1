"""The anonymous survey, fidelity and volume contacts (S2 §6.9, §8.1; domain.md §5.3, §7.7)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from journey.errors import InvalidCommand, Refused
from journey.storage.decided import stream_for, stream_of_unit
from journey.units import (
    FidelityMeasured,
    SurveyAnswersRecorded,
    Unit,
    VolumeContactsRecorded,
)
from journey.units.survey import survey_rules
from journey.values import FidelityScale
from tests.journey.units import asked, codes, decided, unit_after

FORM = (4, 5, 6, 1, 2, 3, None)


def test_answers_go_to_the_whole_federation() -> None:
    """§8.1: no split by municipality can be made of what was never recorded."""
    wish = asked("record_survey", answers=[list(FORM)])
    assert stream_for(wish) == stream_of_unit("*")
    assert decided(Unit(), wish) == (
        SurveyAnswersRecorded(on=date(2023, 10, 2), unit="*", year=2023, answers=(FORM,)),
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"unit": "Nässjö"}, "unit"),
        ({"unit": "*"}, "unit"),
        ({"journey": "j1"}, "journey"),
        ({"answers": []}, "answers"),
        ({"answers": [[4] * 6]}, "answers[0]"),
        ({"answers": [[4] * 7, [4] * 8]}, "answers[1]"),
        ({"answers": [[4] * 7, [4, 4, 7, 4, 4, 4, 4]]}, "answers[1][2]"),
        ({"answers": [[0, 4, 4, 4, 4, 4, 4]]}, "answers[0][0]"),
        ({"answers": [[True, 4, 4, 4, 4, 4, 4]]}, "answers[0][0]"),
        ({"answers": [4] * 7}, "answers[0]"),
        ({"year": 23}, "year"),
    ],
)
def test_a_fault_of_form_is_named_by_its_path(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidCommand) as caught:
        asked("record_survey", **changes)
    assert caught.value.code == "invalid_command"
    assert caught.value.reasons[0].field == field


def test_a_year_to_come_has_no_survey_yet() -> None:
    with pytest.raises(Refused) as caught:
        decided(Unit(), asked("record_survey", year=2024))
    assert (caught.value.code, caught.value.reasons[0].field) == ("invalid_command", "year")
    assert codes(Unit(), asked("record_survey", year=2022)) == []


def test_before_2021_no_programme_had_a_survey() -> None:
    """§5.1: 2018-2020 has none."""
    assert survey_rules(2020) is None
    assert codes(Unit(), asked("record_survey", year=2020)) == ["phase_not_allowed"]


def test_batches_add_up_and_exactly_the_latest_again_is_the_same_batch() -> None:
    first, other = asked("record_survey"), asked("record_survey", answers=[list(FORM)])
    assert len(unit_after(first, other).surveys) == 2
    assert len(unit_after(first, first).surveys) == 1
    assert len(unit_after(first, asked("record_survey", "2023-10-03")).surveys) == 2
    assert len(unit_after(first, other, first).surveys) == 3


# --- fidelity ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scale", "total", "fits"),
    [
        ("ips25", 24, False),
        ("ips25", 25, True),
        ("ips25", 125, True),
        ("ips25", 126, False),
        ("seqf", 0, True),
        ("seqf", 300, True),
    ],
)
def test_a_total_lies_on_its_scale(scale: str, total: int, fits: bool) -> None:
    """§5.3: IPS has 25 items of 1 to 5."""
    wish = asked("measure_fidelity", scale=scale, total=total)
    assert codes(Unit(), wish) == ([] if fits else ["invalid_command"])


@pytest.mark.parametrize(("field", "value"), [("total", -1), ("scale", "ips"), ("total", "90")])
def test_a_measurement_of_another_form_is_refused(field: str, value: object) -> None:
    wrong: dict[str, Any] = {field: value}
    with pytest.raises(InvalidCommand) as caught:
        asked("measure_fidelity", **wrong)
    assert caught.value.reasons[0].field == field


def test_measurements_stand_beside_each_other_and_a_correction_in_its_place() -> None:
    unit = unit_after(
        asked("measure_fidelity", total=80),
        asked("measure_fidelity", total=82),
        asked("measure_fidelity", scale="ips25", total=100),
        asked("measure_fidelity", "2023-11-01", total=82),
    )
    seqf, ips = FidelityScale.SEQF, FidelityScale.IPS25
    assert unit.fidelity == (
        FidelityMeasured(on=date(2023, 10, 2), unit="Nässjö", scale=seqf, total=82),
        FidelityMeasured(on=date(2023, 10, 2), unit="Nässjö", scale=ips, total=100),
        FidelityMeasured(on=date(2023, 11, 1), unit="Nässjö", scale=seqf, total=82),
    )


# --- volume --------------------------------------------------------------------------


def test_a_day_s_contacts_are_one_count() -> None:
    """A further count of the same day takes the place of the first (assumed)."""
    unit = unit_after(
        asked("record_volume_contacts"),
        asked("record_volume_contacts", count=15),
        asked("record_volume_contacts", "2023-10-03", count=0),
    )
    assert unit.volume == (
        VolumeContactsRecorded(on=date(2023, 10, 2), unit="Nässjö", count=15),
        VolumeContactsRecorded(on=date(2023, 10, 3), unit="Nässjö", count=0),
    )


def test_fewer_than_no_contacts_are_refused() -> None:
    with pytest.raises(InvalidCommand) as caught:
        asked("record_volume_contacts", count=-1)
    assert caught.value.reasons[0].field == "count"
