"""What a person lives on and does, before, during and after participation (S2 §8).

An income is recorded with the enrolment, with the deregistration from SUS, and by a
command of its own; the later word stands. What the person did during participation
is read from what began then: a job, studies, or an activity at a workplace.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from journey.state import Journey
from journey.values import IncomePhase, Occupation


def livelihood(journey: Journey) -> dict[str, str | None]:
    """Income and occupation by phase, as ``income_before`` … ``occupation_after``.

    None where nothing is recorded. What was during and after is looked at from the exit
    on: before it nobody asks, and every command would pay for it.
    """
    enrolled, left = journey.enrolment.enrolled, journey.exit.exited is not None
    before = (enrolled.on, enrolled.income_before.value) if enrolled else None
    out = journey.sus.deregistered
    after = (out.on, out.income_after.value) if out else None
    return {
        "income_before": _standing(journey, IncomePhase.BEFORE, before),
        "income_during": _standing(journey, IncomePhase.DURING, None) if left else None,
        "income_after": _standing(journey, IncomePhase.AFTER, after) if left else None,
        "occupation_before": enrolled.occupation_before.value if enrolled else None,
        "occupation_during": _occupation_during(journey) if left else None,
        "occupation_after": out.occupation_after.value if out else None,
    }


def _standing(journey: Journey, phase: IncomePhase, said: tuple[date, str] | None) -> str | None:
    """The later of two words; of the same day, the one recorded by its own command."""
    incomes = journey.work.incomes
    recorded = incomes.get(phase.value) if incomes else None
    if recorded is None or (said is not None and said[0] > recorded.on):
        return said[1] if said else None
    return recorded.source.value


def _occupation_during(journey: Journey) -> str | None:
    """What the person began last before the day of the exit; what begins with it is after."""
    exited = journey.exit.exited
    begun = [one for one in _begun(journey) if exited and one[0] < exited.exit_date]
    return max(begun)[1] if begun else None


def _begun(journey: Journey) -> Iterator[tuple[date, str]]:
    for activity in journey.workplace.activities:
        yield activity.started.on, Occupation.PLACEMENT.value
    for studies in journey.work.studies:
        yield studies.started.on, Occupation.STUDIES.value
    for job in journey.work.employments:
        yield job.started.on, Occupation.EMPLOYED.value
