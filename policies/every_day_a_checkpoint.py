"""Every day a checkpoint: the head of the record, signed, in a folder that others keep.

A file for each civil day, never written over: who later changes the past cannot change
what was handed out. It is made also where nothing was recorded, for that it proves. Each
is made only after the store was found to begin with the facts that the newest one knows.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Final

from journey.errors import StoreUnusable
from journey.storage.checkpoint import make_checkpoint, read_checkpoint
from journey.storage.files import write_whole
from journey.storage.journeys import Journeys
from journey.storage.signing import key_file, signing_key

VARIABLE: Final = "JOURNEY_CHECKPOINTS"
"""The environment's name for the folder."""

_ENDING: Final = ".checkpoint.txt"
_READABLE_BY_ALL: Final = 0o644


def newest_of(names: Iterable[str]) -> date | None:
    """The day of the newest checkpoint among these names of files; others are let be."""
    return max((day for name in names if (day := _day_of(name))), default=None)


def name_of(day: date) -> str:
    """The name of a day's file."""
    return f"{day.isoformat()}{_ENDING}"


def _day_of(name: str) -> date | None:
    try:
        return date.fromisoformat(name.removesuffix(_ENDING)) if name.endswith(_ENDING) else None
    except ValueError:
        return None


# --- at the rim ------------------------------------------------------------------------


def folder_of(environment: Mapping[str, str] = os.environ) -> Path | None:
    """The folder that the environment names; None where it names none: none is made then."""
    named = environment.get(VARIABLE)
    return Path(named) if named else None


def last_in(folder: Path) -> date | None:
    """The day of the newest checkpoint in a folder. Raises StoreUnusable."""
    try:
        return newest_of(file.name for file in folder.iterdir())
    except OSError as error:
        raise _unusable() from error


def a_checkpoint_a_day(journeys: Journeys, folder: Path, day: date) -> bool:
    """Make the day's checkpoint, unless there is one of this day or a later one; says whether.

    Raises RecordRewritten where the store does not begin with what the newest checkpoint
    knows, BadCheckpoint where that is none of this store's, StoreUnusable where the folder
    or the key cannot be used, or StoreError. Nothing is written then.
    """
    newest = last_in(folder)
    if newest is not None and day <= newest:
        return False
    key = signing_key(key_file(journeys))
    after = read_checkpoint(_read(folder / name_of(newest)), key.public) if newest else None
    note = make_checkpoint(journeys, key, after=after)
    try:
        write_whole(folder / name_of(day), note.encode(), replace=False, mode=_READABLE_BY_ALL)
    except OSError as error:
        raise _unusable() from error
    return True


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable() from error


def _unusable() -> StoreUnusable:
    return StoreUnusable("The folder for checkpoints cannot be used: is it there, is there room?")
