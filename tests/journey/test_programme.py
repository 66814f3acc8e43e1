"""The programmes' numbers are those of domain.md §5.1, each with its source."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest

import journey.programme
from journey.programme import (
    Programme,
    ProgrammeFileError,
    UnknownProgramme,
    load,
    programme,
    programmes,
)
from journey.rules import Rules, SlotRule
from journey.values import AftercareModel, ExitClass, Ground, Income, Party, Question

HOGLANDET = programme("se-hoglandet")
FORTSATTNING = programme("se-fortsattning")
FINNVEDEN = programme("finnveden")
JOBB = programme("jobb-i-stallet")
SHIPPED = (HOGLANDET, FORTSATTNING, FINNVEDEN, JOBB)
RULE_SETS = [rules for each in SHIPPED for rules in each.rule_sets]

SVANTE = ("Aneby", "Eksjö", "Nässjö", "Sävsjö", "Tranås", "Vetlanda")
PARTIES = ("municipality", "fk", "af", "region")
POSTS_2018 = dict(zip(SVANTE, (75, 150, 180, 150, 100, 150), strict=True))
POSTS_2023 = POSTS_2018 | {"Tranås": 125}
POSTS_2024 = POSTS_2018 | {"Tranås": 150}


# --- domain.md §5.1, row by row ------------------------------------------------------


def test_programmes_are_the_files_shipped() -> None:
    assert programmes() == ("finnveden", "jobb-i-stallet", "se-fortsattning", "se-hoglandet")
    assert [programme(id).id for id in programmes()] == list(programmes())


@pytest.mark.parametrize(
    ("each", "opens", "closes", "source"),
    [
        (HOGLANDET, date(2021, 1, 1), None, "S2 §1.1"),
        (FORTSATTNING, date(2018, 1, 1), date(2020, 12, 31), "S0 §3"),
        (FINNVEDEN, date(2012, 9, 1), date(2014, 12, 31), "S4 §1"),
        (JOBB, date(2011, 8, 1), date(2017, 12, 31), "S0 annex"),
    ],
)
def test_valid(each: Programme, opens: date, closes: date | None, source: str) -> None:
    """A programme is open on its first and last day, and not the day before or after."""
    assert (each.opens, each.closes, each.source) == (opens, closes, source)
    assert each.open_on(opens)
    assert not each.open_on(opens - timedelta(days=1))
    assert closes is None or each.open_on(closes)
    assert closes is None or not each.open_on(closes + timedelta(days=1))


def test_municipalities() -> None:
    assert HOGLANDET.municipalities == FORTSATTNING.municipalities == SVANTE
    assert JOBB.municipalities == SVANTE
    assert FINNVEDEN.municipalities == ("Gnosjö", "Gislaved", "Värnamo")


def test_titles_are_in_two_languages() -> None:
    assert FORTSATTNING.title.sv == "Supported Employment – fortsättning"
    assert all(each.title.sv and each.title.en for each in SHIPPED)


@pytest.mark.parametrize("each", SHIPPED, ids=lambda each: each.id)
def test_who_decides_about_one_person(each: Programme) -> None:
    """S2 §3: FK and AF for their own, the municipality for its own and the region's."""
    decides = {party: each.deciding_party(party) for party in each.parties}
    assert decides == {
        "municipality": "municipality",
        "fk": "fk",
        "af": "af",
        "region": "municipality",
    }
    with pytest.raises(KeyError):
        each.deciding_party("church")


