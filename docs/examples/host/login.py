"""Who asks: a stub in the place of a real login. It believes every name; put your own here.

The host authenticates, the engine authorises: all that the engine wants to know of a
login is the actor, ``role:id@municipality`` (contract.md §1).
"""

from __future__ import annotations

from flask import abort, request
from werkzeug.datastructures import WWWAuthenticate

from journey import Actor, Journey, Role, parse_actor

STAFF = {
    "anna": "coach:c1@Nässjö",
    "bo": "coach:c2@Nässjö",
    "maria": "manager:m1@Nässjö",
    "eva": "municipality:eva@Nässjö",
    "olle": "fk:olle",
    "ann": "af:ann",
    "kim": "region:kim",
    "frida": "federation_manager:f1",
}


def actor() -> Actor:
    """The actor that the login of this request stands for; 401 without a known login."""
    login = request.authorization
    name = login.username if login else None
    if name not in STAFF:
        abort(401, www_authenticate=WWWAuthenticate("basic", {"realm": "example host"}))
    return parse_actor(STAFF[name])


def sees(who: Actor, journey: Journey) -> bool:
    """Whether a login may read a journey: its coach, any coach while it has none, the manager.

    The engine says who may write. Who may read is the host's to say (domain.md §2.2, the row
    "See one journey in full").
    """
    if who.municipality != journey.referral.municipality:
        return False
    mine = who.role is Role.COACH and journey.coaching.coach in (None, who.id)
    return mine or who.role is Role.MANAGER


def concern_of(who: Actor) -> dict[str, str | None]:
    """What a work list is limited to: a coach's own, a manager's unit; 403 for everyone else."""
    if who.role not in (Role.COACH, Role.MANAGER):
        abort(403, "Only coaches and their manager have a caseload.")
    coach = who.id if who.role is Role.COACH else None
    return {"municipality": who.municipality, "coach": coach}
