"""``audit verify``: what is true is found intact, and whatever is tampered with is found."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from pathlib import Path
from random import Random

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as for_any
from hypothesis import strategies as st
from msgspec.structs import replace

from journey import Journeys, Refused, StoreUnusable
from journey.exit import JourneyClosed
from journey.facts import Fact
from journey.notices import NoticeIssued
from journey.referral import ReferralReceived
from journey.storage.append import Append
from journey.storage.checkpoint import Checkpoint, make_checkpoint, read_checkpoint
from journey.storage.codec import encode
from journey.storage.decided import stream_of, stream_of_unit
from journey.storage.finding import FindingKind, Verified
from journey.storage.signing import signing_key
from journey.storage.verify import cores_for, verify
from journey.units import UNIT_FACTS
from journey.units.grants import GrantRequisitioned
from journey.units.posts import CoachingPostAllocated
from policies.round import tick
from projections.audit import timeline
from tests.examples import BOARD, COACH, FK, MUNICIPALITY, SYSTEM, exited_to_work, in_step_3
from tests.journey.units import USUAL, command
from tests.projections.histories import MOVES, STAGES, drawn, lived, told
from tests.projections.stores import LATE, a_store, of, performed
from tests.spec import given
from tests.storage.tampering import KINDS, SEEN_BY_A_CHECKPOINT, Tamperer

PLACES = 20
"""How often each kind of tampering is tried, each time at another place: 200 in all."""

Kept = tuple[Path, Checkpoint]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """A store of a dozen journeys and a unit, and a checkpoint of it that someone keeps."""
    folder = tmp_path_factory.mktemp("store")
    with Journeys(f"sqlite:///{folder / 'journey.db'}", today=LATE) as journeys:
        lived(journeys, drawn(Random(5), 0, 12))
        journeys.perform(
            {"do": "allocate_post", "unit": "Nässjö", "by": "board:b1", "on": "2026-01-01"}
            | {"percent": 150}
        )
        key = signing_key(folder / "key")
        checkpoint = read_checkpoint(make_checkpoint(journeys, key), key.public)
        journeys.close()
    return folder / "journey.db", checkpoint


@contextmanager
def tampered(
    kept: Kept, folder: Path, how: Callable[[Tamperer], None], seed: int = 0
) -> Iterator[Journeys]:
    """The store again, after someone has been at it."""
    file = folder / "tampered.db"
    shutil.copy(kept[0], file)
    tamperer = Tamperer(file, Random(seed))
    how(tamperer)
    tamperer.file.close()
    with Journeys(f"sqlite:///{file}", today=LATE) as journeys:
        yield journeys
        journeys.close()


def kinds_of(verified: Verified) -> set[FindingKind]:
    """The kinds of what was found."""
    assert verified.intact is not bool(verified.findings)
    return {finding.kind for finding in verified.findings}


# --- what is true --------------------------------------------------------------------


def test_a_store_as_it_was_recorded_is_intact(kept: Kept, tmp_path: Path) -> None:
    """With journeys, a unit and a checkpoint; the head is the last fact's."""
    with tampered(kept, tmp_path, lambda tamperer: None) as journeys:
        seen: list[tuple[int, int]] = []
        verified = verify(journeys, lambda done, total: seen.append((done, total)), [kept[1]])
        position, _, sealed = journeys.facts.head()
        assert verified.findings == ()
        assert (verified.facts, verified.journeys, verified.intact) == (position, 12, True)
        assert (verified.head.position, verified.head.hash) == (position, sealed.hex())
        assert seen[-1] == (2 * position, 2 * position)
        assert verify(journeys, checkpoints=[kept[1]], rules=False) == verified


def test_the_answer_has_the_contract_s_keys(kept: Kept, tmp_path: Path) -> None:
    """contract.md §4."""
    with tampered(kept, tmp_path, Tamperer.a_time) as journeys:
        answer = json.loads(msgspec.json.encode(verify(journeys)))
    assert set(answer) == {"facts", "journeys", "intact", "findings", "head"}
    assert set(answer["head"]) == {"position", "hash"}
    assert set(answer["findings"][0]) == {"journey", "version", "kind", "detail"}


def test_processes_that_share_the_work_find_the_same(kept: Kept, tmp_path: Path) -> None:
    def two(tamperer: Tamperer) -> None:
        for version in (2, 9):
            tamperer.file.execute("UPDATE facts SET body = x'7b' WHERE version = ?", (version,))
        tamperer.sealed_anew()

    with tampered(kept, tmp_path, two) as journeys:
        alone, shared = verify(journeys), verify(journeys, processes=2)
        assert set(alone.findings) == set(shared.findings)
        assert len(alone.findings) > 1
        assert (alone.facts, alone.journeys) == (shared.facts, shared.journeys)


