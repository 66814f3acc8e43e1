"""The policies, one line each: which sentences are said of which things to do."""

from __future__ import annotations

from collections.abc import Mapping

from journey.storage.rows import Follower
from policies import (
    aftercare_comes_up,
    aftercare_is_due,
    aftercare_is_overdue,
    consent_ends,
    decision_waits,
    registration_missing,
    review_due,
    survey_in_october,
    sus_deregistration_due,
)
from policies.agenda import Agenda
from policies.sentence import Says
from policies.speech import Speech
from projections.due_items import DueKind

POLICIES: Mapping[DueKind, tuple[Says, ...]] = {
    "aftercare": (aftercare_comes_up.says, aftercare_is_due.says, aftercare_is_overdue.says),
    "sus_deregistration": (sus_deregistration_due.says,),
    "sus_registration": (registration_missing.says,),
    "documentation": (registration_missing.says,),
    "individual_team": (registration_missing.says,),
    "review": (review_due.says,),
    "consent": (consent_ends.says,),
    "survey": (survey_in_october.says,),
    "escalation": (decision_waits.says,),
}
"""By kind of thing to do, in the order of their days; of an ended journey see ``speech.py``."""

SPEECH = Speech(POLICIES)
FOLLOWERS: tuple[Follower, ...] = (Agenda(SPEECH),)
"""Written with every command: the day on which something is to be said of a journey next."""
