"""The door to a store: commands are performed, journeys loaded, histories read.

``Journeys`` is eventsourcing's Application with this program's recorder under it.
A command is decided on the journey as it was last known; the append says whether
that was still so, and a moved version loads and decides again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime
from itertools import islice
from threading import RLock
from typing import Any, Final, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from eventsourcing.application import Application, LRUCache
from eventsourcing.persistence import InfrastructureFactory
from eventsourcing.utils import Environment, resolve_topic
from sqlalchemy import MetaData, Select
from sqlalchemy.engine import Connection, Engine

from journey.actor import parse_actor
from journey.corrections import Correct, TransferProgramme
from journey.decide import decide
from journey.decision import Context, Decision, Elsewhere
from journey.enrolment import Enrol
from journey.errors import Conflict, InvalidCommand, Refused, refuse
from journey.facts import Fact
from journey.programme import Programme, UnknownProgramme, programme, programmes
from journey.queue import in_order
from journey.referral import Refer, ReopenReferral, unknown_word
from journey.state import Journey, fold_entries
from journey.storage import index, outbox_tables, rounds
from journey.storage.append import Append, Claim, CommandTaken, RowsRefused, VersionMoved
from journey.storage.batch import Together
from journey.storage.codec import encode, stored_name
from journey.storage.database import open_engine
from journey.storage.decided import (
    Command,
    Decided,
    Outcome,
    as_wish,
    as_wish_or_refused,
    digest_of,
    outcome_of,
    stream_for,
    stream_of,
    stream_of_unit,
    subject_of,
)
from journey.storage.factory import Factory
from journey.storage.history import Recorded, as_recorded, cut
from journey.storage.prepared import Kept, Prepared
from journey.storage.rebuild import complete
from journey.storage.recorder import Recorder
from journey.storage.rows import Follower, Writer
from journey.storage.schema import FOLLOWED
from journey.storage.turn import RebuildGoesOn
from journey.units import Unit, evolve_unit
from journey.units.door import decide_unit
from journey.values import Phase
from journey.wishes import JourneyWish, UnitWish, Wish

DEFAULT_STORE: Final = "sqlite:///journey.db"
SWEDEN: Final = ZoneInfo("Europe/Stockholm")
_ATTEMPTS: Final = 4
_BATCH: Final = 250
_CACHED: Final = 20_000
_WARY: Final = 100
"""So many commands after one that was overtaken, the store is looked at before deciding."""

_TURNS: Final = 1024
"""Threads that give commands to one journey take turns, by one of so many locks: each would
overtake the others' decisions otherwise."""
_FOLLOWERS: Final = ("projections.register:FOLLOWERS", "policies.register:FOLLOWERS")
"""The read models that come with the program, named here and looked up when a store opens."""

State = TypeVar("State", Journey, Unit)


def followers_of_the_program() -> tuple[Follower, ...]:
    """The read models that come with the program."""
    return tuple(follower for name in _FOLLOWERS for follower in resolve_topic(name))


def today_in_sweden() -> date:
    """Today's civil day in Europe/Stockholm."""
    return datetime.now(SWEDEN).date()


