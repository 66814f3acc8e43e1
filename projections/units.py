"""What units have told: posts, attestations, requisitions, surveys, fidelity, contacts.

One follower; the questions stand in files of their own (``posts``, ``grants``,
``survey``, ``fidelity``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Boolean, Column, Date, Integer, LargeBinary, MetaData, String, Table

from journey.state import Journey
from journey.storage.rows import Rows
from journey.units import SurveyAnswersRecorded, Unit

metadata = MetaData()


def _stream() -> Column[bytes]:
    return Column("stream", LargeBinary(16), primary_key=True)


def _unit() -> Column[str]:
    return Column("unit", String(64), nullable=False, index=True)


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
    Column("half", String(6), primary_key=True),
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
    Column("half", String(6), primary_key=True),
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
    Column("scale", String(16), primary_key=True),
    _unit(),
    Column("total", Integer, nullable=False),
)

unit_volume = Table(
    "unit_volume",
    metadata,
    _stream(),
    Column("counted_on", Date, primary_key=True),
    _unit(),
    Column("contacts", Integer, nullable=False),
)


class Units:
    """The rows of every unit, subject by subject."""

    tables: Sequence[Table] = (
        unit_posts,
        unit_attestations,
        unit_requisitions,
        survey_answers,
        unit_fidelity,
        unit_volume,
    )

    def rows(self, journey: Journey) -> Rows:
        """A journey has none."""
        return {}

    def unit_rows(self, unit: Unit) -> Rows:
        """The rows of all that the unit's facts still say."""
        name = unit.unit
        return {
            unit_posts.name: [
                {"since": since, "unit": name, "percent": percent} for since, percent in unit.posts
            ],
            unit_attestations.name: [
                {
                    "half": one.half,
                    "unit": name,
                    "attested_on": one.on,
                    "per_description": one.per_description,
                    "beyond_ordinary": one.beyond_ordinary,
                    "percent_worked": one.percent_worked,
                }
                for one in unit.attestations
            ],
            unit_requisitions.name: [
                {
                    "half": one.half,
                    "unit": name,
                    "requisitioned_on": one.on,
                    "percent": one.percent,
                    "standard_amount": one.standard_amount,
                    "amount": one.amount,
                }
                for one in unit.requisitions
            ],
            survey_answers.name: _answers(unit.surveys),
            unit_fidelity.name: [
                {"measured_on": m.on, "scale": m.scale.value, "unit": name, "total": m.total}
                for m in unit.fidelity
            ],
            unit_volume.name: [
                {"counted_on": one.on, "unit": name, "contacts": one.count} for one in unit.volume
            ],
        }


def _answers(batches: Iterable[SurveyAnswersRecorded]) -> list[Mapping[str, Any]]:
    given = Counter(
        (batch.year, question, answer)
        for batch in batches
        for form in batch.answers
        for question, answer in enumerate(form, 1)
        if answer is not None
    )
    return [
        {"year": year, "question": question, "answer": answer, "given": count}
        for (year, question, answer), count in sorted(given.items())
    ]