HOGLANDET_ROWS: dict[str, object] = {
    "grounds": ("disability", "mental_ill_health", "former_substance_problem"),
    "min_parties": 2,
    "min_parties_check": "enforce",
    "target_group_check": "enforce",
    "motivation_check": "enforce",
    "individual_decision_check": "enforce",
    "consent_check": "enforce",
    "livelihood_check": "warn",
    "working_age": (18, 64),
    "age_check": "warn",
    "priority_ages": (18, 29),
    "priority_age_reference": "selection_date",
    "group": "referral_group",
    "who_escalates": (Question.INCLUSION, Question.EXIT),
    "escalates_to": "coach_manager",
    "coach_votes": False,
    "meeting_months": 1,
    "quorum": 2,
    "capacity_per_full_time": 20,
    "capacity_hard": False,
    "capacity_counts": "active",
    "goal_percent": 35,
    "goal_counts": ("work", "studies"),
    "goal_denominator": "exited",
    "goal_per_municipality": None,
    "goal_income_before": None,
    "report_basis": "exit_date",
    "time_limit_months": None,
    "aftercare_for_work": "calendar",
    "aftercare_for_studies": "on_request",
    "aftercare_end_rule": "any",
    "aftercare_min_months": 6,
    "extension_review_months": 3,
    "visit_requires": "either",
    "visit_modes": ("visit", "three_party_meeting"),
    "failed_attempts_to_close": 2,
    "slots_closed_by_attempts": ("m4", "m5", "m6"),
    "restart_calendar_on_new_job": True,
    "sus_used": True,
    "sus_lag_months": 3,
    "gk_exclusion": True,
    "gk_while_active": "pause",
    "fidelity_scales": ("seqf",),
    "attestation": ("per_description", "beyond_ordinary", "percent_worked"),
    "income_followed": True,
    "step_evidence_check": "enforce",
    "allow_step_back": True,
    "return_requires_new_decision": False,
    "exit_to_work_min_step": 1,
    "exit_to_work_warn_below_step": 4,
    "remains_enrolled_on_employment": False,
    "documentation_working_days": 5,
    "lead_days": 3,
    "overdue_days": 1,
    "overdue_again_days": 7,
    "overdue_manager_days": 14,
}
FORTSATTNING_ROWS = HOGLANDET_ROWS | {
    "grounds": tuple(ground.value for ground in Ground),
    "min_parties_check": "warn",
    "target_group_check": "warn",
    "individual_decision_check": "warn",
    "livelihood_check": "off",
    "working_age": None,
    "age_check": "off",
    "priority_ages": (19, 29),
    "group": "se_group",
    "who_escalates": (Question.INCLUSION,),
    "escalates_to": "municipality_manager",
    "coach_votes": True,
    "aftercare_for_work": "unlimited",
    "aftercare_end_rule": "both",
    "aftercare_min_months": 0,
    "slots": (),
    "slots_closed_by_attempts": (),
    "sus_lag_months": 0,
    "gk_exclusion": False,
    "gk_while_active": "warn",
    "fidelity_scales": ("seqf", "ips25"),
    "attestation": ("per_description", "beyond_ordinary"),
    "posts": POSTS_2018,
    "standard_amount": None,
    "survey": None,
}
FINNVEDEN_ROWS = FORTSATTNING_ROWS | {
    "grounds": ("disability", "mental_ill_health"),
    "min_parties_check": "enforce",
    "target_group_check": "enforce",
    "priority_ages": None,
    "group": "selection_group",
    "who_escalates": (Question.INCLUSION, Question.EXIT),
    "coach_votes": False,
    "meeting_months": None,
    "capacity_per_full_time": None,
    "goal_percent": None,
    "goal_counts": ("work",),
    "goal_per_municipality": 5,
    "aftercare_for_work": "on_request",
    "aftercare_end_rule": "any",
    "fidelity_scales": (),
    "attestation": (),
    "income_followed": False,
    "posts": {"Gnosjö": 50, "Gislaved": 50, "Värnamo": 50},
    "effect": None,
}

JOBB_ROWS = FORTSATTNING_ROWS | {
    "grounds": ("disability", "mental_ill_health"),
    "min_parties": 0,
    "min_parties_check": "off",
    "goal_counts": ("work", "studies", "registered_jobseeker"),
    "goal_income_before": (Income.ACTIVITY_COMPENSATION,),
    "fidelity_scales": (),
    "attestation": (),
    "posts": dict.fromkeys(SVANTE, 100),
    "effect": None,
}


def _values(rules: Rules, rows: dict[str, object]) -> dict[str, object]:
    return {key: getattr(rules, key) for key in rows}


def _with_source(rules: Rules) -> set[str]:
    return {key.split(".")[0] for key in rules.sources}


