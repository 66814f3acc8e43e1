"""The engine's own codes in the reader's words: what is to be done, and how far it has come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from journey.language import N_
from journey.notices import AGAIN, RETENTION
from projections.sheet import Words

_WORDS: Final[Mapping[str, str]] = {
    "aftercare": N_("aftercare"),
    "sus_registration": N_("register in SUS"),
    "sus_deregistration": N_("deregister from SUS"),
    "documentation": N_("document"),
    "individual_team": N_("individual team"),
    "consent": N_("consent"),
    "review": N_("review"),
    "survey": N_("survey"),
    "escalation": N_("manager's decision"),
    RETENTION: N_("erase"),
    "coming": N_("coming"),
    "upcoming": N_("coming"),
    "due": N_("due"),
    "overdue": N_("overdue"),
    "escalated": N_("to the manager"),
    "coach": N_("coach"),
    "manager": N_("manager"),
}
_TOLD_BY_THEIR_KIND: Final = frozenset(
    ("sus_registration", "sus_deregistration", "documentation", "individual_team", RETENTION)
)
"""Kinds of which a journey has only one."""


def in_words(code: str) -> Words:
    """A code of the engine's in the reader's words."""
    return Words(_WORDS.get(code, code))


def thing(kind: str, what: str) -> tuple[Words, str]:
    """What is to be done, and which of its kind; a second reminder of it bears a (2)."""
    named, again, _ = what.partition(AGAIN)
    shown = "" if kind in _TOLD_BY_THEIR_KIND else named
    return in_words(kind), f"{shown} (2)".lstrip() if again else shown
