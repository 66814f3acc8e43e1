"""What the tests of the example host share: its requests."""

from __future__ import annotations

from typing import Any, NamedTuple

from flask import Flask
from werkzeug.datastructures import Authorization, Headers

from tests.examples import included, referral
from tests.storage.stores import as_object

NEEDED = ("do", "journey", "by", "person")
LOGINS = {"fk:olle": "olle", "coach:c1@Nässjö": "anna", "manager:m1@Nässjö": "maria"}


class Told(NamedTuple):
    """An answer; ``body`` is its JSON, None where it has none."""

    status: int
    headers: Headers
    body: Any
    text: str


def registration(number: int = 1, **changes: Any) -> dict[str, Any]:
    """The body of POST /journeys for the journey j1 of p1, or of another number."""
    refer = {name: value for name, value in as_object(referral()).items() if name not in NEEDED}
    body = {
        "journey": f"j{number}",
        "person": f"p{number}",
        "diary": f"2026/{number}",
        "name": f"Person No. {number}",
        "phone": f"0380-{number}",
        "refer": refer,
    }
    return {**body, **changes}


def ask(
    app: Flask,
    path: str,
    login: str | None = "anna",
    *,
    post: object = None,
    key: str | None = None,
    language: str | None = None,
) -> Told:
    """The answer to a request: a POST where there is something to post."""
    headers = {"Idempotency-Key": key, "Accept-Language": language}
    answered = app.test_client().open(
        path,
        method="GET" if post is None else "POST",
        json=post,
        auth=Authorization("basic", {"username": login, "password": ""}) if login else None,
        headers={name: value for name, value in headers.items() if value},
    )
    body = answered.get_json(silent=True)
    return Told(answered.status_code, answered.headers, body, answered.text)


def register(app: Flask, number: int = 1, login: str = "olle", **changes: Any) -> Told:
    """The answer to a registration."""
    return ask(app, "/journeys", login, post=registration(number, **changes))


def include(app: Flask) -> None:
    """Register the journey j1 and give, by request, every command up to its inclusion."""
    assert register(app).status == 201
    for command in included()[1:]:
        body = as_object(command)
        login = LOGINS[body.pop("by")]
        assert ask(app, "/journeys/j1/commands", login, post=body).status == 200
