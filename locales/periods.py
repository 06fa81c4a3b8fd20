"""Stretches of days in words: "last year", "in March", "since May", "the last three months", or exact days.

Exact days are dates.py's; here they become a stretch of one day, or of the days between two.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from locales.dates import find_dates
from locales.lexicon import load
from locales.numbers import trailing_number
from locales.script import fold

# Short forms of months are other words too ("set", "mar"); their first spelling is the month's name.
SHORTEST_MONTH_WORD = 4


class Period(NamedTuple):
    """Both ends belong to it; None is open."""

    since: date | None
    until: date | None


def find_period(text: str, language: str, today: date) -> Period | None:
    """The stretch the text speaks of; None when there is none."""
    folded = fold(text).text
    days = find_dates(text, language, today)
    if len(days) == 1:
        # Of "from 1 March to 5 April" dates.py gives the first: two days that mean no single one.
        days += find_dates(text[days[0].end :], language, today)[:1]
    if len(days) == 1:
        start = len(fold(text[: days[0].start]).text)
        return _bounded(folded, start, days[0].value, days[0].value, language)
    if days:
        values = [day.value for day in days]
        return Period(min(values), max(values))
    words = _words(language)
    if found := words["last_months"] and words["last_months"].search(folded):
        number = trailing_number([found["n"]], language)
        count = int(found["n"]) if found["n"].isdigit() else number[1] if number else 0
        if count:
            return Period(_months_before(today, count), today)
    for name, (first, last) in _calendar(today).items():
        if words[name] and (found := words[name].search(folded)):
            return _bounded(folded, found.start(), first, last, language)
    if words["month"] and (found := words["month"].search(folded)):
        month = words["months"][re.sub(r"\s+", " ", found["month"])]
        year = int(found["year"]) if found["year"] else today.year - (month > today.month)
        first = date(year, month, 1)
        return _bounded(folded, found.start(), first, _month_end(first), language)
    if found := re.search(r"(?<![\d.,/-])(20\d\d)(?![\d/-]|[.,]\d)", folded):
        year = int(found[1])
        return _bounded(folded, found.start(), date(year, 1, 1), date(year, 12, 31), language)
    return None


def _bounded(text: str, start: int, first: date, last: date, language: str) -> Period:
    """Open at its end where "since" stands before it."""
    since = _words(language)["since"]
    return Period(first, None if since and since.search(text[:start]) else last)


def _calendar(today: date) -> dict[str, tuple[date, date]]:
    month = today.replace(day=1)
    monday = today - timedelta(days=today.weekday())
    year = today.year
    return {
        "last_year": (date(year - 1, 1, 1), date(year - 1, 12, 31)),
        "this_year": (date(year, 1, 1), date(year, 12, 31)),
        "last_month": ((month - timedelta(days=1)).replace(day=1), month - timedelta(days=1)),
        "this_month": (month, _month_end(month)),
        "last_week": (monday - timedelta(days=7), monday - timedelta(days=1)),
        "this_week": (monday, monday + timedelta(days=6)),
    }


def _month_end(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _months_before(day: date, count: int) -> date:
    months = day.year * 12 + day.month - 1 - count
    first = date(months // 12, months % 12 + 1, 1)
    return min(first + timedelta(days=day.day - 1), _month_end(first))


@lru_cache(maxsize=None)
def _words(language: str) -> dict[str, Any]:
    lexicon = load(language)
    said = lexicon.get("periods", {})
    phrases = lexicon.get("month_phrases", {})
    months = {
        word: number
        for number, names in lexicon.get("months", {}).items()
        for index, word in enumerate(names)
        if index == 0 or len(word) >= SHORTEST_MONTH_WORD
    }
    year = rf"(?:\s+(?:{_any(lexicon.get('year_words', []))}))?\s+(?P<year>20\d\d)"
    number = r"(?P<n>\d{1,2}|[a-z]+)"
    templates = [template.replace("{n}", number) for template in said.get("last_months", [])]
    return {
        "last_year": _pattern(said.get("last_year", [])),
        "this_year": _pattern(said.get("this_year", [])),
        "last_month": _pattern(phrases.get(-1, [])),
        "this_month": _pattern(phrases.get(0, [])),
        "last_week": _pattern(lexicon.get("last_week", [])),
        "this_week": _pattern(said.get("this_week", [])),
        "months": months,
        "month": re.compile(rf"\b(?P<month>{_any(list(months))})\b(?:{year})?") if months else None,
        "since": re.compile(rf"\b(?:{_any(said['since'])})\s*$") if said.get("since") else None,
        "last_months": re.compile(rf"\b(?:{templates[0]})\b") if templates else None,
    }


def _any(words: list[str]) -> str:
    return (
        "|".join(re.escape(w).replace(r"\ ", r"\s+") for w in sorted(words, key=len, reverse=True)) or r"\Z"
    )


def _pattern(words: list[str]) -> re.Pattern[str] | None:
    return re.compile(rf"\b(?:{_any(words)})\b") if words else None
