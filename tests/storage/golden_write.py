"""``python -m tests.storage.golden_write VERSION``: keep the stored facts of a release for ever.

Writes one stored fact of every kind, with every field set, to ``golden/VERSION.jsonl``.
A file that is there already is never written again: it is what stores hold.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from journey.facts import Fact
from journey.storage.codec import FACTS, encode, stored_name

GOLDEN = Path(__file__).with_name("golden")


def sample(kind: type[Fact]) -> Fact:
    """A fact of this kind with every field set."""
    return msgspec.convert(_value(msgspec.inspect.type_info(kind)), kind)


def _struct(kind: Any) -> Any:
    return {field.encode_name: _value(field.type) for field in kind.fields}


def _union(kind: Any) -> Any:
    return _value(next(t for t in kind.types if not isinstance(t, msgspec.inspect.NoneType)))


_SAMPLES: dict[type[msgspec.inspect.Type], Callable[[Any], Any]] = {
    msgspec.inspect.Metadata: lambda kind: _value(kind.type),
    msgspec.inspect.StructType: _struct,
    msgspec.inspect.UnionType: _union,
    msgspec.inspect.EnumType: lambda kind: next(iter(kind.cls)).value,
    msgspec.inspect.VarTupleType: lambda kind: [_value(kind.item_type)],
    msgspec.inspect.DictType: lambda kind: {"fk": _value(kind.value_type)},
    msgspec.inspect.StrType: lambda kind: "Nässjö",
    msgspec.inspect.IntType: lambda kind: 3,
    msgspec.inspect.BoolType: lambda kind: True,
    msgspec.inspect.DateType: lambda kind: date(2026, 2, 28).isoformat(),
    msgspec.inspect.AnyType: lambda kind: ["fk", 1, None],
}


def _value(kind: msgspec.inspect.Type) -> Any:
    return _SAMPLES[type(kind)](kind)


def lines() -> list[str]:
    """One stored fact of every kind, as JSON: its stored name and its body."""
    facts = [sample(kind) for _, kind in sorted(FACTS.items())]
    bodies = [encode(fact, "coach:c1@Nässjö", "se-hoglandet/2024-01-01").decode() for fact in facts]
    return [
        json.dumps({"name": stored_name(fact), "body": body}, ensure_ascii=False)
        for fact, body in zip(facts, bodies, strict=True)
    ]


def main(version: str) -> None:
    """Write the file of a release. Raises FileExistsError where there is one."""
    with (GOLDEN / f"{version}.jsonl").open("x", encoding="utf-8") as file:
        file.write("\n".join(lines()) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
