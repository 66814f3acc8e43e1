"""One story through the command line on a PostgreSQL server: ``--db postgresql+psycopg://…``."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import psycopg
import pytest
from sqlalchemy import make_url
from typer.testing import Result

from tests.cli.conftest import Ask, answer
from tests.examples import exited_to_work
from tests.postgres import Server, by

Record = Callable[..., Result]
ASIDE = "some_bookkeeper"
CONTACT = (
    *("do", "record_contact", "--journey", "j1", "--by", "coach:c1@Nässjö"),
    *("--on", "2026-09-16", "mode=visit", "met=participant,employer"),
)


@pytest.fixture
def store(postgres: Server) -> Iterator[str]:
    with postgres.fresh() as url:
        yield url


@pytest.fixture
def told(ask: Ask, record: Record) -> Ask:
    """One journey, exited to work, with notices issued about it."""
    done = record(*(msgspec.to_builtins(wish) for wish in exited_to_work()))
    assert done.exit_code == 0, done.output
    assert answer(ask("tick", "--today", "2026-09-15", "--json"))["issued"] != []
    return ask


def test_a_story_is_told_asked_and_proved(told: Ask, store: str) -> None:
    """The store is named by the option; done, shown, due, verified, made anew."""

    def asked(*words: str) -> Result:
        return told("--db", store, *words, "--json")

    done = asked(*CONTACT)
    assert done.exit_code == 0, done.output
    assert answer(asked("show", "j1"))["exit"]["reason"] == "work"
    assert answer(asked("show", "j1", "--as-of", "2026-06-01"))["exit"] is None
    history = answer(asked("history", "j1"))
    assert history[0]["event"] == "ReferralReceived"
    assert [row["kind"] for row in answer(asked("due", "--ahead", "366"))] != []
    verified = answer(asked("audit", "verify"))
    assert (verified["intact"], verified["facts"]) == (True, len(history))
    assert answer(asked("audit", "verify", "--processes", "2")) == verified
    assert answer(asked("audit", "timeline", "j1"))[0]["event"] == "ReferralReceived"
    rebuilt = answer(asked("rebuild"))
    assert (rebuilt["changed"], rebuilt["facts"]) == (0, len(history))
    assert answer(asked("status"))["rows_behind"] == 0
    assert answer(asked("report", "yearly", "--year", "2026"))[0]["enrolled"] == 1
    assert asked("outbox", "list", "--everything").exit_code == 0


def test_a_fact_that_the_owner_changed_is_found(told: Ask, store: str) -> None:
    """Who owns the tables can switch the triggers off; the seals tell."""
    with psycopg.connect(_of_psycopg(store), autocommit=True) as owner:
        owner.execute("ALTER TABLE facts DISABLE TRIGGER facts_no_change")
        owner.execute("UPDATE facts SET recorded_at = recorded_at - 1 WHERE position = 7")
    for words in ((), ("--quick",)):
        verified = told("audit", "verify", "--json", *words)
        assert verified.exit_code == 5
        assert {"seal"} <= {finding["kind"] for finding in answer(verified)["findings"]}


def test_a_store_moves_to_a_server_and_is_the_same_there(
    told: Ask, store: str, tmp_path: Path
) -> None:
    """``journey copy`` to a file and back to the store, which is not empty: refused."""
    file = f"sqlite:///{tmp_path / 'copy.db'}"
    copied = answer(told("copy", store, file, "--json"))
    verified = answer(told("audit", "verify", "--json"))
    assert copied["identical"]
    assert (
        copied["head"] == verified["head"] == answer(told("init", "--db", file, "--json"))["head"]
    )
    assert answer(told("show", "j1", "--json")) == answer(
        told("show", "j1", "--db", file, "--json")
    )
    again = told("copy", file, store, "--json")
    assert again.exit_code == 4
    assert "not empty" in again.stderr


def test_the_key_of_a_store_on_a_server_is_named(
    told: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no file beside which it could stand."""
    monkeypatch.delenv("JOURNEY_KEY", raising=False)
    nameless = told("audit", "checkpoint")
    assert nameless.exit_code == 4
    assert "JOURNEY_KEY" in nameless.stderr
    monkeypatch.setenv("JOURNEY_KEY", str(tmp_path / "key"))
    kept = tmp_path / "kept"
    kept.write_text(told("audit", "checkpoint").stdout, "utf-8")
    verified = told("audit", "verify", "--checkpoint", str(kept), "--json")
    assert (verified.exit_code, answer(verified)["findings"]) == (0, [])


def test_the_roles_are_printed_for_the_owner_and_hold(
    told: Ask, store: str, postgres: Server
) -> None:
    """``journey init --roles``: run by the owner; the application's login works, and no more."""
    script = told("init", "--roles")
    assert script.exit_code == 0
    postgres.run(script.stdout)
    postgres.run(f"CREATE ROLE {ASIDE} LOGIN IN ROLE journey_application")
    try:
        mine = by(ASIDE, store)
        assert told("--db", mine, *CONTACT).exit_code == 0
        assert answer(told("audit", "verify", "--json", "--db", mine))["intact"]
        refused = told("rebuild", "--db", mine)
        assert (refused.exit_code, refused.stdout) == (4, "")
        assert "owner" in refused.stderr
    finally:
        postgres.run(f"DROP ROLE {ASIDE}")


def test_a_server_that_is_not_there_and_one_that_lets_no_one_in(
    ask: Ask, store: str, tmp_path: Path
) -> None:
    """One sentence and the exit code of a store that cannot be used; no password is shown."""
    away = f"postgresql+psycopg://postgres:geheim@/postgres?host={tmp_path}"
    for url in (away, by("nobody", store)):
        refused = ask("status", "--db", url)
        assert (refused.exit_code, refused.stdout) == (4, "")
        assert len(refused.stderr.splitlines()) == 1
        assert "geheim" not in refused.stderr


def _of_psycopg(store: str) -> str:
    """The URL as psycopg itself takes it."""
    return make_url(store).set(drivername="postgresql").render_as_string(hide_password=False)


def test_a_history_is_recorded_from_a_file(ask: Ask, tmp_path: Path) -> None:
    """``record``: what is recorded again is repeated."""
    lines = [
        msgspec.to_builtins(wish) | {"id": f"c{number}"}
        for number, wish in enumerate(exited_to_work())
    ]
    file = tmp_path / "commands.jsonl"
    file.write_text("\n".join(json.dumps(line, default=str) for line in lines), "utf-8")
    counts = [answer(ask("record", str(file), "--json")) for _ in range(2)]
    assert [(c["recorded"], c["repeated"]) for c in counts] == [(len(lines), 0), (0, len(lines))]
