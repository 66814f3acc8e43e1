"""Audits at the command line: verify, checkpoint, export, check, time line; exit code 5."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from typer.testing import Result

from tests.cli.conftest import Ask, answer
from tests.examples import exited_to_work

Record = Callable[..., Result]


@pytest.fixture
def told(ask: Ask, record: Record) -> Ask:
    """One journey, exited to work, with notices issued about it."""
    done = record(*(msgspec.to_builtins(wish) for wish in exited_to_work()))
    assert done.exit_code == 0, done.output
    assert answer(ask("tick", "--today", "2026-09-15", "--json"))["issued"] != []
    return ask


def tamper(store: str, statement: str) -> None:
    """Change facts behind the program's back; its triggers are dropped first."""
    with closing(sqlite3.connect(store.removeprefix("sqlite:///"))) as connection, connection:
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in triggers.fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(statement)


def test_an_intact_record_has_the_keys_of_the_contract(told: Ask) -> None:
    verified = told("audit", "verify", "--json")
    assert verified.exit_code == 0
    found = answer(verified)
    assert list(found) == ["facts", "journeys", "intact", "findings", "head"]
    assert (found["journeys"], found["intact"], found["findings"]) == (1, True, [])
    assert found["head"]["position"] == found["facts"]
    assert answer(told("audit", "verify", "--quick", "--json")) == found


def test_a_changed_fact_is_found_and_ends_with_5(told: Ask, store: str) -> None:
    tamper(store, "UPDATE facts SET recorded_at = recorded_at - 1 WHERE version = 7")
    verified = told("audit", "verify", "--json")
    assert verified.exit_code == 5
    found = answer(verified)
    assert found["intact"] is False
    assert {"journey", "version", "kind", "detail"} == set(found["findings"][0])


def test_a_tail_cut_off_is_found_with_a_checkpoint_kept_elsewhere(
    told: Ask, store: str, tmp_path: Path
) -> None:
    note = tmp_path / "checkpoint.txt"
    note.write_text(told("audit", "checkpoint").stdout, "utf-8")
    words = ("audit", "verify", "--checkpoint", str(note))
    assert told(*words).exit_code == 0
    tamper(store, "DELETE FROM facts WHERE position = (SELECT MAX(position) FROM facts)")
    assert told("audit", "verify").exit_code == 0
    assert told(*words).exit_code == 5


def test_a_checkpoint_outlives_a_change_of_keys(told: Ask, tmp_path: Path) -> None:
    note = tmp_path / "checkpoint.txt"
    note.write_text(told("audit", "checkpoint").stdout, "utf-8")
    first = answer(told("audit", "checkpoint", "--json"))["key"]
    assert answer(told("audit", "checkpoint", "--rotate", "--json"))["key"] != first
    assert told("audit", "verify", "--checkpoint", str(note)).exit_code == 0


def test_an_auditor_without_the_key_s_file_verifies_with_the_public_keys(
    told: Ask, store: str, tmp_path: Path
) -> None:
    """On a store that may only be read; no key is made for it."""
    note, keys = tmp_path / "checkpoint.txt", tmp_path / "keys.json"
    note.write_text(told("audit", "checkpoint").stdout, "utf-8")
    keys.write_text(told("audit", "checkpoint", "--keys").stdout, "utf-8")
    key_file = Path(f"{store.removeprefix('sqlite:///')}.key")
    key_file.unlink()
    read_only = f"sqlite:///file:{store.removeprefix('sqlite:///')}?mode=ro&uri=true"
    words = ("audit", "verify", "--db", read_only, "--checkpoint", str(note))
    assert "--keys" in told(*words).stderr
    assert told(*words, "--keys", str(keys)).exit_code == 0
    keys.write_text('{"first": "no key"}')
    assert told(*words, "--keys", str(keys)).exit_code == 4
    assert not key_file.exists()


def test_a_round_makes_the_day_s_checkpoint_where_a_folder_is_named(
    told: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It can be verified with; where it cannot be made the round is made, and that is said."""
    folder = tmp_path / "kept"
    monkeypatch.setenv("JOURNEY_CHECKPOINTS", str(folder))
    failed = told("tick", "--json")
    assert (failed.exit_code, answer(failed)["issued"] != []) == (0, True)
    assert "folder for checkpoints" in failed.stderr
    folder.mkdir()
    assert told("tick", "--json").stderr == ""
    (note,) = folder.iterdir()
    assert note.name == "2026-11-23.checkpoint.txt"
    assert told("audit", "verify", "--checkpoint", str(note)).exit_code == 0
    assert answer(told("status", "--json"))["last_checkpoint"] == "2026-11-23"


def test_a_bundle_is_checked_without_a_store_and_a_changed_byte_is_found(
    told: Ask, tmp_path: Path
) -> None:
    folder = tmp_path / "bundle"
    exported = answer(told("audit", "export", str(folder), "--journey", "j1", "--json"))
    words = ("audit", "check", str(folder), "--key", exported["key"], "--json")
    assert answer(told(*words))["intact"] is True
    facts = folder / "facts.jsonl"
    facts.write_bytes(facts.read_bytes().replace(b"fk:olle", b"fk:ollf", 1))
    checked = told(*words)
    assert checked.exit_code == 5
    assert answer(checked)["intact"] is False


@pytest.mark.parametrize(
    "words",
    [
        ("audit", "check", "no-such-folder"),
        ("audit", "verify", "--checkpoint", "no-such-file"),
        ("audit", "verify", "--processes", "0"),
    ],
)
def test_wrong_usage_ends_with_2(told: Ask, words: tuple[str, ...]) -> None:
    assert told(*words).exit_code == 2


def test_a_bundle_needs_an_empty_folder(told: Ask, tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("kept", "utf-8")
    assert told("audit", "export", str(tmp_path)).exit_code == 4


def test_the_time_line_is_cut_by_actor_rule_and_day(told: Ask) -> None:
    everything = answer(told("audit", "timeline", "--json"))
    by_olle = answer(told("audit", "timeline", "j1", "--actor", "fk:olle", "--json"))
    assert 0 < len(by_olle) < len(everything)
    assert {entry["by"] for entry in by_olle} == {"fk:olle"}
    on_a_day = answer(told("audit", "timeline", "--on", "2026-02-02", "--json"))
    assert {entry["on"] for entry in on_a_day} == {"2026-02-02"}
    assert answer(told("audit", "timeline", "--known-at", "2020-01-01", "--json")) == []
    assert json.loads(told("audit", "timeline", "--rule", "none", "--json").stdout) == []
    assert told("audit", "timeline", "j1", "--csv").exit_code == 0
