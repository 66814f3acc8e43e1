"""The seal: one chain over the whole store, and no two facts sealed alike."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid4

from hypothesis import assume, given
from hypothesis import strategies as st

from journey.storage.append import Append
from journey.storage.database import open_engine
from journey.storage.recorder import Recorder, Row
from journey.storage.seal import GENESIS, seal

STREAM = UUID(int=1).bytes

PARTS = st.tuples(
    st.binary(min_size=32, max_size=32),
    st.integers(1, 2**63 - 1),
    st.integers(0, 2**62),
    st.binary(min_size=16, max_size=16),
    st.integers(1, 2**31),
    st.text(st.characters(codec="utf-8"), max_size=8),
    st.binary(max_size=8),
)


def a_store_of(count: int) -> list[Row]:
    """The rows of a store with so many facts, each of a stream of its own."""
    engine = open_engine("sqlite://")
    recorder = Recorder(engine)
    for number in range(count):
        recorder.append(Append(uuid4().bytes, 1, (("Said", b"%d" % number),)))
    rows = [row for batch in recorder.scan(batch=7) for row in batch]
    assert recorder.head() == (count, rows[-1][5], rows[-1][6])
    recorder.close()
    engine.dispose()
    return rows


def broken(rows: Sequence[Row]) -> int | None:
    """The place of the first fact whose seal does not fit."""
    previous = GENESIS
    for place, (position, stream, version, name, body, recorded_at, sealed) in enumerate(rows):
        previous = seal(previous, position, recorded_at, stream, version, name, body)
        if sealed != previous:
            return place
    return None


def test_the_seals_chain_over_the_whole_store() -> None:
    assert broken(a_store_of(300)) is None


def test_what_is_changed_dropped_swapped_or_slipped_in_breaks_the_chain_there() -> None:
    rows = a_store_of(9)
    position, stream, version, name, _, recorded_at, sealed = rows[4]
    changed = (position, stream, version, name, b"other", recorded_at, sealed)
    assert broken([*rows[:4], changed, *rows[5:]]) == 4
    assert broken([*rows[:4], *rows[5:]]) == 4
    assert broken([*rows[:4], rows[5], rows[4], *rows[6:]]) == 4
    assert broken([*rows[:4], rows[3], *rows[4:]]) == 4


def test_a_fact_that_is_sealed_anew_breaks_the_next() -> None:
    """Who changes a fact and its seal must change every seal from there on."""
    rows = a_store_of(5)
    position, stream, version, name, _, recorded_at, _ = rows[2]
    forged = seal(rows[1][6], position, recorded_at, stream, version, name, b"other")
    rows[2] = (position, stream, version, name, b"other", recorded_at, forged)
    assert broken(rows) == 3


def test_a_change_in_any_part_of_a_fact_is_another_seal() -> None:
    whole = (GENESIS, 1, 2, STREAM, 3, "Said", b"body")
    changed = (b"\x01" * 32, 2, 3, bytes(16), 4, "Sai", b"dbody")
    seals = {seal(*whole)}
    for place, other in enumerate(changed):
        parts = (*whole[:place], other, *whole[place + 1 :])
        seals.add(seal(*parts))  # type: ignore[arg-type]  # a mixed tuple, in the seal's own order
    assert len(seals) == len(whole) + 1


def test_what_moves_from_the_name_to_the_body_is_another_seal() -> None:
    """No two facts are sealed alike because their parts run together."""
    assert seal(GENESIS, 1, 2, STREAM, 3, "Said", b"body") != seal(
        GENESIS, 1, 2, STREAM, 3, "Sai", b"dbody"
    )


@given(PARTS, PARTS)
def test_different_facts_have_different_seals_and_the_same_the_same(
    one: tuple[bytes, int, int, bytes, int, str, bytes],
    other: tuple[bytes, int, int, bytes, int, str, bytes],
) -> None:
    assume(one != other)
    assert seal(*one) == seal(*one)
    assert seal(*one) != seal(*other)
    assert len(seal(*one)) == 32
