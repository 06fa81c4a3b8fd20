"""Buttons below a message: rows that fit a phone, pages where there are many, and the mark on a pressed one.

What a button sends back is the core's token, or a word of this module: `more:<message>:<part>:<page>`, `pressed`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

PRESSED = "pressed"
MARK = "✓ "
MOST_ON_A_PAGE = 8
# So many buttons share a row when no title is longer than this.
ROWS = {2: 16, 3: 10}
LONGEST_TITLE = 60
_NUMBERED = re.compile(r"\d+\. ")
_MORE = re.compile(r"more:(\d{1,9}):(\d{1,3}):(\d{1,3})")


@dataclass(frozen=True)
class Choice:
    """What can be pressed; `token` comes back."""

    title: str
    token: str


@dataclass(frozen=True)
class Address:
    """What opens a page in the browser."""

    title: str
    url: str


@dataclass(frozen=True)
class MoreWanted:
    """Another page of the buttons of a message's part."""

    message: int
    part: int
    page: int


@dataclass(frozen=True)
class Keyboard:
    """The buttons of one part of a message. `more` is the title of the button that turns the page."""

    message: int
    part: int
    addresses: tuple[Address, ...] = ()
    choices: tuple[Choice, ...] = ()
    more: str = ""

    def markup(self, page: int = 0) -> InlineKeyboardMarkup | None:
        """As Telegram takes it; None without buttons."""
        rows = [[InlineKeyboardButton(_short(address.title), url=address.url)] for address in self.addresses]
        pages = self._pages()
        if pages:
            page %= len(pages)
            rows += _rows(pages[page])
            if len(pages) > 1:
                turn = f"more:{self.message}:{self.part}:{(page + 1) % len(pages)}"
                title = f"{self.more} ({page + 1}/{len(pages)})"
                rows.append([InlineKeyboardButton(title, callback_data=turn)])
        return InlineKeyboardMarkup(rows) if rows else None

    def _pages(self) -> list[Sequence[Choice]]:
        if len(self.choices) <= MOST_ON_A_PAGE:
            return [self.choices] if self.choices else []
        # One place is the page turner's.
        step = MOST_ON_A_PAGE - 1
        return [self.choices[start : start + step] for start in range(0, len(self.choices), step)]


def read_more(data: str) -> MoreWanted | None:
    """What a pressed page turner asks for."""
    found = _MORE.fullmatch(data)
    return MoreWanted(*map(int, found.groups())) if found else None


def mark_pressed(markup: InlineKeyboardMarkup | None, data: str) -> InlineKeyboardMarkup | None:
    """The keyboard after a press: what was chosen stays to be read and cannot be chosen again.

    The other answers to a question go; the numbered buttons of a list stay, its other items may be wanted too.
    """
    if markup is None:
        return None
    buttons = [button for row in markup.inline_keyboard for button in row]
    of_a_list = any(button.callback_data == data and _NUMBERED.match(button.text) for button in buttons)
    rows = []
    for row in markup.inline_keyboard:
        kept = [
            _marked(button, data) for button in row if button.url or of_a_list or button.callback_data == data
        ]
        if kept:
            rows.append(kept)
    return InlineKeyboardMarkup(rows)


def _marked(button: InlineKeyboardButton, data: str) -> InlineKeyboardButton:
    if button.callback_data != data:
        return button
    return InlineKeyboardButton(f"{MARK}{button.text}", callback_data=PRESSED)


def opens_in_browser(url: str) -> bool:
    """Whether Telegram takes the address for a button or a link: not `localhost`, no other protocol."""
    parts = urlsplit(url)
    return parts.scheme in {"http", "https"} and "." in (parts.hostname or "")


def _rows(choices: Sequence[Choice]) -> list[list[InlineKeyboardButton]]:
    rows: list[list[Choice]] = []
    for choice in choices:
        if rows and _share([*rows[-1], choice]):
            rows[-1].append(choice)
        else:
            rows.append([choice])
    return [[InlineKeyboardButton(_short(c.title), callback_data=c.token) for c in row] for row in rows]


def _share(row: Sequence[Choice]) -> bool:
    return max(len(choice.title) for choice in row) <= ROWS.get(len(row), 0)


def _short(title: str) -> str:
    return title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1].rstrip() + "…"
