"""The life of a journey as a Mermaid state diagram, drawn from the lifecycle table."""

from __future__ import annotations

from journey.lifecycle import BEFORE, moves
from journey.values import Phase


def mermaid() -> str:
    """The diagram: every phase, and every fact that leads from one to another."""
    lines = ["stateDiagram-v2"]
    between: dict[tuple[str, str], list[str]] = {}
    for source, fact, to in moves():
        between.setdefault((source, to), []).append(fact)
    for (source, to), facts in between.items():
        start = "[*]" if source == BEFORE else source
        lines.append(f"    {start} --> {to} : {', '.join(sorted(set(facts)))}")
    lines.append(f"    {Phase.CLOSED.value} --> [*]")
    return "\n".join(lines) + "\n"