@pytest.mark.parametrize("rules", HOGLANDET.rule_sets, ids=lambda rules: rules.ruleset)
def test_rows_of_se_hoglandet(rules: Rules) -> None:
    """Column SE-Höglandet of domain.md §5.1, in each of its rule sets."""
    assert _values(rules, HOGLANDET_ROWS) == HOGLANDET_ROWS


def test_rows_of_se_fortsattning() -> None:
    """Column SE – fortsättning 2018–2020 of domain.md §5.1."""
    assert _values(FORTSATTNING.rule_sets[0], FORTSATTNING_ROWS) == FORTSATTNING_ROWS


def test_rows_of_finnveden() -> None:
    """Column Finnveden 2012–14 of domain.md §5.1."""
    assert _values(FINNVEDEN.rule_sets[0], FINNVEDEN_ROWS) == FINNVEDEN_ROWS


def test_rows_of_jobb_i_stallet() -> None:
    """Column 2011-2017 of domain.md §5.1, and the goal of §7.2."""
    assert _values(JOBB.rule_sets[0], JOBB_ROWS) == JOBB_ROWS


def test_six_posts_of_jobb_i_stallet_make_the_stated_goal_of_120() -> None:
    """6 × 100 % × 20 = 120 (domain.md §7.5)."""
    rules = JOBB.rule_sets[0]
    assert sum((rules.posts or {}).values()) * (rules.capacity_per_full_time or 0) // 100 == 120


@pytest.mark.parametrize("rules", RULE_SETS, ids=lambda rules: rules.ruleset)
def test_every_value_of_a_shipped_programme_states_its_source(rules: Rules) -> None:
    """No shipped number rests on a default; a group that is missing has no numbers."""
    head = {"programme", "ruleset", "sources"}
    silent = set(Rules.__struct_fields__) - head - _with_source(rules)
    assert silent <= {"survey", "effect", "budget"}
    assert all(getattr(rules, key) is None for key in silent)
    assert all(rules.source(key) for key in Rules.__struct_fields__ if key not in head)
    assert all(each.source for each in rules.exit_reasons)


@pytest.mark.parametrize(
    ("rules", "key", "source", "assumed"),
    [
        (HOGLANDET.rule_sets[0], "capacity_per_full_time", "S2 §6.4", False),
        (HOGLANDET.rule_sets[2], "sus_lag_months", "S2 §8", False),
        (HOGLANDET.rule_sets[1], "standard_amount", "S2 §6.1", False),
        (HOGLANDET.rule_sets[0], "survey.percent", "S2 §8.1", False),
        (HOGLANDET.rule_sets[0], "survey", "S2 §8.1; S2 9.3; S2 §8.1; domain.md §7.7", True),
        (HOGLANDET.rule_sets[0], "quorum", "domain.md §11 Q8", True),
        (FORTSATTNING.rule_sets[0], "priority_ages", "S0 §2", False),
        (FINNVEDEN.rule_sets[0], "goal_per_municipality", "S4 §2", False),
    ],
)
def test_a_value_knows_where_it_was_read(
    rules: Rules, key: str, source: str, assumed: bool
) -> None:
    assert rules.source(key).startswith(source)
    assert rules.assumed(key) is assumed


def test_asking_for_the_source_of_what_is_no_key_is_an_error() -> None:
    with pytest.raises(KeyError):
        HOGLANDET.rule_sets[0].source("capasity")


# --- rule sets by their days ---------------------------------------------------------


@pytest.mark.parametrize(
    ("each", "day", "ruleset"),
    [
        (HOGLANDET, "2020-12-31", "se-hoglandet/2021-01-01"),
        (HOGLANDET, "2021-01-01", "se-hoglandet/2021-01-01"),
        (HOGLANDET, "2022-12-31", "se-hoglandet/2021-01-01"),
        (HOGLANDET, "2023-01-01", "se-hoglandet/2023-01-01"),
        (HOGLANDET, "2023-12-31", "se-hoglandet/2023-01-01"),
        (HOGLANDET, "2024-01-01", "se-hoglandet/2024-01-01"),
        (HOGLANDET, "2030-06-30", "se-hoglandet/2024-01-01"),
        (FORTSATTNING, "2017-12-31", "se-fortsattning/2018-01-01"),
        (FORTSATTNING, "2021-06-30", "se-fortsattning/2018-01-01"),
        (JOBB, "2011-08-01", "jobb-i-stallet/2011-08-01"),
        (JOBB, "2017-12-31", "jobb-i-stallet/2011-08-01"),
        (FINNVEDEN, "2012-08-31", "finnveden/2012-09-01"),
        (FINNVEDEN, "2015-01-01", "finnveden/2012-09-01"),
    ],
)
def test_rules_on_each_side_of_every_effective_date(
    each: Programme, day: str, ruleset: str
) -> None:
    rules = each.rules_on(date.fromisoformat(day))
    assert (rules.ruleset, rules.programme) == (ruleset, each.id)
    assert rules.in_force_from == date.fromisoformat(ruleset.partition("/")[2])


