"""Hypothesis strategies: commands and facts of any content, and journeys that get somewhere.

Facts and commands are made from their own types, so that a new one is drawn at once.
A walk asks mostly what a field worker would ask next, so that deep phases are reached.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Any

import msgspec
from hypothesis import strategies as st
from msgspec import Struct, inspect

from journey.actor import parse_actor
from journey.corrections import TransferProgramme
from journey.decide import decide
from journey.decision import DECIDERS, Context, Decision, Elsewhere
from journey.errors import Refused
from journey.facts import Fact
from journey.programme import programme
from journey.referral import Refer
from journey.state import CHAPTERS, Journey
from journey.values import STEPS, Phase
from journey.wishes import JourneyWish
from tests.examples import (
    AF,
    ALL_FOR,
    COACH,
    EMPLOYER,
    FEDERATION_MANAGER,
    FK,
    MANAGER,
    MUNICIPALITY,
    OTHER_MANAGER,
    PARTICIPANT,
    PARTIES,
    REGION,
    SPLIT,
    SYSTEM,
    deregistration,
    employment,
    enrolled_in_fortsattning,
    exited,
    exited_to_work,
    in_step_2,
    in_step_3,
    in_step_4,
    in_step_5,
    prepared,
    presented,
    ready,
    split_on_inclusion,
    wish,
)

FIRST_DAY = date(2026, 1, 5)
ACTORS = (
    *(COACH, MANAGER, FK, AF, REGION, MUNICIPALITY, PARTICIPANT, EMPLOYER),
    *(OTHER_MANAGER, FEDERATION_MANAGER, SYSTEM, "coach:c2@Nässjö", "coach:c9@Eksjö"),
)
FACTS = sorted(
    {
        thing
        for chapter in CHAPTERS
        for thing in vars(chapter).values()
        if isinstance(thing, type) and issubclass(thing, Fact) and thing is not Fact
    },
    key=lambda fact: fact.__name__,
)
WISHES = sorted((w for w in DECIDERS if issubclass(w, JourneyWish)), key=lambda w: w.__name__)
EXIT_REASONS = tuple(rule.code for rule in programme("se-hoglandet").rule_sets[0].exit_reasons)

_WORDS: dict[str, tuple[str, ...]] = {
    "journey": ("j1",),
    "person": ("p1", "p2"),
    "municipality": ("Nässjö", "Eksjö", "Värnamo"),
    "grounds": ("disability", "former_substance_problem", "tired"),
    "programme": ("se-hoglandet", "se-fortsattning"),
    "to_programme": ("se-hoglandet", "se-fortsattning"),
    "employer": ("e1", "e2"),
    "employment": ("w1", "w2"),
    "activity": ("a1", "a2"),
    "coach": ("c1", "c2"),
    "slot": ("m1w1", "m4", "m6"),
    "event": ("ReferralReceived", "EmploymentStarted"),
    "field": ("on", "sex", "to", "exit_date", "reason", "percent", "kind", "grounds", "mode"),
    "reason": (*EXIT_REASONS, "r1", ""),
    **dict.fromkeys(
        (
            *("referring_party", "needs_from", "obtained_by", "securing_party", "authority"),
            *("parties", "parties_present", "parties_absent", "votes"),
        ),
        (*PARTIES, "police"),
    ),
}


# --- any value of a type -------------------------------------------------------------


DAYS = st.dates(date(2025, 8, 1), date(2027, 10, 31))
"""Days around those of the examples."""


_SCALARS: dict[type[inspect.Type], Callable[[Any, str], st.SearchStrategy[Any]]] = {
    inspect.StrType: lambda kind, name: st.sampled_from(_WORDS.get(name, ("x1", "x2"))),
    inspect.IntType: lambda kind, name: st.integers(
        0 if kind.ge is None else kind.ge, 60 if kind.le is None else kind.le
    ),
    inspect.BoolType: lambda kind, name: st.booleans(),
    inspect.DateType: lambda kind, name: DAYS,
    inspect.NoneType: lambda kind, name: st.none(),
    inspect.EnumType: lambda kind, name: st.sampled_from(list(kind.cls)),
    inspect.AnyType: lambda kind, name: st.sampled_from(
        ["man", "2026-05-04", 3, ["fk"], None, "illness", {"fk": "for"}, -7, "", True]
    ),
}


def of_type(kind: inspect.Type, name: str) -> st.SearchStrategy[Any]:
    """Any value of this type, in the words that its field knows."""
    if isinstance(kind, inspect.Metadata):
        return of_type(kind.type, name)
    if isinstance(kind, inspect.UnionType):
        return st.one_of([of_type(each, name) for each in kind.types])
    if isinstance(kind, inspect.VarTupleType):
        return st.lists(of_type(kind.item_type, name), max_size=3).map(tuple)
    if isinstance(kind, inspect.DictType):
        key, value = of_type(kind.key_type, name), of_type(kind.value_type, name)
        return st.dictionaries(key, value, max_size=4)
    if isinstance(kind, inspect.StructType):
        return struct(kind.cls)
    return _SCALARS[type(kind)](kind, name)


@cache
def struct(kind: type[Struct]) -> st.SearchStrategy[Any]:
    """Any value of a struct."""
    described = inspect.type_info(kind)
    assert isinstance(described, inspect.StructType)
    fields = {each.name: of_type(each.type, each.name) for each in described.fields}
    return st.builds(kind, **fields)


def facts() -> st.SearchStrategy[Fact]:
    """Any fact of the chapters."""
    return st.one_of([struct(fact) for fact in FACTS])


def wishes(on: date, by: st.SearchStrategy[str] | None = None) -> st.SearchStrategy[JourneyWish]:
    """Any command about the journey j1, on this day."""
    actors = st.one_of(st.just(COACH), st.sampled_from(ACTORS)) if by is None else by
    return st.builds(
        lambda wish, actor: msgspec.structs.replace(wish, on=on, by=actor, id=None),
        st.one_of([struct(wish) for wish in WISHES]),
        actors,
    )


# --- what a field worker would ask next ----------------------------------------------

Likely = tuple[str, str, dict[str, Any]]


def _likely(text: str, by: str = COACH, /, **fields: Any) -> list[Likely]:
    """``name*n``: this command, n times as likely."""
    name, _, times = text.partition("*")
    return [(name, by, fields)] * int(times or 1)


_MOTIVATION = [
    *_likely("confirm_motivation*3"),
    *_likely("note_motivation_lacking"),
]
_ENTRY = [
    *_likely("assign_coach*3", MANAGER, coach="c1"),
    *_likely(
        "record_individual_decision*3", FK, authority="fk", legal_basis="fk", outcome="granted"
    ),
    *_likely("give_consent", FK, kind="referral_group", obtained_by="fk"),
    *_likely("end_gk", FK),
]
_IN_STEPS = [
    *_likely("advance*8"),
    *_likely("conclude_agreement*3"),
    *_likely("complete_profile*3"),
    *_likely("analyse_workplace*3", employer="e1"),
    *_likely(
        "start_activity*3",
        activity="a1",
        kind="work_placement",
        employer="e1",
        open_labour_market=True,
    ),
    *_likely("step_back", to=2, reason="needs"),
    *_likely("pause*2", reason="illness"),
    *_likely("start_gk", FK),
    *_likely("give_support", side="both", place="on_job", mode="visit"),
    *_likely("give_consent*2", kind="sus_registration", obtained_by="municipality"),
    *_likely("give_consent", FK, kind="referral_group", obtained_by="fk"),
    *_likely("register_in_sus*3", mode="identified"),
    *_likely("register_in_sus", mode="anonymous"),
    *_likely("start_employment*2", employment="w1", employer="e1", percent=75, form="hourly"),
    *_likely("start_studies", percent=100, level="university"),
    *_likely("decide_exit*2", reason="work", votes=ALL_FOR),
    *_likely("decide_exit", reason="studies", votes=ALL_FOR),
    *_likely("decide_exit*2", reason="illness", votes=SPLIT),
    *_likely("decide_as_manager", MANAGER, question="exit", outcome="exit", reason="r1"),
    *_likely("decide_as_manager", MANAGER, question="exit", outcome="remain", reason="r1"),
    *_likely("correct", entry=1, field="needs_from", value=["region", "fk"], reason="typo"),
    *_likely("correct", entry=6, field="on", value="2026-02-11", reason="typo"),
    *_likely("offer_survey", year=2026),
    *_likely("transfer_programme", programme="se-hoglandet"),
]
_AFTER = [
    *_likely("record_contact*4", mode="visit", met=["participant"]),
    *_likely("record_contact*3", mode="phone", met=["employer"], closing=True),
    *_likely("note_failed_contact*2", side="participant"),
    *_likely("deregister_from_sus*5", occupation_after="employed", income_after="wage"),
    *_likely("extend_aftercare", requested_by="employer"),
    *_likely("end_aftercare*3", reason="completed"),
    *_likely("end_aftercare", reason="moved"),
    *_likely("start_aftercare", requested_by="participant"),
    *_likely("end_employment", employment="w1", cause="laid_off"),
    *_likely("start_employment", employment="w2", employer="e2", percent=50, form="permanent"),
    *_likely("reopen", reason="job_lost"),
    *_likely("reopen", reason="wrong_exit"),
    *_likely("correct*2", entry=20, field="on", value="2026-08-24", reason="typo"),
    *_likely("correct", entry=22, field="exit_date", value="2026-08-28", reason="typo"),
    *_likely("correct", entry=22, field="reason", value="illness", reason="typo"),
]
LIKELY: dict[Phase | None, list[Likely]] = {
    Phase.PREPARATION: [
        *_MOTIVATION,
        *_likely("give_consent*5", FK, kind="referral_group", obtained_by="fk"),
        *_likely("secure_livelihood", FK, income_source="wage", securing_party="fk"),
        *_likely("present*5", parties_present=list(PARTIES)),
        *_likely("end_gk", FK),
    ],
    Phase.PRESENTED: [
        *_ENTRY,
        *_MOTIVATION,
        *_likely("decide_inclusion*6", outcome="include", votes=ALL_FOR),
        *_likely("decide_inclusion*2", outcome="include", votes=SPLIT),
        *_likely("decide_inclusion", outcome="include_when_motivated", votes=ALL_FOR),
        *_likely("decide_inclusion", outcome="decline", votes=ALL_FOR),
        *_likely("withdraw_referral", FK, reason="r1"),
    ],
    Phase.INCLUSION_ESCALATED: [
        *_ENTRY,
        *_likely(
            "decide_as_manager*4", MANAGER, question="inclusion", outcome="include", reason="r"
        ),
        *_likely("decide_as_manager", MANAGER, question="inclusion", outcome="decline", reason="r"),
        *_likely("confirm_motivation"),
    ],
    Phase.ACCEPTED: [
        *_ENTRY,
        *_MOTIVATION,
        *_likely("queue*2"),
        *_likely("enrol*8", income_before="none", occupation_before="none"),
    ],
    Phase.QUEUED: [
        *_ENTRY,
        *_likely("leave_queue"),
        *_likely("enrol*5", income_before="none", occupation_before="none", bypass_reason="r1"),
    ],
    Phase.AWAITING_MOTIVATION: [*_ENTRY, *_likely("confirm_motivation*4")],
    Phase.DECLINED: [
        *_likely("reopen_referral*3", AF, reason="r1"),
        *_likely("refer_onward", to="x1"),
    ],
    Phase.WITHDRAWN: _likely("refer_onward", to="x1"),
    **dict.fromkeys(STEPS, _IN_STEPS),
    Phase.PAUSED: [
        *_likely("resume*5"),
        *_likely("end_gk*3", FK),
        *_likely("decide_exit", reason="illness", votes=ALL_FOR),
    ],
    Phase.EXITED: _AFTER,
    Phase.CLOSED: _likely("reopen", reason="other"),
}
BIRTH_DATES = ("1970-03-01", "1995-12-31", "2000-02-29", "2007-06-06")
TARGET_GROUNDS = (["disability"], ["mental_ill_health"], ["former_substance_problem", "disability"])


def referrals(on: date) -> st.SearchStrategy[JourneyWish]:
    """A referral that the programme takes."""
    usual = {"municipality": "Nässjö", "referring_party": "fk", "needs_from": ["fk", "af"]}

    def refer(birth_date: str, sex: str, grounds: list[str], protected: bool) -> JourneyWish:
        own = {"birth_date": birth_date, "sex": sex, "grounds": grounds}
        return _wish("refer", FK, on, person="p1", protected_identity=protected, **usual, **own)

    return st.builds(
        refer,
        st.sampled_from(BIRTH_DATES),
        st.sampled_from(["woman", "man", "undisclosed"]),
        st.sampled_from(TARGET_GROUNDS),
        st.sampled_from([False, False, False, True]),
    )


def _wish(do: str, by: str, on: date, **fields: Any) -> JourneyWish:
    by_name = {str(wish.__struct_config__.tag): wish for wish in WISHES}
    command = {"do": do, "journey": "j1", "by": by, "on": on, **fields}
    return msgspec.convert(command, by_name[do])


def likely_wishes(phase: Phase | None, on: date) -> st.SearchStrategy[JourneyWish]:
    """What would be asked in this phase."""
    if phase is None:
        return referrals(on)
    return st.sampled_from(LIKELY[phase]).map(lambda one: _wish(one[0], one[1], on, **one[2]))


# --- walks ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """One command on the way: the journey before it, and what came of it."""

    before: Journey
    history: tuple[Fact, ...]
    wish: JourneyWish
    context: Context
    answer: Decision | Refused


def answered(journey: Journey, wish: JourneyWish, context: Context) -> Decision | Refused:
    """The decision or the refusal; anything else is raised."""
    try:
        return decide(journey, wish, context)
    except Refused as refused:
        return refused


def context_of(
    journey: Journey,
    wish: JourneyWish,
    today: date,
    history: tuple[Fact, ...],
    elsewhere: Elsewhere | None = None,
) -> Context:
    """What the decision must know; the programme that the wish names, or the journey's own."""
    named = wish.programme if isinstance(wish, Refer | TransferProgramme) else None
    plan = programme(named or journey.referral.programme or "se-hoglandet")
    return Context(
        today=today,
        actor=parse_actor(wish.by),
        programme=plan,
        rules=plan.rules_on(wish.on),
        elsewhere=elsewhere or Elsewhere(),
        history=history,
    )


