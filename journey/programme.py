"""A programme's rules as data: what its file says, by the day it is in force.

One TOML file per programme, in ``journey/programmes`` or anywhere (``load``).
Every value stands beside the source that it was read from and a mark (L
literal, F follows, A assumed, P public source; domain.md, "How to read the
marks")::

    capacity_per_full_time = { value = 20, source = "S2 §6.4", mark = "L" }

A table without ``value`` says that the source gives none. Each ``[[rules]]``
table is a rule set, in force ``from`` its day on; it inherits what the one
before it says and restates what changed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, TypeVar

import msgspec
from msgspec import Meta, Struct

from journey.calendar import add_months
from journey.errors import JourneyError
from journey.values import ContactMode, ExitClass, Percent, Question, SlotKind

Check = Literal["enforce", "warn", "off"]
"""Whether an unmet rule refuses the wish, warns of it, or is not asked at all."""

AftercareShape = Literal["calendar", "on_request", "unlimited", "none"]
Ages = tuple[int, int]
"""Lowest and highest age in whole years, both included."""

Count = Annotated[int, Meta(ge=0)]
Month = Annotated[int, Meta(ge=1, le=12)]
Offset = Annotated[str, Meta(pattern=r"^M\d{1,2}(\+\d{1,3})?$")]
"""``M<n>[+<days>]``: n months from the anchor, and so many days."""

_FOLDER = Path(__file__).with_name("programmes")
_DEFAULT = "domain.md §5.1 (default)"


class UnknownProgramme(JourneyError, KeyError):
    """No programme has this id."""

    def __str__(self) -> str:
        return f"There is no programme {self.args[0]!r}. Known are: {', '.join(programmes())}."


class ProgrammeFileError(JourneyError):
    """A programme's file cannot be used; the message names the file and the key."""


class Stated(Struct, frozen=True, forbid_unknown_fields=True):
    """A value as a programme's file states it. ``value`` is None where the source has none."""

    source: Annotated[str, Meta(min_length=1)]
    mark: Literal["L", "F", "A", "P"]
    value: Any = None


_Tree = dict[str, "Stated | _Tree"]


class SlotDates(NamedTuple):
    """A slot's days on the calendar; the window includes both its ends."""

    window_start: date
    window_end: date
    due_on: date


class SlotRule(
    Struct,
    frozen=True,
    forbid_unknown_fields=True,
    rename={"window_from": "from", "window_to": "to"},
):
    """One contact of the aftercare calendar, as offsets from its anchor (S2 9.2)."""

    slot: str
    kind: SlotKind
    window_from: Offset
    window_to: Offset
    due: Offset

    def on(self, anchor: date) -> SlotDates:
        """The slot's days when aftercare is anchored at this day (domain.md §6.2)."""
        return SlotDates(
            _offset(anchor, self.window_from),
            _offset(anchor, self.window_to),
            _offset(anchor, self.due),
        )


class ExitRule(Struct, frozen=True, forbid_unknown_fields=True):
    """A reason for exit: its class, and whether SUS waits ``sus_lag_months`` (domain.md §3.3)."""

    code: str
    exit_class: ExitClass
    sus_lag: bool
    source: str
    mark: Literal["L", "F", "A", "P"]


