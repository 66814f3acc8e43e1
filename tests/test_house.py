"""The house keeps its shape: imports run one way, each library is at home in one room."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import journey
from cli import app

ROOT = Path(__file__).parent.parent
ORDER = ("journey", "projections", "policies", "cli")
HOMES = {
    "eventsourcing": ("journey/storage/",),
    "flask": (),
    "transitions": ("journey/lifecycle.py",),
    "sqlalchemy": ("journey/storage/", "projections/", "policies/agenda.py", "policies/ahead.py"),
    "apscheduler": ("policies/clock.py",),
    "apprise": ("policies/channels.py",),
    "icalendar": ("projections/calendar.py",),
    "structlog": ("cli.py",),
    "typer": ("cli.py",),
    "holidays": ("journey/calendar.py",),
    "matplotlib": ("projections/plots/",),
    "rich": ("projections/terminal.py",),
}
SOURCES = [
    path
    for folder in ("journey", "projections", "policies")
    for path in sorted((ROOT / folder).rglob("*.py"))
] + [ROOT / "cli.py"]


def imports_of(path: Path) -> Iterator[str]:
    """Every module that a file imports, at the top or inside a function."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def place_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", SOURCES, ids=place_of)
def test_imports_run_one_way(path: Path) -> None:
    """cli → policies → projections → journey, never back."""
    room = place_of(path).split("/")[0].removesuffix(".py")
    above = ORDER[ORDER.index(room) + 1 :]
    assert [name for name in imports_of(path) if name.split(".")[0] in above] == []


ROOMS = (ROOT / "journey", ROOT / "journey" / "units")
PURE = [p for p in SOURCES if p.parent in ROOMS and p.name not in {"__init__.py"}]
RIM = {"demo.py"}
"""Files of ``journey`` that are no part of the pure middle."""


@pytest.mark.parametrize("path", [p for p in PURE if p.name not in RIM], ids=place_of)
def test_nothing_pure_imports_storage_or_asks_the_clock(path: Path) -> None:
    assert not any(name.startswith("journey.storage") for name in imports_of(path))
    text = path.read_text("utf-8")
    assert not re.search(r"\b(date\.today|datetime\.now|time\.time|uuid4|random)\(", text)


@pytest.mark.parametrize("path", SOURCES, ids=place_of)
def test_each_library_is_at_home_in_its_room(path: Path) -> None:
    place = place_of(path)
    for name in imports_of(path):
        homes = HOMES.get(name.split(".")[0])
        assert homes is None or place.startswith(homes), f"{place} imports {name}"


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "examples").rglob("*.py")), ids=place_of)
def test_an_example_knows_the_engine_by_its_front_doors_alone(path: Path) -> None:
    """What a host needs is public: nothing of the inside is imported."""
    rooms = [name for name in imports_of(path) if name.split(".")[0] in ORDER]
    assert set(rooms) <= {"journey", "projections"}


def test_the_public_names_are_what_the_front_door_gives() -> None:
    for name in journey.__all__:
        assert getattr(journey, name).__doc__, name
    assert len(set(journey.__all__)) == len(journey.__all__)


def test_the_readme_s_program_runs_and_says_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The snippet prints what its comments say."""
    (snippet,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.S)
    monkeypatch.chdir(tmp_path)
    exec(compile(snippet, "README.md", "exec"), {})
    said = re.findall(r"print\(.*\)  # (.*)", snippet)
    assert capsys.readouterr().out.split() == said
    assert said


def test_every_command_has_help_and_is_in_the_readme() -> None:
    """A newcomer finds each command of the command line in the README."""
    readme = (ROOT / "README.md").read_text("utf-8")
    groups = [("", app)] + [
        (f"{one.name} ", one.typer_instance)
        for one in app.registered_groups
        if one.typer_instance is not None
    ]
    assert [group for group, _ in groups] == ["", "outbox ", "audit "]
    for group, typer in groups:
        for command in typer.registered_commands:
            assert command.callback is not None
            assert command.callback.__doc__, command.name
            assert f"journey {group}{command.name}" in readme, f"{group}{command.name}"


def test_every_make_target_that_is_promised_exists() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in ("demo", "test", "check", "bench"):
        assert re.search(rf"^{target}:", makefile, re.M), target


def test_no_file_names_a_package_registry() -> None:
    """Pins name packages and hashes, never a host (README, requirements)."""
    for path in [*(ROOT / "requirements").glob("*"), ROOT / "pyproject.toml", ROOT / "Makefile"]:
        text = path.read_text("utf-8")
        assert not re.search(r"--(extra-)?index-url|https?://(?!github)", text), path