@pytest.mark.parametrize(
    ("day", "posts", "amount"),
    [
        ("2022-12-31", None, None),
        ("2023-01-01", POSTS_2023, 465_000),
        ("2023-12-31", POSTS_2023, 465_000),
        ("2024-01-01", POSTS_2024, 465_000),
    ],
)
def test_posts_and_standard_amount_by_day(
    day: str, posts: dict[str, int] | None, amount: int | None
) -> None:
    """Unknown for 2021-2022, and not 0 (domain.md §5.1, scenario 41)."""
    rules = HOGLANDET.rules_on(date.fromisoformat(day))
    assert (rules.posts, rules.standard_amount) == (posts, amount)


def test_posts_and_grants_add_up() -> None:
    """805, 830 and 855 percent; 3 859 500 and 3 975 750 SEK (domain.md §7.4)."""
    assert (sum(POSTS_2018.values()), sum(POSTS_2023.values())) == (805, 830)
    totals = [
        sum((rules.posts or {}).values()) * (rules.standard_amount or 0) // 100
        for rules in HOGLANDET.rule_sets[1:]
    ]
    assert totals == [3_859_500, 3_975_750]


def test_a_later_set_changes_nothing_but_what_it_states() -> None:
    """2024 restates the posts alone."""
    before, after = (msgspec.structs.asdict(rules) for rules in HOGLANDET.rule_sets[1:])
    changed = {key for key in before if before[key] != after[key]}
    assert changed == {"ruleset", "in_force_from", "posts", "sources"}


# --- groups of numbers ---------------------------------------------------------------


def test_survey_of_se_hoglandet() -> None:
    """S2 §8.1 and 9.3; domain.md §7.7."""
    survey = HOGLANDET.rule_sets[0].survey
    assert survey is not None
    assert (survey.month, survey.reported_month, survey.percent) == (10, 11, 70)
    assert (survey.questions, survey.scale, survey.positive) == (7, 6, (4, 5, 6))
    assert survey.smallest_group == 5


@pytest.mark.parametrize("each", [HOGLANDET, FORTSATTNING], ids=lambda each: each.id)
def test_effect_model(each: Programme) -> None:
    """10 000 + 500 + 5 700 = 16 200 SEK a month; 35 persons and a year: 6 804 000 (S0 §12)."""
    effect = each.rule_sets[0].effect
    assert effect is not None
    assert (effect.benefit, effect.administration, effect.revenue) == (10_000, 500, 5_700)
    assert effect.per_month == 16_200
    assert 35 * effect.per_month * 12 == 6_804_000
    assert effect.wage * effect.revenue_percent_of_wage // 100 == effect.revenue
    assert each.rule_sets[0].assumed("effect") is (each is HOGLANDET)


def test_budget_of_finnveden() -> None:
    """246, 741 and 763 thousand SEK, the rises cut to whole thousands (domain.md §7.6)."""
    budget = FINNVEDEN.rule_sets[0].budget
    assert budget is not None
    first = budget.coaches * (budget.monthly * budget.first_year_months + budget.training_per_coach)
    second = budget.coaches * budget.monthly * 12 * (100 + budget.rise_percent) // 100
    third = second * (100 + budget.rise_percent) // 100
    granted = [(grant.year, grant.amount) for grant in budget.granted]
    assert granted == [(2012, first), (2013, second), (2014, third)]
    assert granted == [(2012, 246), (2013, 741), (2014, 763)]
    assert sum(budget.training_costs) == sum(budget.training_financing) == 195


