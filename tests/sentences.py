"""Every sentence that the program can say, read from its source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PLACES = (ROOT / "journey", ROOT / "projections", ROOT / "policies")
STORE_ERRORS = {
    "StoreError",
    "StoreLocked",
    "RebuildGoesOn",
    "StoreReadOnly",
    "StoreUnusable",
    "StoreTooNew",
    "UnknownFact",
    "RecordRewritten",
}


def sentences() -> dict[str, str]:
    """Each sentence with the file that says it."""
    files = [path for place in PLACES for path in sorted(place.rglob("*.py"))]
    found: dict[str, str] = {}
    for path in [*files, ROOT / "cli.py"]:
        for text in _in(ast.parse(path.read_text("utf-8"))):
            found.setdefault(text, path.relative_to(ROOT).as_posix())
    return found


def _in(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _said_by(node)
        elif isinstance(node, ast.Tuple):
            yield from _fault(node)


def _said_by(call: ast.Call) -> Iterator[str]:
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    place = {"refuse": 1, "N_": 0, "Conflict": 0, **dict.fromkeys(STORE_ERRORS, 0)}.get(name)
    if place is not None and len(call.args) > place:
        yield from _text(call.args[place])
    if name == "_form":
        yield from _text(call.args[0])


def _fault(pair: ast.Tuple) -> Iterator[str]:
    """(sign, StoreLocked, sentence)"""
    if len(pair.elts) == 3 and getattr(pair.elts[1], "id", "") in STORE_ERRORS:
        yield from _text(pair.elts[2])


def _text(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
