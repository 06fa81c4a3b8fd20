"""The table of patterns says what is so, and has no hole; the machine speaks words of its own."""

from tests.conversations.machine.material import MATERIAL
from tests.conversations.pattern_table import DOCUMENT, holes, written


def test_every_pattern_is_held_in_every_form_and_language_that_is_offered():
    assert holes() == []


def test_the_document_is_what_the_tests_are():
    assert DOCUMENT.read_text(encoding="utf-8") == written(), "python -m tests.conversations.pattern_table"


def test_the_machine_says_the_same_things_in_every_language():
    meanings = [tuple(MATERIAL[language]["wishes"]) for language in ("id", "it", "sr")]
    assert meanings[0] == meanings[1] == meanings[2]
    for language in ("id", "it", "sr"):
        assert all(MATERIAL[language]["wishes"].values())
