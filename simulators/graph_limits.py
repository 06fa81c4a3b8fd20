"""What Meta's servers refuse in a message of ours, with the codes that they give."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from simulators.chats import Button

Json = dict[str, Any]
LONGEST_TEXT = 4096
LONGEST_BODY = 1024
# HTTP status by code; 400 where nothing else is said.
STATUSES = {190: 401, 80007: 429, 130429: 429, 131000: 500}


class Refused(Exception):
    """An error of the Graph API: its code and what it says."""

    def __init__(self, code: int, details: str) -> None:
        super().__init__(details)
        self.code = code
        self.details = details

    @property
    def status(self) -> int:
        return STATUSES.get(self.code, 400)

    @property
    def body(self) -> Json:
        return {
            "error": {
                "message": f"(#{self.code}) {self.details}",
                "type": "OAuthException",
                "code": self.code,
                "error_data": {"messaging_product": "whatsapp", "details": self.details},
                "fbtrace_id": "AbCdEfGhIjKlMnOpQrStUv",
            }
        }


@dataclass(frozen=True)
class Shown:
    """A message as the phone shows it."""

    kind: str
    text: str = ""
    buttons: tuple[tuple[Button, ...], ...] = ()
    menu: str | None = None
    media_id: str | None = None
    content: Json = field(default_factory=dict)


def read_message(given: Json) -> Shown:
    """Check what is to be sent against the limits; raises Refused."""
    kind = given.get("type", "text")
    content = given.get(kind)
    if not isinstance(content, dict):
        raise Refused(131008, f"Required parameter is missing: {kind}")
    if kind == "text":
        return Shown("text", _text(content.get("body"), LONGEST_TEXT, "text body"))
    if kind in {"image", "document"}:
        caption = content.get("caption") or ""
        if caption:
            _text(caption, LONGEST_BODY, "caption")
        return Shown(kind, caption, media_id=_text(content.get("id"), 100, "media id"), content=content)
    if kind == "location":
        if not all(isinstance(content.get(name), (int, float)) for name in ("latitude", "longitude")):
            raise Refused(131009, "Parameter value is not valid: location")
        return Shown("location", content.get("name", ""), content=content)
    if kind == "template":
        return Shown("template", content=content)
    if kind == "interactive":
        return _interactive(content)
    raise Refused(100, f"Invalid parameter: type {kind}")


def _text(value: Any, longest: int, name: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Refused(131008, f"Required parameter is missing: {name}")
    if len(value) > longest:
        raise Refused(131009, f"Parameter value is not valid: {name} length {len(value)} over {longest}")
    return value


def _unique(values: list[str], name: str) -> None:
    if len(values) != len(set(values)):
        raise Refused(131009, f"Parameter value is not valid: duplicated {name}")


def _interactive(content: Json) -> Shown:
    action = content.get("action") or {}
    text = (content.get("body") or {}).get("text")
    if content.get("type") == "button":
        replies = [button["reply"] for button in action.get("buttons", [])]
        if not 1 <= len(replies) <= 3:
            raise Refused(131009, "Parameter value is not valid: number of buttons")
        for reply in replies:
            _text(reply.get("title"), 20, "button title")
            _text(reply.get("id"), 256, "button id")
        _unique([reply["title"] for reply in replies], "title")
        _unique([reply["id"] for reply in replies], "id")
        shown = tuple((Button(reply["title"], reply["id"]),) for reply in replies)
        return Shown("text", _text(text, LONGEST_BODY, "body"), shown)
    if content.get("type") == "list":
        rows = [row for section in action.get("sections", []) for row in section.get("rows", [])]
        if not 1 <= len(rows) <= 10:
            raise Refused(131009, "Parameter value is not valid: number of rows")
        for row in rows:
            _text(row.get("title"), 24, "row title")
            _text(row.get("id"), 200, "row id")
            if "description" in row:
                _text(row["description"], 72, "row description")
        _unique([row["id"] for row in rows], "id")
        menu = _text(action.get("button"), 20, "button")
        shown = tuple((Button(row["title"], row["id"], row.get("description", "")),) for row in rows)
        return Shown("text", _text(text, LONGEST_TEXT, "body"), shown, menu)
    if content.get("type") == "cta_url":
        parameters = action.get("parameters") or {}
        url = _text(parameters.get("url"), 2000, "url")
        if not url.startswith(("https://", "http://")):
            raise Refused(131009, "Parameter value is not valid: url")
        title = _text(parameters.get("display_text"), 20, "display_text")
        return Shown("text", _text(text, LONGEST_BODY, "body"), ((Button(title, url=url),),))
    if content.get("type") == "location_request_message" and action.get("name") == "send_location":
        asked = ((Button("📍", asks="location"),),)
        return Shown("text", _text(text, LONGEST_BODY, "body"), asked)
    raise Refused(131009, "Parameter value is not valid: interactive type")
