"""A bundle is checked by one file that needs nothing, and one changed byte is found."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import pytest

from journey import Journeys, Refused, StoreError
from journey.storage.append import Append
from journey.storage.bundle.check import CHECKPOINT, FACTS, KEYS, PROOFS, check, seal_of
from journey.storage.bundle.export import Exported, export
from journey.storage.checkpoint import BadCheckpoint, make_checkpoint
from journey.storage.seal import seal
from journey.storage.signing import rotated, signing_key
from tests.projections.histories import drawn, lived
from tests.projections.stores import LATE

CHANGES = 60


def alone(folder: Path, *options: str) -> tuple[int, dict[str, Any]]:
    """What the bundle's own checker says, run without this program, its environment or its path."""
    python = getattr(sys, "_base_executable", sys.executable)
    command = ["env", "-i", python, "-I", "-S", "check.py", "--json", *options]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert ran.stdout, ran.stderr
    return ran.returncode, json.loads(ran.stdout)


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Exported]]:
    """Bundles of a whole store and of one journey, after the key was changed once."""
    folder = tmp_path_factory.mktemp("bundles")
    with Journeys(f"sqlite:///{folder / 'journey.db'}", today=LATE) as journeys:
        lived(journeys, drawn(Random(3), 0, 5))
        key = signing_key(folder / "key")
        earlier = make_checkpoint(journeys, key)
        lived(journeys, drawn(Random(4), 5, 4))
        key = rotated(folder / "key")
        made = {
            "whole": (folder / "whole", None),
            "one": (folder / "one", "j3"),
        }
        written = {
            name: (place, export(journeys, place, journey, key=key, checkpoints=[earlier]))
            for name, (place, journey) in made.items()
        }
        journeys.close()
    return written


@pytest.mark.parametrize("name", ["whole", "one"])
def test_a_bundle_is_checked_by_its_one_file_alone(
    bundles: dict[str, tuple[Path, Exported]], name: str
) -> None:
    """``env -i python3 -I -S check.py``: the standard library, and nothing else."""
    folder, exported = bundles[name]
    code, found = alone(folder, "--key", exported.key)
    assert (code, found["intact"], found["facts"]) == (0, True, exported.facts)
    assert check(folder, exported.key) == found
    assert {path.name for path in folder.iterdir()} >= {"README.md", "rules", "earlier", "MANIFEST"}
    assert len(exported.files) == sum(path.is_file() for path in folder.rglob("*"))


@pytest.mark.parametrize("name", ["whole", "one"])
def test_one_changed_byte_is_found_in_any_file(
    bundles: dict[str, tuple[Path, Exported]], name: str, tmp_path: Path
) -> None:
    """At random places; the checker's own file too, which signs for the others."""
    folder, exported = bundles[name]
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    random = Random(name)
    for _ in range(CHANGES):
        copy = tmp_path / "copy"
        shutil.copytree(folder, copy)
        file = copy / random.choice(files).relative_to(folder)
        raw = bytearray(file.read_bytes())
        raw[random.randrange(len(raw))] ^= random.randint(1, 255)
        file.write_bytes(raw)
        assert not check(copy, exported.key)["intact"], file
        shutil.rmtree(copy)


def test_the_checker_alone_finds_a_changed_byte(
    bundles: dict[str, tuple[Path, Exported]], tmp_path: Path
) -> None:
    folder, exported = bundles["whole"]
    shutil.copytree(folder, tmp_path / "copy")
    facts = tmp_path / "copy" / FACTS
    facts.write_bytes(facts.read_bytes().replace(b"journey", b"jOurney", 1))
    code, found = alone(tmp_path / "copy", "--key", exported.key)
    assert code == 5
    assert {one["kind"] for one in found["findings"]} == {"file", "seal"}


@pytest.mark.parametrize("name", ["whole", "one"])
def test_facts_are_checked_for_themselves_not_only_as_files(
    bundles: dict[str, tuple[Path, Exported]], name: str, tmp_path: Path
) -> None:
    """A line left out, changed or swapped is found by seals and proofs as well."""
    folder, _ = bundles[name]
    lines = (folder / FACTS).read_bytes().splitlines(keepends=True)
    for changed in (lines[:-1], lines[1:], [lines[1], lines[0], *lines[2:]], [*lines, lines[-1]]):
        copy = tmp_path / "copy"
        shutil.copytree(folder, copy)
        (copy / FACTS).write_bytes(b"".join(changed))
        kinds = {one["kind"] for one in check(copy)["findings"]}
        assert kinds & {"checkpoint", "version", "time", "proof", "position"}, kinds
        shutil.rmtree(copy)


