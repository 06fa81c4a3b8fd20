"""Money in words and digits: "Rp 1,5 juta", "12.500 dinara", "cento venti euro e cinquanta".

A value is an exact decimal and an ISO 4217 currency, never a float. What can be read in two ways is not
read at all: the customer is asked again. Whether an amount is allowed is the form's business.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from locales.found import Found, longest
from locales.lexicon import load
from locales.numbers import LONGEST_INTEGER, Item, number_words, parse_number, read_digits, split_compound
from locales.script import fold

CENT = Decimal("0.01")
SIGNS = {"€": "EUR", "$": "USD"}
_TOKEN = re.compile(r"\d{1,3}(?: \d{3})+(?![\d.,/-]*\d)|\d+(?:[.,']\d+)*|[a-z]+|[€$]|\S")
# 1.250.000 and 12.500,50 are money even where nobody says so.
_UNMISTAKABLE = re.compile(r"\d{1,3}(?:(?:\.\d{3}){2,}(?:,\d{2})?|\.\d{3},\d{2})")


@dataclass(frozen=True)
class Money:
    """An exact amount: whole, or with two decimals."""

    amount: Decimal
    currency: str

    def as_json(self) -> dict[str, str]:
        """`{"amount": "85.50", "currency": "EUR"}`, as the programs exchange it."""
        return {"amount": format(self.amount, "f"), "currency": self.currency}


@dataclass(frozen=True)
class _Token:
    text: str
    start: int
    end: int


@lru_cache(maxsize=None)
def _currency_words(language: str) -> dict[str, str]:
    words: dict[str, str] = load(language).get("money", {}).get("words", {})
    return {**words, **SIGNS, "eur": "EUR", "idr": "IDR", "rsd": "RSD"}


def parse_amount(text: str, language: str, default_currency: str, *, expecting: bool = False) -> Money | None:
    """The one sum of money in the text; None if there is none, or more than one.

    `expecting`: an amount was asked for, so a number without a currency is one in `default_currency`.
    """
    finds = find_amounts(text, language, default_currency, expecting=expecting)
    values = {find.value for find in finds}
    return values.pop() if len(values) == 1 else None


def find_amounts(
    text: str, language: str, default_currency: str, *, expecting: bool = False
) -> list[Found[Money]]:
    """Every sum of money in the text."""
    folded = fold(text)
    words = number_words(language)
    tokens: list[_Token] = []
    for match in _TOKEN.finditer(folded.text):
        start, end = folded.span(match.start(), match.end())
        shown = "\0" if text[start:end].lower() in words.not_numbers else match.group()
        tokens.append(_Token(shown, match.start(), match.end()))
    reader = _Reader(folded.text, tokens, language, default_currency, expecting)
    finds = longest(reader.finds())
    named = [find for find in finds if reader.named.get((find.start, find.end))]
    chosen = named if named and expecting else finds
    return [Found(*folded.span(find.start, find.end), find.value) for find in chosen]


class _Reader:
    def __init__(
        self, text: str, tokens: list[_Token], language: str, default_currency: str, expecting: bool
    ) -> None:
        self.text = text
        self.tokens = tokens
        self.language = language
        self.words = number_words(language)
        self.currencies = _currency_words(language)
        lexicon = load(language).get("money", {})
        self.cents = set(lexicon.get("cents", []))
        self.and_words = set(lexicon.get("and", []))
        self.default_currency = default_currency
        self.expecting = expecting
        self.named: dict[tuple[int, int], bool] = {}

    def finds(self) -> Iterable[Found[Money]]:
        position = 0
        while position < len(self.tokens):
            find, position = self._at(position)
            if find:
                yield find

    def _parts(self, position: int) -> list[str]:
        return split_compound(self.tokens[position].text, self.language)

    def _is_number(self, position: int) -> bool:
        if position >= len(self.tokens):
            return False
        word = self.tokens[position].text
        if word[0].isdigit():
            return True
        vocabulary = self.words.vocabulary
        return all(part in vocabulary or part in self.words.elided for part in self._parts(position))

    def _run(self, position: int) -> int:
        """The end of the run of number words and digits that starts at `position`."""
        end = position
        while end < len(self.tokens):
            joins = (
                self.tokens[end].text in self.words.joiners and self._is_number(end + 1) and end > position
            )
            if not (joins or self._is_number(end)):
                break
            end += 1
        return end

    def _number(self, start: int, end: int) -> Decimal | None:
        items: list[Item] = []
        for index in range(start, end):
            token = self.tokens[index]
            if token.text[0].isdigit():
                follows = self.tokens[index + 1].text if index + 1 < end else ""
                value = read_digits(token.text, scaled=follows in self.words.magnitudes)
                if value is None:
                    return None
                items.append(value)
            else:
                items.extend(self._parts(index))
        return parse_number(items, self.language)

    def _currency(self, position: int) -> str | None:
        if not 0 <= position < len(self.tokens):
            return None
        return self.currencies.get(self.tokens[position].text)

    def _at(self, position: int) -> tuple[Found[Money] | None, int]:
        """What starts at this token, and where to read on."""
        if not self._is_number(position):
            return None, position + 1
        stop = self._run(position)
        number = self._number(position, stop)
        if number is not None:
            return self._with_currency(position, stop, number)
        # "po 500 dinara": the word for half also means something else; the number begins behind it.
        return None, position + 1 if self.tokens[position].text in self.words.halves else stop

    def _with_currency(self, start: int, end: int, number: Decimal) -> tuple[Found[Money] | None, int]:
        first, last, read_on = start, end - 1, end
        currency = None
        before = start - 1
        if before > 0 and self.tokens[before].text in {".", ":"}:  # Rp. 1.500 · Rp: 1.500
            before -= 1
        if self._currency(end):
            currency, last, read_on = self._currency(end), end, end + 1
        elif self._currency(before):
            currency, first = self._currency(before), before
        if currency and last == end:
            cents = self._cents_at(end + 1)
            if cents and number == int(number):
                number, last, read_on = number + cents[0], cents[1] - 1, cents[1]
        if self._part_of_something_longer(first, last):
            return None, read_on
        if currency is None and not self._speaks_of_money(start, end):
            return None, read_on
        value = self._money(number, currency or self.default_currency)
        if value is None:
            return None, read_on
        span = (self.tokens[first].start, self.tokens[last].end)
        self.named[span] = currency is not None
        return Found(*span, value), read_on

    def _cents_at(self, position: int) -> tuple[Decimal, int] | None:
        """ "e cinquanta", "i 50 para": (the cents, the end)."""
        joined = position < len(self.tokens) and self.tokens[position].text in self.and_words
        start = position + joined
        end = self._run(start) if self._is_number(start) else start
        if end == start:
            return None
        number = self._number(start, end)
        named = end < len(self.tokens) and self.tokens[end].text in self.cents
        if number is None or number != int(number) or not 0 < number < 100 or not (joined or named):
            return None
        if self._currency(end):  # "20 euro e 30 euro" are two amounts
            return None
        return number * CENT, end + named

    def _part_of_something_longer(self, first: int, last: int) -> bool:
        """A piece of a date, a fraction, a negative or a code."""
        start, end = self.tokens[first].start, self.tokens[last].end
        if re.match(r"[/%@_]|-[a-z0-9]|:\d|\s?%|[.,]\d", self.text[end:]):
            return True
        head = self.text[:start]
        return bool(re.search(r"[/@_#]$|[a-z0-9]-$|(?:^|\s)-\s?$|\d[.,:]$", head))

    def _speaks_of_money(self, start: int, end: int) -> bool:
        """Without a currency: is it money all the same?"""
        texts = [self.tokens[index].text for index in range(start, end)]
        has_digits = any(text[0].isdigit() for text in texts)
        if self.expecting:
            if has_digits:
                return True
            rest = [token.text for token in self.tokens[:start] + self.tokens[end:]]
            return all(text in {".", "!"} for text in rest)
        if not has_digits:
            return False
        if any(part in self.words.magnitudes for index in range(start, end) for part in self._parts(index)):
            return True
        return len(texts) == 1 and bool(_UNMISTAKABLE.fullmatch(texts[0]))

    def _money(self, number: Decimal, currency: str) -> Money | None:
        if number != number.quantize(CENT) or number >= Decimal(10) ** LONGEST_INTEGER:
            return None
        whole = number == int(number)
        return Money(Decimal(int(number)) if whole else number.quantize(CENT), currency)
