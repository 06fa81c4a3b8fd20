"""Days in words and digits of three languages."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locales.dates import find_dates, parse_date
from locales.formats import day as formatted

TODAY = date(2026, 3, 18)  # a Wednesday


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("id", "kemarin", "2026-03-17"),
        ("id", "kemarin lusa", "2026-03-16"),
        ("id", "Senin lalu", "2026-03-16"),
        ("id", "Senin minggu lalu", "2026-03-09"),
        ("id", "12 Januari 2026", "2026-01-12"),
        ("id", "dua puluh lima Januari", "2026-01-25"),
        ("id", "tgl 3/2", "2026-02-03"),
        ("id", "tanggal 3 bulan lalu", "2026-02-03"),
        ("id", "tgl 3", "2026-03-03"),
        ("id", "dua hari yang lalu", "2026-03-16"),
        ("sr", "juče", "2026-03-17"),
        ("sr", "juce", "2026-03-17"),
        ("sr", "јуче", "2026-03-17"),
        ("sr", "prekjuče", "2026-03-16"),
        ("sr", "прошли петак", "2026-03-13"),
        ("sr", "u prošlu nedelju", "2026-03-15"),
        ("sr", "3. marta", "2026-03-03"),
        ("sr", "trećeg marta", "2026-03-03"),
        ("sr", "dvadeset treceg februara", "2026-02-23"),
        ("sr", "petnaestog osmog", "2025-08-15"),
        ("sr", "12. 03. 2026. godine", "2026-03-12"),
        ("sr", "12og marta 2025", "2025-03-12"),
        ("sr", "pre tri dana", "2026-03-15"),
        ("it", "ieri", "2026-03-17"),
        ("it", "l'altro ieri", "2026-03-16"),
        ("it", "venerdì scorso", "2026-03-13"),
        ("it", "il 3 marzo", "2026-03-03"),
        ("it", "l’8 marzo", "2026-03-08"),
        ("it", "primo aprile", "2025-04-01"),
        ("it", "venticinque dicembre", "2025-12-25"),
        ("it", "tre giorni fa", "2026-03-15"),
        ("it", "il 29 febbraio", "2024-02-29"),
        ("it", "03/02/2026", "2026-02-03"),
        ("it", "3/2/85", "1985-02-03"),
        ("it", "2026-02-03", "2026-02-03"),
    ],
)
def test_a_day_is_read(language: str, text: str, expected: str) -> None:
    assert parse_date(text, language, TODAY) == day(expected)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("id", "minggu lalu"),
        ("id", "bulan maret"),
        ("id", "2025"),
        ("sr", "prošle nedelje"),
        ("sr", "u martu"),
        ("sr", "u nedelju"),
        ("it", "la settimana scorsa"),
        ("it", "a marzo"),
        ("it", "lunedì"),
        ("it", "31/04/2026"),
        ("it", "12.500 euro"),
        ("it", "il 3 marzo oppure il 4 marzo"),
        ("it", "3/2"),
        ("it", "dal 3 al 5 marzo"),
        ("sr", "od 3. do 5. marta"),
        ("id", "3-5 Maret"),
        ("it", ""),
        ("xx", "ieri"),
    ],
)
def test_what_does_not_mean_one_day_is_no_date(language: str, text: str) -> None:
    assert parse_date(text, language, TODAY) is None


def test_a_bare_weekday_or_day_and_month_counts_where_a_date_was_asked_for() -> None:
    assert parse_date("3/2", "it", TODAY, expecting=True) == day("2026-02-03")
    assert parse_date("petak", "sr", TODAY, expecting=True) == day("2026-03-13")
    assert parse_date("petak", "sr", TODAY, expecting=True, prefer="future") == day("2026-03-20")


def test_the_place_of_a_day_is_that_in_the_text_as_typed() -> None:
    text = "Био сам  двадесет   трећег фебруара код Ђорђа"
    (found,) = find_dates(text, "sr", TODAY)
    assert text[found.start : found.end] == "двадесет   трећег фебруара"


def test_the_full_stop_of_a_sentence_is_no_part_of_its_day() -> None:
    for text, written in (
        ("Платила сам 12. фебруара.", "12. фебруара"),
        ("bilo je 12. feb. u podne", "12. feb."),
    ):
        (found,) = find_dates(text, "sr", TODAY)
        assert text[found.start : found.end] == written


@given(st.sampled_from(["id", "sr", "it"]), st.dates(date(1930, 1, 1), date(2090, 12, 31)))
def test_a_day_as_the_assistant_writes_it_is_read_back(language: str, value: date) -> None:
    assert parse_date(formatted(value, language), language, TODAY) == value


@given(
    st.sampled_from(["{d:02}/{m:02}/{y}", "{d}.{m}.{y}.", "{d}-{m}-{y}", "{y}-{m:02}-{d:02}"]),
    st.dates(date(1930, 1, 1), date(2090, 12, 31)),
)
def test_a_day_in_digits_is_read_back(pattern: str, value: date) -> None:
    text = pattern.format(d=value.day, m=value.month, y=value.year)
    assert parse_date(text, "it", TODAY) == value


@given(st.sampled_from(["id", "sr", "it", "en"]), st.text(max_size=200), st.booleans())
def test_no_text_makes_it_fail(language: str, text: str, expecting: bool) -> None:
    for found in find_dates(text, language, TODAY, expecting=expecting):
        assert 0 <= found.start < found.end <= len(text)


@given(st.dates(date(2024, 1, 1), date(2028, 12, 31)))
def test_a_day_without_a_year_is_never_in_the_future(today: date) -> None:
    found = parse_date("il 3 marzo", "it", today)
    assert found is not None and today - timedelta(days=366) <= found <= today