def test_small_stores_are_judged_by_one_process_large_ones_by_all_cores() -> None:
    """Starting processes costs more than they save, at first."""
    assert cores_for(0) == cores_for(49_999) == 1
    assert cores_for(50_000) == cores_for(10**9) == os.cpu_count()


def test_an_empty_store_is_intact() -> None:
    with a_store() as journeys:
        assert verify(journeys).intact


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@for_any(st.lists(st.integers(0, len(STAGES) - 1), min_size=1, max_size=4), MOVES)
def test_no_random_history_is_found_false(stages: list[int], moves: list[tuple]) -> None:  # type: ignore[type-arg]  # as MOVES draws them
    with a_store() as journeys:
        lived(journeys, told(stages, moves))
        assert verify(journeys).findings == ()
        assert verify(journeys, rules=False).findings == ()


def test_commands_of_the_same_microsecond_are_told_apart() -> None:
    """A clock that stands still gives every fact the same time."""
    with a_store() as journeys:
        journeys.facts._writing._clock = lambda: 1
        for _ in journeys.record([*exited_to_work(), *of("j2", in_step_3())]):
            pass
        assert verify(journeys).findings == ()


# --- what is not ---------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(PLACES))
@pytest.mark.parametrize("kind", KINDS)
def test_tampering_of_every_kind_is_found_anywhere(
    kept: Kept, tmp_path: Path, kind: str, seed: int
) -> None:
    """An end cut off and a store written anew are found with a checkpoint; all else without."""
    with tampered(kept, tmp_path, KINDS[kind], seed) as journeys:
        known = [kept[1]] if kind in SEEN_BY_A_CHECKPOINT else []
        verified = verify(journeys, checkpoints=known)
        quick = verify(journeys, checkpoints=known, rules=False)
    assert not verified.intact
    assert not quick.intact
    assert kind not in SEEN_BY_A_CHECKPOINT or FindingKind.CHECKPOINT in kinds_of(verified)


def test_a_finding_names_the_journey_and_the_fact(kept: Kept, tmp_path: Path) -> None:
    with tampered(kept, tmp_path, lambda t: t._set(3, "recorded_at", 1)) as journeys:
        findings = verify(journeys).findings
    assert [(f.kind, f.version, f.journey) for f in findings] == [
        (FindingKind.SEAL, 3, "j0"),
        (FindingKind.TIME, 3, "j0"),
    ]


def test_every_kind_of_finding_stands_in_the_documents() -> None:
    """docs/audit.md."""
    text = (Path(__file__).parents[2] / "docs" / "audit.md").read_text("utf-8")
    assert [kind for kind in FindingKind if f"| `{kind}` |" not in text] == []


def test_a_store_with_no_seals_is_not_signed(kept: Kept, tmp_path: Path) -> None:
    def as_text(tamperer: Tamperer) -> None:
        tamperer.file.execute("UPDATE facts SET seal = 'x'")

    with tampered(kept, tmp_path, as_text) as journeys, pytest.raises(StoreUnusable):
        make_checkpoint(journeys, signing_key(tmp_path / "key"))


def test_an_end_cut_off_is_not_seen_without_a_checkpoint(kept: Kept, tmp_path: Path) -> None:
    """Why checkpoints are kept elsewhere."""
    with tampered(kept, tmp_path, _without_the_last) as journeys:
        assert verify(journeys).intact
        assert kinds_of(verify(journeys, checkpoints=[kept[1]])) == {FindingKind.CHECKPOINT}


def _without_the_last(tamperer: Tamperer) -> None:
    tamperer.file.execute("DELETE FROM facts WHERE position = ?", (tamperer.last,))