_ELSEWHERE = (
    *(Elsewhere(),) * 6,
    Elsewhere(open_journey="j9"),
    Elsewhere(first_in_queue="j9"),
    Elsewhere(previous_person="p1"),
)


def _decided(outcome: str) -> tuple[JourneyWish, ...]:
    decision = wish("decide_inclusion", COACH, "2026-02-10", outcome=outcome, votes=ALL_FOR)
    return (*presented(), decision)


STORIES: dict[Phase | None, tuple[JourneyWish, ...]] = {
    None: (),
    Phase.PREPARATION: prepared(),
    Phase.PRESENTED: presented(),
    Phase.INCLUSION_ESCALATED: split_on_inclusion(),
    Phase.ACCEPTED: ready(),
    Phase.QUEUED: (*ready(), wish("queue", COACH, "2026-02-12")),
    Phase.AWAITING_MOTIVATION: _decided("include_when_motivated"),
    Phase.DECLINED: _decided("decline"),
    Phase.WITHDRAWN: (*prepared(), wish("withdraw_referral", FK, "2026-02-09", reason="r1")),
    Phase.STEP_1: enrolled_in_fortsattning(),
    Phase.STEP_2: in_step_2(),
    Phase.STEP_3: in_step_3(),
    Phase.STEP_4: in_step_4(),
    Phase.STEP_5: (*in_step_5(), employment("2026-06-01")),
    Phase.PAUSED: (*in_step_3(), wish("pause", COACH, "2026-04-01", reason="illness")),
    Phase.EXITED: exited_to_work(),
    Phase.CLOSED: (*exited(), deregistration("2026-05-18")),
}
"""Where a walk sets out from: a story of the examples for each phase, and nothing."""


