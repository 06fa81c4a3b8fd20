"""Days in words and digits, in every language that has a lexicon.

Only an expression that means exactly one day is a date: "last week" and "in March" are not. A day without a
year is the nearest one in the direction of `prefer`. Reading of clock times, periods and birthdays by age
must not move in here.

`dateparser` was measured first: 19 of 44 everyday expressions right at 5 ms each, "prošle nedelje" and
"settimana scorsa" turned into a day; hence this grammar.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from locales.found import Found, longest
from locales.lexicon import load
from locales.numbers import trailing_number
from locales.script import Folded, fold

EARLIEST_YEAR, LATEST_YEAR = 1900, 2100
PAST, FUTURE = "past", "future"

_SUFFIX = r"(?:\s?[.°º]|-?(?:og|eg|tog|ti|i)\b)?"
# Letters of a month that is no abbreviation, behind which a full stop ends the sentence.
WRITTEN_OUT = 5
_ISO = re.compile(r"(?<![\d.,/-])(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?![\d/-])")
_FULL = re.compile(r"(?<![\d.,/-])(\d{1,2})\s?([./-])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{2})(?!\d|[.,/-]\d)\.?")
_SHORT = re.compile(r"(?<![\d.,/-])(\d{1,2})\s?([./-])\s?(\d{1,2})(?!\d|[.,/-]\d)(\.?)")
_PACKED = re.compile(r"\s*(\d{2})(\d{2})(\d{4})\s*")
_DAY_BEFORE = re.compile(r"(?<![\d.,/-])(\d{1,2})" + _SUFFIX + r"\s*$")
_WORDS_BEFORE = re.compile(r"((?:[a-z']+\s+){0,3}[a-z']+)\s+$")
_YEAR_AFTER = re.compile(r"[\s,.]{0,3}(\d{4})(?!\d|[.,]\d)\.?")
_SHORT_YEAR_AFTER = re.compile(r"[\s,.]{0,2}(?:'(\d{2})|\s(\d{2})(?=\s*(?:[.,;!?)]|$)))(?!\d)\.?")


def parse_date(
    text: str, language: str, today: date, *, expecting: bool = False, prefer: str = PAST
) -> date | None:
    """The one day the text speaks of; None if there is none, or more than one."""
    days = {find.value for find in find_dates(text, language, today, expecting=expecting, prefer=prefer)}
    return days.pop() if len(days) == 1 else None


def find_dates(
    text: str, language: str, today: date, *, expecting: bool = False, prefer: str = PAST
) -> list[Found[date]]:
    """Every day in the text. `expecting`: a date was asked for, so `3/2` or a bare weekday is one."""
    folded = fold(text)
    if not folded.text.strip():
        return []
    reader = _Reader(folded.text, language, today, expecting, prefer)
    finds = longest(reader.candidates())
    return [Found(*folded_span(folded, find), find.value) for find in finds]


def folded_span(folded: Folded, find: Found[Any]) -> tuple[int, int]:
    """A find's place in the text before folding."""
    return folded.span(find.start, find.end)


def _alternatives(words: list[str]) -> str:
    return "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in sorted(words, key=len, reverse=True))


class _Grammar:
    """The date part of a lexicon as compiled expressions."""

    def __init__(self, language: str) -> None:
        lexicon = load(language)
        self.language = language
        self.months = _inverted(lexicon.get("months", {}))
        self.month_phrases = _inverted(lexicon.get("month_phrases", {}))
        self.month_ordinals = _inverted(lexicon.get("month_ordinals", {}))
        self.relative = _inverted(lexicon.get("relative_days", {}))
        self.weekdays = _inverted(lexicon.get("weekdays", {}))
        self.which = {
            (place, word): which
            for which in ("last", "next", "this")
            for place, words in lexicon.get(which, {}).items()
            for word in words
        }
        self.fixed = {
            word: (entry["weekday"], entry["which"])
            for entry in lexicon.get("fixed_weekdays", [])
            for word in entry["words"]
        }
        self.relative_pattern = _pattern(list(self.relative))
        self.fixed_pattern = _pattern(list(self.fixed))
        months = [*self.months, *self.month_phrases, *self.month_ordinals]
        between = _alternatives(lexicon.get("between_day_and_month", [])) or r"\Z"
        self.month_pattern = (
            re.compile(rf"(?:\b(?:{between})\s+)?(?<![a-z])(?P<month>{_alternatives(months)})(?![a-z])\.?")
            if months
            else None
        )
        self.weekday_pattern = self._weekday_pattern(lexicon)
        self.markers = _alternatives(lexicon.get("day_markers", []))
        number = r"(?P<n>\d{1,3}|(?:[a-z]+\s+){0,2}[a-z]+)"
        self.distances = [
            (re.compile(r"\b" + template.replace("{n}", number).replace(" ", r"\s+") + r"\b"), sign)
            for key, sign in (("days_ago", -1), ("days_ahead", 1))
            for template in lexicon.get(key, [])
        ]
        between_days = _alternatives(lexicon.get("range_words", []))
        self.range_pattern = re.compile(
            rf"\d\.?\s*(?:-|\s(?:{between_days})\s*)\s*$" if between_days else r"\d\s*-\s*$"
        )
        year_words = _alternatives(lexicon.get("year_words", []))
        self.year_word = re.compile(rf"[\s,.]{{1,3}}(?:{year_words})\.?(?![a-z])") if year_words else None

    def _weekday_pattern(self, lexicon: dict[str, Any]) -> re.Pattern[str] | None:
        if not self.weekdays:
            return None
        before = _alternatives([word for place, word in self.which if place == "before"]) or r"\Z"
        after = _alternatives([word for place, word in self.which if place == "after"]) or r"\Z"
        week = _alternatives(lexicon.get("last_week", [])) or r"\Z"
        days = _alternatives(list(self.weekdays))
        return re.compile(
            rf"\b(?:(?P<before>{before})\s+)?(?P<day>{days})(?:\s+(?:(?P<week>{week})|(?P<after>{after})))?(?![a-z])"
        )