def test_files_that_were_added_or_taken_away_are_found(
    bundles: dict[str, tuple[Path, Exported]], tmp_path: Path
) -> None:
    folder, _ = bundles["whole"]
    shutil.copytree(folder, tmp_path / "copy")
    (tmp_path / "copy" / "more.txt").write_text("more")
    (tmp_path / "copy" / "README.md").unlink()
    details = [one["detail"] for one in check(tmp_path / "copy")["findings"]]
    assert details == ["more.txt does not belong to the bundle", "README.md is missing"]


@pytest.mark.parametrize("name", ["MANIFEST", CHECKPOINT, KEYS, FACTS, PROOFS])
@pytest.mark.parametrize("content", [None, b"", b"{}", b"[" * 10_000, b"\xff", b"a\n\nb\n", b"1"])
def test_a_file_in_no_form_at_all_is_a_finding_not_an_error(
    bundles: dict[str, tuple[Path, Exported]], name: str, content: bytes | None, tmp_path: Path
) -> None:
    shutil.copytree(bundles["one"][0], tmp_path / "copy")
    (tmp_path / "copy" / name).unlink()
    if content is not None:
        (tmp_path / "copy" / name).write_bytes(content)
    assert not check(tmp_path / "copy")["intact"]


def test_a_bundle_signed_by_another_is_found_by_the_key_that_one_trusts(
    bundles: dict[str, tuple[Path, Exported]], tmp_path: Path
) -> None:
    folder, _ = bundles["whole"]
    stranger = signing_key(tmp_path / "key").signer.public
    (finding,) = check(folder, stranger)["findings"]
    assert finding["kind"] == "key"


def test_a_folder_that_is_no_bundle_is_said_to_be_none(tmp_path: Path) -> None:
    assert not check(tmp_path)["intact"]


def test_one_journey_s_bundle_holds_no_other_s_facts(
    bundles: dict[str, tuple[Path, Exported]],
) -> None:
    folder, exported = bundles["one"]
    facts = [json.loads(line) for line in (folder / FACTS).read_text("utf-8").splitlines()]
    assert len({fact["stream"] for fact in facts}) == 1
    assert (
        len(facts) == exported.facts == len(json.loads((folder / PROOFS).read_text())["inclusion"])
    )


# --- what cannot be exported ---------------------------------------------------------


def test_an_unknown_journey_a_full_folder_and_a_strange_checkpoint_are_refused(
    journeys: Journeys, tmp_path: Path
) -> None:
    key, other = signing_key(tmp_path / "key"), signing_key(tmp_path / "other")
    with pytest.raises(Refused):
        export(journeys, tmp_path / "new", "nobody", key=key)
    with pytest.raises(StoreError, match="must be empty"):
        export(journeys, tmp_path, key=key)
    with pytest.raises(StoreError, match="cannot be written"):
        export(journeys, tmp_path / "key" / "in a file", key=key)
    strange = make_checkpoint(journeys, other)
    with pytest.raises(BadCheckpoint):
        export(journeys, tmp_path / "new", key=key, checkpoints=[strange])
    assert not (tmp_path / "new").exists()


def test_an_empty_store_has_a_bundle(journeys: Journeys, tmp_path: Path) -> None:
    key = signing_key(tmp_path / "key")
    export(journeys, tmp_path / "new", key=key)
    assert check(tmp_path / "new")["intact"]
    for name in (CHECKPOINT, KEYS):
        assert (tmp_path / "new" / name).exists()


def test_a_body_that_is_no_text_is_kept_exactly(journeys: Journeys, tmp_path: Path) -> None:
    """A body may be encrypted: another first byte than ``{`` (journey/storage/codec.py)."""
    journeys.facts.append(Append(bytes(16), 1, (("Sealed", b"\x01\xff\x00"),)))
    export(journeys, tmp_path / "new", key=signing_key(tmp_path / "key"))
    assert check(tmp_path / "new")["findings"] == []


def test_the_checker_s_seal_is_the_store_s() -> None:
    """Two implementations, one definition."""
    fact = {"position": 7, "recorded_at": 2**40, "version": 3, "name": "Å", "body": "{}"}
    stream = bytes(range(16))
    mine = seal_of(b"\x09" * 32, {**fact, "stream": stream.hex()})
    assert mine == seal(b"\x09" * 32, 7, 2**40, stream, 3, "Å", b"{}")
