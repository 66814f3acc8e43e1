"""Commands of contract.md §2: exactly its fields, and faults of form with their path."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import Any, Literal

import msgspec
import pytest
from hypothesis import given as for_any
from hypothesis import strategies as st

from journey.commands import WISHES, parse, read_command
from journey.errors import InvalidCommand, Reason
from journey.referral import Refer
from journey.steps import Advance
from journey.units import AllocatePost
from tests.examples import COACH, SAMPLES, referral, wish
from tests.spec import given

# Every command of contract.md §2 with its fields; ? may be left out.
CONTRACT = """
refer: person municipality referring_party grounds needs_from birth_date sex \
protected_identity? programme? previous_journey?
secure_livelihood: income_source securing_party
confirm_motivation:
note_motivation_lacking:
give_consent: kind obtained_by form? recipients? scope? valid_until?
withdraw_consent: kind
support_preparation: kind minutes?
hold_coordinated_plan: parties
start_gk:
end_gk:
present: parties_present
decide_inclusion: outcome votes reason?
decide_as_manager: question outcome reason
record_individual_decision: authority legal_basis outcome
queue:
leave_queue:
refer_onward: to
withdraw_referral: reason
reopen_referral: reason
assign_coach: coach
hand_over: coach reason
enrol: income_before occupation_before bypass_reason?
document: system_ref
conclude_agreement:
complete_profile:
contact_workplace: employer kind?
analyse_workplace: employer
start_activity: activity kind employer until? open_labour_market
end_activity: activity outcome?
advance: to?
step_back: to reason?
give_support: side place mode minutes?
pause: reason review_on?
resume:
meet_individual_team: parties
request_follow_up: reason
hold_follow_up: with_person
start_employment: employment employer percent form open_labour_market? wage_subsidy? \
agreement_wage?
change_employment: employment percent
end_employment: employment cause
start_studies: percent level
end_studies: cause?
record_income: phase source
propose_exit: reason
decide_exit: reason? votes exit_date?
reopen: reason to_step?
register_in_sus: mode
deregister_from_sus: occupation_after income_after
start_aftercare: requested_by
record_contact: mode met initiated_by? closing?
note_failed_contact: side
extend_aftercare: requested_by until?
end_aftercare: reason
correct: entry field value reason
transfer_programme: programme
offer_survey: year
"""
UNITS = """
allocate_post: unit percent
attest_half_year: unit half per_description beyond_ordinary percent_worked
requisition_grant: unit half
record_survey: year answers
measure_fidelity: unit scale total
record_volume_contacts: unit count
"""


def fields_of(lines: str) -> dict[str, set[str]]:
    pairs = (line.split(":") for line in lines.strip().splitlines())
    return {name: set(fields.split()) for name, fields in pairs}


FIELDS, UNIT_FIELDS = fields_of(CONTRACT), fields_of(UNITS)
REQUIRED = [(do, name) for do, names in FIELDS.items() for name in sorted(names) if "?" not in name]
GIVEN = [(do, name) for do, fields in SAMPLES.items() for name in fields]
ANYTHING = {("correct", "value")}
"""Whether a corrected value fits is asked of the fact, not of the command."""

KEYS = [
    (do, name)
    for do, name in GIVEN
    if name in ("person", "employer", "employment", "activity", "coach", "previous_journey")
]
DAYS = [
    (do, name)
    for do, name in GIVEN
    if name in ("birth_date", "valid_until", "until", "review_on", "exit_date")
]


def command(do: str, **changes: Any) -> dict[str, Any]:
    """A well-formed command with some fields changed."""
    head = {"do": do, "journey": "j1", "by": COACH, "on": "2026-09-01"}
    return {**head, **SAMPLES.get(do, {}), **changes}


def fault(spoilt: Any) -> Reason:
    """The reason for which this command is refused."""
    with pytest.raises(InvalidCommand) as caught:
        parse(spoilt)
    assert len(caught.value.reasons) == 1
    return caught.value.reasons[0]


# --- exactly the contract's fields ---------------------------------------------------


def test_every_command_of_the_contract_is_known_and_no_other() -> None:
    assert set(WISHES) == {*FIELDS, *UNIT_FIELDS}
    assert set(SAMPLES) == set(FIELDS)


@pytest.mark.parametrize("do", [*FIELDS, *UNIT_FIELDS])
def test_a_command_has_exactly_its_fields(do: str) -> None:
    own = {
        field.encode_name + ("" if field.required else "?")
        for field in msgspec.structs.fields(WISHES[do])
        if field.name not in ("by", "on", "id", "journey")
    }
    assert own == {**FIELDS, **UNIT_FIELDS}[do]


@pytest.mark.parametrize("do", FIELDS)
def test_a_command_parses_with_all_its_fields_and_with_the_needed_ones(do: str) -> None:
    assert set(SAMPLES[do]) == {name.rstrip("?") for name in FIELDS[do]}
    full = parse(command(do, id="c-1"))
    assert type(full) is WISHES[do]
    assert full.id == "c-1"
    needed = {name: SAMPLES[do][name] for name in FIELDS[do] if "?" not in name}
    head = {"do": do, "journey": "j1", "by": COACH, "on": "2026-09-01"}
    assert type(parse({**head, **needed})) is WISHES[do]


def test_what_is_left_out_has_the_contracts_default() -> None:
    """The defaults after "=" in contract.md §2."""
    plain: dict[str, dict[str, Any]] = {
        "refer": {"protected_identity": False, "programme": "se-hoglandet"},
        "give_consent": {"form": "written"},
        "start_employment": {
            "open_labour_market": True,
            "wage_subsidy": False,
            "agreement_wage": True,
        },
        "reopen": {"to_step": 3},
        "record_contact": {"initiated_by": "coach", "closing": False},
        "advance": {"to": None},
        "decide_exit": {"reason": None, "exit_date": None},
    }
    for do, defaults in plain.items():
        spare = command(do)
        for name in defaults:
            del spare[name]
        parsed = parse(spare)
        assert {name: getattr(parsed, name) for name in defaults} == defaults


def test_posts_are_allocated_to_a_unit() -> None:
    parsed = parse(
        {"do": "allocate_post", "by": "board:b1", "on": "2023-01-01", "unit": "*", "percent": 830}
    )
    assert parsed == AllocatePost(by="board:b1", on=date(2023, 1, 1), unit="*", percent=830)


# --- faults of form ------------------------------------------------------------------


@pytest.mark.parametrize("spoilt", [{}, {"do": None}, {"do": "fly"}, {"do": ["advance"]}])
def test_an_unknown_command(spoilt: dict[str, Any]) -> None:
    reason = fault({**command("advance"), "do": spoilt.get("do")})
    assert (reason.code, reason.field) == ("invalid_command", "do")
    assert "fly" not in reason.message


@pytest.mark.parametrize("do", FIELDS)
def test_an_unknown_field(do: str) -> None:
    reason = fault(command(do, colour="red"))
    assert (reason.code, reason.field) == ("invalid_command", "colour")


@pytest.mark.parametrize(("do", "name"), [*REQUIRED, *(("advance", n) for n in ("by", "on"))])
def test_a_missing_field(do: str, name: str) -> None:
    spoilt = command(do)
    del spoilt[name]
    reason = fault(spoilt)
    assert (reason.code, reason.field) == ("invalid_command", name)


@pytest.mark.parametrize("do", FIELDS)
def test_a_command_without_its_journey(do: str) -> None:
    spoilt = command(do)
    del spoilt["journey"]
    assert fault(spoilt).field == "journey"


@pytest.mark.parametrize(("do", "name"), [one for one in GIVEN if one not in ANYTHING])
@pytest.mark.parametrize("wrong", [{"a": {"b": 1}}, [[7]], 7.5])
def test_a_wrong_type(do: str, name: str, wrong: Any) -> None:
    """The path names the field; what was given is not repeated."""
    reason = fault(command(do, **{name: wrong}))
    assert reason.code == "invalid_command"
    assert reason.field is not None
    assert reason.field.split("[")[0].split(".")[0] == name
    assert "7" not in reason.message


@pytest.mark.parametrize(("do", "name"), [("advance", "on"), *DAYS])
@pytest.mark.parametrize(
    "day", ["2026-02-30", "2027-02-29", "2026-13-01", "20260901", "1 May", "2026-09-01T00:00:00"]
)
def test_a_day_that_does_not_exist(do: str, name: str, day: str) -> None:
    reason = fault(command(do, **{name: day}))
    assert (reason.code, reason.field) == ("invalid_command", name)
    assert day not in reason.message


@pytest.mark.parametrize(("do", "name"), [("advance", "journey"), *KEYS])
@pytest.mark.parametrize("key", ["", "x" * 65, "a b", "a/b", "å,ä", "a\n", "Anna!", "a\u200bb"])
def test_a_key_of_another_form(do: str, name: str, key: str) -> None:
    """contract.md §1: at most 64 letters, digits, ``-_.:``."""
    reason = fault(command(do, **{name: key}))
    assert (reason.code, reason.field) == ("invalid_command", name)
    assert not key or key not in reason.message


@pytest.mark.parametrize("key", ["x" * 64, "a-b_c.d:e", "Åsa", "7", "2026-07"])
def test_an_ordinary_key(key: str) -> None:
    for do, name in (("advance", "journey"), *KEYS):
        assert getattr(parse(command(do, **{name: key})), name) == key


@pytest.mark.parametrize(
    ("do", "name", "value"),
    [
        ("advance", "to", 0),
        ("advance", "to", 6),
        ("reopen", "to_step", 6),
        ("start_employment", "percent", 0),
        ("start_employment", "percent", 101),
        ("support_preparation", "minutes", -1),
        ("give_support", "minutes", 1441),
        ("give_consent", "kind", "blood"),
        ("refer", "sex", "x"),
        ("decide_exit", "votes", {"fk": "perhaps"}),
        ("record_contact", "met", ["nobody"]),
        ("pause", "reason", "tired"),
        ("withdraw_referral", "reason", ""),
        ("withdraw_referral", "reason", "x" * 65),
        ("hand_over", "reason", "free text here"),
        ("step_back", "reason", "free text here"),
        ("present", "parties_present", ["free text"]),
    ],
)
def test_a_value_outside_its_vocabulary(do: str, name: str, value: Any) -> None:
    reason = fault(command(do, **{name: value}))
    assert reason.code == "invalid_command"
    assert reason.field is not None
    assert reason.field.split("[")[0] == name
    for word in ("blood", "perhaps", "nobody", "tired", "free"):
        assert word not in reason.message


@pytest.mark.parametrize("do", ["step_back", "decide_exit"])
@pytest.mark.parametrize("reason", ["", None])
def test_a_reason_that_the_rules_ask_for_may_be_empty(do: str, reason: str | None) -> None:
    """contract.md §2: refused by the rule, not as a fault of form."""
    assert parse(command(do, reason=reason))


@pytest.mark.parametrize(
    "line", ["", "nonsense", "[1]", '"advance"', "null", "7", '{"a":', "\ud800"]
)
def test_a_line_that_is_no_command(line: str) -> None:
    with pytest.raises(InvalidCommand):
        read_command(line.encode("utf-8", "surrogatepass"))


def test_a_deep_nest_is_refused_and_not_a_crash() -> None:
    with pytest.raises(InvalidCommand):
        parse(read_command('{"do":' + "[" * 100_000))
    with pytest.raises(InvalidCommand):
        parse(command("correct", value=_nest(100_000)))


def _nest(depth: int) -> list[Any]:
    nested: list[Any] = []
    for _ in range(depth):
        nested = [nested]
    return nested


@pytest.mark.parametrize("value", [float("nan"), b"\x00", object(), 10**30, "\ud800"])
def test_what_json_cannot_say_is_refused(value: object) -> None:
    with pytest.raises(InvalidCommand):
        parse(command("advance", to=value))


def test_text_is_read_as_the_fields_type_where_the_caller_says_so() -> None:
    """As the command line gives it."""
    parsed = parse(command("advance", to="2"), strict=False)
    assert isinstance(parsed, Advance)
    assert parsed.to == 2
    assert fault(command("advance", to="2")).field == "to"


# --- personal identity numbers (domain.md §9.6) --------------------------------------

SHAPES = [
    "19900101-1234",
    "199001011234",
    "900101-1234",
    "9001011234",
    "900101+1234",
    "19900101 1234",
    "900101 1234",
    "19900161-1234",
    "900161-1234",
    "201512319999",
    "18991231-0001",
    "900101\u20131234",
    "900101\u22121234",
    "p-900101-1234",
    "x199001011234y",
    "a:9001011234.b",
    "000229-1234",
]
UNUSUAL = [
    "\uff11\uff19\uff19\uff10\uff10\uff11\uff10\uff11\uff11\uff12\uff13\uff14",
    "\u0661\u0669\u0669\u0660\u0660\u0661\u0660\u0661\u0661\u0662\u0663\u0664",
]
STRINGS = [
    ("refer", "person"),
    ("refer", "municipality"),
    ("assign_coach", "coach"),
    ("document", "system_ref"),
    ("withdraw_referral", "reason"),
    ("correct", "value"),
    ("advance", "journey"),
    ("advance", "by"),
    ("advance", "id"),
    ("advance", "colour"),
]


@pytest.mark.parametrize("number", SHAPES)
@pytest.mark.parametrize(("do", "name"), STRINGS)
def test_an_identity_number_in_any_string(do: str, name: str, number: str) -> None:
    """Refused with the path; the number is not repeated."""
    reason = fault(command(do, **{name: number}))
    assert (reason.code, reason.field) == ("personal_data_in_free_text", name)
    assert number not in reason.message


@pytest.mark.parametrize("number", UNUSUAL)
def test_an_identity_number_in_an_unusual_dress(number: str) -> None:
    """contract.md §1: "anything shaped like one", in other digits too."""
    reason = fault(command("document", system_ref=number))
    assert number not in reason.message
    assert reason.code == "personal_data_in_free_text"


@pytest.mark.parametrize(
    ("spoilt", "path"),
    [
        (command("present", parties_present=["fk", "900101-1234"]), "parties_present[1]"),
        (command("decide_exit", votes={"900101-1234": "for"}), "votes"),
        (command("correct", value={"a": ["900101-1234"]}), "value.a[0]"),
    ],
)
def test_an_identity_number_deep_inside(spoilt: dict[str, Any], path: str) -> None:
    reason = fault(spoilt)
    assert (reason.code, reason.field) == ("personal_data_in_free_text", path)
    assert "900101" not in f"{reason.message}{reason.field}"


def test_an_identity_number_as_a_fields_name_is_not_repeated() -> None:
    reason = fault({**command("advance"), "900101-1234": 1})
    assert reason.code == "personal_data_in_free_text"
    assert "900101" not in f"{reason.message}{reason.field}"


@for_any(st.uuids())
def test_a_uuid_is_none(one: Any) -> None:
    """It is random, and may hold such digits by chance."""
    assert parse(command("advance", journey=str(one), id=str(one)))


@pytest.mark.parametrize(
    "key", ["19900101-1234-5678-9012-199001011234", "journey-17", "2026-09-01", "c1", "901301-1234"]
)
def test_an_ordinary_key_is_none(key: str) -> None:
    assert parse(command("advance", journey=key))


# --- letters -------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_swedish_letter_is_one_letter_however_it_is_written(
    form: Literal["NFC", "NFD"],
) -> None:
    """Nässjö is Nässjö: composed or not, as a municipality, in the actor, in a key."""
    text = unicodedata.normalize(form, "Nässjö")
    parsed = parse(command("refer", municipality=text, by=f"coach:c1@{text}", person=text))
    assert isinstance(parsed, Refer)
    assert (parsed.municipality, parsed.by, parsed.person) == (
        "Nässjö",
        "coach:c1@Nässjö",
        "Nässjö",
    )


def test_a_decomposed_municipality_is_accepted_throughout() -> None:
    written = unicodedata.normalize("NFD", "Nässjö")
    presenting = wish(
        "present", f"coach:c1@{written}", "2026-02-10", parties_present=["fk", "region"]
    )
    referred = given(referral(municipality=written)).when(presenting)
    assert "actor_not_permitted" not in [reason.code for reason in referred.reasons]


@pytest.mark.parametrize("day", ["9999-12-31", "2200-01-01", "1899-12-31", "0001-01-01"])
def test_a_day_of_nobody_s_life_is_a_fault_of_form(day: str) -> None:
    """No month after it is reckoned."""
    for do, name in (("advance", "on"), ("give_consent", "valid_until"), ("refer", "birth_date")):
        reason = fault(command(do, **{name: day}))
        assert (reason.code, reason.field) == ("invalid_command", name)
