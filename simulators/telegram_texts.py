"""What Telegram checks in a message before it takes it: markup, lengths, keyboards. Raises Refused as it does."""

import json
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from simulators.chats import Button

LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024
LONGEST_CALLBACK = 64
MOST_BUTTONS = 100
TAGS = frozenset(
    [
        "b",
        "strong",
        "i",
        "em",
        "u",
        "ins",
        "s",
        "strike",
        "del",
        "a",
        "code",
        "pre",
        "blockquote",
        "tg-spoiler",
    ]
)


class Refused(Exception):
    """An answer of the Bot API that is no result."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


class _Markup(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.plain: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            raise Refused(
                400, f'Bad Request: can\'t parse entities: Unsupported start tag "{tag}" at byte offset 0'
            )
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise Refused(400, f'Bad Request: can\'t parse entities: Unmatched end tag, found "</{tag}>"')

    def handle_data(self, data: str) -> None:
        self.plain.append(data)


def read_text(text: str, parse_mode: str | None, longest: int, what: str = "message") -> str:
    """The text as it is read, without its markup."""
    plain = text
    if parse_mode == "HTML":
        markup = _Markup()
        markup.feed(text)
        markup.close()
        if markup.open:
            raise Refused(
                400,
                f"Bad Request: can't parse entities: Can't find end tag corresponding to start tag \"{markup.open[-1]}\"",
            )
        plain = "".join(markup.plain)
    plain = plain.strip()
    if len(plain.encode("utf-16-le")) // 2 > longest:
        raise Refused(400, f"Bad Request: {what} is too long")
    return plain


Rows = tuple[tuple[Button, ...], ...]


def read_keyboards(markup: str | dict[str, Any] | None) -> tuple[Rows, Rows]:
    """The buttons under the message and those in the place of the phone's keyboard."""
    if not markup:
        return (), ()
    given: dict[str, Any] = json.loads(markup) if isinstance(markup, str) else markup
    inline = tuple(tuple(_inline(button) for button in row) for row in given.get("inline_keyboard", []))
    if sum(len(row) for row in inline) > MOST_BUTTONS:
        raise Refused(400, "Bad Request: reply markup is too long")
    below = tuple(tuple(_reply(button) for button in row) for row in given.get("keyboard", []))
    return inline, below


def _inline(button: dict[str, Any]) -> Button:
    title = str(button.get("text") or "")
    if not title:
        raise Refused(400, "Bad Request: text buttons are unallowed in the inline keyboard")
    if "url" in button:
        _check_address(str(button["url"]))
        return Button(title, url=str(button["url"]))
    data = str(button.get("callback_data") or "")
    if not 1 <= len(data.encode()) <= LONGEST_CALLBACK:
        raise Refused(400, "Bad Request: BUTTON_DATA_INVALID")
    return Button(title, data)


def _reply(button: dict[str, Any] | str) -> Button:
    if isinstance(button, str):
        return Button(button, button)
    title = str(button["text"])
    if button.get("request_contact"):
        return Button(title, title, asks="contact")
    return Button(title, title, asks="location" if button.get("request_location") else None)


def _check_address(url: str) -> None:
    """Telegram takes domains and IPv4 addresses, but neither `localhost` nor other protocols."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https", "tg", "tel"}:
        raise Refused(
            400, f"Bad Request: inline keyboard button URL '{url}' is invalid: Unsupported URL protocol"
        )
    if parts.scheme in {"http", "https"} and "." not in (parts.hostname or ""):
        raise Refused(400, f"Bad Request: inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
