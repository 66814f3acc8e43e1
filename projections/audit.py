"""The auditor's time line: who recorded what, when it was true, when it was known, by which rules.

Corrections stand beside what they correct: an entry keeps what was recorded then, and
bears each later correction of it with the value before and after.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from operator import itemgetter
from typing import Any

from msgspec import Struct

from journey.corrections import EntryCorrected
from journey.language import N_
from journey.storage.decided import stream_of
from journey.storage.finding import FindingKind, Verified
from journey.storage.history import Recorded, as_recorded, cut
from journey.storage.journeys import Journeys
from journey.storage.reading import Raw, streams
from journey.storage.stream_check import key_of
from projections.sheet import Sheet, Words, sheet
from projections.timeline import data_of


class Correction(Struct, frozen=True):
    """One field of an entry, corrected by the fact of this version in the same journey."""

    version: int
    on: date
    recorded_at: datetime
    by: str
    field: str
    old: Any
    value: Any
    reason: str


class TimelineEntry(Struct, frozen=True):
    """One fact. ``on`` is the day on which it is true, ``recorded_at`` when it became known.

    ``journey`` is the journey's key, or the unit. ``data`` are its fields as they were
    recorded; ``corrections`` what was corrected of it since, in that order.
    """

    journey: str
    version: int
    event: str
    on: date
    recorded_at: datetime
    by: str
    ruleset: str
    data: dict[str, Any]
    corrections: tuple[Correction, ...] = ()


def timeline(
    journeys: Journeys,
    journey: str | None = None,
    *,
    known_at: datetime | None = None,
    actor: str | None = None,
    rule: str | None = None,
    on: date | None = None,
) -> list[TimelineEntry]:
    """What was recorded, in the order in which it became known: of one journey, or of all.

    ``known_at`` leaves out what was not recorded by then, corrections too; ``actor`` (with
    its municipality or without), ``rule`` (the name of a rule set) and ``on`` (the day on
    which a fact is true) leave out all others. Raises Refused (unknown_journey), and
    StoreError where a body cannot be read.
    """
    found: list[tuple[int, TimelineEntry]] = []
    for rows in _streams(journeys, journey, known_at):
        history = cut((_recorded(row) for row in rows), known_at=known_at)
        place = {row[2]: row[0] for row in rows}
        found += (
            (place[entry.version], entry)
            for entry in _entries(history)
            if _is_asked_for(entry, actor, rule, on)
        )
    return [entry for _, entry in sorted(found, key=itemgetter(0))]


def _streams(
    journeys: Journeys, journey: str | None, known_at: datetime | None
) -> Iterator[list[Raw]]:
    upto = journeys.facts.head()[0]
    if journey is None:
        return streams(journeys.facts, upto)
    journeys.history(journey, known_at=known_at)
    begin = stream_of(journey)
    return streams(journeys.facts, upto, begin, begin + b"\0")


def _recorded(row: Raw) -> Recorded:
    _, _, version, name, body, recorded_at, _ = row
    return as_recorded(version, name.decode(), body, recorded_at)


def _entries(history: Sequence[Recorded]) -> Iterator[TimelineEntry]:
    """A journey's entries, each with its corrections."""
    corrections: dict[int, list[Correction]] = defaultdict(list)
    for entry in history:
        if isinstance(entry.fact, EntryCorrected):
            corrections[entry.fact.entry].append(_correction(entry, entry.fact))
    for entry in history:
        yield TimelineEntry(
            journey=key_of(history[0].fact) or "",
            version=entry.version,
            event=entry.event,
            on=entry.on,
            recorded_at=entry.recorded_at,
            by=entry.by,
            ruleset=entry.ruleset,
            data=data_of(entry.fact),
            corrections=tuple(corrections.get(entry.version, ())),
        )


def _correction(entry: Recorded, fact: EntryCorrected) -> Correction:
    return Correction(
        version=entry.version,
        on=entry.on,
        recorded_at=entry.recorded_at,
        by=entry.by,
        field=fact.field,
        old=fact.old,
        value=fact.value,
        reason=fact.reason,
    )


def _is_asked_for(
    entry: TimelineEntry, actor: str | None, rule: str | None, on: date | None
) -> bool:
    return (
        actor in (None, entry.by, entry.by.partition("@")[0])
        and rule in (None, entry.ruleset)
        and on in (None, entry.on)
    )


# --- for people ----------------------------------------------------------------------

_WRONG = {
    FindingKind.SEAL: N_("a seal does not fit its fact"),
    FindingKind.POSITION: N_("a fact is missing or out of its place"),
    FindingKind.VERSION: N_("a fact of a journey is missing"),
    FindingKind.TIME: N_("a time runs backwards"),
    FindingKind.STREAM: N_("a fact is in another journey's place"),
    FindingKind.BODY: N_("a fact cannot be read"),
    FindingKind.LIFECYCLE: N_("not allowed in its phase"),
    FindingKind.RULE: N_("not as the rules decide it"),
    FindingKind.RULESET: N_("another rule set than its day's"),
    FindingKind.CHECKPOINT: N_("not the record of the checkpoint"),
    FindingKind.UNREADABLE: N_("the store is damaged"),
}


def timeline_sheet(entries: Iterable[TimelineEntry]) -> Sheet:
    """The time line, corrections on the lines under what they correct."""
    columns = (
        N_("known"),
        N_("day"),
        N_("journey"),
        N_("no."),
        N_("what happened"),
        N_("by"),
        N_("rules"),
        N_("corrected"),
    )
    return sheet(
        Words(N_("Time line")),
        columns,
        (
            (
                _moment(entry.recorded_at),
                entry.on,
                entry.journey,
                entry.version,
                entry.event,
                entry.by,
                entry.ruleset,
                "\n".join(_corrected(one) for one in entry.corrections),
            )
            for entry in entries
        ),
    )


def _corrected(one: Correction) -> str:
    known = _moment(one.recorded_at)
    return f"{one.version}: {one.field} {one.old} → {one.value} ({known}, {one.by}, {one.reason})"


def _moment(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S}"


def verified_sheet(verified: Verified) -> Sheet:
    """What a verification found, or that all is intact."""
    intact = Words(N_("The record is intact"))
    title = intact if verified.intact else Words(N_("The record is NOT intact"))
    return sheet(
        title,
        (N_("journey"), N_("no."), N_("what is wrong"), N_("found")),
        ((f.journey, f.version, Words(_WRONG[f.kind]), f.detail) for f in verified.findings),
    )


def checked_sheet(found: Mapping[str, Any]) -> Sheet:
    """What checking a bundle found (``journey.storage.bundle.check.check``)."""
    intact = Words(N_("The bundle is intact"))
    title = intact if found["intact"] else Words(N_("The bundle is NOT intact"))
    return sheet(
        title,
        (N_("journey"), N_("no."), N_("kind"), N_("found")),
        ((f["journey"], f["version"], f["kind"], f["detail"]) for f in found["findings"]),
    )
