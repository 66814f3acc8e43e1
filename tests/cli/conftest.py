"""A command line to ask, in the test's own process, on a store of the test's own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli import app

DATA = Path(__file__).parent.parent / "data"
Ask = Callable[..., Result]


@pytest.fixture
def store(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'journey.db'}"


@pytest.fixture
def ask(store: str) -> Ask:
    """``ask("show", "j1")``: the command, on the test's store, on 2026-11-23."""

    def asked(*words: str, **more: Any) -> Result:
        environment = {"JOURNEY_DB": store, "JOURNEY_TODAY": "2026-11-23", "COLUMNS": "100"}
        return CliRunner(env=environment).invoke(app, list(words), **more)

    return asked


def answer(result: Result) -> Any:
    """The one JSON document on standard output."""
    return json.loads(result.stdout)


@pytest.fixture
def record(ask: Ask) -> Callable[..., Result]:
    """Record commands, given as objects."""

    def recorded(*commands: dict[str, Any] | str, words: tuple[str, ...] = ()) -> Result:
        lines = (c if isinstance(c, str) else json.dumps(c, ensure_ascii=False) for c in commands)
        return ask("record", "-", "--json", *words, input="\n".join(lines))

    return recorded
