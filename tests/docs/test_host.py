"""The example host: its own writes and the facts are one, and every error has its status."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from host import tables
from host.answers import status_of
from host.app import create_app
from sqlalchemy import func, select

from journey import (
    Conflict,
    Journeys,
    StoreError,
    StoreLocked,
    StoreReadOnly,
    StoreTooNew,
    StoreUnusable,
)
from journey.storage.verify import verify
from tests.docs.asking import ask, include, register, registration
from tests.docs.conftest import store_of
from tests.storage.stores import TODAY

SUPPORT = {"do": "support_preparation", "on": "2026-02-03", "kind": "k1"}


def counts(journeys: Journeys) -> tuple[int, int, int]:
    """How many people and cases the host has, and how many facts the store."""
    with journeys.engine.connect() as connection:
        people, cases = (
            connection.scalar(select(func.count()).select_from(table)) or 0
            for table in (tables.people, tables.cases)
        )
    return people, cases, journeys.facts.head()[0]


# --- together ----------------------------------------------------------------------------


def test_a_person_a_case_and_a_referral_are_registered_together(
    app: Flask, journeys: Journeys
) -> None:
    answered = register(app)
    assert answered.status == 201
    assert [fact["event"] for fact in answered.body["recorded"]] == ["ReferralReceived"]
    assert counts(journeys) == (1, 1, 1)
    assert verify(journeys).findings == ()


def test_a_refused_referral_leaves_nothing_of_the_host_s_behind(
    app: Flask, journeys: Journeys
) -> None:
    """The name was written before the engine was asked."""
    refused = register(app, login="ann")
    assert refused.status == 403
    assert counts(journeys) == (0, 0, 0)
    assert register(app).status == 201


def test_a_diary_number_in_use_leaves_no_fact_behind(app: Flask, journeys: Journeys) -> None:
    """The fact was written before the host's own table refused."""
    register(app)
    assert register(app, 2, diary="2026/1").status == 409
    assert counts(journeys) == (1, 1, 1)
    assert register(app, 2).status == 201
    assert counts(journeys) == (2, 2, 2)


def test_a_registration_that_is_sent_again_is_there_once(app: Flask, journeys: Journeys) -> None:
    sent = [ask(app, "/journeys", "olle", post=registration(), key="r1") for _ in range(2)]
    assert [one.status for one in sent] == [201, 200]
    assert counts(journeys) == (1, 1, 1)


def test_a_person_who_is_refused_a_second_journey_keeps_the_name(
    app: Flask, journeys: Journeys
) -> None:
    register(app)
    refused = register(app, 2, person="p1", name="Someone Else")
    assert (refused.status, refused.body["refused"]["code"]) == (422, "open_journey_exists")
    assert ask(app, "/journeys/j1").body["name"] == "Person No. 1"


# --- commands ----------------------------------------------------------------------------


def test_the_actor_is_the_login_whatever_the_body_says(app: Flask, journeys: Journeys) -> None:
    register(app)
    said = {**SUPPORT, "by": "manager:m1@Nässjö", "journey": "j9", "id": "x"}
    assert ask(app, "/journeys/j1/commands", "anna", post=said).status == 200
    assert journeys.history("j1")[-1].by == "coach:c1@Nässjö"


def test_the_idempotency_key_is_the_command_s_id(app: Flask, journeys: Journeys) -> None:
    register(app)
    first, again = (ask(app, "/journeys/j1/commands", post=SUPPORT, key="k") for _ in range(2))
    assert [first.body["repeated"], again.body["repeated"]] == [False, True]
    other = ask(app, "/journeys/j1/commands", post={**SUPPORT, "kind": "k2"}, key="k")
    assert (other.status, other.body["refused"]["code"]) == (400, "id_reused")
    assert journeys.load("j1").version == 2


def test_a_refusal_has_every_reason_in_the_reader_s_language(app: Flask) -> None:
    register(app)
    enrol = {"do": "enrol", "on": "2026-02-10", "income_before": "none"}
    enrol["occupation_before"] = "none"
    english, swedish = (
        ask(app, "/journeys/j1/commands", post=enrol, language=language)
        for language in ("en", "sv-SE,sv;q=0.9,en;q=0.5")
    )
    assert (english.status, swedish.status) == (422, 422)
    reasons = [answered.body["refused"]["reasons"] for answered in (english, swedish)]
    codes, same = ([reason["code"] for reason in some] for some in reasons)
    assert codes == same
    assert len(codes) > 1
    for said, told in zip(*reasons, strict=True):
        assert said["message"] != told["message"]
        assert said["source"] == told["source"]


def test_a_refusal_names_the_first_day_on_which_it_would_be_allowed(app: Flask) -> None:
    register(app)
    early = {"do": "confirm_motivation", "on": "2026-02-01"}
    answered = ask(app, "/journeys/j1/commands", post=early)
    assert answered.status == 422
    assert answered.body["refused"]["earliest"] == "2026-02-02"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"do": "fly", "on": "2026-02-03"}, "do"),
        ({**SUPPORT, "on": "yesterday"}, "on"),
        ({**SUPPORT, "extra": 1}, "extra"),
        ({**SUPPORT, "kind": "990517-1234"}, "kind"),
        ([1], None),
    ],
)
def test_a_command_of_a_wrong_form_is_a_bad_request(app: Flask, body: Any, field: Any) -> None:
    register(app)
    answered = ask(app, "/journeys/j1/commands", post=body)
    assert answered.status == 400
    assert answered.body["refused"].get("field") == field


