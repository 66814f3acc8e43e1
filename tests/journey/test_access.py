"""Who may do what: every command by every role of domain.md §2.2."""

from __future__ import annotations

from datetime import date

import pytest

from journey.access import MATRIX, refusals, unit_refusals
from journey.actor import Actor, parse_actor
from journey.commands import parse
from journey.decision import Context
from journey.errors import InvalidCommand
from journey.programme import programme
from journey.state import Journey, fold
from journey.units import AllocatePost
from journey.values import Role
from tests.examples import SAMPLES, exited_to_work, referral, sample
from tests.spec import given

ACTORS = {
    "own coach": "coach:c1@Nässjö",
    "other coach": "coach:c2@Nässjö",
    "coach elsewhere": "coach:c1@Eksjö",
    "coach of nowhere": "coach:c1",
    "own manager": "manager:m1@Nässjö",
    "other manager": "manager:m2@Eksjö",
    "own unit": "municipality:eva@Nässjö",
    "other unit": "municipality:eva@Eksjö",
    "referring party": "fk:olle",
    "referring party elsewhere": "fk:olle@Eksjö",
    "other party": "af:ann",
    "region": "region:kim",
    "federation manager": "federation_manager:f1",
    "steering group": "steering_group:s1",
    "board": "board:b1",
    "auditor": "auditor:r1",
    "person": "participant:p1",
    "another person": "participant:p2",
    "own employer": "employer:e1",
    "another employer": "employer:e9",
    "system": "system:scheduler",
}
FEDERATION = {"federation manager", "steering group", "board"}
COACH = {"own coach"}
STAFF = COACH | {"own manager"}
MANAGER = {"own manager"}
GROUP = {"own unit", "referring party", "other party", "region"}
REFERRING = {"referring party"}

# One row of §2.2 (and of the "who" of §3.1) after another; the referral is FK's.
ALLOWED: dict[str, set[str]] = {
    # Register referral: the party; a coach for the coach's own municipality.
    "refer": {"own coach", "other coach"} | REFERRING,
    # Help in preparation; T2, T3.
    "secure_livelihood": COACH | REFERRING,
    "confirm_motivation": COACH | REFERRING,
    "note_motivation_lacking": COACH | REFERRING,
    "support_preparation": COACH | GROUP,
    "hold_coordinated_plan": COACH | GROUP,
    # Record referral-group consent; the participant gives and withdraws, via any staff.
    "give_consent": REFERRING | {"person"},
    "withdraw_consent": STAFF | GROUP | {"person"},
    # T27: FK member or coach.
    "start_gk": COACH | REFERRING,
    "end_gk": COACH | REFERRING,
    # T5: the coach convenes; the group decides; the manager only what it could not.
    "present": COACH,
    "decide_inclusion": COACH | GROUP,
    "decide_as_manager": MANAGER,
    # Individual decision: FK for its own.
    "record_individual_decision": REFERRING,
    "queue": STAFF,
    "leave_queue": STAFF,
    "refer_onward": COACH | GROUP,
    # T15, T14.
    "withdraw_referral": REFERRING | {"person"},
    "reopen_referral": GROUP,
    # Assign or hand over coach.
    "assign_coach": MANAGER,
    "hand_over": MANAGER,
    # Enrol, step moves, pause, contacts: the manager in the coach's absence.
    **dict.fromkeys(
        (
            *("enrol", "conclude_agreement", "complete_profile", "contact_workplace"),
            *("analyse_workplace", "start_activity", "end_activity", "advance", "step_back"),
            *("give_support", "pause", "resume", "hold_follow_up", "start_employment"),
            *("change_employment", "end_employment", "start_studies", "end_studies"),
            *("record_income", "propose_exit", "transfer_programme", "offer_survey"),
        ),
        STAFF,
    ),
    # S2 §3: the documentation is the municipality's.
    "document": STAFF | {"own unit"},
    "meet_individual_team": STAFF | GROUP,
    "request_follow_up": STAFF | GROUP | {"person"},
    # Vote on exit; T23.
    "decide_exit": COACH | GROUP,
    "reopen": COACH,
    # SUS registration and deregistration; aftercare contact.
    "register_in_sus": COACH,
    "deregister_from_sus": COACH,
    "record_contact": COACH,
    "note_failed_contact": COACH,
    "end_aftercare": COACH,
    # Participant and employer ask for more, each on its own behalf.
    "start_aftercare": COACH | {"person"},
    "extend_aftercare": COACH | {"own employer"},
    # Rectification: those who record, and who referred.
    "correct": STAFF | REFERRING,
}
JOURNEY = fold(given(*exited_to_work()).facts)
PLAN = programme("se-hoglandet")
MANAGERS_MATTER = {do for do, allowed in ALLOWED.items() if "own manager" in allowed}