def test_findings_have_an_end(kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory does not grow with what is wrong."""
    for module in ("verify", "stream_check"):
        monkeypatch.setattr(f"journey.storage.{module}.MOST", 5)
    with tampered(kept, tmp_path, _without_seals) as journeys:
        assert len(verify(journeys).findings) == 5


def _without_seals(tamperer: Tamperer) -> None:
    tamperer.file.execute("UPDATE facts SET seal = x'00'")


# --- forged with fitting seals: the rules see it -------------------------------------


def recorded(journeys: Journeys, facts: list[Fact], by: str, key: str = "j1") -> None:
    """Append facts past the door, as a program with a fault, or a forger, would."""
    ruleset = "se-hoglandet/2024-01-01"
    for fact in facts:
        stream = stream_of(key)
        version = journeys.facts.version(stream) + 1
        event = (type(fact).__name__, encode(fact, by, ruleset))
        journeys.facts.append(Append(stream, version, (event,)))


def test_a_fact_that_no_rule_would_have_let_through_is_found() -> None:
    """The seals fit; the decision does not: a step without its evidence, by another's coach."""
    *before, last = given(*in_step_3()).facts
    for forged, by, kind in (
        (last, "coach:c9@Eksjö", FindingKind.RULE),
        (before[0], FK, FindingKind.LIFECYCLE),
    ):
        with a_store() as journeys:
            performed(journeys, in_step_3()[:-1])
            recorded(journeys, [forged], by)
            assert kind in kinds_of(verify(journeys))
            by_table = {kind} & {FindingKind.LIFECYCLE}
            assert kinds_of(verify(journeys, rules=False)) == by_table


def test_a_fact_in_another_s_stream_is_found() -> None:
    first = given(*in_step_3()).facts[0]
    assert isinstance(first, ReferralReceived)
    with a_store() as journeys:
        recorded(journeys, [first], FK, "j7")
        for rules in (True, False):
            assert kinds_of(verify(journeys, rules=rules)) == {FindingKind.STREAM}


def test_a_body_that_cannot_be_read_and_a_version_left_out_are_found() -> None:
    with a_store() as journeys:
        stream = stream_of("j1")
        journeys.facts.append(Append(stream, 1, (("ReferralReceived", b"{"),)))
        journeys.facts.append(Append(stream_of("j2"), 2, (("ReferralReceived", b"{"),)))
        for rules in (True, False):
            found = kinds_of(verify(journeys, rules=rules))
            assert found == {FindingKind.BODY, FindingKind.VERSION}


# --- notices -------------------------------------------------------------------------


def test_what_rounds_have_issued_is_judged_too() -> None:
    """Issued as it should be, nothing is found; twice, or by a coach, it is."""
    with a_store() as journeys:
        performed(journeys, exited_to_work())
        issued = [tick(journeys, date(2026, 9, 1) + timedelta(days)) for days in range(0, 200, 9)]
        assert sum(len(notices) for notices in issued) > 5
        assert verify(journeys).findings == ()
        *_, last = (e.fact for e in journeys.history("j1") if isinstance(e.fact, NoticeIssued))
        recorded(journeys, [last], SYSTEM)
        recorded(journeys, [replace(last, what="other")], COACH)
        versions = [one.version for one in verify(journeys).findings if one.kind == "rule"]
        assert len(versions) == 2


# --- units ---------------------------------------------------------------------------


def test_what_units_recorded_is_judged_too() -> None:
    """Every command about a unit, said again in other words, is found as it should be."""
    with a_store() as journeys:
        for do in USUAL:
            journeys.perform(command(do, "2023-10-02"))
            with suppress(Refused):
                journeys.perform(command(do, "2023-11-02"))
        journeys.perform(command("allocate_post", "2023-12-01", percent=50))
        journeys.perform(command("allocate_post", "2023-10-02", percent=60))
        assert {e.event for e in timeline(journeys)} == {kind.__name__ for kind in UNIT_FACTS}
        assert verify(journeys).findings == ()


def test_what_a_unit_may_not_record_is_found() -> None:
    """By one who may not; of an unknown place; an amount that was not reckoned so."""
    post = CoachingPostAllocated(on=date(2023, 1, 1), unit="Nässjö", percent=100)
    grant = GrantRequisitioned(
        on=date(2023, 8, 1),
        unit="Nässjö",
        half="2023H1",
        percent=1,
        standard_amount=1,
        amount=10**9,
    )
    for fact, by in (
        (post, COACH),
        (replace(post, unit="Nowhere"), BOARD),
        (grant, MUNICIPALITY),
        (JourneyClosed(on=date(2023, 1, 1)), BOARD),
    ):
        with a_store() as journeys:
            for version, (one, who) in enumerate(((post, BOARD), (fact, by)), 1):
                event = (type(one).__name__, encode(one, who, ""))
                journeys.facts.append(Append(stream_of_unit("Nässjö"), version, (event,)))
            assert kinds_of(verify(journeys)) == {FindingKind.RULE}, fact
