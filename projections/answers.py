"""Answers to commands in the forms of contract.md §3 and §4, for whoever speaks JSON.

Keys and codes never change with the language, the sentences do: those of the command line
are English, a host may ask for its reader's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from journey.decision import Decision
from journey.errors import Reason, Refused
from journey.facts import Fact
from journey.language import ENGLISH, Language
from journey.next import Possibility
from journey.state import Journey
from journey.storage.decided import Outcome, subject_of
from journey.wishes import Wish
from projections.timeline import data_of


def as_refused(refused: Refused, language: Language = ENGLISH) -> dict[str, Any]:
    """A refusal: its first reason, and every one."""
    reasons = [as_reason(reason, language) for reason in refused.reasons]
    return {**reasons[0], "reasons": reasons}


def as_reason(reason: Reason, language: Language = ENGLISH) -> dict[str, Any]:
    """A reason; ``earliest`` and ``field`` only where there is one."""
    form: dict[str, Any] = {
        "code": reason.code,
        "message": language.sentence(reason),
        "rule": reason.rule,
        "source": reason.source,
    }
    if reason.earliest is not None:
        form["earliest"] = reason.earliest
    if reason.field is not None:
        form["field"] = reason.field
    return form


def as_possibility(possibility: Possibility, language: Language = ENGLISH) -> dict[str, Any]:
    """A command that the state knows now: allowed, or every reason why not."""
    told = [
        {"code": r.code, "message": language.sentence(r), "source": r.source}
        for r in possibility.reasons
    ]
    return {"do": possibility.do, "allowed": possibility.allowed, "reasons": told}


def as_outcome(outcome: Outcome, language: Language = ENGLISH) -> dict[str, Any]:
    """What became of a command: the facts recorded now, none if it was already true."""
    recorded = () if outcome.repeated else outcome.facts
    return {
        "journey": outcome.journey,
        "recorded": [{"version": one.version, **_fact(one.fact)} for one in recorded],
        "repeated": outcome.repeated,
        "warnings": [as_reason(warning, language) for warning in outcome.warnings],
        "version": outcome.facts[-1].version if outcome.facts else None,
    }


def as_preview(
    wish: Wish, then: Journey, decision: Decision, *, dates: Sequence[Any], notices: Sequence[Any]
) -> dict[str, Any]:
    """What a command would record, what would fall due, and who would be told of what."""
    return {
        "journey": subject_of(wish),
        "facts": [_fact(fact) for fact in decision.facts],
        "dates": dates,
        "notices": notices,
        "phase": then.phase,
        "warnings": [as_reason(warning) for warning in decision.warnings],
    }


def _fact(fact: Fact) -> dict[str, Any]:
    return {"event": type(fact).__name__, "on": fact.on, "data": data_of(fact)}
