"""Small groups stay hidden, also from who can subtract (domain.md §9.11)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journey import Refused
from projections.privacy import SMALLEST, not_too_small, small, suppressed

COLUMNS = st.lists(st.one_of(st.integers(0, 8), st.integers(0, 200)), max_size=12)


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ([], []),
        ([0, 5, 9], [0, 5, 9]),
        ([3, 9, 7, 0], [None, 9, None, 0]),  # alone, the 3 would be the total less the rest
        ([3, 2, 7, 0], [None, None, 7, 0]),
        ([1, 1, 7, 9], [None, None, None, 9]),  # two hidden that sum to 2 are one each
        ([1, 2, 7, 9], [None, None, None, 9]),  # the two together are a group of three
        ([4, 4, 7, 9], [None, None, None, 9]),  # two small ones that sum to 8 are four each
        ([3, 0, 0], [None, None, None]),
        ([3], [None]),
    ],
)
def test_which_cells_are_hidden(counts: list[int], shown: list[int | None]) -> None:
    assert suppressed(counts) == shown


@given(COLUMNS)
def test_every_small_cell_is_hidden_and_what_shows_is_true(counts: list[int]) -> None:
    shown = suppressed(counts)
    assert len(shown) == len(counts)
    for count, cell in zip(counts, shown, strict=True):
        assert cell in (None, count)
        assert cell is None or not small(cell)


@given(COLUMNS)
def test_the_total_gives_no_hidden_cell_away(counts: list[int]) -> None:
    """Whoever knows the total, and that hidden cells hold somebody, has a choice for each."""
    shown = suppressed(counts)
    hidden = [count for count, cell in zip(counts, shown, strict=True) if cell is None]
    if not hidden or len(hidden) == len(counts):
        return
    together = sum(counts) - sum(cell for cell in shown if cell is not None)
    assert len(hidden) > 1
    assert together >= SMALLEST
    assert together > len(hidden)
    assert together != (SMALLEST - 1) * len(hidden) or not all(map(small, hidden))


@given(COLUMNS)
def test_a_column_without_small_cells_is_shown_whole(counts: list[int]) -> None:
    large = [count for count in counts if not small(count)]
    assert suppressed(large) == large


@pytest.mark.parametrize("persons", [1, 4])
def test_a_small_group_of_one_municipality_is_refused(persons: int) -> None:
    with pytest.raises(Refused) as refused:
        not_too_small("Aneby", 2024, persons)
    (reason,) = refused.value.reasons
    assert (reason.code, reason.source) == ("cell_too_small", "domain §9.11")
    assert reason.message == (
        "In Aneby fewer than 5 persons are counted in 2024; so small a group is not shown."
    )


@pytest.mark.parametrize(("municipality", "persons"), [("Aneby", 0), ("Aneby", 5), (None, 1)])
def test_nobody_five_or_the_whole_federation_is_shown(
    municipality: str | None, persons: int
) -> None:
    not_too_small(municipality, 2024, persons)