@dataclass
class Walk:
    """A journey on its way, with every command that it met."""

    journey: Journey = field(default_factory=Journey)
    history: tuple[Fact, ...] = ()
    steps: list[Step] = field(default_factory=list)

    def meets(self, asked: JourneyWish, today: date, elsewhere: Elsewhere | None = None) -> None:
        """One more command on this day."""
        context = context_of(self.journey, asked, today, self.history, elsewhere)
        answer = answered(self.journey, asked, context)
        self.steps.append(Step(self.journey, self.history, asked, context, answer))
        if isinstance(answer, Decision):
            self.journey, self.history = answer.then, (*self.history, *answer.facts)


@st.composite
def walks(
    draw: st.DrawFn, phases: Sequence[Phase | None] = tuple(STORIES), astray: int = 4
) -> list[Step]:
    """A journey from nothing, command by command: a story that leads to one of the phases, and on.

    One in ``astray`` commands is any command of anyone, with any content; the others
    are what would be asked next, on a day that is mostly today's. Where the journey
    is at its end, so is the walk, a few commands later.
    """
    walk, story = Walk(), STORIES[draw(st.sampled_from(phases))]
    today = story[-1].on if story else FIRST_DAY
    for told in story:
        walk.meets(told, told.on)
    left = draw(st.integers(25, 50))
    while left > 0:
        today += timedelta(days=draw(st.sampled_from((0, 0, 1, 3, 7, 14, 35))))
        on = today + timedelta(days=draw(st.sampled_from((0,) * 12 + (-1, -9, -60, 1))))
        any_at_all = draw(st.integers(1, astray)) == astray
        asked = wishes(on) if any_at_all else likely_wishes(walk.journey.phase, on)
        walk.meets(draw(asked), today, draw(st.sampled_from(_ELSEWHERE)))
        left -= 10 if walk.journey.phase in (Phase.WITHDRAWN, Phase.CLOSED) else 1
    return walk.steps
