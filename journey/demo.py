"""The demo's story: one participant from referral to aftercare, refusals included.

Nobody in it exists. The scenes are values; the command line tells them.
"""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from msgspec import Struct

from journey.language import N_

JOURNEY = "demo-1"
_COACH, _MANAGER, _FK = "coach:c1@Nässjö", "manager:m1@Nässjö", "fk:olle"
_ALL = ["municipality", "fk", "af", "region"]
_ALL_FOR = dict.fromkeys(_ALL, "for")
_DATA = Path(__file__).parent.parent / "tests" / "data" / "hoglandet-2018-2020.jsonl"


TRY_NEXT = (
    "journey show demo-1",
    "journey due --today 2026-11-20 --ahead 30",
    "journey tick --today 2026-11-20",
    "journey caseload --as-of 2020-12-31",
    "journey report goal --year 2018..2020 --explain",
    "journey rebuild --look",
    "journey audit verify",
)
"""Calls that show more of the demo's store."""


class NoDemo(Exception):
    """Why the demo cannot be made: a sentence."""


class Scene(Struct, frozen=True):
    """A sentence, the command that goes with it, and the day on which the journey is shown."""

    text: str
    command: dict[str, Any] | None = None
    shown_on: date | None = None


def history_file() -> Path:
    """The three years' commands. Raises NoDemo where only the program is installed."""
    if not _DATA.exists():
        raise NoDemo("The demo needs a checkout: tests/data/hoglandet-2018-2020.jsonl.")
    return _DATA


def fresh_store(folder: str | None) -> Path:
    """Where the demo's store is made. Raises NoDemo where one is there already, or none can be."""
    try:
        place = Path(folder) if folder else Path(tempfile.mkdtemp(prefix="journey-demo-"))
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NoDemo(f"No store can be made in {folder}: {error.strerror}.") from error
    file = place / "journey.db"
    if file.exists():
        raise NoDemo(f"There is a store in {place} already; name an empty folder.")
    return file


def _scene(text: str, do: str, by: str, on: str, **fields: Any) -> Scene:
    return Scene(text, {"do": do, "journey": JOURNEY, "by": by, "on": on, **fields})


STORY: tuple[Scene, ...] = (
    _scene(
        N_("FK refers a person to SE-Höglandet."),
        "refer",
        _FK,
        "2026-02-02",
        person="demo-p1",
        municipality="Nässjö",
        referring_party="fk",
        grounds=["mental_ill_health"],
        needs_from=["fk", "region"],
        birth_date="1999-05-17",
        sex="woman",
    ),
    _scene(
        N_("The coach wants to present her in the referral group, without a consent:"),
        "present",
        _COACH,
        "2026-02-10",
        parties_present=_ALL,
    ),
    _scene(
        N_("FK obtains the consent."),
        "give_consent",
        _FK,
        "2026-02-06",
        kind="referral_group",
        obtained_by="fk",
    ),
    _scene(N_("She wants to work."), "confirm_motivation", _FK, "2026-02-06"),
    _scene(N_("Now she is presented,"), "present", _COACH, "2026-02-10", parties_present=_ALL),
    _scene(
        N_("and the group is unanimous."),
        "decide_inclusion",
        _COACH,
        "2026-02-10",
        outcome="include",
        votes=_ALL_FOR,
    ),
    _scene(
        N_("Enrolling her at once is too early; every reason is named:"),
        "enrol",
        _COACH,
        "2026-02-11",
        income_before="activity_compensation",
        occupation_before="none",
    ),
    _scene(
        N_("FK decides for its own,"),
        "record_individual_decision",
        _FK,
        "2026-02-11",
        authority="fk",
        legal_basis="fk",
        outcome="granted",
    ),
    _scene(N_("the manager assigns a coach,"), "assign_coach", _MANAGER, "2026-02-11", coach="c1"),
    _scene(
        N_("and she is enrolled."),
        "enrol",
        _COACH,
        "2026-02-12",
        income_before="activity_compensation",
        occupation_before="none",
    ),
    _scene(
        N_("She agrees in writing to be registered in SUS."),
        "give_consent",
        _COACH,
        "2026-02-12",
        kind="sus_registration",
        obtained_by="municipality",
    ),
    _scene(
        N_("The coach registers her."), "register_in_sus", _COACH, "2026-02-12", mode="identified"
    ),
    _scene(N_("No step is skipped:"), "advance", _COACH, "2026-03-02", to=3),
    _scene(N_("Step 1: she makes an informed choice."), "conclude_agreement", _COACH, "2026-03-02"),
    _scene(N_("On to step 2."), "advance", _COACH, "2026-03-02"),
    _scene(N_("Her vocational profile is complete."), "complete_profile", _COACH, "2026-03-16"),
    _scene(N_("On to step 3."), "advance", _COACH, "2026-03-16"),
    _scene(
        N_("She finds a job by herself, at the end of the summer. Aftercare begins with it."),
        "start_employment",
        _COACH,
        "2026-08-31",
        employment="demo-w1",
        employer="demo-e1",
        percent=75,
        form="permanent",
    ),
    Scene(
        N_("The group decides on her exit to work."),
        {
            "do": "decide_exit",
            "journey": JOURNEY,
            "by": _COACH,
            "on": "2026-08-31",
            "reason": "work",
            "votes": _ALL_FOR,
        },
        shown_on=date(2026, 9, 1),
    ),
    _scene(
        N_("A call in the first week is kept, but a visit is asked for:"),
        "record_contact",
        _COACH,
        "2026-09-03",
        mode="phone",
        met=["participant"],
    ),
    _scene(
        N_("On Saturday the coach visits her at work."),
        "record_contact",
        _COACH,
        "2026-09-05",
        mode="visit",
        met=["participant", "employer"],
    ),
    _scene(
        N_("Deregistration from SUS waits for three months:"),
        "deregister_from_sus",
        _COACH,
        "2026-11-20",
        occupation_after="employed",
        income_after="wage",
    ),
    Scene(N_("This is how the journey stands on 2026-11-20:"), shown_on=date(2026, 11, 20)),
)
