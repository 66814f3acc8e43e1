"""Sentences in the language of the one who reads: English as written, Swedish from a catalogue.

English sentences are the keys of ``journey/locale/sv.po``. What is not in the
catalogue is said in English.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from journey.errors import Reason, StoreError

LANGUAGES = ("en", "sv")
_FOLDER = Path(__file__).with_name("locale")


def N_(text: str) -> str:  # gettext's own name for a sentence said later
    """Mark a sentence that is said later, in a language not known yet."""
    return text


class Language:
    """One language. ``say`` gives a sentence in it, with its ``{names}`` filled."""

    def __init__(self, code: str) -> None:
        self.code = code
        self._sentences = _catalogue(code)

    def say(self, text: str, **values: object) -> str:
        """The sentence in this language."""
        told = self._sentences.get(text, text)
        return told.format(**values) if values else told

    def error(self, error: StoreError) -> str:
        """A store's sentence."""
        return self.say(error.text, **error.values)

    def reason(self, reason: Reason) -> str:
        """A reason's sentence, with where it stands."""
        told = self._sentences.get(reason.text, reason.text).format(**reason.values)
        return f"{told} ({reason.source})" if reason.source else told


@cache
def _catalogue(code: str) -> Mapping[str, str]:
    if code == "en":
        return {}
    from babel.messages.pofile import read_po  # noqa: PLC0415  # 30 ms that English does not pay

    with (_FOLDER / f"{code}.po").open("rb") as file:
        return {str(m.id): str(m.string) for m in read_po(file) if m.id and m.string}
