"""What verification finds: a closed vocabulary of what can be wrong with a record."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from journey.values import Word

MOST: Final = 1000
"""So many findings are listed at most: memory does not grow with what is wrong."""


class FindingKind(Word):
    """What is wrong. ``FINDINGS`` says each as a sentence."""

    SEAL = "seal"
    POSITION = "position"
    VERSION = "version"
    TIME = "time"
    STREAM = "stream"
    BODY = "body"
    LIFECYCLE = "lifecycle"
    RULE = "rule"
    RULESET = "ruleset"
    CHECKPOINT = "checkpoint"
    UNREADABLE = "unreadable"


class Finding(Struct, frozen=True):
    """One thing that is wrong with the record, and with which fact.

    ``journey`` is the journey's key (or the unit; the stream's id where no fact tells the
    key), ``version`` the fact's number in it; both None where no fact can be named.
    ``detail`` says what was found, for a technician, in English.
    """

    journey: str | None
    version: int | None
    kind: FindingKind
    detail: str


class HeadView(Struct, frozen=True):
    """The last position and its seal, in hex."""

    position: int
    hash: str


class Verified(Struct, frozen=True):
    """What a verification went through, and what it found (contract.md §4)."""

    facts: int
    journeys: int
    intact: bool
    findings: tuple[Finding, ...]
    head: HeadView
