"""From the engine's errors to HTTP, in the language of the one who reads."""

from __future__ import annotations

from typing import Any

import msgspec
from flask import Flask, Response, request
from sqlalchemy.exc import IntegrityError, OperationalError
from werkzeug.exceptions import HTTPException

from journey import (
    Conflict,
    InvalidCommand,
    JourneyError,
    Language,
    Refused,
    StoreError,
    StoreLocked,
)
from projections import as_refused

CODES = {
    "unknown_journey": 404,
    "actor_not_permitted": 403,
    "wrong_manager": 403,
    "federation_may_not_decide": 403,
}
"""Refusals that HTTP has a finer word for than 422."""

KINDS: tuple[tuple[type[JourneyError], int], ...] = (
    (InvalidCommand, 400),
    (Refused, 422),
    (StoreLocked, 409),
    (Conflict, 409),
    (StoreError, 503),
)
"""The first kind that an error is says its status."""

RETRY = {"Retry-After": "1"}


def status_of(error: JourneyError) -> int:
    """The HTTP status of what the engine raised."""
    if isinstance(error, Refused) and error.code in CODES:
        return CODES[error.code]
    return next(status for kind, status in KINDS if isinstance(error, kind))


def language() -> Language:
    """Swedish or English, as the request's Accept-Language asks for."""
    return Language(request.accept_languages.best_match(("en", "sv"), "en"))


def answer(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer; the engine's own structs and days are written as the contract says."""
    return Response(msgspec.json.encode(value), status, headers, content_type="application/json")


def answer_errors(app: Flask) -> None:
    """Answer what the engine, the host's tables and Flask raise, as JSON."""
    app.register_error_handler(Refused, refused)
    app.register_error_handler(StoreError, store_error)
    app.register_error_handler(IntegrityError, lambda _: problem(409, "Taken: key or diary."))
    app.register_error_handler(OperationalError, lambda _: problem(503, "Busy.", RETRY))
    app.register_error_handler(msgspec.ValidationError, lambda fault: problem(400, str(fault)))
    app.register_error_handler(HTTPException, http_error)


def refused(error: Refused) -> Response:
    """Every reason. Who may not act is told that alone, and nothing about the journey."""
    status = status_of(error)
    if status == CODES["actor_not_permitted"]:
        error = Refused(reason for reason in error.reasons if reason.code in CODES)
    return answer({"refused": as_refused(error, language())}, status)


def store_error(error: StoreError) -> Response:
    """The store cannot be used now. Nothing was changed; what may pass by itself says when."""
    return problem(status_of(error), language().error(error), RETRY)


def http_error(error: HTTPException) -> Response:
    """Flask's own errors keep their status and headers."""
    headers = {name: value for name, value in error.get_headers() if name != "Content-Type"}
    return problem(error.code or 500, error.description or error.name, headers)


def problem(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    """An answer that is no refusal of the engine's."""
    return answer({"error": {"message": message}}, status, headers)
