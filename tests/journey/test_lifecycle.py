"""The table is whole: every fact, every phase, every wish; the machine agrees with it."""

from __future__ import annotations

from datetime import date

import pytest

from journey.access import MATRIX, OWN_MATRIX
from journey.commands import WISHES
from journey.corrections import EntryCorrected
from journey.decision import DECIDERS
from journey.facts import Fact
from journey.lifecycle import (
    BEFORE,
    LIFECYCLE,
    MACHINE,
    Row,
    allowed,
    destinations,
    moves,
    phase_after,
    phases_of,
)
from journey.state import CHAPTERS, fold
from journey.steps import AgreementConcluded, StepAdvanced
from journey.values import Phase
from tests.journey.test_commands import FIELDS

FACTS = {
    thing
    for chapter in CHAPTERS
    for thing in vars(chapter).values()
    if isinstance(thing, type) and issubclass(thing, Fact) and thing is not Fact
}
LAST = {Phase.WITHDRAWN, Phase.CLOSED}
"""Of a withdrawn referral (T15) or a closed journey (T25) a new one begins, not the same again."""

# domain.md §3.1: what may lead from one phase into another.
DRAWN = {
    ("before", "ReferralReceived", "preparation"): "T1",
    ("preparation", "ReferralPresented", "presented"): "T5",
    ("presented", "InclusionDecided", "accepted"): "T6",
    ("presented", "InclusionDecided", "awaiting_motivation"): "T7",
    ("presented", "InclusionDecided", "declined"): "T8",
    ("presented", "DecisionEscalated", "inclusion_escalated"): "T9",
    ("inclusion_escalated", "ManagerDecisionRecorded", "accepted"): "T10",
    ("inclusion_escalated", "ManagerDecisionRecorded", "awaiting_motivation"): "T10",
    ("inclusion_escalated", "ManagerDecisionRecorded", "declined"): "T10",
    ("accepted", "PlacedInQueue", "queued"): "T11",
    ("queued", "RemovedFromQueue", "accepted"): "T11",
    ("accepted", "JourneyEnrolled", "step_1"): "T12",
    ("queued", "JourneyEnrolled", "step_1"): "T12",
    ("awaiting_motivation", "MotivationConfirmed", "accepted"): "T13",
    ("declined", "ReferralReopened", "preparation"): "T14",
    **{
        (phase, "ReferralWithdrawn", "withdrawn"): "T15"
        for phase in (
            *("preparation", "presented", "inclusion_escalated", "accepted"),
            *("queued", "awaiting_motivation", "declined"),
        )
    },
    **{(f"step_{n}", "StepAdvanced", f"step_{n + 1}"): "T16" for n in range(1, 5)},
    **{(f"step_{n}", "StepReturned", f"step_{m}"): "T17" for n in range(2, 6) for m in range(1, n)},
    **{(f"step_{n}", "JourneyPaused", "paused"): "T18" for n in range(1, 6)},
    **{("paused", "JourneyResumed", f"step_{n}"): "T19" for n in range(1, 6)},
    **{(f"step_{n}", "JourneyExited", "exited"): "T21" for n in range(1, 6)},
    ("paused", "JourneyExited", "exited"): "T21",
    **{("exited", "JourneyReopened", f"step_{n}"): "T23" for n in range(1, 6)},
    ("exited", "JourneyClosed", "closed"): "T24",
}


def test_every_fact_of_the_chapters_has_a_row_and_every_row_a_fact() -> None:
    assert {row.fact for row in LIFECYCLE} == FACTS


def test_every_row_names_its_rule() -> None:
    assert all(row.rule for row in LIFECYCLE)


def test_the_moves_are_those_of_the_domain() -> None:
    """§3.1, T1-T25: none is missing and none is added."""
    assert set(moves()) == set(DRAWN)


