"""Bad input, bad stores, wrong usage: a clear sentence and the right exit code (contract.md §3)."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import Result

from projections import terminal
from tests.cli.conftest import Ask, answer

ROOT = Path(__file__).parent.parent.parent
COACH = "coach:c1@Nässjö"
REFERRAL: dict[str, Any] = {
    "do": "refer",
    "journey": "j1",
    "by": "fk:olle",
    "on": "2026-02-02",
    "person": "p1",
    "municipality": "Nässjö",
    "referring_party": "fk",
    "grounds": ["disability"],
    "needs_from": ["fk", "af"],
    "birth_date": "1999-05-17",
    "sex": "woman",
}
CONSENT = {
    "do": "give_consent",
    "journey": "j1",
    "by": "fk:olle",
    "on": "2026-02-02",
    "kind": "referral_group",
    "obtained_by": "fk",
}
Record = Callable[..., Result]


# --- record --------------------------------------------------------------------------


def test_record_stops_at_the_first_refusal_and_names_its_line(record: Record, ask: Ask) -> None:
    wrong = {**CONSENT, "obtained_by": "af"}
    stopped = record(REFERRAL, "", wrong, CONSENT)
    assert stopped.exit_code == 3
    found = answer(stopped)
    assert (found["recorded"], found["repeated"]) == (1, 0)
    (refused,) = found["refused"]
    assert (refused["line"], refused["code"]) == (3, "consent_wrong_party")
    assert answer(ask("show", "j1", "--json"))["version"] == 1


def test_record_goes_on_where_it_is_told_to(record: Record) -> None:
    wrong = {**CONSENT, "obtained_by": "af"}
    found = answer(record(REFERRAL, wrong, "{", CONSENT, words=("--keep-going",)))
    assert found["recorded"] == 2
    assert [(one["line"], one["code"]) for one in found["refused"]] == [
        (2, "consent_wrong_party"),
        (3, "invalid_command"),
    ]


@pytest.mark.parametrize(
    ("line", "code", "field"),
    [
        ("{broken", "invalid_command", None),
        ("[]", "invalid_command", None),
        ('"refer"', "invalid_command", None),
        ('{"do": "fly"}', "invalid_command", "do"),
        (json.dumps({**REFERRAL, "colour": "red"}), "invalid_command", "colour"),
        (json.dumps({**REFERRAL, "on": "2026-02-30"}), "invalid_command", "on"),
        (json.dumps({**REFERRAL, "person": 7}), "invalid_command", "person"),
        (json.dumps({**REFERRAL, "journey": "x" * 65}), "invalid_command", "journey"),
        (json.dumps({**REFERRAL, "by": "king:k"}), "invalid_command", "by"),
        (json.dumps({**REFERRAL, "person": "850101-1236"}), "personal_data_in_free_text", "person"),
        (b"\xff\xfe".decode("latin-1"), "invalid_command", None),
    ],
)
def test_a_bad_line_is_refused_with_its_field_and_stores_nothing(
    record: Record, ask: Ask, line: str, code: str, field: str | None
) -> None:
    found = answer(record(line))
    (refused,) = found["refused"]
    assert (refused["line"], refused["code"], refused.get("field")) == (1, code, field)
    assert found["recorded"] == 0
    assert ask("show", "j1", "--json").exit_code == 3


def test_a_file_that_is_not_there_is_wrong_usage(ask: Ask) -> None:
    missing = ask("record", "/no/such/file.jsonl", "--json")
    assert missing.exit_code == 2
    assert "cannot be read" in missing.stderr


def test_a_byte_order_mark_is_taken(ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "commands.jsonl"
    file.write_bytes(b"\xef\xbb\xbf" + json.dumps(REFERRAL).encode())
    assert answer(ask("record", str(file), "--json"))["recorded"] == 1


def test_counting_lines_for_the_bar_does_not_empty_a_pipe(
    monkeypatch: pytest.MonkeyPatch, ask: Ask, tmp_path: Path
) -> None:
    """``journey record <(…)`` on a terminal: a named pipe can be read but once."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    line = json.dumps(REFERRAL).encode() + b"\n"
    monkeypatch.setattr(terminal, "on_terminal", lambda: True)
    writer = threading.Thread(target=pipe.write_bytes, args=(line,))
    writer.start()
    found = answer(ask("record", str(pipe), "--json"))
    writer.join()
    assert found["recorded"] == 1