def test_no_other_programme_has_a_budget() -> None:
    others = (*HOGLANDET.rule_sets, *FORTSATTNING.rule_sets, *JOBB.rule_sets)
    assert [rules.budget for rules in others] == [None] * 5


EXITS = {
    "work": (ExitClass.WORK, True),
    "studies": (ExitClass.STUDIES, True),
    "not_motivated": (ExitClass.OTHER, False),
    "other_programme": (ExitClass.OTHER, False),
    "continued_rehabilitation": (ExitClass.OTHER, False),
    "permanent_compensation_applied": (ExitClass.OTHER, False),
    "registered_jobseeker": (ExitClass.OTHER, False),
    "own_request": (ExitClass.OTHER, False),
    "consent_withdrawn": (ExitClass.OTHER, False),
    "illness": (ExitClass.OTHER, False),
    "moved": (ExitClass.OTHER, False),
    "deceased": (ExitClass.OTHER, False),
    "gk_started": (ExitClass.OTHER, False),
    "not_target_group": (ExitClass.OTHER, False),
    "registration_error": (ExitClass.VOID, False),
}


@pytest.mark.parametrize("rules", RULE_SETS, ids=lambda rules: rules.ruleset)
def test_exit_reasons(rules: Rules) -> None:
    """The list of domain.md §3.3; only work and studies wait for SUS (S2 §8)."""
    assert {r.code: (r.exit_class, r.sus_lag) for r in rules.exit_reasons} == EXITS
    work = rules.exit_rule("work")
    assert work is not None
    assert work.exit_class is ExitClass.WORK
    assert rules.exit_rule("fired") is None


@pytest.mark.parametrize("rules", RULE_SETS, ids=lambda rules: rules.ruleset)
def test_words_of_the_shipped_files_are_those_of_the_contract(rules: Rules) -> None:
    assert set(rules.grounds) <= {ground.value for ground in Ground}
    assert {party.value for party in Party} == set(PARTIES)
    shapes = {model.value for model in AftercareModel} | {"none"}
    assert {rules.aftercare_for_work, rules.aftercare_for_studies} <= shapes


# --- the aftercare calendar ----------------------------------------------------------

SLOTS = ("m1w1", "m1w2", "m1w3", "m1w4", "m2a", "m2b", "m3", "m4", "m5", "m6")
KINDS = ("visit",) * 7 + ("phone", "phone", "closing")
CALENDARS = {
    "2026-11-30": (
        ("2026-11-30", "2026-12-07", "2026-12-07"),
        ("2026-12-08", "2026-12-14", "2026-12-14"),
        ("2026-12-15", "2026-12-21", "2026-12-21"),
        ("2026-12-22", "2026-12-30", "2026-12-28"),
        ("2026-12-31", "2027-01-13", "2027-01-13"),
        ("2027-01-14", "2027-01-30", "2027-01-30"),
        ("2027-01-31", "2027-02-28", "2027-02-28"),
        ("2027-03-01", "2027-03-30", "2027-03-30"),
        ("2027-03-31", "2027-04-30", "2027-04-30"),
        ("2027-05-01", "2027-05-30", "2027-05-30"),
    ),
    "2026-08-31": (
        ("2026-08-31", "2026-09-07", "2026-09-07"),
        ("2026-09-08", "2026-09-14", "2026-09-14"),
        ("2026-09-15", "2026-09-21", "2026-09-21"),
        ("2026-09-22", "2026-09-30", "2026-09-28"),
        ("2026-10-01", "2026-10-14", "2026-10-14"),
        ("2026-10-15", "2026-10-31", "2026-10-31"),
        ("2026-11-01", "2026-11-30", "2026-11-30"),
        ("2026-12-01", "2026-12-31", "2026-12-31"),
        ("2027-01-01", "2027-01-31", "2027-01-31"),
        ("2027-02-01", "2027-02-28", "2027-02-28"),
    ),
    "2028-02-29": (
        ("2028-02-29", "2028-03-07", "2028-03-07"),
        ("2028-03-08", "2028-03-14", "2028-03-14"),
        ("2028-03-15", "2028-03-21", "2028-03-21"),
        ("2028-03-22", "2028-03-29", "2028-03-28"),
        ("2028-03-30", "2028-04-12", "2028-04-12"),
        ("2028-04-13", "2028-04-29", "2028-04-29"),
        ("2028-04-30", "2028-05-29", "2028-05-29"),
        ("2028-05-30", "2028-06-29", "2028-06-29"),
        ("2028-06-30", "2028-07-29", "2028-07-29"),
        ("2028-07-30", "2028-08-29", "2028-08-29"),
    ),
}