def test_every_phase_is_reached_from_the_start() -> None:
    reached, frontier = {BEFORE}, {BEFORE}
    while frontier:
        frontier = {to for source, _, to in moves() if source in frontier} - reached
        reached |= frontier
    assert reached == {BEFORE, *(phase.value for phase in Phase)}


@pytest.mark.parametrize("phase", list(Phase))
def test_every_phase_but_the_last_can_be_left(phase: Phase) -> None:
    left = {source for source, _, _ in moves()}
    assert (phase.value in left) is (phase not in LAST)


def test_nothing_happens_to_a_closed_journey() -> None:
    """T25; only that its data have been kept long enough is still said of it (§9.5)."""
    assert [f.__name__ for f in FACTS if destinations(f, Phase.CLOSED)] == ["NoticeIssued"]


def test_a_journey_begins_with_a_referral_and_nothing_else() -> None:
    """T1."""
    assert [fact.__name__ for fact in FACTS if destinations(fact, None)] == ["ReferralReceived"]


@pytest.mark.parametrize("row", LIFECYCLE, ids=lambda row: f"{row.fact.__name__}-{row.rule}")
def test_machine_and_table_agree(row: Row) -> None:
    """Each row is in the machine, from each of its phases to each of its destinations."""
    for source in row.sources:
        phase = None if source == BEFORE else Phase(source)
        assert set(row.to or (None,)) <= set(destinations(row.fact, phase))
        names = {t.dest for t in MACHINE.events[row.fact.__name__].transitions[str(source)]}
        assert {to and to.value for to in row.to or (None,)} <= names


def test_the_machine_knows_nothing_that_the_table_does_not() -> None:
    table = {
        (row.fact.__name__, str(source), to and to.value)
        for row in LIFECYCLE
        for source in row.sources
        for to in row.to or (None,)
    }
    machine = {
        (name, source, transition.dest)
        for name, event in MACHINE.events.items()
        for source, transitions in event.transitions.items()
        for transition in transitions
    }
    assert machine == table


def test_a_fact_that_names_its_phase_has_rows_that_lead_there() -> None:
    """Every fact with a destination of its own is in the machine with one."""
    naming = {fact for fact in FACTS if fact.leads_to is not Fact.leads_to}
    moving = {row.fact for row in LIFECYCLE if row.to}
    assert naming <= moving
    several = {row.fact for row in LIFECYCLE if len(row.to) > 1}
    assert several <= naming


def test_a_fact_stays_stays_out_or_leads_where_it_names() -> None:
    """The three answers of the table."""
    day = date(2026, 3, 2)
    agreed = AgreementConcluded(on=day)
    assert allowed(agreed, Phase.STEP_1)
    assert phase_after(agreed, Phase.STEP_1) is Phase.STEP_1
    assert not allowed(agreed, Phase.QUEUED)
    onward = StepAdvanced(on=day, from_step=1, to=2)
    assert allowed(onward, Phase.STEP_1)
    assert not allowed(onward, Phase.STEP_2)
    assert phase_after(onward, Phase.STEP_1) is Phase.STEP_2


def test_the_phases_of_a_fact_come_in_the_order_of_a_journey() -> None:
    assert phases_of(AgreementConcluded) == tuple(Phase(f"step_{n}") for n in range(1, 6))
    assert phases_of(EntryCorrected) == tuple(p for p in Phase if p is not Phase.CLOSED)


def test_every_wish_has_a_decider_and_every_decider_a_right() -> None:
    assert {*MATRIX, *OWN_MATRIX} == set(DECIDERS)


def test_every_wish_is_in_the_contract() -> None:
    tags = {str(wish.__struct_config__.tag) for wish in MATRIX}
    assert tags == set(FIELDS)
    assert {tag for tag, wish in WISHES.items() if wish in MATRIX} == tags
    assert not set(OWN_MATRIX) & set(WISHES.values())


def test_no_facts_make_no_journey() -> None:
    assert not fold(()).exists
    assert fold(()).flags(date(2026, 1, 1)) == ()
