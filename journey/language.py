"""Sentences in the language of the one who reads: English as written, Swedish from a catalogue.

English sentences are the keys of ``journey/locale/sv.po``. What is not in the
catalogue is said in English.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from journey.errors import Reason, StoreError

LANGUAGES = ("en", "sv")
_FOLDER = Path(__file__).with_name("locale")


def N_(text: str) -> str:  # gettext's own name for a sentence said later
    """Mark a sentence that is said later, in a language not known yet."""
    return text


FAULTS = (
    N_("Object missing required field `{field}`."),
    N_("Object contains unknown field `{field}`."),
    N_("Expected `{expected}`, got `{found}`."),
    N_("Expected `{expected}` of length <= {length}."),
    N_("Expected `{expected}` of length >= {length}."),
    N_("Expected `{expected}` <= {most}."),
    N_("Expected `{expected}` >= {least}."),
    N_("Expected `{expected}` matching regex {pattern}."),
    N_("Invalid RFC3339 encoded date."),
    N_("Not one of the words that this field knows."),
)
"""What msgspec says of a field at fault, as a command's refusal repeats it."""


class Language:
    """One language, ``en`` or ``sv``. ``say`` gives a sentence in it, its ``{names}`` filled."""

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
        told = self.sentence(reason)
        return f"{told} ({reason.source})" if reason.source else told

    def sentence(self, reason: Reason) -> str:
        """A reason's sentence alone, for those who show its source by itself."""
        values = dict(reason.values)
        if "said" in values:
            values["said"] = self._fault(values["said"])
        return self._sentences.get(reason.text, reason.text).format(**values)

    def _fault(self, said: str) -> str:
        """A fault of form, which comes as a whole sentence and not as one with values."""
        if said in self._sentences:
            return self._sentences[said]
        for fault in FAULTS if self._sentences else ():
            match = _pattern(fault).fullmatch(said)
            if match:
                return self.say(fault, **match.groupdict())
        return said


@cache
def _pattern(text: str) -> re.Pattern[str]:
    """Finds the values of a sentence's ``{names}``."""
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.*)", re.escape(text)), re.DOTALL)


@cache
def _catalogue(code: str) -> Mapping[str, str]:
    if code == "en":
        return {}
    from babel.messages.pofile import read_po  # noqa: PLC0415  # 30 ms that English does not pay

    with (_FOLDER / f"{code}.po").open("rb") as file:
        return {str(m.id): str(m.string) for m in read_po(file) if m.id and m.string}


ENGLISH = Language("en")
"""The language in which sentences are written."""
