"""Swedish and English say the same: every sentence has its translation, with the same values."""

from __future__ import annotations

import string
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import journey.language
from journey.errors import StoreLocked, refuse
from journey.language import LANGUAGES, Language
from tests.sentences import sentences

SENTENCES = sentences()
_FILE = Path(journey.language.__file__).parent / "locale" / "sv.po"
CATALOGUE = {
    str(message.id): str(message.string)
    for message in read_po(BytesIO(_FILE.read_bytes()))
    if message.id
}


def values_in(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_sentences_are_found_where_they_are_said() -> None:
    assert "There is no such journey." in SENTENCES
    assert "The store is damaged." in SENTENCES
    assert "Yearly table" in SENTENCES


@pytest.mark.parametrize("sentence", SENTENCES)
def test_every_sentence_has_a_swedish_one_with_the_same_values(sentence: str) -> None:
    swedish = CATALOGUE.get(sentence)
    assert swedish, f"{SENTENCES[sentence]} says what journey/locale/sv.po does not: {sentence!r}"
    assert values_in(swedish) == values_in(sentence)


def test_the_catalogue_has_no_sentence_that_nobody_says() -> None:
    assert set(CATALOGUE) - set(SENTENCES) == set()


def test_a_reason_is_said_in_both_languages_with_its_source() -> None:
    reason = refuse("x", "Step {step} needs: {missing}.", source="S2 9.1", step=2, missing="y")
    said = {code: Language(code).reason(reason) for code in LANGUAGES}
    assert said == {"en": "Step 2 needs: y. (S2 9.1)", "sv": "Steg 2 kräver: y. (S2 9.1)"}


def test_a_store_s_error_is_said_in_both_languages() -> None:
    error = StoreLocked("Another program holds the store; try again in a moment.")
    assert Language("en").error(error) == str(error)
    assert Language("sv").error(error).startswith("Ett annat program")


def test_what_is_not_in_the_catalogue_is_said_in_english() -> None:
    assert Language("sv").say("Never said {this}.", this="before") == "Never said before."