def _slots() -> tuple[SlotRule, ...]:
    return HOGLANDET.rule_sets[0].slots


def test_the_ten_slots() -> None:
    """Seven visits, two calls and the closing conversation (S2 9.2)."""
    assert tuple(rule.slot for rule in _slots()) == SLOTS
    assert tuple(rule.kind.value for rule in _slots()) == KINDS


@pytest.mark.parametrize("anchor", CALENDARS)
def test_windows_and_due_dates(anchor: str) -> None:
    """The worked examples A, B and C of domain.md §6.4."""
    days = [rule.on(date.fromisoformat(anchor)) for rule in _slots()]
    assert tuple(tuple(day.isoformat() for day in each) for each in days) == CALENDARS[anchor]


@pytest.mark.parametrize("offset", [0, 27, 28, 29, 30, 58, 59, 60, 89, 180, 300])
def test_windows_follow_each_other_without_gap_or_overlap(offset: int) -> None:
    days = [rule.on(date(2027, 1, 1) + timedelta(days=offset)) for rule in _slots()]
    assert all(each.window_start <= each.due_on <= each.window_end for each in days)
    starts = [each.window_end + timedelta(days=1) for each in days[:-1]]
    assert starts == [each.window_start for each in days[1:]]


# --- files ---------------------------------------------------------------------------


def test_an_unknown_programme_is_named_with_those_that_are_known() -> None:
    with pytest.raises(UnknownProgramme, match=r"no programme 'start'.*se-hoglandet") as caught:
        programme("start")
    assert isinstance(caught.value, KeyError)


@pytest.mark.parametrize("id", ["../programmes/finnveden", "", "finnveden.toml"])
def test_an_id_is_never_a_path(id: str) -> None:
    with pytest.raises(UnknownProgramme):
        programme(id)


def test_a_programme_is_read_once() -> None:
    assert programme("finnveden") is FINNVEDEN


def _shipped(id: str) -> str:
    folder = Path(journey.programme.__file__).with_name("programmes")
    return (folder / f"{id}.toml").read_text("utf-8")


def _written(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, "utf-8")
    return path


