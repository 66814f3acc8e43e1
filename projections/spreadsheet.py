"""Answers as CSV for spreadsheets: one line a row, the keys of the JSON answer as headings.

A list within a row gives a line for each of its parts; a part within a row is written
as ``by_exited.percent``. With a semicolon between the cells, decimals have a comma: so a
spreadsheet in Swedish reads both.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Any

import msgspec

Cells = dict[str, Any]

_BOM = "\ufeff"
_ACTIVE = ("=", "+", "-", "@", "\t", "\r")
"""How a text begins that a spreadsheet would reckon out instead of showing it."""


def as_csv(rows: Iterable[Any], *, delimiter: str = ",", bom: bool = False) -> bytes:
    """Rows (structs or dicts) as CSV in UTF-8, lines ended by CR LF; ``bom`` as Excel asks for.

    Raises ValueError where the delimiter is not one character.
    """
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise ValueError("a delimiter is one character")
    lines = [line for row in rows for line in _lines(msgspec.to_builtins(row))]
    columns = list(dict.fromkeys(name for line in lines for name in line))
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter)
    if columns:
        writer.writerow(columns)
    for line in lines:
        writer.writerow([_cell(line.get(name), delimiter) for name in columns])
    return ((_BOM if bom else "") + out.getvalue()).encode()


def _lines(row: Any, path: str = "") -> Iterator[Cells]:
    """The lines of one row: its own cells before and after each part of the lists within it."""
    if not isinstance(row, Mapping):
        yield {path or "value": row}
        return
    parts = [list(_parts(f"{path}.{name}" if path else name, value)) for name, value in row.items()]
    for combined in product(*parts):
        yield {name: cell for part in combined for name, cell in part.items()}


def _parts(name: str, value: Any) -> Iterator[Cells]:
    if isinstance(value, Mapping):
        yield from _lines(value, name)
    elif isinstance(value, list) and any(isinstance(part, Mapping) for part in value):
        for part in value:
            yield from _lines(part)
    elif isinstance(value, list):
        yield {name: " ".join(str(part) for part in value)}
    else:
        yield {name: value}


def _cell(value: Any, delimiter: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(value).replace(".", ",") if delimiter == ";" else str(value)
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_ACTIVE) else text
