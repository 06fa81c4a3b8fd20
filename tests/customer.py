"""A customer on the website channel: speaks its HTTP interface and the secure page, as a browser would."""

from __future__ import annotations

import re
import time
import uuid
from pathlib import Path
from typing import Any

import httpx

PASSWORD = "Care-Demo-2026"
PATIENCE = 120


def mails_in(mailbox_url: str) -> list[dict[str, Any]]:
    """What the demo mailbox holds, the newest first."""
    found: list[dict[str, Any]] = httpx.get(mailbox_url, timeout=PATIENCE).json()
    return found


def newest_code_in(mailbox_url: str) -> str:
    """The newest one-time code in the demo mailbox."""
    codes = (re.search(r"\b\d{6}\b", mail["body"]) for mail in mails_in(mailbox_url))
    return next(code.group() for code in codes if code)


class Customer:
    """One conversation."""

    def __init__(self, public_url: str, mailbox_url: str, market: str, language: str | None = None) -> None:
        # An idle connection is left before the server leaves it (uvicorn: 5 s), which would be an error here.
        limits = httpx.Limits(keepalive_expiry=2)
        self.http = httpx.Client(base_url=public_url, timeout=PATIENCE, follow_redirects=True, limits=limits)
        self.mailbox_url = mailbox_url
        body = {"market": market} | ({"language": language} if language else {})
        opened = self.http.post("/api/website/conversations", json=body)
        opened.raise_for_status()
        self.conversation_id = opened.json()["conversation_id"]
        self.headers = {"Authorization": f"Bearer {opened.json()['token']}"}
        self.last_id = 0
        self.heard: list[dict[str, Any]] = []

    @property
    def _path(self) -> str:
        return f"/api/website/conversations/{self.conversation_id}"

    def say(self, text: str, **wait: Any) -> str:
        """Send a text; returns what is said until the assistant rests."""
        self.post({"text": text})
        return self.listen(**wait)

    def post(self, content: dict[str, Any], client_message_id: str | None = None) -> httpx.Response:
        """Send without listening."""
        body = {"client_message_id": client_message_id or uuid.uuid4().hex, **content}
        answer = self.http.post(f"{self._path}/messages", json=body, headers=self.headers)
        answer.raise_for_status()
        return answer

    def press(self, title: str) -> str:
        """Press the newest button whose title has the words."""
        for message in reversed(self.heard):
            for button in all_buttons(message):
                if title.lower() in button["title"].lower():
                    self.post({"button": button["token"]})
                    return self.listen()
        raise AssertionError(
            f"no button {title!r} in {[b['title'] for m in self.heard for b in all_buttons(m)]}"
        )

    def send_file(self, path: Path, media_type: str = "application/octet-stream") -> httpx.Response:
        """Upload a file; returns the HTTP answer."""
        return self.http.post(
            f"{self._path}/files",
            params={"filename": path.name, "client_message_id": uuid.uuid4().hex},
            content=path.read_bytes(),
            headers={**self.headers, "Content-Type": media_type},
        )

    def upload(self, path: Path) -> str:
        """Upload a file that is taken; returns what is said then."""
        answer = self.send_file(path)
        assert answer.status_code == 202, answer.text
        return self.listen()

    def listen(self, seconds: float = PATIENCE, at_least: int = 1, pause: float = 0.1) -> str:
        """Wait for answers until nothing more is being worked on; returns their texts, cards and buttons."""
        until, fresh = time.monotonic() + seconds, []
        while time.monotonic() < until:
            answer = self.http.get(
                f"{self._path}/messages", params={"after": self.last_id}, headers=self.headers
            )
            answer.raise_for_status()
            body = answer.json()
            for message in body["messages"]:
                self.last_id = max(self.last_id, message["id"])
                self.heard.append(message)
                if message["author"] != "customer":
                    fresh.append(message)
            if len(fresh) >= at_least and not body["typing"]:
                break
            time.sleep(pause)
        assert fresh, f"no answer within {seconds} s to {self.heard[-1:]}"
        return "\n".join(shown(message) for message in fresh)

    def say_unanswered(self, text: str) -> None:
        """Send a text that is to be answered by nobody; returns once nothing is worked on any more."""
        self.post({"text": text})
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            answer = self.http.get(
                f"{self._path}/messages", params={"after": self.last_id}, headers=self.headers
            )
            answer.raise_for_status()
            if not answer.json()["typing"]:
                fresh = answer.json()["messages"]
                self.heard += fresh
                self.last_id = max([self.last_id, *(message["id"] for message in fresh)])
                said = [shown(message) for message in fresh if message["author"] != "customer"]
                assert not said, f"{text!r} was answered: {said}"
                return
            time.sleep(0.1)
        raise AssertionError(f"{text!r} is still being worked on")

    @property
    def language(self) -> str:
        """The language tag of the newest answer."""
        return next(m["language"] for m in reversed(self.heard) if m["author"] != "customer")

    def link(self) -> str:
        """The newest log-in link, as a path."""
        for message in reversed(self.heard):
            if message.get("link"):
                return re.sub(r"^https?://[^/]+", "", message["link"]["url"])
        raise AssertionError("no link was given")

    def give_password(self, username: str, password: str = PASSWORD) -> httpx.Response:
        """Fill in the secure page behind the newest link."""
        path = self.link()
        page = self.http.get(path)
        csrf = re.search(r'name="csrf" value="([^"]+)"', page.text)
        assert csrf, page.text[:500]
        form = {"csrf": csrf.group(1), "step": "password", "username": username, "password": password}
        return self.http.post(path, data=form, headers={"Origin": str(self.http.base_url).rstrip("/")})

    def mails(self) -> list[dict[str, Any]]:
        """All mails and text messages that were sent, the newest first."""
        return mails_in(self.mailbox_url)

    def newest_code(self) -> str:
        """The code in the newest mail."""
        return newest_code_in(self.mailbox_url)

    def log_in(self, username: str) -> str:
        """The whole log-in, with the code typed in the chat; returns what is said after it."""
        assert self.give_password(username).status_code == 200
        self.listen()
        return self.say(self.newest_code())


def all_buttons(message: dict[str, Any]) -> list[dict[str, str]]:
    """Buttons of a message and of its cards."""
    return [
        *(message.get("buttons") or []),
        *(b for card in message.get("cards") or [] for b in card.get("buttons") or []),
    ]


def shown(message: dict[str, Any]) -> str:
    """All a customer can read in a message."""
    parts = [message.get("text") or ""]
    for card in message.get("cards") or []:
        parts += [card["title"], card.get("subtitle") or "", *(card.get("lines") or [])]
    parts += [f"[{button['title']}]" for button in all_buttons(message)]
    return "\n".join(part for part in parts if part)
