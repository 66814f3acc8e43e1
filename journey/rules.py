"""The rules of a programme: every number that a decision, a row or a notice asks for.

A ``Rules`` is one rule set, in force from a day on. Where its numbers come from
stands beside them (``sources``); the files themselves are read by
``journey/programme.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from typing import Annotated, Any, Literal, NamedTuple

from msgspec import Meta, Struct

from journey.calendar import add_months
from journey.values import ContactMode, ExitClass, Income, Percent, Question, SlotKind

Check = Literal["enforce", "warn", "off"]
"""Whether an unmet rule refuses the wish, warns of it, or is not asked at all."""

AftercareShape = Literal["calendar", "on_request", "unlimited", "none"]
Ages = tuple[int, int]
"""Lowest and highest age in whole years, both included."""

Count = Annotated[int, Meta(ge=0)]
Month = Annotated[int, Meta(ge=1, le=12)]
Offset = Annotated[str, Meta(pattern=r"^M\d{1,2}(\+\d{1,3})?$")]
"""``M<n>[+<days>]``: n months from the anchor, and so many days."""

_DEFAULT = "domain.md §5.1 (default)"


class Stated(Struct, frozen=True, forbid_unknown_fields=True):
    """A value as a programme's file states it. ``value`` is None where the source has none."""

    source: Annotated[str, Meta(min_length=1)]
    mark: Literal["L", "F", "A", "P"]
    value: Any = None


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
    individual_team_days: Count | None = None
    pause_review_months: Count = 3
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
    overdue_days: Count = 1
    overdue_again_days: Count = 7
    overdue_manager_days: Count = 14

    # Record keeping: years after the last fact of an ended journey (domain.md §9.5).
    retention_years: Count = 5

    # Capacity, goal and money. ``posts``: percent of full time by municipality;
    # ``standard_amount``: SEK per full-time post and year. ``goal_income_before``: whose
    # exits the goal is about, by what they lived on before; None: everyone's.
    capacity_per_full_time: Count | None
    capacity_hard: bool = False
    capacity_counts: Literal["active", "active_plus_aftercare"] = "active"
    goal_percent: Percent | None
    goal_counts: tuple[str, ...]
    goal_income_before: tuple[Income, ...] | None = None
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


# --- days from an anchor ---


@cache
def _parse_offset(offset: str) -> tuple[int, timedelta]:
    months, _, days = offset.removeprefix("M").partition("+")
    return int(months), timedelta(days=int(days or 0))


def _offset(anchor: date, offset: str) -> date:
    months, days = _parse_offset(offset)
    return add_months(anchor, months) + days


# --- what a rule set may not say at once ---


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
