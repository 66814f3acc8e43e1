"""The read models, one line each."""

from __future__ import annotations

from journey.storage.rows import Follower
from projections.enrolments import Outcomes
from projections.sus import SusRegister

FOLLOWERS: tuple[Follower, ...] = (Outcomes(), SusRegister())
"""Written with every command, and made anew by a rebuild."""
