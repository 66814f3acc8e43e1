"""The socio-economic effect (domain.md §7.3; S0 §12)."""

from __future__ import annotations

from fractions import Fraction

import pytest

from journey import Journeys, Refused
from journey.language import Language
from projections import at
from projections.effect import CAVEATS, EffectRow, effect, effect_sheet, explain_effect
from tests.projections.stores import journey_of, rows_of

COSTS_2018_2020 = 11_213_137
"""SEK, training and supervision included (domain.md §7.4)."""


def test_scenario_40_the_effect_of_each_year(hoglandet: Journeys) -> None:
    """35 × 16 200 × 12 = 6 804 000; three years make 19 440 000."""
    with at(hoglandet) as connection:
        rows = effect(connection, 2018, 2020)
    assert rows == [
        EffectRow(2018, 32, 6_220_800),
        EffectRow(2019, 33, 6_415_200),
        EffectRow(2020, 35, 6_804_000),
    ]
    assert sum(row.sek for row in rows) == 19_440_000


def test_scenario_40_nobody_is_worth_nothing() -> None:
    with rows_of() as connection:
        assert effect(connection, 2020, 2020) == [EffectRow(2020, 0, 0)]


def test_the_effect_beside_what_three_years_cost(hoglandet: Journeys) -> None:
    """The ratio 1.734 of domain.md §7.3."""
    with at(hoglandet) as connection:
        worth = sum(row.sek for row in effect(connection, 2018, 2020))
    assert round(Fraction(worth, COSTS_2018_2020), 3) == Fraction(1734, 1000)


def test_other_exits_and_programmes_without_a_model_count_nothing() -> None:
    """Finnveden has no such model (S4)."""
    with rows_of(
        journey_of("a", "2013-01-08", "2014-06-03", "work", programme="finnveden"),
        journey_of("b", "2013-01-08", "2014-06-03", "moved"),
        journey_of("c", "2013-01-08", "2014-06-03", "studies"),
    ) as connection:
        assert effect(connection, 2014, 2014) == [EffectRow(2014, 1, 194_400)]
        (behind,) = explain_effect(connection, 2014, 2014)
    assert (behind.figure, behind.journeys) == ("exits", ["c"])


def test_one_municipality_s_few_exits_are_not_shown(hoglandet: Journeys) -> None:
    with at(hoglandet) as connection:
        assert effect(connection, 2018, 2018, municipality="Eksjö") == [EffectRow(2018, 5, 972_000)]
        with pytest.raises(Refused, match="cell_too_small"):
            effect(connection, 2018, 2018, municipality="Aneby")


def test_what_must_be_said_beside_it_is_said_in_both_languages() -> None:
    """§7.3: studies as full-time work, a full year, one wage, objections."""
    assert len(CAVEATS) == 4
    swedish = Language("sv")
    assert all(swedish.say(sentence) != sentence for sentence in CAVEATS)


def test_the_sheet_ends_in_the_sum() -> None:
    made = effect_sheet([EffectRow(2018, 32, 6_220_800), EffectRow(2019, 33, 6_415_200)])
    assert made.rows[-1] == ["sum", "65", "12 636 000"]
    assert len(effect_sheet([EffectRow(2018, 32, 6_220_800)]).rows) == 1
