"""Scripts: nothing is lost from Cyrillic to Latin, and all spellings of a word are compared alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locales.script import fold, normalise, script_of, strip_diacritics, to_cyrillic, to_latin

SERBIAN = "абвгдђежзијклљмнњопрстћуфхцчџшАБВГДЂЕЖЗИЈКЛЉМНЊОПРСТЋУФХЦЧЏШ"


@pytest.mark.parametrize("spelling", ["Ђорђе Џајић", "Đorđe Džajić", "Djordje Dzajic"])
def test_all_three_spellings_are_compared_alike(spelling: str) -> None:
    assert normalise(spelling) == "djordje dzajic"


def test_a_word_in_capitals_stays_in_capitals() -> None:
    assert to_latin("ЉУБАВ Његош Њ") == "LJUBAV Njegoš Nj"


def test_other_text_is_left_alone() -> None:
    assert to_latin("Perché no? 12,50 €") == "Perché no? 12,50 €"


@pytest.mark.parametrize(
    ("text", "script"),
    [("здраво", "Cyrl"), ("zdravo", "Latn"), ("MRI главе и врата", "Cyrl"), ("12 345 !", "")],
)
def test_the_script_of_a_text_is_that_of_most_letters(text: str, script: str) -> None:
    assert script_of(text) == script


def test_combining_marks_are_read_like_letters() -> None:
    assert normalise("perche\u0301 c\u030cek") == "perche cek"
    assert strip_diacritics("Đ č ć") == "Dj c c"


@given(st.text(alphabet=SERBIAN + " .,-", max_size=60))
def test_serbian_comes_back_from_latin_unless_two_letters_meet(text: str) -> None:
    # н+ј, л+ј and д+ж are written like њ, љ and џ in Latin: the only loss.
    merged = [pair for pair in ("нј", "лј", "дж") if pair in text.lower()]
    capitals = any(word.isupper() and len(word) > 1 for word in text.replace("-", " ").split())
    if not merged and not capitals and not set(text) & set("ЉЊЏ"):
        assert to_cyrillic(to_latin(text)) == text


@given(st.text(max_size=80))
def test_folding_keeps_the_place_of_every_character(text: str) -> None:
    folded = fold(text)
    assert folded.text == normalise(text)
    assert len(folded.offsets) == len(folded.text)
    assert list(folded.offsets) == sorted(folded.offsets)
    for place in range(len(folded.text)):
        start, end = folded.span(place, place + 1)
        assert 0 <= start < end <= len(text)
