"""The journey work: one participant's twenty commands, each of which becomes one fact."""

from __future__ import annotations

from typing import Any

FACTS_A_JOURNEY = 20
_COACH, _MANAGER, _FK = "coach:c1@Nässjö", "manager:m1@Nässjö", "fk:olle"
_ALL = ["municipality", "fk", "af", "region"]

_STORY: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    (
        "refer",
        _FK,
        "2026-02-02",
        {
            "municipality": "Nässjö",
            "referring_party": "fk",
            "grounds": ["mental_ill_health"],
            "needs_from": ["fk", "region"],
            "birth_date": "1999-05-17",
            "sex": "woman",
        },
    ),
    ("give_consent", _FK, "2026-02-02", {"kind": "referral_group", "obtained_by": "fk"}),
    (
        "secure_livelihood",
        _FK,
        "2026-02-03",
        {"income_source": "activity_compensation", "securing_party": "fk"},
    ),
    ("confirm_motivation", _FK, "2026-02-04", {}),
    ("present", _COACH, "2026-02-10", {"parties_present": _ALL}),
    (
        "decide_inclusion",
        _COACH,
        "2026-02-10",
        {"outcome": "include", "votes": dict.fromkeys(_ALL, "for")},
    ),
    (
        "record_individual_decision",
        _FK,
        "2026-02-11",
        {"authority": "fk", "legal_basis": "fk", "outcome": "granted"},
    ),
    ("assign_coach", _MANAGER, "2026-02-11", {"coach": "c1"}),
    (
        "enrol",
        _COACH,
        "2026-02-12",
        {"income_before": "activity_compensation", "occupation_before": "none"},
    ),
    (
        "give_consent",
        _COACH,
        "2026-02-12",
        {"kind": "sus_registration", "obtained_by": "municipality"},
    ),
    ("register_in_sus", _COACH, "2026-02-12", {"mode": "identified"}),
    ("document", _COACH, "2026-02-13", {"system_ref": "doc-1"}),
    ("conclude_agreement", _COACH, "2026-03-02", {}),
    ("advance", _COACH, "2026-03-02", {}),
    ("complete_profile", _COACH, "2026-03-16", {}),
    ("advance", _COACH, "2026-03-16", {}),
    (
        "give_consent",
        _COACH,
        "2026-03-17",
        {"kind": "employer_contact", "obtained_by": "municipality"},
    ),
    ("contact_workplace", _COACH, "2026-03-18", {"employer": "e1"}),
    ("analyse_workplace", _COACH, "2026-03-30", {"employer": "e1"}),
    (
        "start_activity",
        _COACH,
        "2026-04-01",
        {
            "activity": "a1",
            "kind": "work_trial",
            "employer": "e1",
            "until": "2026-06-30",
            "open_labour_market": True,
        },
    ),
)


def commands(journey: str) -> list[dict[str, Any]]:
    """The twenty commands of one journey, as JSON objects."""
    story = [
        {"do": do, "journey": journey, "by": by, "on": on, **fields}
        for do, by, on, fields in _STORY
    ]
    story[0]["person"] = f"p-{journey}"
    return story