class Journeys(Application[UUID]):
    """A store of journeys, opened.

    ``store`` is an SQLAlchemy URL or an engine of the host's own. ``today`` fixes
    the civil day or gives it. ``followers`` are the read models that are written
    with each command, those of the program unless given. Threads may share it.

    Raises StoreError and its kinds where the store cannot be used.
    """

    def __init__(
        self,
        store: str | Engine = DEFAULT_STORE,
        *,
        today: date | Callable[[], date] | None = None,
        followers: Sequence[Follower] | None = None,
    ) -> None:
        known = followers_of_the_program() if followers is None else followers
        self.followers: tuple[Follower, ...] = (index.JourneyIndex(), *known)
        self._today = today
        self._owns_engine = isinstance(store, str)
        self.engine = open_engine(
            store, tables=(outbox_tables.metadata, rounds.metadata, *_metadata(self.followers))
        )
        self._open_journey_of = Prepared(index.OPEN_JOURNEY_OF, self.engine.dialect)
        self._person_of = Prepared(index.PERSON_OF, self.engine.dialect)
        self.rows = Writer(self.followers, self.engine.dialect)
        self._known: LRUCache[bytes, Journey | Unit] = LRUCache(_CACHED)
        self._wary = 0
        self._turns = tuple(RLock() for _ in range(_TURNS))
        super().__init__()
        self.complete_rows()

    def construct_factory(self, env: Environment) -> InfrastructureFactory[Any]:
        """This program's recorder in the place of eventsourcing's own."""
        return Factory(env, self.engine, hosted=not self._owns_engine)

    @property
    def facts(self) -> Recorder:
        """The recorder of the facts."""
        assert isinstance(self.recorder, Recorder)
        return self.recorder

    def today(self) -> date:
        """The civil day on which commands are given now."""
        if self._today is None:
            return today_in_sweden()
        return self._today if isinstance(self._today, date) else self._today()

    def close(self) -> None:
        """Release the store; an engine of the host's own stays the host's."""
        super().close()
        self.facts.close()
        if self._owns_engine:
            self.engine.dispose()

    def within(self, connection: Connection) -> Journeys:
        """This store within the transaction that a host has begun on its own connection.

        Facts, rows and the host's own writes are committed together, by the host, or not at
        all. From the first command on other writers wait until that transaction ends.
        Raises StoreUnusable, when first written to, where no transaction is open.
        """
        from journey.storage.joined import Joined  # noqa: PLC0415  # it is a Journeys itself

        return Joined(self, connection)

    def complete_rows(self) -> None:
        """Fill the tables of read models that the store did not have, or not in this form.

        Where another program does that already, it is waited for.
        """
        wanted = self.rows.fingerprint()
        kept = Kept(FOLLOWED, self.engine.dialect)
        while (followed := self.facts.kept(kept)) != wanted:
            if followed is None and not self.facts.head()[0]:
                with self.facts.exclusively() as cursor:
                    kept.write(cursor, wanted)
                return
            with suppress(RebuildGoesOn):
                complete(self)

    def rows_behind(self) -> int:
        """How many facts the rows do not know: none, for they are written with the facts.

        Unless another program, with other read models, has had the store since: then all,
        until it is opened anew.
        """
        followed = self.facts.kept(Kept(FOLLOWED, self.engine.dialect))
        return 0 if followed == self.rows.fingerprint() else self.facts.head()[0]

    # --- reading ---------------------------------------------------------------------

    def history(
        self, journey: str, *, as_of: date | None = None, known_at: datetime | None = None
    ) -> tuple[Recorded, ...]:
        """A journey's facts in their order, up to a day or as known at a time.

        Raises Refused (unknown_journey) if it has none.
        """
        history = cut(self._read(stream_of(journey)), as_of, known_at)
        if not history:
            raise _unknown_journey()
        return history

    def load(
        self, journey: str, *, as_of: date | None = None, known_at: datetime | None = None
    ) -> Journey:
        """A journey now, as of a day, or as known at a time. Raises Refused (unknown_journey)."""
        history = self.history(journey, as_of=as_of, known_at=known_at)
        return fold_entries((entry.version, entry.fact) for entry in history)

    def ask(self, query: Select[*tuple[Any, ...]], **values: Any) -> list[Any]:
        """The rows of a query on the store's read models."""
        with self.facts.reading() as connection:
            return list(connection.execute(query, values))

    def context(self, journey: Journey, wish: JourneyWish) -> Context:
        """What a decision on this wish must know beside the journey.

        Raises InvalidCommand where the wish's actor or programme is unknown.
        """
        plan = _programme_for(journey, wish)
        rules = plan.rules_on(wish.on)
        history = self._read(stream_of(wish.journey)) if isinstance(wish, Correct) else ()
        return Context(
            today=self.today(),
            actor=parse_actor(wish.by),
            programme=plan,
            rules=rules,
            elsewhere=self._elsewhere(journey, wish, plan),
            history=tuple(entry.fact for entry in history),
        )

    def preview(self, command: Command) -> tuple[Journey, Decision]:
        """What a command on a journey would record, and the journey then; stores nothing.

        Raises Refused as ``perform`` does.
        """
        wish = as_wish(command)
        if isinstance(wish, UnitWish):
            prepared = self._prepare_unit(wish)
            return Journey(), Decision(Journey(), prepared.facts)
        assert isinstance(wish, JourneyWish)
        if self._overtaken(wish):
            self.forget(wish)
        journey = self._journey(wish)
        decision = decide(journey, wish, self.context(journey, wish))
        return decision.then, decision

    def _read(self, stream: bytes) -> tuple[Recorded, ...]:
        return tuple(
            as_recorded(version, name, body, recorded_at)
            for version, name, body, recorded_at, _ in self.facts.read(stream)
        )

    # --- writing ---------------------------------------------------------------------

    def perform(self, command: Command) -> Outcome:
        """Carry out one command, durably; a command whose id is known answers as before.

        Raises InvalidCommand for its form, Refused with every reason where a rule
        says no, Conflict where others kept writing to the journey, StoreError where
        the store cannot be used. Nothing is stored then.
        """
        wish = as_wish(command)
        with self._turns[int.from_bytes(stream_for(wish)[:2]) % _TURNS]:
            return self._perform(wish)

    def _perform(self, wish: Wish) -> Outcome:
        for _ in range(_ATTEMPTS):
            known = self.answered_before(wish)
            if known is not None:
                return known
            self._look_first(wish)
            prepared = self.prepare(wish)
            if prepared.stores_nothing:
                return outcome_of(wish, prepared, None)
            try:
                appended = self.facts.append(prepared.append)
            except (VersionMoved, CommandTaken, RowsRefused):
                self.forget(wish)
                self._wary = _WARY
                continue
            self.remember(prepared)
            return outcome_of(wish, prepared, appended)
        raise Conflict("Others keep writing to this journey; nothing was recorded. Try again.")

    def record(
        self, commands: Iterable[Command | Refused], *, keep_going: bool = False
    ) -> Iterator[Outcome | Refused]:
        """Carry out commands in their order, each its own; commits are shared.

        An answer is given only when it is on the disk. A refused command gives its
        Refused and stores nothing; it is the last answer unless ``keep_going``. A
        Refused among the commands (a line that is no command) is answered in its place.

        Up to 250 commands are stored before the first of them is answered: who stops
        reading has stored them all the same. Raises Conflict and StoreError as
        ``perform`` does; what was answered before stays stored.
        """
        waiting = iter(commands)
        while batch := [as_wish_or_refused(command) for command in islice(waiting, _BATCH)]:
            start = 0
            while start < len(batch):
                answers = Together(self).carry_out(batch[start:], keep_going=keep_going)
                yield from answers
                start += len(answers)
                if isinstance(answers[-1], Refused) and not keep_going:
                    return

    # --- deciding --------------------------------------------------------------------

    def prepare(self, wish: Wish, known: Journey | Unit | None = None) -> Decided:
        """Decide a wish on the journey or unit as it is known. Raises Refused.

        What is known here may be old: others write to the store too. An append would
        notice; an answer that appends nothing is given only on what is known to be new.
        """
        try:
            decided = self._decide(wish, known)
        except Refused:
            if known is not None or not self._overtaken(wish):
                raise
        else:
            if decided.facts or known is not None or not self._overtaken(wish):
                return decided
        self.forget(wish)
        return self._decide(wish)

    def _look_first(self, wish: Wish) -> None:
        """Where others were seen to write, see whether they have written here before deciding:
        that costs less than an append that is refused."""
        if self._wary:
            self._wary -= 1
            if self._overtaken(wish):
                self.forget(wish)

    def _overtaken(self, wish: Wish) -> bool:
        """Whether the store has more of this journey or unit than is known here."""
        stream = stream_for(wish)
        cached = self._cached(stream)
        return cached is not None and cached.version != self.facts.version(stream)

    def _decide(self, wish: Wish, known: Journey | Unit | None = None) -> Decided:
        if isinstance(wish, UnitWish):
            return self._prepare_unit(wish, known)
        assert isinstance(wish, JourneyWish)
        journey = known if isinstance(known, Journey) else self._journey(wish)
        context = self.context(journey, wish)
        decision = decide(journey, wish, context)
        return Decided(
            append=self._append(
                wish, journey, decision.then, decision.facts, context.rules.ruleset
            ),
            facts=decision.facts,
            ruleset=context.rules.ruleset,
            warnings=decision.warnings,
            state=decision.then,
        )

    def _prepare_unit(self, wish: UnitWish, known: Journey | Unit | None = None) -> Decided:
        unit = known if isinstance(known, Unit) else self._unit(wish.unit)
        facts = decide_unit(unit, wish, parse_actor(wish.by), self.today())
        then = unit
        for fact in facts:
            then = evolve_unit(then, fact)
        return Decided(
            append=self._append(wish, unit, then, facts, ""), facts=facts, ruleset="", state=then
        )

    def _append(
        self,
        wish: Wish,
        before: Journey | Unit,
        then: Journey | Unit,
        facts: tuple[Fact, ...],
        ruleset: str,
    ) -> Append:
        stream = stream_for(wish)
        return Append(
            stream=stream,
            version=before.version + 1,
            events=tuple((stored_name(fact), encode(fact, wish.by, ruleset)) for fact in facts),
            statements=self.rows.changes(stream, before, then) if facts else (),
            command=Claim(wish.id, digest_of(wish)) if wish.id else None,
        )

    def _elsewhere(self, journey: Journey, wish: JourneyWish, plan: Programme) -> Elsewhere:
        if isinstance(wish, Refer | ReopenReferral | TransferProgramme):
            person = wish.person if isinstance(wish, Refer) else journey.referral.person
            previous = wish.previous_journey if isinstance(wish, Refer) else None
            return Elsewhere(
                open_journey=self._first(
                    self._open_journey_of,
                    person=person,
                    programme=plan.id,
                    journey=wish.journey,
                ),
                previous_person=self._first(self._person_of, journey=previous)
                if previous
                else None,
            )
        if isinstance(wish, Enrol) and journey.phase is Phase.QUEUED:
            return Elsewhere(first_in_queue=self._first_in_queue(journey, wish.on, plan))
        return Elsewhere()

    def _first(self, query: Prepared, **values: Any) -> str | None:
        rows = self.facts.select(query, values)
        return rows[0][0] if rows else None

    def _first_in_queue(self, journey: Journey, day: date, plan: Programme) -> str | None:
        rows = self.ask(
            index.waiting_in(),
            municipality=journey.referral.municipality,
            programme=journey.referral.programme,
        )
        queue = in_order((index.as_waiting(row) for row in rows), day, plan.rules_on(day))
        return queue[0].journey if queue else None

    # --- what is known ---------------------------------------------------------------

    def known(self, journey: str) -> Journey:
        """A journey as this process knows it, read if it does not; empty if it has no facts."""
        stream = stream_of(journey)
        known = self._cached(stream)
        if isinstance(known, Journey):
            return known
        read = fold_entries((entry.version, entry.fact) for entry in self._read(stream))
        if read.exists:
            self._known.put(stream, read)
        return read

    def current(self, journey: str) -> Journey:
        """A journey as the store has it now; read anew only if others have written to it."""
        stream = stream_of(journey)
        cached = self._cached(stream)
        if cached is not None and cached.version != self.facts.version(stream):
            self._known.put(stream, None)
        return self.known(journey)

    def _journey(self, wish: JourneyWish) -> Journey:
        """The journey of a wish. Raises Refused (unknown_journey)."""
        known = self.known(wish.journey)
        if not known.exists and not isinstance(wish, Refer):
            raise _unknown_journey()
        return known

    def _unit(self, name: str) -> Unit:
        stream = stream_of_unit(name)
        known = self._cached(stream)
        if isinstance(known, Unit):
            return known
        unit = Unit(name)
        for entry in self._read(stream):
            unit = evolve_unit(unit, entry.fact)
        return unit

    def _cached(self, stream: bytes) -> Journey | Unit | None:
        try:
            return self._known.get(stream)
        except KeyError:
            return None

    def remember(self, prepared: Decided) -> None:
        """Keep what the journey or unit is after an append."""
        self._known.put(prepared.append.stream, prepared.state)

    def forget(self, wish: Wish) -> None:
        """Read the journey or unit anew next time: someone else has written to it."""
        self._known.put(stream_for(wish), None)

    def answered_before(self, wish: Wish) -> Outcome | None:
        """The answer to a command whose id is known. Raises InvalidCommand (id_reused)."""
        claim = self.facts.find_command(wish.id) if wish.id else None
        if claim is None:
            return None
        if claim.digest != digest_of(wish):
            raise _id_reused()
        last = claim.first_version + claim.fact_count
        history = self._read(claim.stream) if claim.fact_count else ()
        facts = tuple(e for e in history if claim.first_version <= e.version < last)
        return Outcome(journey=subject_of(wish), facts=facts, repeated=True)


# --- small parts ---------------------------------------------------------------------


def _programme_for(journey: Journey, wish: JourneyWish) -> Programme:
    """The programme whose rules judge a wish: the journey's, or the one that it names."""
    named = wish.programme if isinstance(wish, Refer | TransferProgramme) else None
    try:
        return programme(named or journey.referral.programme)
    except UnknownProgramme as error:
        raise InvalidCommand([unknown_word("programme", programmes())]) from error


def _metadata(followers: Sequence[Follower]) -> tuple[MetaData, ...]:
    return tuple({id(t.metadata): t.metadata for f in followers for t in f.tables}.values())


def _unknown_journey() -> Refused:
    return Refused(
        [
            refuse(
                "unknown_journey",
                "There is no such journey.",
                source="contract §1",
                field="journey",
            )
        ]
    )


def _id_reused() -> InvalidCommand:
    return InvalidCommand(
        [
            refuse(
                "id_reused",
                "This id was given to another command; nothing was recorded.",
                source="contract §1",
                field="id",
            )
        ]
    )
