"""The questions that people and hosts ask, answered from rows or from a journey's facts.

``with at(journeys, as_of=…, known_at=…) as connection: yearly(connection, 2018, 2020)``
asks for the yearly table as of any day, as known at any time; so do ``caseload``,
``queue``, ``due`` and the reports. ``view`` shows one journey on a day, ``history_view``
its facts; ``rebuild`` makes all rows anew. ``as_outcome``, ``as_refused`` and
``as_possibility`` give the answers to commands in the contract's JSON.
"""

from __future__ import annotations

from journey.storage.differences import TableDifference
from journey.storage.rebuild import Rebuilt, rebuild
from projections.adapters import ADAPTERS, Export, export
from projections.answers import as_outcome, as_possibility, as_reason, as_refused
from projections.budget import BudgetRow, TrainingRow, budget, training
from projections.capacity import CapacityRow, capacity, explain_capacity
from projections.caseload import Caseload, CaseloadRow, CaseRow, UnitLoad, caseload, journeys_of
from projections.due import DueRow, due
from projections.effect import EffectRow, effect, explain_effect
from projections.explained import Explained
from projections.fidelity import FidelityRow, fidelity
from projections.grants import Grant, GrantYear, HalfYearRow, grants, half_years
from projections.income import IncomeRow, explain_income, income
from projections.kept import KeptRow, explain_kept, kept
from projections.moment import at
from projections.outcomes import (
    GoalRow,
    Share,
    YearRow,
    explain_goal,
    explain_yearly,
    goal,
    yearly,
)
from projections.queue import QueueRow, queue
from projections.reconciliation import Difference, reconciliation
from projections.show import JourneyView, view
from projections.survey import SurveyRow, survey
from projections.sus import SusRow, register
from projections.sus_report import SusYear, explain_sus, sus_report
from projections.timeline import Entry, history_view
from projections.unmeasured import NeverMeasured, never_measured
from projections.volume import VolumeRow, volume

__all__ = [
    "ADAPTERS",
    "BudgetRow",
    "CapacityRow",
    "CaseRow",
    "Caseload",
    "CaseloadRow",
    "Difference",
    "DueRow",
    "EffectRow",
    "Entry",
    "Explained",
    "Export",
    "FidelityRow",
    "GoalRow",
    "Grant",
    "GrantYear",
    "HalfYearRow",
    "IncomeRow",
    "JourneyView",
    "KeptRow",
    "NeverMeasured",
    "QueueRow",
    "Rebuilt",
    "Share",
    "SurveyRow",
    "SusRow",
    "SusYear",
    "TableDifference",
    "TrainingRow",
    "UnitLoad",
    "VolumeRow",
    "YearRow",
    "as_outcome",
    "as_possibility",
    "as_reason",
    "as_refused",
    "at",
    "budget",
    "capacity",
    "caseload",
    "due",
    "effect",
    "explain_capacity",
    "explain_effect",
    "explain_goal",
    "explain_income",
    "explain_kept",
    "explain_sus",
    "explain_yearly",
    "export",
    "fidelity",
    "goal",
    "grants",
    "half_years",
    "history_view",
    "income",
    "journeys_of",
    "kept",
    "never_measured",
    "queue",
    "rebuild",
    "reconciliation",
    "register",
    "survey",
    "sus_report",
    "training",
    "view",
    "volume",
    "yearly",
]