class Survey(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The participants' yearly survey (S2 §8.1, 9.3; domain.md §7.7).

    ``month`` it is held and ``reported_month``; how many ``questions``, answered
    on a ``scale`` from 1; which answers are ``positive`` and the ``percent`` of
    the answers to each question that must be; groups below ``smallest_group``
    are not shown.
    """

    month: Month
    reported_month: Month
    questions: Count
    scale: Count
    positive: tuple[int, ...]
    percent: Percent
    smallest_group: Count


class Effect(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one person's way from benefits to work is worth (S0 §12). SEK a month."""

    benefit: Count
    administration: Count
    revenue: Count
    wage: Count
    revenue_percent_of_wage: Percent

    @property
    def per_month(self) -> int:
        """Lower costs and higher revenue together, SEK per person and month."""
        return self.benefit + self.administration + self.revenue


class YearGrant(Struct, frozen=True, forbid_unknown_fields=True):
    """What was applied for, for one year, in thousand SEK."""

    year: int
    amount: Count


class Budget(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A project's budget in thousand SEK (S4 §7; domain.md §7.6).

    ``coaches`` posts cost ``monthly`` each, for ``first_year_months`` of the
    first year and then whole years, each raised by ``rise_percent`` and cut to
    whole thousands; ``training_per_coach`` is added in the first year.
    """

    coaches: Count
    monthly: Count
    first_year_months: Count
    rise_percent: Count
    training_per_coach: Count
    training_costs: tuple[int, ...]
    training_financing: tuple[int, ...]
    granted: tuple[YearGrant, ...]


class Rules(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule set of a programme. Months, days and SEK are whole numbers.

    ``ruleset`` is stored in each fact, so that a replay judges it alike. None
    says that the sources give no value. Keys with a default are those of which
    the sources say nothing (domain.md §3, §5.1, §6).
    """

    programme: str
    ruleset: str
    in_force_from: date
    sources: dict[str, Stated]

    # Entry: who may come in, and which unmet criterion refuses (S2 §4.1; domain.md §11 Q11).
    grounds: tuple[str, ...]
    min_parties: Count
    min_parties_check: Check
    target_group_check: Check
    motivation_check: Check
    individual_decision_check: Check
    consent_check: Check
    livelihood_check: Check
    working_age: Ages | None
    age_check: Check
    gk_exclusion: bool
    gk_while_active: Literal["pause", "warn"] = "pause"

    # The group: who decides, and to whom a question goes that is not unanimous.
    group: Literal["referral_group", "se_group", "selection_group"]
    meeting_months: Count | None
    quorum: Count = 2
    coach_votes: bool
    who_escalates: tuple[Question, ...]
    escalates_to: Literal["coach_manager", "municipality_manager"]
    return_requires_new_decision: bool = False

    # The queue: an order, never an exclusion (domain.md §3.4).
    priority_ages: Ages | None
    priority_age_reference: Literal["selection_date", "queue_entry_date"] = "selection_date"

    # The steps.
    step_evidence_check: Check = "enforce"
    allow_step_back: bool = True
    documentation_working_days: Count = 5
    time_limit_months: Count | None
    fidelity_scales: tuple[str, ...]

    # Exit and SUS.
    exit_reasons: tuple[ExitRule, ...]
    exit_to_work_min_step: Count = 1
    exit_to_work_warn_below_step: Count = 4
    remains_enrolled_on_employment: bool = False
    sus_used: bool
    sus_lag_months: Count
    income_followed: bool

    # Aftercare. ``any``: one party's open request keeps it running. ``both``:
    # participant and employer must both judge that no more contact is needed.
    aftercare_for_work: AftercareShape
    aftercare_for_studies: AftercareShape
    aftercare_end_rule: Literal["any", "both"]
    aftercare_min_months: Count
    extension_review_months: Count = 3
    slots: tuple[SlotRule, ...]
    visit_requires: Literal["either"] = "either"
    visit_modes: tuple[ContactMode, ...] = (ContactMode.VISIT, ContactMode.THREE_PARTY_MEETING)
    failed_attempts_to_close: Count = 2
    slots_closed_by_attempts: tuple[str, ...] = ()
    restart_calendar_on_new_job: bool = True

    # Notices: calendar days before ``due_on``, and after ``act_by``.
    lead_days: Count = 3
    overdue_again_days: Count = 7
    overdue_manager_days: Count = 14

    # Capacity, goal and money. ``posts``: percent of full time by municipality;
    # ``standard_amount``: SEK per full-time post and year.
    capacity_per_full_time: Count | None
    capacity_hard: bool = False
    capacity_counts: Literal["active", "active_plus_aftercare"] = "active"
    goal_percent: Percent | None
    goal_counts: tuple[str, ...]
    goal_denominator: Literal["exited", "enrolled"]
    goal_per_municipality: Count | None
    report_basis: Literal["exit_date", "sus_date"] = "exit_date"
    posts: dict[str, Count] | None
    standard_amount: Count | None
    attestation: tuple[str, ...]
    survey: Survey | None = None
    effect: Effect | None = None
    budget: Budget | None = None

    def __post_init__(self) -> None:
        for contradiction in _contradictions(self):
            raise ValueError(contradiction)

    def source(self, key: str) -> str:
        """Where the value was read, e.g. "S2 §6.4"; of a group, all its sources.

        ``key`` is a field's name, or ``survey.percent``. KeyError when there is none.
        """
        sources = [stated.source for stated in self._stated(key)]
        return "; ".join(dict.fromkeys(sources)) or _DEFAULT

    def assumed(self, key: str) -> bool:
        """Whether the value is an assumption; of a group, whether any in it is."""
        stated = self._stated(key)
        return not stated or any(one.mark == "A" for one in stated)

    def exit_rule(self, code: str) -> ExitRule | None:
        """The rule of an exit reason; None when the programme does not know it."""
        return next((rule for rule in self.exit_reasons if rule.code == code), None)

    def _stated(self, key: str) -> list[Stated]:
        found = [
            one for name, one in self.sources.items() if name == key or name.startswith(f"{key}.")
        ]
        if not found and key not in self.__struct_fields__:
            raise KeyError(key)
        return found


class Title(Struct, frozen=True, forbid_unknown_fields=True):
    """What the programme is called, in Swedish and in English."""

    sv: str
    en: str


class Programme(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A programme, with its rule sets in the order of their days.

    Open from ``opens`` to ``closes`` (None: no end is set), both included.
    ``deciding_parties`` says, for each party that refers, which one decides.
    """

    id: str
    title: Title
    sources: dict[str, Stated]
    opens: date
    closes: date | None = None
    municipalities: tuple[str, ...]
    parties: tuple[str, ...]
    deciding_parties: dict[str, str]
    rule_sets: Annotated[tuple[Rules, ...], Meta(min_length=1)]

    def __post_init__(self) -> None:
        for contradiction in _programme_contradictions(self):
            raise ValueError(contradiction)

    @property
    def source(self) -> str:
        """Where the days on which it opens and closes were read."""
        return self.sources["opens" if self.closes is None else "closes"].source

    def rules_on(self, day: date) -> Rules:
        """The rule set in force on this day; before the first of them, the first.

        A fact is judged by the rules of its own day (domain.md §11 Q22).
        """
        for rules in reversed(self.rule_sets):
            if rules.in_force_from <= day:
                return rules
        return self.rule_sets[0]

    def open_on(self, day: date) -> bool:
        """Whether the programme takes referrals on this day."""
        return self.opens <= day and (self.closes is None or day <= self.closes)

    def deciding_party(self, referring_party: str) -> str:
        """Which party makes the individual decision about a referral.

        FK and AF for their own; the municipality for its own and the region's
        (S2 §3). KeyError when ``referring_party`` is no party of the programme.
        """
        return self.deciding_parties[referring_party]


def programmes() -> tuple[str, ...]:
    """The ids of the programmes that the engine ships, in alphabetical order."""
    return tuple(sorted(file.stem for file in _FOLDER.glob("*.toml")))


@cache
def programme(id: str) -> Programme:
    """The programme that the engine ships under this id. Raises UnknownProgramme."""
    if id not in programmes():
        raise UnknownProgramme(id)
    return load(_FOLDER / f"{id}.toml")


def load(path: Path) -> Programme:
    """The programme in this file. Raises ProgrammeFileError, naming file and key."""
    try:
        return _as_programme(tomllib.loads(path.read_text("utf-8")))
    except (OSError, ValueError, msgspec.ValidationError) as error:
        raise ProgrammeFileError(f"The programme file {path.name} is refused: {error}") from error


# --- from the file to the values -----------------------------------------------------

_S = TypeVar("_S", bound=Struct)
_HEADER = ("from", "name", "source", "mark")


def _as_programme(table: dict[str, Any]) -> Programme:
    head: dict[str, Any] = {key: table.pop(key) for key in ("id", "title") if key in table}
    tables = msgspec.convert({"rules": table.pop("rules", [])}, dict[str, list[dict[str, Any]]])
    head["rule_sets"] = _as_rule_sets(str(head.get("id")), tables["rules"])
    return _build(Programme, _tree(table), head)


def _as_rule_sets(id: str, tables: list[dict[str, Any]]) -> tuple[Rules, ...]:
    rule_sets, inherited = [], _Tree()
    for table in tables:
        name = str(table.get("name"))
        try:
            inherited = _inherit(inherited, _own(table))
            rule_sets.append(_as_rules(id, table, inherited))
        except (ValueError, msgspec.ValidationError) as error:
            raise ValueError(f"in rules {name}, {error}") from error
    return tuple(rule_sets)


def _own(table: dict[str, Any]) -> _Tree:
    return _tree({key: value for key, value in table.items() if key not in _HEADER})


def _as_rules(id: str, table: dict[str, Any], stated: _Tree) -> Rules:
    start = {"value": table.get("from"), "source": table.get("source"), "mark": table.get("mark")}
    head = {"programme": id, "ruleset": table.get("name")}
    return _build(Rules, {**stated, "in_force_from": _as_stated("from", start)}, head)


def _build(kind: type[_S], stated: _Tree, head: dict[str, Any]) -> _S:
    values = _values(stated)
    reserved = (head.keys() | {"sources"}) & values.keys()
    if reserved:
        raise ValueError(f"`{min(reserved)}` is no key of its own")
    return msgspec.convert({**values, **head, "sources": dict(_flat(stated))}, kind)


def _tree(table: Mapping[str, Any], path: str = "") -> _Tree:
    return {key: _branch(f"{path}{key}", value) for key, value in table.items()}


def _branch(key: str, value: object) -> Stated | _Tree:
    if isinstance(value, dict):
        leaf = value.keys() & {"value", "source"}
        return _as_stated(key, value) if leaf else _tree(value, f"{key}.")
    raise ValueError(f"`{key}` needs {{ value = …, source = …, mark = … }}")


def _as_stated(key: str, value: dict[str, Any]) -> Stated:
    try:
        return msgspec.convert(value, Stated)
    except msgspec.ValidationError as error:
        raise ValueError(f"`{key}`: {error}") from error


def _inherit(before: _Tree, stated: _Tree) -> _Tree:
    merged = dict(before)
    for key, value in stated.items():
        old = before.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            merged[key] = _inherit(old, value)
        else:
            merged[key] = value
    return merged


def _values(tree: _Tree) -> dict[str, Any]:
    return {
        key: branch.value if isinstance(branch, Stated) else _values(branch)
        for key, branch in tree.items()
    }


def _flat(tree: _Tree, path: str = "") -> Iterator[tuple[str, Stated]]:
    for key, branch in tree.items():
        if isinstance(branch, Stated):
            yield f"{path}{key}", branch
        else:
            yield from _flat(branch, f"{path}{key}.")


@cache
def _parse_offset(offset: str) -> tuple[int, timedelta]:
    months, _, days = offset.removeprefix("M").partition("+")
    return int(months), timedelta(days=int(days or 0))


def _offset(anchor: date, offset: str) -> date:
    months, days = _parse_offset(offset)
    return add_months(anchor, months) + days


# --- what a file may not say at once -------------------------------------------------


def _contradictions(rules: Rules) -> Iterator[str]:
    for key in ("working_age", "priority_ages"):
        ages = getattr(rules, key)
        if ages is not None and ages[0] > ages[1]:
            yield f"`{key}`: the lowest age is above the highest"
    yield from _slot_contradictions(rules)
    yield from _exit_contradictions(rules)


def _slot_contradictions(rules: Rules) -> Iterator[str]:
    names = [rule.slot for rule in rules.slots]
    if len(set(names)) < len(names):
        yield "`slots`: two slots bear the same name"
    if not set(rules.slots_closed_by_attempts) <= set(names):
        yield "`slots_closed_by_attempts` names a slot that `slots` does not have"
    if "calendar" in (rules.aftercare_for_work, rules.aftercare_for_studies) and not names:
        yield "`slots`: an aftercare calendar needs some"


def _exit_contradictions(rules: Rules) -> Iterator[str]:
    codes = [rule.code for rule in rules.exit_reasons]
    if len(set(codes)) < len(codes):
        yield "`exit_reasons`: two reasons bear the same code"
    if not set(rules.goal_counts) <= {*codes, *(each.value for each in ExitClass)}:
        yield "`goal_counts` names what is neither an exit reason nor a class of them"


def _programme_contradictions(programme: Programme) -> Iterator[str]:
    parties = set(programme.parties)
    if set(programme.deciding_parties) != parties:
        yield "`deciding_parties` must name each of `parties`"
    if not set(programme.deciding_parties.values()) <= parties:
        yield "`deciding_parties` names a decider that is none of `parties`"
    for earlier, later in pairwise(programme.rule_sets):
        if earlier.in_force_from >= later.in_force_from:
            yield f"`rules`: {later.ruleset} does not come after {earlier.ruleset}"
    for rules in programme.rule_sets:
        if not set(rules.posts or ()) <= set(programme.municipalities):
            yield f"`posts` of {rules.ruleset} names an unknown municipality"
