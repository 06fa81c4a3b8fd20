"""Money, dates, times and lists as each language writes them (Babel, CLDR).

Serbian comes out in Cyrillic; transliteration happens where the text is shown.
"""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Sequence, Union

import phonenumbers
from babel import Locale
from babel.dates import format_date as babel_date
from babel.dates import format_time as babel_time
from babel.lists import format_list
from babel.numbers import format_decimal, get_currency_symbol

from locales.lexicon import facts

# Amounts in these currencies are written without cents when there are none (a dinar or a rupiah has none in use).
NO_CENTS = {"IDR", "RSD"}


def locale_of(language: str) -> Locale:
    """The Babel locale; unknown languages are a KeyError, never a silent default."""
    return Locale.parse(facts(language)["locale"])


def money(amount: Union[Decimal, str], currency: str, language: str) -> str:
    """`Rp 1.500.000`, `12.500 динара` as `12.500 RSD`, `85,50 €`, with no-break spaces."""
    value = Decimal(amount)
    whole = currency in NO_CENTS and value == value.to_integral_value()
    number = format_decimal(value, "#,##0" if whole else "#,##0.00", locale=locale_of(language))
    if currency == "IDR":
        return f"Rp\u00a0{number}"
    symbol = get_currency_symbol(currency, locale="it") if currency == "EUR" else currency
    return f"{number}\u00a0{symbol}"


def number(value: Union[Decimal, float], language: str) -> str:
    """At most one decimal: `25,6`."""
    return str(format_decimal(value, "#,##0.#", locale=locale_of(language)))


def phone(value: str) -> str:
    """A telephone number in E.164 as people read it: `+39 02 283 5540`; anything else as it is."""
    try:
        parsed = phonenumbers.parse(value)
    except phonenumbers.NumberParseException:
        return value
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def day(value: Union[date, str], language: str) -> str:
    """A day in words: `3 Maret 2026`, `3. март 2026.`, `3 marzo 2026`."""
    if isinstance(value, str):
        value = date.fromisoformat(value)
    return babel_date(value, "long", locale=locale_of(language))


def moment(value: datetime, language: str) -> str:
    """A day and time in the zone the value carries."""
    return f"{day(value.date(), language)}, {babel_time(value.time(), 'short', locale=locale_of(language))}"


def clock(value: Union[time, str], language: str) -> str:
    """`08.00` in Indonesian and Italian custom, `08:00` in Serbian, as CLDR has it."""
    if isinstance(value, str):
        value = time.fromisoformat(value)
    return babel_time(value, "short", locale=locale_of(language))


def listing(items: Sequence[str], language: str) -> str:
    """`a, b, dan c` / `a, b и c` / `a, b e c`."""
    return format_list(list(items), locale=locale_of(language))