def _inverted(table: dict[int, list[str]]) -> dict[str, int]:
    return {word: key for key, words in table.items() for word in words}


def _pattern(words: list[str]) -> re.Pattern[str] | None:
    return re.compile(rf"(?<![a-z])(?:{_alternatives(words)})(?![a-z])") if words else None


@lru_cache(maxsize=None)
def _grammar(language: str) -> _Grammar:
    return _Grammar(language)


class _Reader:
    """One text read once. Spans are of the folded text."""

    def __init__(self, text: str, language: str, today: date, expecting: bool, prefer: str) -> None:
        self.text = text
        self.grammar = _grammar(language)
        self.today = today
        self.expecting = expecting
        self.prefer = prefer

    def candidates(self) -> Iterator[Found[date]]:
        yield from self._digits()
        yield from self._relative()
        yield from self._weekdays()
        yield from self._months()
        yield from self._marked_days()

    # digits ---------------------------------------------------------------------------------------------
    def _digits(self) -> Iterator[Found[date]]:
        for match in _ISO.finditer(self.text):
            yield from self._found(match, _day(match[1], match[3], match[4]))
        for match in _FULL.finditer(self.text):
            yield from self._found(match, _day(self._century(match[4]), match[3], match[1]))
        for match in _SHORT.finditer(self.text):
            if self.expecting or match[4] or self._marker_before(match.start()):
                yield from self._found(match, self._without_year(int(match[3]), int(match[1])))
        if self.expecting and (packed := _PACKED.fullmatch(self.text)):
            yield from self._found(packed, _day(packed[3], packed[2], packed[1]))

    def _century(self, year: str) -> str:
        """Two digits: this century up to ten years ahead, the last one otherwise (birth dates)."""
        if len(year) == 4:
            return year
        century = self.today.year // 100 * 100
        full = century + int(year)
        return str(full if full <= self.today.year + 10 else full - 100)

    def _marker_before(self, position: int) -> bool:
        markers = self.grammar.markers
        return bool(markers and re.search(rf"(?<![a-z])(?:{markers})[\s.:]*$", self.text[:position]))

    # words ----------------------------------------------------------------------------------------------
    def _relative(self) -> Iterator[Found[date]]:
        if self.grammar.relative_pattern:
            for match in self.grammar.relative_pattern.finditer(self.text):
                distance = self.grammar.relative[re.sub(r"\s+", " ", match.group())]
                yield from self._found(match, self.today + timedelta(days=distance))
        for pattern, sign in self.grammar.distances:
            for match in pattern.finditer(self.text):
                number = match["n"]
                start = match.start()
                if not number.isdigit():
                    words = number.split()
                    read = trailing_number(words, self.grammar.language)
                    if read is None or read[2]:
                        continue
                    if start == match.start("n"):
                        start += number.rfind(words[-read[0]])
                    distance = read[1]
                else:
                    distance = int(number)
                if 0 < distance <= 366:
                    day = self.today + timedelta(days=sign * distance)
                    yield Found(start, match.end(), day)

    def _weekdays(self) -> Iterator[Found[date]]:
        if self.grammar.fixed_pattern:
            for match in self.grammar.fixed_pattern.finditer(self.text):
                weekday, which = self.grammar.fixed[re.sub(r"\s+", " ", match.group())]
                if which != "near" or self.expecting:
                    yield from self._found(match, self._weekday(weekday, which))
        if not self.grammar.weekday_pattern:
            return
        for match in self.grammar.weekday_pattern.finditer(self.text):
            weekday = self.grammar.weekdays[match["day"]]
            if match["week"]:
                monday = self.today - timedelta(days=self.today.weekday() + 7)
                yield from self._found(match, monday + timedelta(days=weekday))
                continue
            before, after = (
                self.grammar.which.get((place, re.sub(r"\s+", " ", match[place] or "")))
                for place in ("before", "after")
            )
            which = before or after
            if which or self.expecting:
                yield from self._found(match, self._weekday(weekday, which or "near"))

    def _weekday(self, weekday: int, which: str) -> date:
        back = (self.today.weekday() - weekday) % 7
        if which == "this":
            return self.today + timedelta(days=weekday - self.today.weekday())
        if which == "last" or (which == "near" and self.prefer == PAST):
            return self.today - timedelta(days=back or (7 if which == "last" else 0))
        ahead = -back % 7
        return self.today + timedelta(days=ahead or (7 if which == "next" else 0))

    def _months(self) -> Iterator[Found[date]]:
        if not self.grammar.month_pattern:
            return
        position = 0
        while match := self.grammar.month_pattern.search(self.text, position):
            # An ordinal may be the day of the next word's month: read on right behind its start.
            position = match.start("month") + 1
            read = self._day_before(match.start())
            if read is None:
                continue
            start, number, ordinal = read
            if self.grammar.range_pattern.search(self.text[max(0, start - 30) : start]):
                continue
            word = re.sub(r"\s+", " ", match["month"])
            if word in self.grammar.month_ordinals and not ordinal:
                continue
            if word in self.grammar.month_phrases:
                day = self._in_month(self.grammar.month_phrases[word], number)
                end = match.end()
            else:
                month = self.grammar.months.get(word) or self.grammar.month_ordinals[word]
                year, end = self._year_after(match.end())
                day = _day(year, month, number) if year else self._without_year(month, number)
                if year is None and len(word) >= WRITTEN_OUT and self.text[end - 1] == ".":
                    end -= 1  # the sentence's
            if day:
                yield Found(start, end, day)

    def _day_before(self, position: int) -> tuple[int, int, bool] | None:
        """(start, day, written as an ordinal) of the day that ends at `position`."""
        head = self.text[max(0, position - 40) : position]
        offset = position - len(head)
        if match := _DAY_BEFORE.search(head):
            return offset + match.start(), int(match[1]), not match.group().strip().isdigit()
        if match := _WORDS_BEFORE.search(head):
            words = match[1].split()
            read = trailing_number(words, self.grammar.language)
            if read and 1 <= read[1] <= 31:
                count, number, ordinal = read
                start = match.start(1) + len(match[1]) - len(_tail(match[1], count))
                return offset + start, number, ordinal
        return None

    def _year_after(self, position: int) -> tuple[int | None, int]:
        end = position
        if self.grammar.year_word and (word := self.grammar.year_word.match(self.text, position)):
            position = word.end()
        if match := _YEAR_AFTER.match(self.text, position):
            end = match.end()
            if self.grammar.year_word and (word := self.grammar.year_word.match(self.text, end)):
                end = word.end()
            return int(match[1]), end
        if match := _SHORT_YEAR_AFTER.match(self.text, position):
            return int(self._century(match[1] or match[2])), match.end()
        return None, end

    def _marked_days(self) -> Iterator[Found[date]]:
        """`tgl 3`: a day of the month by itself, only where the language has a word that says so."""
        if not self.grammar.markers:
            return
        pattern = rf"(?<![a-z])(?:{self.grammar.markers})[\s.:]*(\d{{1,2}})(?!\d|\s?[.,/-]\s?\d)"
        for match in re.finditer(pattern, self.text):
            yield from self._found(match, self._day_of_month(int(match[1])))

    # completing -----------------------------------------------------------------------------------------
    def _found(self, match: re.Match[str], day: date | None) -> Iterator[Found[date]]:
        if day:
            yield Found(match.start(), match.end(), day)

    def _without_year(self, month: int, day: int) -> date | None:
        step = -1 if self.prefer == PAST else 1
        for distance in range(9):  # up to two leap years away for 29 February
            found = _day(self.today.year + step * distance, month, day)
            if found and (found <= self.today if step < 0 else found >= self.today):
                return found
        return None

    def _in_month(self, distance: int, day: int) -> date | None:
        months = self.today.year * 12 + self.today.month - 1 + distance
        return _day(months // 12, months % 12 + 1, day)

    def _day_of_month(self, day: int) -> date | None:
        step = -1 if self.prefer == PAST else 1
        for distance in range(3):
            found = self._in_month(step * distance, day)
            if found and (found <= self.today if step < 0 else found >= self.today):
                return found
        return None


def _tail(words: str, count: int) -> str:
    """The last `count` words of a run, as they stand (with their own spacing)."""
    starts = [match.start() for match in re.finditer(r"[a-z']+", words)]
    return words[starts[-count] :]


def _day(year: str | int, month: str | int, day: str | int) -> date | None:
    if not EARLIEST_YEAR <= int(year) <= LATEST_YEAR:
        return None
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
