"""Random histories: what people may wish for, in any order; what is refused is not recorded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from random import Random

from hypothesis import strategies as st

from journey import Journeys
from journey.wishes import JourneyWish
from tests.examples import (
    AF,
    COACH,
    FK,
    MANAGER,
    SAMPLES,
    exited,
    exited_to_studies,
    exited_to_work,
    in_step_1,
    in_step_3,
    in_step_5,
    included,
    prepared,
    presented,
    ready,
    sample,
)
from tests.projections.stores import of

STAGES: tuple[Sequence[JourneyWish], ...] = (
    prepared(),
    presented(),
    included(),
    ready(),
    in_step_1(),
    in_step_3(),
    in_step_5(),
    exited(),
    exited("registration_error"),
    exited_to_work("2026-06-01"),
    exited_to_studies("2026-06-01"),
)
WISHES = tuple(sorted(SAMPLES.keys() - {"refer"}))
ACTORS = (COACH, MANAGER, FK, AF)
FIRST = date(2026, 6, 1)

Move = tuple[int, str, int, str]
"""Which journey, which wish, how many days after the last, by whom."""

MOVES: st.SearchStrategy[list[Move]] = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.sampled_from(WISHES),
        st.integers(0, 20),
        st.sampled_from(ACTORS),
    ),
    max_size=30,
)


def _wish(do: str, by: str, day: date) -> JourneyWish:
    """A wish of this name; an exit is on the day of its decision."""
    fields = {"exit_date": str(day)} if do == "decide_exit" else {}
    return sample(do, by, str(day), **fields)


def told(stages: Sequence[int], moves: Sequence[Move]) -> Iterator[JourneyWish]:
    """Journeys begun to these stages, and then what follows, each no earlier than the last."""
    for number, stage in enumerate(stages):
        yield from of(f"j{number}", STAGES[stage])
    day = FIRST
    for number, do, days, by in moves:
        day += timedelta(days=days)
        yield from of(f"j{number}", [_wish(do, by, day)])


def drawn(random: Random, first: int, count: int) -> Iterator[JourneyWish]:
    """So many journeys drawn at random, each begun to a stage and taken further."""
    for number in range(first, first + count):
        yield from of(f"j{number}", random.choice(STAGES))
        day = FIRST
        for do in random.choices(WISHES, k=6):
            day += timedelta(days=random.randrange(30))
            yield from of(f"j{number}", [_wish(do, random.choice(ACTORS), day)])


def lived(journeys: Journeys, wishes: Iterable[JourneyWish]) -> None:
    """Carry out what may happen; the rest is refused and leaves no trace."""
    for _ in journeys.record(wishes, keep_going=True):
        pass
