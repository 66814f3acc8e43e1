"""A case system in small: its own tables and logins around one store of journeys."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec
from flask import Blueprint, Flask, Response, abort, current_app, render_template, request
from msgspec import Struct
from sqlalchemy import create_engine

from host import tables
from host.answers import answer, answer_errors, language
from host.login import actor, concern_of, sees
from journey import Journey, Journeys, Possibility, possible, read_command
from projections import (
    CaseRow,
    DueRow,
    as_outcome,
    as_possibility,
    at,
    caseload,
    due,
    journeys_of,
    view,
)

AHEAD = 14
"""So many days before something is due it is on the work list."""

routes = Blueprint("host", __name__)


def create_app(database: str | None = None, today: date | None = None) -> Flask:
    """The host on a database of its own; ``HOST_DB`` names it unless given.

    The engine is the host's, and its pool has room: the store keeps connections of it.
    One ``Journeys`` serves all threads of this process; other processes open their own.
    """
    url = database or os.environ.get("HOST_DB") or "sqlite:///host.db"
    engine = create_engine(url, max_overflow=-1)
    app = Flask(__name__)
    app.extensions["journeys"] = Journeys(engine, today=today)
    tables.make(engine)
    app.register_blueprint(routes)
    answer_errors(app)
    return app


def journeys() -> Journeys:
    """The store of this process."""
    store: Journeys = current_app.extensions["journeys"]
    return store


@routes.before_request
def logged_in() -> None:
    """Nobody gets any further without a login."""
    actor()


# --- what is written ---------------------------------------------------------------------


class Registration(Struct, forbid_unknown_fields=True):
    """The body of POST /journeys: the host's own fields, and those of the engine's ``refer``."""

    journey: str
    person: str
    diary: str
    name: str
    phone: str
    refer: dict[str, Any]


@routes.post("/journeys")
def register() -> Response:
    """Know a person, refer them and open a case: all of it, or nothing."""
    form = msgspec.convert(read_command(request.get_data()), Registration)
    command = {**form.refer, "do": "refer", "person": form.person, **signed(form.journey)}
    with journeys().engine.begin() as connection:
        tables.know(connection, form.person, form.name, form.phone)
        outcome = journeys().within(connection).perform(command)
        if not outcome.repeated:
            tables.open_case(connection, form.journey, form.person, form.diary, command["by"])
    return answer(as_outcome(outcome, language()), 200 if outcome.repeated else 201)


@routes.post("/journeys/<journey>/commands")
def perform(journey: str) -> Response:
    """Carry out a command of contract.md §2 on a journey, as the one who is logged in."""
    command = {**read_command(request.get_data()), **signed(journey)}
    if command.get("do") == "refer":
        abort(400, "A referral is registered by POST /journeys.")
    return answer(as_outcome(journeys().perform(command), language()))


def signed(journey: str) -> dict[str, str | None]:
    """What the host says itself of a command, whatever its body says."""
    key = request.headers.get("Idempotency-Key")
    return {"journey": journey, "by": str(actor()), "id": key}


# --- what is read ------------------------------------------------------------------------


@routes.get("/journeys/<journey>")
def show(journey: str) -> Response:
    """A journey now, or as of a day, with the name of its person."""
    now = seen(journey)
    day = as_of()
    then = journeys().load(journey, as_of=day) if day else now
    return answer({**person_of(journey), "now": view(then, day or journeys().today())})


@routes.get("/journeys/<journey>/next")
def next_(journey: str) -> Response:
    """What the one who is logged in may do next, and why not the rest."""
    return answer([as_possibility(one, language()) for one in possibilities(seen(journey))])


@routes.get("/due")
def due_() -> Response:
    """What the coach who is logged in, or the manager's unit, has to do."""
    return answer(with_names()["due"])


@routes.get("/caseload")
def caseload_() -> Response:
    """Who is whose, and the unit's load."""
    found = with_names()
    return answer({"load": found["load"], "journeys": found["journeys"]})


@routes.get("/")
def work_list() -> str:
    """The same as a page for people."""
    return render_template("work_list.html", actor=actor(), **with_names())


@routes.get("/journeys/<journey>/page")
def journey_page(journey: str) -> str:
    """A journey, and what may happen next, as a page for people."""
    known, say = seen(journey), language().sentence
    now = view(known, journeys().today())
    options = possibilities(known)
    who = person_of(journey)
    return render_template("journey.html", now=now, who=who, options=options, say=say)


def seen(journey: str) -> Journey:
    """The journey, if the one who is logged in may see it; 403 if not, 404 if there is none."""
    who, known = actor(), journeys().load(journey)
    if not sees(who, known):
        abort(403, "This journey is not yours to see.")
    return known


def as_of() -> date | None:
    """The day that the query asks for, if any."""
    try:
        return date.fromisoformat(request.args["as_of"]) if "as_of" in request.args else None
    except ValueError:
        abort(400, "as_of is a day, YYYY-MM-DD.")


def possibilities(known: Journey) -> list[Possibility]:
    """Every command on the journey as the one who is logged in, today."""
    return possible(known, str(actor()), journeys().today(), journeys().context)


def person_of(journey: str) -> dict[str, str]:
    """Who a journey is about; nothing where the host has no case for it."""
    with journeys().engine.connect() as connection:
        return tables.who_is(connection, [journey]).get(journey, {})


def with_names() -> dict[str, Any]:
    """The work list of who is logged in: rows of the engine beside names of the host.

    Both are in one database, so one connection gives them as of one moment.
    """
    day, concern = journeys().today(), concern_of(actor())
    with at(journeys()) as connection:
        asked = due(connection, day, ahead=AHEAD, **concern)
        mine = journeys_of(connection, **concern)
        load = caseload(connection, day, **concern)
        keys = {row.journey for row in asked} | {row.journey for row in mine}
        names = tables.who_is(connection, keys)

    def named(rows: Sequence[DueRow | CaseRow]) -> list[dict[str, Any]]:
        return [{**msgspec.to_builtins(row), **names.get(row.journey, {})} for row in rows]

    return {"due": named(asked), "journeys": named(mine), "load": load}
