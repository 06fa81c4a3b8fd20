"""Money in words and digits of three countries."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locales.amounts import Money, find_amounts, parse_amount

CURRENCIES = {"id": "IDR", "sr": "RSD", "it": "EUR"}


@pytest.mark.parametrize(
    ("language", "text", "amount", "currency"),
    [
        ("id", "Rp 1,5 juta", "1500000", "IDR"),
        ("id", "Rp. 1.250.000,-", "1250000", "IDR"),
        ("id", "750rb", "750000", "IDR"),
        ("id", "1.250.000", "1250000", "IDR"),
        ("id", "dua ratus lima puluh ribu rupiah", "250000", "IDR"),
        ("id", "1jt 200rb", "1200000", "IDR"),
        ("id", "setengah juta rupiah", "500000", "IDR"),
        ("sr", "12.500 dinara", "12500", "RSD"),
        ("sr", "12 hiljada", "12000", "RSD"),
        ("sr", "12.500,50 RSD", "12500.50", "RSD"),
        ("sr", "петсто динара", "500", "RSD"),
        ("sr", "dve i po hiljade dinara", "2500", "RSD"),
        ("sr", "dvadeset tri hiljade četiristo pedeset dinara", "23450", "RSD"),
        ("sr", "sto dvadeset evra", "120", "EUR"),
        ("it", "85,50 euro", "85.50", "EUR"),
        ("it", "€ 1.200", "1200", "EUR"),
        ("it", "settanta euro", "70", "EUR"),
        ("it", "cento venti euro e cinquanta", "120.50", "EUR"),
        ("it", "centoventi euro e 50 centesimi", "120.50", "EUR"),
        ("it", "milleduecento euro", "1200", "EUR"),
        ("it", "3mila euro", "3000", "EUR"),
        ("it", "1.234.567,89 €", "1234567.89", "EUR"),
    ],
)
def test_a_sum_is_read_exactly(language: str, text: str, amount: str, currency: str) -> None:
    assert parse_amount(text, language, CURRENCIES[language]) == Money(Decimal(amount), currency)


@pytest.mark.parametrize(
    ("language", "text", "amount"),
    [
        ("it", "85.50", "85.50"),
        ("it", "ottantacinque", "85"),
        ("sr", "dve hiljade", "2000"),
        ("sr", "hiljadu i po", "1500"),
        ("id", "dua ratus ribu", "200000"),
        ("sr", "12500", "12500"),
    ],
)
def test_a_bare_number_is_a_sum_where_one_was_asked_for(language: str, text: str, amount: str) -> None:
    money = parse_amount(text, language, CURRENCIES[language], expecting=True)
    assert money == Money(Decimal(amount), CURRENCIES[language])
    assert parse_amount(text, language, CURRENCIES[language]) is None


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("it", "asdf"),
        ("it", "mille grazie"),
        ("it", "12/03/2026"),
        ("it", "-50 euro"),
        ("it", "007 euro"),
        ("it", "12.50.30 euro"),
        ("it", "1.2345 euro"),
        ("it", "20 euro e 30 euro"),
        ("id", "1jt200"),
        ("sr", "što"),
        ("sr", "sto?"),
        ("sr", "зашто вам то треба"),
        ("it", ""),
    ],
)
def test_what_can_be_read_in_two_ways_or_none_is_not_read(language: str, text: str) -> None:
    assert parse_amount(text, language, CURRENCIES[language], expecting=True) is None


def test_the_place_of_a_sum_is_that_in_the_text_as_typed() -> None:
    text = "Платила сам  двадесет   хиљада динара за преглед"
    (found,) = find_amounts(text, "sr", "RSD")
    assert text[found.start : found.end] == "двадесет   хиљада динара"


def test_money_is_exchanged_as_a_decimal_string() -> None:
    assert Money(Decimal("85.50"), "EUR").as_json() == {"amount": "85.50", "currency": "EUR"}
    assert Money(Decimal("1500000"), "IDR").as_json() == {"amount": "1500000", "currency": "IDR"}


@given(st.sampled_from(["id", "sr", "it"]), st.decimals(min_value="0.01", max_value="999999999", places=2))
def test_a_sum_written_as_the_countries_do_is_read_back(language: str, value: Decimal) -> None:
    written = f"{value:,.2f}".translate(str.maketrans(",.", ".,"))
    currency = CURRENCIES[language]
    money = parse_amount(f"{written} {currency}", language, currency)
    assert money is not None and money.amount == value and money.currency == currency


@given(st.sampled_from(["id", "sr", "it", "en"]), st.text(max_size=200), st.booleans())
def test_no_text_makes_it_fail(language: str, text: str, expecting: bool) -> None:
    for found in find_amounts(text, language, "EUR", expecting=expecting):
        assert 0 <= found.start < found.end <= len(text)
        assert isinstance(found.value.amount, Decimal)
