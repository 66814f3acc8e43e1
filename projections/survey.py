"""The participants' yearly survey, question by question, of the whole federation (S2 §8.1).

Nothing here knows a municipality: the answers are recorded without one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from operator import attrgetter
from typing import NoReturn

from msgspec import Struct
from sqlalchemy import Connection, select

from journey.errors import Refused, refuse
from journey.language import N_
from journey.rules import Survey
from journey.units.survey import survey_rules
from projections.sheet import Sheet, Words, sheet, yes_or_no
from projections.units import survey_answers


class SurveyRow(Struct, frozen=True):
    """How many answered a question and how many well; None where too few did to show it.

    ``met``: at least 70 % answered with one of the top three words (S2 §8.1, 9.3).
    Who skipped the question is not among ``answered``.
    """

    year: int
    question: int
    answered: int | None
    positive: int | None
    met: bool | None


Given = Mapping[int, int]
"""How many gave each answer."""


def survey(connection: Connection, first: int, last: int) -> list[SurveyRow]:
    """Every question of each year from first to last in which anyone answered (§7.7)."""
    given = _read(connection, first, last)
    return [
        judged(year, question, given[year].get(question, {}), rules)
        for year in sorted(given)
        if (rules := survey_rules(year)) is not None
        for question in range(1, rules.questions + 1)
    ]


def _read(connection: Connection, first: int, last: int) -> dict[int, dict[int, Given]]:
    table = survey_answers
    columns = (table.c.year, table.c.question, table.c.answer, table.c.given)
    found: dict[int, dict[int, Given]] = {}
    for year, question, answer, given in connection.execute(
        select(*columns).where(table.c.year.between(first, last))
    ):
        questions = found.setdefault(year, {})
        questions[question] = {**questions.get(question, {}), answer: given}
    return found


def judged(year: int, question: int, given: Given, rules: Survey) -> SurveyRow:
    """One question: in whole numbers, exactly 70 % meets 70 % (§7.7)."""
    answered = sum(given.values())
    if answered < rules.smallest_group:
        return SurveyRow(year, question, None, None, None)
    positive = sum(given.get(answer, 0) for answer in rules.positive)
    met = 100 * positive >= rules.percent * answered
    return SurveyRow(year, question, answered, positive, met)


def refuse_comparison() -> NoReturn:
    """Survey or fidelity side by side for municipalities. Raises Refused (§2.2, S2 §6.9, §8.1)."""
    raise Refused(
        [
            refuse(
                "comparison_not_allowed",
                "Municipalities are not compared by survey or fidelity; each uses its own alone.",
                rule="§2.2",
                source="S2 §6.9, §8.1",
                field="municipality",
            )
        ]
    )


def survey_sheet(rows: Iterable[SurveyRow]) -> Sheet:
    """The survey, question by question, with each year's total; too few answers are said so."""
    lines: list[tuple[object, ...]] = []
    for year, questions in groupby(rows, attrgetter("year")):
        of_year = list(questions)
        lines += [(year, row.question, *_cells(row)) for row in of_year]
        lines.append((year, Words(N_("in all")), *_total(of_year)))
    return sheet(
        Words(N_("The yearly survey")),
        (N_("year"), N_("question"), N_("answered"), N_("positive"), N_("goal met")),
        lines,
    )


def _total(rows: Iterable[SurveyRow]) -> tuple[object, ...]:
    """The sums, shown but not judged (§7.7); none where they would tell of a hidden question."""
    counts = [(row.answered, row.positive) for row in rows]
    known = [(said, well) for said, well in counts if said is not None and well is not None]
    if len(known) < len(counts):
        return Words(N_("too few to show")), None, None
    return sum(said for said, _ in known), sum(well for _, well in known), None


def _cells(row: SurveyRow) -> tuple[object, ...]:
    if row.answered is None:
        return Words(N_("too few to show")), None, None
    return row.answered, row.positive, yes_or_no(row.met)
