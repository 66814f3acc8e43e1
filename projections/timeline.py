"""A journey's facts in their order, corrections beside what they correct: ``history``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from journey.corrections import EntryCorrected
from journey.facts import Fact
from journey.storage.history import Recorded


class Entry(Struct, frozen=True):
    """One fact: what, on which day, when it became known, by whom, under which rules.

    ``data`` are the fact's fields as they were recorded; ``corrected_by`` is the
    version of the latest correction of one of them.
    """

    version: int
    event: str
    on: date
    recorded_at: datetime
    by: str
    ruleset: str
    data: dict[str, Any]
    corrected_by: int | UnsetType = UNSET


def history_view(history: Sequence[Recorded]) -> list[Entry]:
    """The history of a journey, as contract.md §4 shows it."""
    corrections = {
        entry.fact.entry: entry.version
        for entry in history
        if isinstance(entry.fact, EntryCorrected)
    }
    return [_entry(entry, corrections.get(entry.version)) for entry in history]


def data_of(fact: Fact) -> dict[str, Any]:
    """The fact's fields but its day."""
    fields: dict[str, Any] = msgspec.to_builtins(fact)
    fields.pop("on")
    return fields


def _entry(recorded: Recorded, corrected_by: int | None) -> Entry:
    return Entry(
        version=recorded.version,
        event=recorded.event,
        on=recorded.on,
        recorded_at=recorded.recorded_at,
        by=recorded.by,
        ruleset=recorded.ruleset,
        data=data_of(recorded.fact),
        corrected_by=UNSET if corrected_by is None else corrected_by,
    )
