"""Signed heads: made, read, refused, and a key that changes hands with a trace."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from journey import Journeys, StoreUnusable
from journey.storage import note
from journey.storage.bundle import check
from journey.storage.checkpoint import (
    BadCheckpoint,
    check_checkpoint,
    make_checkpoint,
    read_checkpoint,
)
from journey.storage.merkle import Frontier
from journey.storage.signing import PublicKeys, key_file, rotated, signing_key
from journey.storage.verify import verify
from tests.examples import consent, in_step_3
from tests.storage.stores import performed

RFC_8032 = (
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
)
"""Public key, message and signature of RFC 8032 §7.1, tests 1 and 2."""


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A store in a file: its key stands beside it."""
    return f"sqlite:///{tmp_path / 'journey.db'}"


def test_a_checkpoint_says_origin_size_root_and_time(journeys: Journeys) -> None:
    """C2SP tlog-checkpoint: three lines, one of our own, an empty one, and the signature's."""
    performed(journeys, *in_step_3())
    key = signing_key(key_file(journeys))
    made = make_checkpoint(journeys, key, at=datetime(2026, 11, 25, 7, 30, tzinfo=UTC))
    lines = made.split("\n")
    assert lines[0] == key.origin
    assert lines[1] == str(journeys.facts.head()[0])
    assert lines[3] == "time 2026-11-25T07:30:00Z"
    assert lines[4] == lines[6] == ""
    assert lines[5].startswith(f"— {key.origin} ")
    assert check_checkpoint(journeys, made, key.public) == ()


def test_an_older_checkpoint_still_fits_a_store_that_has_grown(journeys: Journeys) -> None:
    performed(journeys, *in_step_3())
    key = signing_key(key_file(journeys))
    made = make_checkpoint(journeys, key)
    empty = read_checkpoint(made, key.public)
    performed(journeys, consent("employer_contact", "2026-05-04"))
    assert check_checkpoint(journeys, made, key.public) == ()
    assert verify(journeys, checkpoints=[empty]).intact


def test_an_empty_store_has_a_checkpoint(journeys: Journeys) -> None:
    key = signing_key(key_file(journeys))
    known = read_checkpoint(make_checkpoint(journeys, key), key.public)
    assert (known.size, known.root) == (0, Frontier().root())


def test_another_s_checkpoint_and_a_changed_one_are_refused(
    journeys: Journeys, tmp_path: Path
) -> None:
    performed(journeys, *in_step_3())
    key, other = signing_key(key_file(journeys)), signing_key(tmp_path / "other.key")
    made = make_checkpoint(journeys, key)
    for wrong, keys in (
        (make_checkpoint(journeys, other), key.public),
        (made, other.public),
        (made.replace("\n", "\n1", 1), key.public),
        ("nothing", key.public),
    ):
        with pytest.raises(BadCheckpoint):
            read_checkpoint(wrong, keys)
        (finding,) = check_checkpoint(journeys, wrong, keys)
        assert finding.kind == "checkpoint"


# --- the key -------------------------------------------------------------------------


def test_the_key_is_made_once_and_for_its_owner_alone(journeys: Journeys) -> None:
    file = key_file(journeys)
    key = signing_key(file)
    assert signing_key(file) == key
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.glob(".*")] == []


def test_the_environment_names_the_key_s_file(journeys: Journeys, tmp_path: Path) -> None:
    assert key_file(journeys, {"JOURNEY_KEY": str(tmp_path / "k")}) == tmp_path / "k"
    assert key_file(journeys, {}).name == "journey.db.key"
    with Journeys("sqlite://") as memory, pytest.raises(StoreUnusable):
        key_file(memory, {})


def test_who_trusts_the_first_key_trusts_the_newest(journeys: Journeys) -> None:
    """And checkpoints of every key between."""
    performed(journeys, *in_step_3())
    file = key_file(journeys)
    first = signing_key(file)
    old = make_checkpoint(journeys, first)
    rotated(file)
    newest = rotated(file)
    assert newest == signing_key(file)
    assert newest.public.first == first.signer.public
    assert newest.origin == first.origin
    assert len(newest.public.all()) == 3
    assert check_checkpoint(journeys, old, newest.public) == ()
    assert check_checkpoint(journeys, make_checkpoint(journeys, newest), newest.public) == ()


def test_a_succession_that_the_old_key_did_not_sign_is_refused(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    signing_key(one)
    stolen = PublicKeys(signing_key(other).public.first, rotated(one).public.successions)
    with pytest.raises(StoreUnusable):
        stolen.all()


def test_a_damaged_key_file_is_said_to_be_one(tmp_path: Path) -> None:
    for content in (b"", b"{}", b"\xff"):
        (tmp_path / "key").write_bytes(content)
        with pytest.raises(StoreUnusable):
            signing_key(tmp_path / "key")
    with pytest.raises(StoreUnusable):
        signing_key(tmp_path / "no folder" / "key")


# --- two implementations agree -------------------------------------------------------


@pytest.mark.parametrize(("public", "message", "signature"), RFC_8032)
def test_the_checker_s_ed25519_knows_the_rfc_s_vectors(
    public: str, message: str, signature: str
) -> None:
    known = bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature)
    assert check.signed_by(*known)
    assert not check.signed_by(known[0], known[1] + b"x", known[2])
    assert not check.signed_by(known[0], known[1], known[2][:32] + b"\xff" * 32)
    assert not check.signed_by(b"\xff" * 32, known[1], known[2])


@given(st.binary(max_size=99), st.integers(0, 63), st.integers(1, 255))
def test_the_checker_s_ed25519_agrees_with_cryptography(
    message: bytes, place: int, change: int
) -> None:
    key = Ed25519PrivateKey.generate()
    public, signature = key.public_key().public_bytes_raw(), key.sign(message)
    changed = bytearray(signature)
    changed[place] ^= change
    assert check.signed_by(public, message, signature)
    assert not check.signed_by(public, message, bytes(changed))


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r"), min_size=1))
def test_a_note_is_opened_by_its_own_key_alone(said: str) -> None:
    mine, other = note.new_signer("mine"), note.new_signer("mine")
    made = note.signed(said + "\n", mine, other)
    assert check.opened(made, [mine.public], "it") == said.split("\n")
    assert check.opened(made, [other.public], "it") == said.split("\n")
    with pytest.raises(check.Wrong):
        check.opened(made, [note.new_signer("mine").public], "it")