# --- usage ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("fly",),
        ("do", "refer"),
        ("show",),
        ("show", "j1", "--today", "yesterday"),
        ("show", "j1", "--as-of", "2026-13-01"),
        ("show", "j1", "--known-at", "noon"),
        ("show", "j1", "--lang", "fi"),
        ("report", "caseload", "--year", "2020"),
        ("report", "yearly", "--year", "2020..2018"),
        ("report", "yearly", "--year", "twenty"),
        ("report", "yearly"),
        ("report", "yearly", "--year", "2020", "--basis", "moon"),
        ("report", "yearly", "--year", "2020", "--programme", "moon"),
        ("show", "j1", "--as-of", "20261123"),
        ("show", "j1", "--today", "2026-W47-1"),
        ("show", "\udcff"),
        ("next", "j1", "--by", COACH, "--on", "soon"),
        ("do", "advance", "--journey", "j1", "--by", COACH, "by=fk:olle"),
        ("do", "advance", "--journey", "j1", "--by", COACH, "do=refer"),
        ("do", "pause", "--journey", "j1", "--by", COACH, "reason=gk", "reason=illness"),
        ("do", "advance", "--journey", "j1", "--by", COACH, "two"),
    ],
)
def test_wrong_usage_ends_with_2(ask: Ask, words: tuple[str, ...]) -> None:
    assert ask(*words).exit_code == 2


def test_shared_options_stand_before_the_command_or_after_it(ask: Ask, record: Record) -> None:
    record(REFERRAL)
    before = ask("--json", "--lang", "sv", "show", "j1")
    assert before.stdout == ask("show", "j1", "--json").stdout


def test_a_field_may_stand_in_place_of_an_option(ask: Ask) -> None:
    fields = [f"{name}={value}" for name, value in REFERRAL.items() if name not in ("do", "by")]
    fields = [f for f in fields if not f.startswith(("grounds", "needs_from"))]
    lists = ["grounds=disability", "needs_from=fk,af"]
    done = answer(ask("do", "refer", "--by", "fk:olle", *fields, *lists, "--json"))
    assert [fact["on"] for fact in done["recorded"]] == ["2026-02-02"]


def test_an_unknown_command_name_is_a_refusal_of_form(ask: Ask) -> None:
    refused = ask("do", "fly", "--by", COACH, "--json")
    assert (refused.exit_code, answer(refused)["refused"]["code"]) == (3, "invalid_command")


@pytest.mark.parametrize(
    "name",
    [
        "do",
        "record",
        "next",
        "preview",
        "show",
        "history",
        "report",
        "rebuild",
        "diagram",
        "schema",
        "demo",
    ],
)
def test_every_command_has_help_and_is_in_the_readme(ask: Ask, name: str) -> None:
    helped = ask(name, "--help")
    assert helped.exit_code == 0
    assert "--db" in helped.stdout
    assert f"journey {name}" in (ROOT / "README.md").read_text("utf-8")


# --- stores --------------------------------------------------------------------------


def _not_a_store(file: Path) -> None:
    file.write_text("This is a letter, not a database, and long enough to be read as one." * 20)


def _another_database(file: Path) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE cats (name TEXT)")


def _newer(file: Path) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE store (name TEXT PRIMARY KEY, value TEXT)")
        connection.execute("INSERT INTO store VALUES ('schema_version', '999')")
        for name in ("facts", "commands"):
            connection.execute(f"CREATE TABLE {name} (x)")


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (_not_a_store, "This file is not a store of this program."),
        (_another_database, "This database is not a store of this program."),
        (_newer, "A newer program wrote this store"),
    ],
)
def test_a_bad_store_ends_with_4_and_is_not_touched(
    ask: Ask, tmp_path: Path, spoil: Callable[[Path], None], sentence: str
) -> None:
    file = tmp_path / "bad.db"
    spoil(file)
    before = file.read_bytes()
    for words in (("show", "j1"), ("do", "refer", "--by", "fk:o"), ("rebuild",)):
        refused = ask(*words, "--db", f"sqlite:///{file}")
        expected = 3 if words[0] == "do" else 4  # the form is looked at before the store
        assert refused.exit_code == expected, refused.output
        if expected == 4:
            assert sentence in refused.stderr
    assert file.read_bytes() == before


