"""JSON Schema of every command and every fact, from the types themselves: ``journey schema``."""

from __future__ import annotations

from typing import Any

import msgspec

from journey.commands import WISHES
from journey.storage.codec import FACTS


def schema() -> dict[str, Any]:
    """One document: ``commands`` and ``facts`` by name, their shared words in ``$defs``."""
    types = [*WISHES.values(), *FACTS.values()]
    shapes, words = msgspec.json.schema_components(types, ref_template="#/$defs/{name}")
    named = dict(zip([*WISHES, *FACTS], shapes, strict=True))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "journey",
        "commands": {name: named[name] for name in WISHES},
        "facts": {name: named[name] for name in FACTS},
        "$defs": words,
    }