def test_a_registration_of_a_wrong_form_is_a_bad_request(app: Flask, journeys: Journeys) -> None:
    assert register(app, phone=1).status == 400
    assert register(app, extra=1).status == 400
    assert counts(journeys) == (0, 0, 0)


def test_a_journey_begins_with_a_case(app: Flask, journeys: Journeys) -> None:
    refer = {**registration()["refer"], "do": "refer", "person": "p1"}
    assert ask(app, "/journeys/j1/commands", "olle", post=refer).status == 400
    assert counts(journeys) == (0, 0, 0)


def test_who_may_not_act_is_told_that_alone(app: Flask) -> None:
    register(app)
    advance = {"do": "advance", "on": "2026-02-10"}
    for login, code in (("olle", "actor_not_permitted"), ("frida", "federation_may_not_decide")):
        answered = ask(app, "/journeys/j1/commands", login, post=advance)
        assert answered.status == 403
        assert [reason["code"] for reason in answered.body["refused"]["reasons"]] == [code]


def test_an_unknown_journey_is_not_found(app: Flask) -> None:
    assert ask(app, "/journeys/j1/commands", post=SUPPORT).status == 404
    assert ask(app, "/journeys/j1").status == 404


def test_a_store_that_is_held_says_when_to_come_again(tmp_path: Path) -> None:
    """A transaction of the host's holds the turn to write, longer than others wait."""
    hasty = create_app(f"sqlite:///{tmp_path / 'host.db'}?timeout=0.1", today=TODAY)
    journeys = store_of(hasty)
    register(hasty)
    with journeys.engine.begin() as connection:
        tables.know(connection, "p1", "Somebody", "0380")
        command = ask(hasty, "/journeys/j1/commands", post=SUPPORT)
        registered = register(hasty, 2)
    assert (command.status, registered.status) == (409, 503)
    assert command.headers["Retry-After"] == registered.headers["Retry-After"] == "1"
    assert ask(hasty, "/journeys/j1/commands", post=SUPPORT).status == 200
    journeys.close()
    journeys.engine.dispose()


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (StoreLocked(""), 409),
        (Conflict(""), 409),
        (StoreReadOnly(""), 503),
        (StoreUnusable(""), 503),
        (StoreTooNew(""), 503),
        (StoreError(""), 503),
    ],
)
def test_every_error_of_the_store_has_its_status(error: StoreError, status: int) -> None:
    assert status_of(error) == status


# --- questions ---------------------------------------------------------------------------


def test_nobody_gets_in_without_a_login(app: Flask) -> None:
    for path in ("/", "/due", "/caseload", "/journeys/j1", "/journeys/j1/next"):
        for login in (None, "nobody"):
            answered = ask(app, path, login)
            assert answered.status == 401
            assert answered.headers["WWW-Authenticate"].startswith("Basic")
    assert ask(app, "/journeys", None, post=registration()).status == 401


def test_a_journey_is_shown_now_and_as_of_a_day_with_its_name(app: Flask) -> None:
    include(app)
    now, then = (ask(app, f"/journeys/j1{query}").body for query in ("", "?as_of=2026-02-03"))
    assert (now["name"], now["diary"]) == ("Person No. 1", "2026/1")
    assert (now["now"]["phase"], then["now"]["phase"]) == ("accepted", "preparation")
    assert ask(app, "/journeys/j1?as_of=2026-01-01").status == 404
    assert ask(app, "/journeys/j1?as_of=soon").status == 400


def test_what_may_happen_next_and_why_not(app: Flask) -> None:
    include(app)
    found = {one["do"]: one for one in ask(app, "/journeys/j1/next", "maria").body}
    assert found["assign_coach"]["allowed"]
    assert not found["advance"]["allowed"]
    assert found["advance"]["reasons"][0]["source"]


def test_only_the_own_coach_and_the_unit_s_manager_see_a_journey(app: Flask) -> None:
    """Until a coach is assigned every coach of the municipality does (domain.md §2.2)."""
    include(app)
    assert ask(app, "/journeys/j1", "bo").status == 200
    assign = {"do": "assign_coach", "on": "2026-02-11", "coach": "c1"}
    assert ask(app, "/journeys/j1/commands", "maria", post=assign).status == 200
    seen = {who: ask(app, "/journeys/j1", who).status for who in ("anna", "maria")}
    assert seen == {"anna": 200, "maria": 200}
    unseen = {ask(app, "/journeys/j1", who).status for who in ("bo", "olle", "eva", "frida")}
    assert unseen == {403}


def test_the_work_list_has_the_names_of_the_host_s_table(app: Flask) -> None:
    include(app)
    register(app, 2)
    assign = {"do": "assign_coach", "on": "2026-02-11", "coach": "c1"}
    ask(app, "/journeys/j1/commands", "maria", post=assign)
    mine, unit = (ask(app, "/caseload", who).body["journeys"] for who in ("anna", "maria"))
    assert [(row["journey"], row["name"]) for row in mine] == [("j1", "Person No. 1")]
    assert [row["journey"] for row in unit] == ["j1", "j2"]
    assert all(row["name"] == "Person No. 1" for row in ask(app, "/due").body)
    assert ask(app, "/due", "olle").status == 403


def test_the_pages_show_names_and_reasons_and_nothing_that_a_name_could_inject(
    app: Flask,
) -> None:
    register(app, name="<b>Åsa</b>")
    listed, page = ask(app, "/", "maria"), ask(app, "/journeys/j1/page", language="sv")
    for shown in (listed, page):
        assert shown.status == 200
        assert "&lt;b&gt;Åsa&lt;/b&gt;" in shown.text
    assert "samtycke" in page.text.lower()