LAG = 'sus_lag_months = { value = 3, source = "S2 §8", mark = "L" }'
SURVEY_PERCENT = 'percent = { value = 70, source = "S2 §8.1", mark = "L" }'
SLOT_M3 = 'slot = "m3", kind = "visit", from = "M2+1"'


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (LAG, LAG.replace("sus_lag", "sus_lagg"), "sus_lagg_months"),
        (LAG, LAG.replace("value = 3", 'value = "three"'), "sus_lag_months"),
        (LAG, LAG.replace("value = 3", "value = -1"), "sus_lag_months"),
        (LAG, LAG.replace("value = 3, ", ""), "sus_lag_months"),
        (LAG, LAG.replace('source = "S2 §8", ', ""), "sus_lag_months.*source"),
        (LAG, LAG.replace("S2 §8", ""), "sus_lag_months.*source"),
        (LAG, LAG.replace('"L"', '"X"'), "sus_lag_months.*mark"),
        (LAG, LAG.replace("mark", "note"), "sus_lag_months.*note"),
        (LAG, "sus_lag_months = 3", "sus_lag_months"),
        (LAG, "", "sus_lag_months"),
        (LAG, LAG + '\nruleset = { value = "x", source = "S2", mark = "L" }', "ruleset"),
        (SURVEY_PERCENT, SURVEY_PERCENT.replace("70", "700"), "survey.percent"),
        (SURVEY_PERCENT, SURVEY_PERCENT.replace("percent", "percents"), "percents.*survey"),
        (SLOT_M3, SLOT_M3.replace("M2+1", "M2-1"), r"slots\[6\].from"),
        (SLOT_M3, SLOT_M3.replace('"visit"', '"tea"'), r"slots\[6\].kind"),
        (SLOT_M3, SLOT_M3.replace("m3", "m2b"), "slots"),
        (SLOT_M3, SLOT_M3.replace('"m3"', '"m3", who = "coach"'), r"who.*slots\[6\]"),
        ('value = ["m4", "m5", "m6"]', 'value = ["m7"]', "slots_closed_by_attempts"),
        ('value = ["work", "studies"]', 'value = ["luck"]', "goal_counts"),
        ('code = "studies"', 'code = "work"', "exit_reasons"),
        ("value = [18, 64]", "value = [64, 18]", "working_age"),
        ("from = 2024-01-01", "from = 2022-01-01", "se-hoglandet/2024-01-01"),
        ("from = 2024-01-01", 'from = "soon"', "in_force_from"),
        ('fk = "fk"', 'fk = "church"', "deciding_parties"),
        ('fk = "fk", ', "", "deciding_parties"),
        ("Aneby = 75", "Anneby = 75", "posts"),
        ('id = "se-hoglandet"', "", "id"),
        ('id = "se-hoglandet"', 'id = "se-hoglandet"\ncolour = "red"', "colour"),
        ('title = { sv = "SE-Höglandet", ', "title = { ", "sv.*title"),
        ("opens =", "opens", "at line 7"),
    ],
)
def test_a_broken_file_is_refused_by_name_and_key(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    text = _shipped("se-hoglandet")
    assert old in text
    with pytest.raises(ProgrammeFileError, match=rf"mine\.toml is refused: .*{says}"):
        load(_written(tmp_path, text.replace(old, new)))


def test_a_file_without_rules_is_refused(tmp_path: Path) -> None:
    head = _shipped("finnveden").partition("[[rules]]")[0]
    with pytest.raises(ProgrammeFileError, match="rule_sets"):
        load(_written(tmp_path, head))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProgrammeFileError, match=r"mine\.toml"):
        load(tmp_path / "mine.toml")


def test_a_hosts_own_file_may_add_words(tmp_path: Path) -> None:
    """Parties, grounds and exit reasons are the file's own (contract.md §2)."""
    text = _shipped("finnveden")
    for old, new in (
        ('"af", "region"]', '"af", "region", "civil_society"]'),
        ('region = "municipality"', 'region = "municipality", civil_society = "municipality"'),
        ('["disability", "mental_ill_health"]', '["disability", "acquired_brain_injury"]'),
        ('code = "moved"', 'code = "moved_abroad"'),
    ):
        assert old in text
        text = text.replace(old, new)
    mine = load(_written(tmp_path, text))
    assert mine.deciding_party("civil_society") == "municipality"
    assert mine.rule_sets[0].grounds == ("disability", "acquired_brain_injury")
    assert mine.rule_sets[0].exit_rule("moved_abroad") is not None


def test_a_key_left_out_takes_the_domains_default(tmp_path: Path) -> None:
    """Only where the seeds are silent, and then it counts as an assumption."""
    lines = _shipped("finnveden").splitlines()
    text = "\n".join(line for line in lines if not line.startswith("quorum"))
    rules = load(_written(tmp_path, text)).rule_sets[0]
    assert (rules.quorum, rules.source("quorum")) == (2, "domain.md §5.1 (default)")
    assert rules.assumed("quorum")


PERCENT_80 = '[rules.survey]\npercent = { value = 80, source = "S9", mark = "L" }'
NO_SURVEY = 'survey = { source = "S9", mark = "L" }'


@pytest.mark.parametrize(("later", "survey"), [(PERCENT_80, (10, 80)), (NO_SURVEY, None)])
def test_a_later_set_may_restate_part_of_a_group_or_end_it(
    tmp_path: Path, later: str, survey: tuple[int, int] | None
) -> None:
    header = '[[rules]]\nfrom = 2030-01-01\nname = "new"\nsource = "S9"\nmark = "L"'
    text = "\n".join((_shipped("se-hoglandet"), header, later))
    found = load(_written(tmp_path, text)).rules_on(date(2030, 1, 1)).survey
    assert (found and (found.month, found.percent)) == survey
