"""Personal identity numbers: recognised so that none is ever stored (domain.md §9.6).

A Swedish personnummer is YYMMDD-NNNN or YYYYMMDD-NNNN, with ``-``, ``+``, a space
or nothing between; a samordningsnummer adds 60 to the day. The check digit is not
asked: what is shaped like one is refused, whether it is one or not.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

_NUMBER = re.compile(
    r"(?<!\d)(?:18|19|20)?\d{2}"  # year, with or without century
    r"(?:0[1-9]|1[0-2])"  # month
    r"(?:0[1-9]|[12]\d|3[01]|6[1-9]|[78]\d|9[01])"  # day, or day + 60
    r"[-+\u2010-\u2015\u2212 ]?\d{4}(?!\d)"
)
_SIX_DIGITS = re.compile(r"\d{6}")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def has_identity_number(text: str) -> bool:
    """Whether the text holds something shaped like a personal identity number.

    A UUID is random and may hold such digits by chance: it is none.
    """
    if _SIX_DIGITS.search(text) is None:  # the common case; digits of any script count
        return False
    plain = text if text.isascii() else "".join(map(_plain_digit, text))
    return _NUMBER.search(_UUID.sub("", plain)) is not None


def _plain_digit(letter: str) -> str:
    """A digit of any script as 0-9; anything else as it is."""
    return str(unicodedata.decimal(letter)) if letter.isdecimal() else letter


def strings_in(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every string in a JSON value, keys included, with its path (``a.b[0]``)."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield path, str(name)
            yield from strings_in(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(value):
            yield from strings_in(inner, f"{path}[{place}]")
