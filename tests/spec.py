"""The grammar of the tests: values in, values out, no mocks.

    given(*facts).when(wish).then(*facts)
    given(*facts).when(wish).then_nothing()
    given(*facts).when(wish).then_refused("code")

``given`` also takes wishes: they are carried out in their order, each as its own
actor on its own day, so that a story reads as the field tells it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date

from msgspec import Struct

from journey.actor import parse_actor
from journey.corrections import TransferProgramme
from journey.decide import after, decide
from journey.decision import Context, Decision, Elsewhere
from journey.errors import Caution, Reason, Refused
from journey.facts import Fact
from journey.programme import programme
from journey.referral import Refer
from journey.state import Journey, fold
from journey.wishes import JourneyWish

FAR_AHEAD = date(2100, 1, 1)


@dataclass(frozen=True)
class Given:
    """What has happened."""

    facts: tuple[Fact, ...] = ()
    today: date = FAR_AHEAD
    elsewhere: Elsewhere = field(default_factory=Elsewhere)

    @property
    def journey(self) -> Journey:
        """The journey so far."""
        return fold(self.facts)

    def on_the_day(self, today: str) -> Given:
        """The same, asked on this day; otherwise no day is in the future."""
        return replace(self, today=date.fromisoformat(today))

    def where(self, **elsewhere: str) -> Given:
        """The same, with what is so in other journeys."""
        return replace(self, elsewhere=Elsewhere(**elsewhere))

    def and_then(self, *happened: Fact | JourneyWish) -> Given:
        """More facts and wishes after these."""
        return replace(self, facts=_carried_out(self, happened))

    def when(self, wish: JourneyWish) -> Then:
        """Someone wishes something."""
        try:
            return Then(self, wish, _decide(self.facts, wish, self.today, self.elsewhere), ())
        except Refused as refused:
            return Then(self, wish, None, refused.reasons)


@dataclass(frozen=True)
class Then:
    """What came of it."""

    given: Given
    wish: JourneyWish
    decision: Decision | None
    reasons: tuple[Reason, ...]

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The facts that the wish became."""
        assert self.decision is not None, [reason.message for reason in self.reasons]
        return self.decision.facts

    @property
    def journey(self) -> Journey:
        """The journey after them."""
        return fold((*self.given.facts, *self.facts))

    @property
    def warnings(self) -> tuple[Caution, ...]:
        """What was warned of."""
        assert self.decision is not None, [reason.message for reason in self.reasons]
        return self.decision.warnings

    def then(self, *facts: Fact) -> Then:
        """Exactly these facts."""
        assert self.facts == facts
        return self

    def then_events(self, *names: str) -> Then:
        """Facts of exactly these names, in this order."""
        assert tuple(type(fact).__name__ for fact in self.facts) == names
        return self

    def then_nothing(self) -> Then:
        """The wish was already true."""
        assert self.facts == ()
        return self

    def then_phase(self, phase: str) -> Then:
        """The journey is in this phase afterwards."""
        assert self.journey.phase == phase
        return self

    def then_warned(self, code: str) -> Then:
        """The wish was carried out, with this warning."""
        assert code in [warning.code for warning in self.warnings]
        return self

    def then_refused(self, code: str, *also: str) -> Then:
        """Refused with this code first, and these among the others; nothing is recorded."""
        assert self.decision is None, f"not refused: {self.decision}"
        codes = [reason.code for reason in self.reasons]
        assert codes[0] == code, codes
        assert set(also) <= set(codes), codes
        for reason in self.reasons:
            assert reason.message, reason
            assert reason.source, reason
        return self

    def reason(self, code: str) -> Reason:
        """The reason with this code."""
        return next(reason for reason in self.reasons if reason.code == code)


def given(*happened: Fact | JourneyWish) -> Given:
    """A journey to which this has happened, in this order."""
    return Given().and_then(*happened)


def _carried_out(so_far: Given, happened: Iterable[Struct]) -> tuple[Fact, ...]:
    facts = so_far.facts
    for one in happened:
        if isinstance(one, Fact):
            facts = (*facts, one)
        elif isinstance(one, JourneyWish):
            facts = (*facts, *_decide(facts, one, so_far.today, so_far.elsewhere).facts)
    return facts


def _decide(
    facts: tuple[Fact, ...], wish: JourneyWish, today: date, elsewhere: Elsewhere
) -> Decision:
    journey = fold(facts)
    named = wish.programme if isinstance(wish, Refer | TransferProgramme) else None
    plan = programme(named or journey.referral.programme or "se-hoglandet")
    context = Context(
        today=today,
        actor=parse_actor(wish.by),
        programme=plan,
        rules=plan.rules_on(wish.on),
        elsewhere=elsewhere,
        history=facts,
    )
    decision = decide(journey, wish, context)
    assert after(journey, decision.facts).version == journey.version + len(decision.facts)
    return decision
