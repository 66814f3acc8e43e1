"""Commands as they come in, JSON objects of contract.md §2, and the wishes that they are."""

from __future__ import annotations

import re
import typing
import unicodedata
from collections.abc import Iterable
from typing import Annotated, Any, Final

import msgspec

from journey.access import MATRIX, UNIT_MATRIX
from journey.errors import InvalidCommand, Reason, refuse
from journey.first_use import learn
from journey.identity import has_identity_number, strings_in
from journey.wishes import Wish, day_out_of_reach

WISHES: Final[dict[str, type[Wish]]] = {
    str(wish.__struct_config__.tag): wish for wish in (*MATRIX, *UNIT_MATRIX)
}
"""Every command by its name."""

_AT = re.compile(r" - at `\$(?P<path>[^`]*)`$")


def read_command(line: str | bytes) -> dict[str, Any]:
    """The JSON object on this line. Raises InvalidCommand where it is none."""
    try:
        command = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidCommand([_form("This is not valid JSON.", None)]) from error
    if not isinstance(command, dict):
        raise InvalidCommand([_form("A command is a JSON object.", None)])
    return command


def parse(command: dict[str, Any], *, strict: bool = True) -> Wish:
    """The wish that a command is.

    ``strict`` takes values as JSON has them; otherwise text is read as the field's
    own type, as the command line gives it. Raises InvalidCommand with the field's
    path: an unknown name or field, a wrong type, a missing field, a date that does
    not exist, a personal identity number anywhere.
    """
    text = _as_text(command)
    _refuse_identity_numbers(command, text)
    command = _composed(command, text)
    wish = WISHES.get(command["do"]) if isinstance(command.get("do"), str) else None
    if wish is None:
        raise InvalidCommand([_unknown_command()])
    learn(wish)
    try:
        parsed = msgspec.convert(command, wish, strict=strict)
    except msgspec.ValidationError as error:
        raise InvalidCommand([_fault(str(error))]) from error
    field = day_out_of_reach(parsed)
    if field is not None:
        raise InvalidCommand([_out_of_reach(field)])
    return parsed


def as_command(head: dict[str, Any], fields: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """A command from the texts of a command line: lists as ``a,b``, votes as ``fk:for,af:against``.

    A list may be written as JSON, as a list of lists must. Numbers and truth values
    stay texts, for ``parse`` with ``strict=False``.
    """
    wish = WISHES.get(str(head.get("do")))
    types = (
        {field.encode_name: field.type for field in msgspec.structs.fields(wish)} if wish else {}
    )
    return {**head, **{name: _from_text(types.get(name), text) for name, text in fields}}


def _from_text(kind: Any, text: str) -> Any:
    if typing.get_origin(kind) is Annotated:
        kind = typing.get_args(kind)[0]
    origin = typing.get_origin(kind)
    if origin is tuple and text.startswith("["):
        return _json_or_text(text)
    if origin is tuple:
        return [part for part in text.split(",") if part]
    if origin is dict:
        return dict(_pair(part) for part in text.split(",") if part)
    return _json_or_text(text) if kind is Any else text


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition(":")
    return name, value


def _json_or_text(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


def _as_text(command: dict[str, Any]) -> str:
    try:
        return msgspec.json.encode(command).decode()
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise InvalidCommand([_form("A command holds JSON values only.", None)]) from error


def _refuse_identity_numbers(command: dict[str, Any], text: str) -> None:
    """Look at the whole text once; only where something is found, find its place."""
    if not has_identity_number(text):
        return
    for path, part in strings_in(command):
        if has_identity_number(part):
            shown = path if not has_identity_number(path) else None
            raise InvalidCommand([_identity_number(shown)])


def _composed(command: dict[str, Any], text: str) -> dict[str, Any]:
    """The same with every text in Unicode's composed form, so that equal names are equal."""
    if unicodedata.is_normalized("NFC", text):
        return command
    composed: dict[str, Any] = msgspec.json.decode(unicodedata.normalize("NFC", text))
    return composed


def _identity_number(path: str | None) -> Reason:
    return refuse(
        "personal_data_in_free_text",
        "A field holds something shaped like a personal identity number; use an opaque key.",
        rule="§9.6",
        source="domain §9.6",
        field=path,
    )


def _out_of_reach(field: str) -> Reason:
    return refuse(
        "invalid_command",
        "The field {name} holds a day before 1900 or after 2199.",
        source="contract §1",
        field=field,
        name=field,
    )


def _unknown_command() -> Reason:
    return refuse(
        "invalid_command",
        "There is no such command; the commands are listed by `journey schema`.",
        source="contract §2",
        field="do",
    )


_QUOTED_VALUE = re.compile(r"^Invalid (enum|literal) value .*?(?= - at |$)", re.DOTALL)


def _fault(text: str) -> Reason:
    """msgspec's words with the field's path apart, and without the value that was given."""
    match = _AT.search(text)
    path = match["path"].lstrip(".") if match else ""
    said = text[: match.start()] if match else text
    said = _QUOTED_VALUE.sub("Not one of the words that this field knows", said)
    named = re.search(r"field `([^`]*)`", said)
    if named and said.startswith("Object"):
        path = f"{path}.{named[1]}".lstrip(".")
    return _form(said + ".", path or None)


def _form(said: str, field: str | None) -> Reason:
    if field is None:
        return refuse("invalid_command", "{said}", source="contract §2", said=said)
    return refuse(
        "invalid_command",
        "The field {name} is wrong: {said}",
        source="contract §2",
        field=field,
        name=field,
        said=said,
    )
