"""Many commands, one commit: each decided upon the one before, each for itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from journey.corrections import Correct, TransferProgramme
from journey.enrolment import Enrol
from journey.errors import Refused
from journey.referral import Refer, ReopenReferral
from journey.state import Journey
from journey.storage.decided import Decided, Outcome, outcome_of, stream_for
from journey.units import Unit
from journey.values import Phase
from journey.wishes import JourneyWish, Wish

if TYPE_CHECKING:
    from journey.storage.journeys import Journeys


class Together:
    """Commands decided one upon the other, and committed together."""

    def __init__(self, journeys: Journeys) -> None:
        self._journeys = journeys
        self._states: dict[bytes, Journey | Unit] = {}
        self._ids: set[str] = set()
        self._answers: list[Decided | Outcome | Refused] = []
        self._wishes: list[Wish] = []

    def carry_out(
        self, batch: Sequence[Wish | Refused], *, keep_going: bool
    ) -> list[Outcome | Refused]:
        """The answers to the first of these commands, at least one."""
        for wish in batch:
            if not self._take(wish):
                break
            if isinstance(self._answers[-1], Refused) and not keep_going:
                break
        return self._commit() or [self._alone(batch[0])]

    def _take(self, wish: Wish | Refused) -> bool:
        """Decide a command on what is known here; False if what waits must be stored first."""
        if isinstance(wish, Refused):
            return self._answer(wish, wish)
        if self._needs_the_store(wish):
            return False
        try:
            known = self._journeys.answered_before(wish)
            if known is not None:
                return self._answer(wish, known)
            prepared = self._journeys.prepare(wish, self._states.get(stream_for(wish)))
        except Refused as refused:
            return not self._depends_on_others(wish) and self._answer(wish, refused)
        self._states[prepared.append.stream] = prepared.state
        if wish.id:
            self._ids.add(wish.id)
        return self._answer(wish, prepared)

    def _needs_the_store(self, wish: Wish) -> bool:
        queued = isinstance(wish, Enrol) and self._phase_of(wish) is Phase.QUEUED
        return wish.id in self._ids or isinstance(wish, Correct) or queued

    def _phase_of(self, wish: Wish) -> Phase | None:
        known = self._states.get(stream_for(wish))
        if known is None and isinstance(wish, JourneyWish):
            known = self._journeys.known(wish.journey)
        return known.phase if isinstance(known, Journey) else None

    def _depends_on_others(self, wish: Wish) -> bool:
        """A refusal may rest on what the store says of others; what waits may change that."""
        return bool(self._wishes) and isinstance(
            wish, Refer | ReopenReferral | TransferProgramme | Enrol
        )

    def _answer(self, wish: Wish | Refused, answer: Decided | Outcome | Refused) -> bool:
        self._wishes.append(wish)  # type: ignore[arg-type]  # a Refused stands in its own place
        self._answers.append(answer)
        return True

    def _commit(self) -> list[Outcome | Refused]:
        """Store what was decided, up to the first that others have overtaken."""
        stored = iter(
            self._journeys.facts.append_all(
                [
                    answer.append
                    for answer in self._answers
                    if isinstance(answer, Decided) and not answer.stores_nothing
                ]
            )
        )
        answers: list[Outcome | Refused] = []
        for wish, answer in zip(self._wishes, self._answers, strict=True):
            if not isinstance(answer, Decided):
                answers.append(answer)
                continue
            appended = None if answer.stores_nothing else next(stored, None)
            if appended is None and not answer.stores_nothing:
                break
            self._journeys.remember(answer)
            answers.append(outcome_of(wish, answer, appended))
        self._forget_the_rest(len(answers))
        return answers

    def _forget_the_rest(self, answered: int) -> None:
        for wish in self._wishes[answered:]:
            if not isinstance(wish, Refused):
                self._journeys.forget(wish)

    def _alone(self, wish: Wish | Refused) -> Outcome | Refused:
        try:
            return wish if isinstance(wish, Refused) else self._journeys.perform(wish)
        except Refused as refused:
            return refused