def asked(do: str, who: str, journey: Journey = JOURNEY, **fields: str) -> list[str]:
    """The codes with which this actor is refused this command; none: the actor may."""
    actor = parse_actor(ACTORS.get(who, who))
    day = date(2026, 9, 1)
    context = Context(today=day, actor=actor, programme=PLAN, rules=PLAN.rules_on(day))
    found = refusals(journey, sample(do, str(actor), **fields), context)
    return [reason.code for reason in found]


def test_the_table_knows_every_command() -> None:
    assert set(ALLOWED) == set(SAMPLES) == {str(w.__struct_config__.tag) for w in MATRIX}


@pytest.mark.parametrize("who", ACTORS)
@pytest.mark.parametrize("do", ALLOWED)
def test_every_command_by_every_actor(do: str, who: str) -> None:
    """§2.2, row by row: the command is the actor's, or is refused with the finest code."""
    codes = asked(do, who, Journey() if do == "refer" else JOURNEY)
    if who in ALLOWED[do]:
        assert codes == []
    elif who in FEDERATION:
        assert codes == ["federation_may_not_decide"]
    elif who == "other manager" and do in MANAGERS_MATTER:
        assert codes == ["wrong_manager"]
    else:
        assert codes
        assert set(codes) <= {"actor_not_permitted", "consent_wrong_party", "wrong_manager"}


@pytest.mark.parametrize("who", ["own coach", "own manager", "own unit", "other party", "person"])
def test_any_other_consent_is_obtained_by_whoever_needs_it(who: str) -> None:
    """§2.1: each party obtains the consents it needs."""
    assert asked("give_consent", who, kind="sus_registration", obtained_by="municipality") == []


@pytest.mark.parametrize(
    ("by", "authority", "codes"),
    [
        ("referring party", "fk", []),
        ("other party", "fk", ["actor_not_permitted"]),
        ("other party", "af", ["actor_not_permitted"]),
        ("own unit", "municipality", ["actor_not_permitted"]),
        ("own coach", "fk", ["actor_not_permitted"]),
    ],
)
def test_the_authority_decides_itself(by: str, authority: str, codes: list[str]) -> None:
    """S2 §3: FK for FK's referrals, by its own case officer."""
    assert asked("record_individual_decision", by, authority=authority) == codes


@pytest.mark.parametrize(
    ("party", "allowed"),
    [
        ("municipality", {"own unit", "own coach", "other coach"}),
        ("af", {"other party", "own coach", "other coach"}),
        ("region", {"region", "own coach", "other coach"}),
    ],
)
def test_any_party_refers_for_itself(party: str, allowed: set[str]) -> None:
    """T1."""
    may = {who for who in ACTORS if not asked("refer", who, Journey(), referring_party=party)}
    assert may == allowed


def test_until_there_is_a_coach_any_of_the_municipality_acts() -> None:
    """§2.2: for own municipality."""
    referred = fold(given(referral()).facts)
    for who in ("own coach", "other coach"):
        assert asked("present", who, referred) == []
    assert asked("present", "coach elsewhere", referred) == ["actor_not_permitted"]


def test_a_request_is_the_askers_own() -> None:
    """§2.2: participant and employer ask for themselves."""
    assert asked("extend_aftercare", "person", requested_by="participant") == []
    assert asked("extend_aftercare", "person", requested_by="employer")
    assert asked("start_aftercare", "own employer", requested_by="employer") == []
    assert asked("start_aftercare", "own employer", requested_by="other_party")
    assert asked("extend_aftercare", "another employer", requested_by="employer")


@pytest.mark.parametrize("role", list(Role))
def test_the_board_alone_allocates_posts(role: Role) -> None:
    """§2.2: the board decides financing only (S2 §6.1)."""
    command = {"do": "allocate_post", "by": f"{role.value}:x1", "on": "2023-01-01"}
    wished = parse({**command, "unit": "Nässjö", "percent": 180})
    assert isinstance(wished, AllocatePost)
    refused = unit_refusals(wished, Actor(role, "x1"))
    assert [reason.code for reason in refused] == (
        [] if role is Role.BOARD else ["actor_not_permitted"]
    )


# --- the actor's form (contract.md §1) -----------------------------------------------


@pytest.mark.parametrize(
    ("text", "actor"),
    [
        ("coach:c1@Nässjö", Actor(Role.COACH, "c1", "Nässjö")),
        ("fk:olle", Actor(Role.FK, "olle")),
        ("system:scheduler", Actor(Role.SYSTEM, "scheduler")),
        ("federation_manager:f1", Actor(Role.FEDERATION_MANAGER, "f1")),
    ],
)
def test_an_actor_is_a_role_an_id_and_perhaps_a_municipality(text: str, actor: Actor) -> None:
    assert parse_actor(text) == actor
    assert str(actor) == text


@pytest.mark.parametrize(
    "text", ["", "coach", "coach:", "king:k1", "coach:c1@", "coach:c1\n", "coach:c 1", ":c1"]
)
def test_an_actor_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(InvalidCommand) as caught:
        parse_actor(text)
    assert caught.value.reasons[0].field == "by"
