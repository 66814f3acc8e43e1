"""The read models, one line each."""

from __future__ import annotations

from journey.storage.rows import Follower
from projections.caseload import CaseloadRows
from projections.due import Due
from projections.enrolments import Outcomes
from projections.sus import SusRegister
from projections.units import Units

FOLLOWERS: tuple[Follower, ...] = (
    Outcomes(),
    SusRegister(),
    CaseloadRows(),
    Due(),
    Units(),
)
"""Written with every command, and made anew by a rebuild."""
