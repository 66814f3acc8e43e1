"""How a referral group agrees: on equal terms, and unanimously (S2 §6.5; domain.md §11 Q8)."""

from __future__ import annotations

from collections.abc import Mapping

from journey.errors import Reason, refuse
from journey.rules import Rules
from journey.values import Vote

Votes = Mapping[str, Vote]


def all_for(votes: Votes) -> bool:
    """Whether someone voted for and nobody against; an abstention does not block."""
    return set(votes.values()) - {Vote.ABSTAIN} == {Vote.FOR}


def all_against(votes: Votes) -> bool:
    """Whether someone voted against and nobody for."""
    return set(votes.values()) - {Vote.ABSTAIN} == {Vote.AGAINST}


def quorum_reached(votes: Votes, rules: Rules, rule: str) -> Reason | None:
    """Q8: at least ``rules.quorum`` parties take part in the decision."""
    if len(votes) >= rules.quorum:
        return None
    return refuse(
        "fewer_than_two_parties",
        "At least {quorum} parties must take part in the decision.",
        rule=rule,
        source="domain §11 Q8 (assumed)",
        quorum=rules.quorum,
    )