def test_a_locked_store_ends_with_4(ask: Ask, record: Record, store: str) -> None:
    record(REFERRAL)
    holder = sqlite3.connect(store.removeprefix("sqlite:///"), isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    refused = ask("do", *_words(CONSENT), "--json")
    holder.execute("ROLLBACK")
    holder.close()
    assert refused.exit_code == 4
    assert answer(refused)["error"]["kind"] == "StoreLocked"
    assert ask("do", *_words(CONSENT)).exit_code == 0


def test_a_store_opened_for_reading_is_read_and_not_written(
    ask: Ask, record: Record, store: str
) -> None:
    record(REFERRAL)
    url = f"sqlite:///file:{store.removeprefix('sqlite:///')}?mode=ro&uri=true"
    assert ask("show", "j1", "--db", url).exit_code == 0
    refused = ask("do", *_words(CONSENT), "--db", url)
    assert refused.exit_code == 4
    assert "can be read, but not written" in refused.stderr


@pytest.mark.parametrize("url", ["mysql://x", "nonsense", "sqlite:////no/such/folder/x.db"])
def test_a_store_out_of_reach_ends_with_4(ask: Ask, url: str) -> None:
    assert ask("show", "j1", "--db", url).exit_code == 4


def _words(command: dict[str, Any]) -> list[str]:
    head = ("do", "journey", "by", "on")
    fields = [f"{name}={value}" for name, value in command.items() if name not in head]
    named = [word for name in head[1:] for word in (f"--{name}", command[name])]
    return [command["do"], *named, *fields]


# --- documents -----------------------------------------------------------------------


def test_the_schema_is_one_that_commands_meet(ask: Ask) -> None:
    schema = answer(ask("schema"))
    whole = {**schema["commands"]["refer"], "$defs": schema["$defs"]}
    jsonschema.Draft202012Validator.check_schema(whole)
    jsonschema.validate(REFERRAL, whole)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**REFERRAL, "colour": "red"}, whole)
    assert "EmploymentStarted" in schema["facts"]


def test_the_diagram_is_mermaid_with_every_phase(ask: Ask) -> None:
    drawn = ask("diagram").stdout
    assert drawn.startswith("stateDiagram-v2\n")
    for phase in ("preparation", "inclusion_escalated", "step_5", "paused", "exited", "closed"):
        assert phase in drawn


# --- the program itself --------------------------------------------------------------


def _run(*words: str, **more: Any) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, str(ROOT / "cli.py"), *words], capture_output=True, check=False, **more
    )


def test_the_program_speaks_utf_8_whatever_the_locale(tmp_path: Path) -> None:
    environment = {"LC_ALL": "C", "PATH": "/usr/bin", "PYTHONIOENCODING": "ascii"}
    store = f"sqlite:///{tmp_path / 'x.db'}"
    line = json.dumps(REFERRAL, ensure_ascii=False).encode()
    done = _run("record", "-", "--db", store, input=line, env=environment, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    shown = _run("show", "j1", "--db", store, "--json", env=environment, cwd=ROOT)
    assert "Nässjö" in shown.stdout.decode("utf-8")


def test_words_that_are_not_utf_8_are_said_all_the_same() -> None:
    missing = _run("record", os.fsdecode(b"\xff.jsonl"))
    assert missing.returncode == 2
    assert b"\\udcff.jsonl cannot be read" in missing.stderr


def test_a_closed_pipe_ends_quietly(tmp_path: Path) -> None:
    command = f"'{sys.executable}' '{ROOT / 'cli.py'}' schema | head -c 1"
    done = subprocess.run(["sh", "-c", command], capture_output=True, check=False, cwd=tmp_path)
    assert done.stderr == b""
