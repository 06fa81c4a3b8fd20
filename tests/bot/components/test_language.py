"""Language and script: detected, sticky, and never changed by a name or a single word."""

import random

import pytest

from bot.components.language import decide_language
from locales.house_numbers import generate_request_number
from locales.markets import load_markets


def detection(name, confidence=0.95, words=3, script="Latn") -> dict:
    return {"name": name, "confidence": confidence, "words": words, "script": script}


def test_a_sure_detection_in_two_words_changes_the_language() -> None:
    assert decide_language(("id", "Latn"), detection("it", words=2)) == ("it", "Latn")


@pytest.mark.parametrize(
    "weak",
    [
        detection("it", words=1),
        detection("it", words=0),
        detection("it", confidence=0.6),
        detection("other"),
        detection(None),
        None,
        {},
    ],
)
def test_anything_less_leaves_it_as_it_is(weak) -> None:
    assert decide_language(("id", "Latn"), weak) == ("id", "Latn")


def test_the_script_of_serbian_follows_the_writer() -> None:
    assert decide_language(("sr", "Latn"), detection("sr", script="Cyrl")) == ("sr", "Cyrl")
    assert decide_language(("sr", "Cyrl"), detection("sr", words=1)) == ("sr", "Cyrl")


def test_the_first_message_decides_from_one_word_on() -> None:
    assert decide_language(None, detection("sr", words=1)) == ("sr", "Latn")
    assert decide_language(None, detection("sr", words=0)) is None


@pytest.mark.parametrize(
    ("text", "language", "script"),
    [
        ("vorrei sapere se la visita è coperta", "it", "Latn"),
        ("saya mau klaim biaya dokter kemarin", "id", "Latn"),
        ("hteo bih da znam šta pokriva polisa", "sr", "Latn"),
        ("hteo bih da znam sta pokriva polisa", "sr", "Latn"),
        ("хтео бих да знам шта покрива полиса", "sr", "Cyrl"),
        ("where is the nearest hospital please", "other", "Latn"),
        ("где ближайшая больница, мне нужно", "other", "Cyrl"),
    ],
)
def test_a_sentence_is_told_by_its_language(understood, text: str, language: str, script: str) -> None:
    found = understood(text)["language"]
    assert (found["name"], found["script"]) == (language, script)


@pytest.mark.parametrize(
    "text",
    [
        "Mario Rossi",
        "Siti Aminah",
        "Jovan Petrović",
        "12.03.2026",
        "ok",
        "a@b.it",
        "85,50",
        "RS-TMA2-2AS7",
        "RS-NANA-PADA",
        "rs tma2 2as7",
        "RS4471902",
        "RT-SERB-K59B",
    ],
)
def test_names_numbers_and_one_word_never_change_a_conversation(understood, text: str) -> None:
    found = understood(text)["language"]
    for current in (("id", "Latn"), ("sr", "Cyrl"), ("it", "Latn")):
        assert decide_language(current, found) == current


@pytest.mark.parametrize("market", sorted(load_markets()))
def test_no_request_number_changes_a_conversation(understood, market: str) -> None:
    chooser = random.Random(4)
    for _ in range(100):
        number = generate_request_number(market, chooser)
        found = understood(number)["language"]
        for current in (("id", "Latn"), ("sr", "Latn"), ("sr", "Cyrl"), ("it", "Latn")):
            assert decide_language(current, found) == current, number
