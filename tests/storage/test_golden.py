"""Stored facts of every release are read for ever (journey/storage/codec.py)."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from journey.storage.codec import FACTS, decode, encode, stored_name
from tests.storage import golden_write


def release(file: Path) -> tuple[int, ...]:
    """A release as numbers, so that 0.10.0 comes after 0.9.0."""
    return tuple(int(part) for part in file.stem.split("."))


RELEASES = sorted(golden_write.GOLDEN.glob("*.jsonl"), key=release)
STORED = [
    (file.stem, entry["name"], entry["body"])
    for file in RELEASES
    for entry in map(json.loads, file.read_text("utf-8").splitlines())
]


@pytest.mark.parametrize(("release", "name", "body"), STORED)
def test_a_stored_fact_is_read(release: str, name: str, body: str) -> None:
    """Every field of what was stored is there, and says the same."""
    envelope = decode(name, body.encode())
    stored = json.loads(body)
    assert (envelope.by, envelope.ruleset) == (stored["by"], stored["ruleset"])
    read = msgspec.to_builtins(envelope.data, builtin_types=())
    if stored_name(envelope.data) == name:
        assert json.loads(msgspec.json.encode(read)) == stored["data"]
        assert encode(envelope.data, envelope.by, envelope.ruleset) == body.encode()


def test_the_latest_release_holds_every_kind_of_fact() -> None:
    """A new kind of fact is kept with the release that brings it."""
    latest = RELEASES[-1].stem
    names = {name.partition(".")[0] for release, name, _ in STORED if release == latest}
    assert names == set(FACTS)


def test_every_field_of_every_fact_is_set() -> None:
    """What a file leaves out, it could not show to be lost."""
    for release, name, body in STORED:
        if release == RELEASES[-1].stem:
            fields = FACTS[name.partition(".")[0]].__struct_encode_fields__
            data = json.loads(body)["data"]
            assert data.keys() == set(fields), name
            assert None not in data.values(), name


def test_a_release_is_never_written_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(golden_write, "GOLDEN", tmp_path)
    golden_write.main("9.9.9")
    assert len((tmp_path / "9.9.9.jsonl").read_text("utf-8").splitlines()) == len(FACTS)
    with pytest.raises(FileExistsError):
        golden_write.main("9.9.9")
