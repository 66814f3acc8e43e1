"""What units have told: posts, attestations, requisitions, surveys, fidelity, contacts.

One follower; the questions stand in files of their own (``posts``, ``grants``,
``survey``, ``fidelity``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Boolean, Column, Date, Integer, LargeBinary, MetaData, Table

from journey.state import Journey
from journey.storage.rows import Rows
from journey.storage.schema import plain_text
from journey.units import Unit

metadata = MetaData()


def _stream() -> Column[bytes]:
    return Column("stream", LargeBinary(16), primary_key=True)


def _unit() -> Column[str]:
    return Column("unit", plain_text(64), nullable=False, index=True)


unit_posts = Table(
    "unit_posts",
    metadata,
    _stream(),
    Column("since", Date, primary_key=True),
    _unit(),
    Column("percent", Integer, nullable=False),
)

unit_attestations = Table(
    "unit_attestations",
    metadata,
    _stream(),
    Column("half", plain_text(6), primary_key=True),
    _unit(),
    Column("attested_on", Date, nullable=False),
    Column("per_description", Boolean, nullable=False),
    Column("beyond_ordinary", Boolean, nullable=False),
    Column("percent_worked", Integer, nullable=False),
)

unit_requisitions = Table(
    "unit_requisitions",
    metadata,
    _stream(),
    Column("half", plain_text(6), primary_key=True),
    _unit(),
    Column("requisitioned_on", Date, nullable=False),
    Column("percent", Integer, nullable=False),
    Column("standard_amount", Integer, nullable=False),
    Column("amount", Integer, nullable=False),
)

survey_answers = Table(
    "survey_answers",
    metadata,
    _stream(),
    Column("year", Integer, primary_key=True),
    Column("question", Integer, primary_key=True),
    Column("answer", Integer, primary_key=True),
    Column("given", Integer, nullable=False),
)
"""How many gave each answer to each question of a year; who and where is not kept (§8.1)."""

unit_fidelity = Table(
    "unit_fidelity",
    metadata,
    _stream(),
    Column("measured_on", Date, primary_key=True),
    Column("scale", plain_text(16), primary_key=True),
    _unit(),
    Column("total", Integer, nullable=False),
)

unit_volume = Table(
    "unit_volume",
    metadata,
    _stream(),
    Column("year", Integer, primary_key=True),
    _unit(),
    Column("contacts", Integer, nullable=False),
)
"""A year's sum: a day's count is written again and again, and nobody asks for the day."""


class Units:
    """The rows of every unit, subject by subject."""

    @property
    def tables(self) -> Sequence[Table]:
        """A table for each subject."""
        return tuple(_ROWS)

    def rests_on(self, journey: Journey) -> tuple[object, ...]:
        """Nothing: a journey has no rows here."""
        return ()

    def rows(self, journey: Journey) -> Rows:
        """A journey has none."""
        return {}

    def unit_rows(self, unit: Unit) -> Rows:
        """The rows of all that the unit's facts still say."""
        found = {table.name: list(rows(unit)) for table, rows in _ROWS.items()}
        return {name: rows for name, rows in found.items() if rows}


Row = Mapping[str, Any]


def _posts(unit: Unit) -> Iterable[Row]:
    return (
        {"since": since, "unit": unit.unit, "percent": percent} for since, percent in unit.posts
    )


def _attestations(unit: Unit) -> Iterable[Row]:
    return (
        {
            "half": one.half,
            "unit": one.unit,
            "attested_on": one.on,
            "per_description": one.per_description,
            "beyond_ordinary": one.beyond_ordinary,
            "percent_worked": one.percent_worked,
        }
        for one in unit.attestations
    )


def _requisitions(unit: Unit) -> Iterable[Row]:
    return (
        {
            "half": one.half,
            "unit": one.unit,
            "requisitioned_on": one.on,
            "percent": one.percent,
            "standard_amount": one.standard_amount,
            "amount": one.amount,
        }
        for one in unit.requisitions
    )


def _answers(unit: Unit) -> Iterable[Row]:
    given = Counter(
        (batch.year, question, answer)
        for batch in unit.surveys
        for form in batch.answers
        for question, answer in enumerate(form, 1)
        if answer is not None
    )
    return (
        {"year": year, "question": question, "answer": answer, "given": count}
        for (year, question, answer), count in sorted(given.items())
    )


def _fidelity(unit: Unit) -> Iterable[Row]:
    return (
        {"measured_on": m.on, "scale": m.scale.value, "unit": m.unit, "total": m.total}
        for m in unit.fidelity
    )


def _volume(unit: Unit) -> Iterable[Row]:
    by_year: Counter[int] = Counter()
    for one in unit.volume:
        by_year[one.on.year] += one.count
    return (
        {"year": year, "unit": unit.unit, "contacts": by_year[year]} for year in sorted(by_year)
    )


_ROWS: Mapping[Table, Callable[[Unit], Iterable[Row]]] = {
    unit_posts: _posts,
    unit_attestations: _attestations,
    unit_requisitions: _requisitions,
    survey_answers: _answers,
    unit_fidelity: _fidelity,
    unit_volume: _volume,
}
