"""A customer on Telegram or WhatsApp: plays the phone of the simulators, as somebody on the page `/phone` does.

Has the same verbs as `tests.customer.Customer`, so that whatever walks through a conversation there walks here.
"""

from __future__ import annotations

import base64
import contextlib
import mimetypes
import random
import re
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from scripts import demo_messengers
from simulators.accounts import WhatsAppAccount
from simulators.whatsapp_lines import user_id_of
from tests.customer import PATIENCE, Customer, shown
from tests.running import Running

WHATSAPP = {account["name"]: WhatsAppAccount(**account) for account in demo_messengers.WHATSAPP}
OPEN_WORK = """
SELECT (SELECT count(*) FROM turns t WHERE t.conversation_id = c.id AND t.finished_at IS NULL)
     + (SELECT count(*) FROM deliveries d WHERE d.conversation_id = c.id AND d.finished_at IS NULL)
FROM conversations c WHERE c.channel = ? AND c.address IN (?, ?)"""
ADDRESS = re.compile(r"https?://[^\s<>\"]+")


class MessengerCustomer(Customer):
    """One chat with one account, which is named like its market."""

    def __init__(self, running: Running, vendor: str, market: str, username: str) -> None:
        self.running, self.vendor, self.username = running, vendor, username
        self.mailbox_url = running.mailbox_url
        # What a browser opens from the chat: the secure page.
        self.http = httpx.Client(base_url=running.public_url, timeout=PATIENCE, follow_redirects=True)
        self.phone = httpx.Client(base_url=f"{running.phone_url}/api/", timeout=PATIENCE)
        self.who = {
            "vendor": vendor,
            "account": market,
            "customer": str(random.randrange(7_000_000_000, 8_000_000_000)),
        }
        self.conversation_id = self.who["customer"]
        self.entries: dict[str, dict[str, Any]] = {}
        self.heard: list[dict[str, Any]] = []
        self.revision = 0

    def act(self, what: str, **more: Any) -> str:
        """Do something with the phone; returns the id of the entry that came of it."""
        answer = self.phone.post(what, json=self.who | more)
        answer.raise_for_status()
        return str(answer.json().get("entry", ""))

    def say(self, text: str, **wait: Any) -> str:
        """Send a text; returns what is said until the assistant rests."""
        self.act("say", text=text)
        return self.listen(**wait)

    def press(self, title: str) -> str:
        """Press the newest button or line of a list whose title has the words."""
        for message in reversed(self.heard):
            for button in self.entries[message["id"]]["pressable"]:
                if is_meant(title, button):
                    self.act("press", entry=message["id"], value=button["value"])
                    return self.listen()
        raise AssertionError(f"no button {title!r} in {[e['pressable'] for e in self.entries.values()]}")

    def upload(self, path: Path) -> str:
        """Send a file: pictures as photos, anything else as a document."""
        media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        content = base64.b64encode(path.read_bytes()).decode()
        self.act("files", files=[{"name": path.name, "media_type": media_type, "content": content}])
        return self.listen()

    def listen(self, seconds: float = PATIENCE, at_least: int = 1) -> str:
        """Wait for answers until nothing more is worked on or on its way; returns their texts and buttons."""
        until, fresh = time.monotonic() + seconds, list[dict[str, Any]]()
        while time.monotonic() < until:
            # Looked at first: what is delivered after this look is read by the next one.
            rests = self.assistant_rests()
            fresh += self._read(wait=0 if rests else 0.3)
            if rests and len(fresh) >= at_least:
                break
            if rests:
                time.sleep(0.05)
        assert fresh, f"no answer within {seconds} s; the chat: {list(self.entries.values())[-3:]}"
        return "\n".join(shown(message) for message in fresh)

    def assistant_rests(self) -> bool:
        """Whether the gateway has neither a turn nor a delivery of this chat left to do."""
        account, customer = self.who["account"], self.who["customer"]
        # WhatsApp knows a customer by an id of its own that is not the phone number.
        ids = (customer, user_id_of(WHATSAPP[account], customer))
        database = f"file:{self.running.var}/connectors.db?mode=ro"
        with contextlib.closing(sqlite3.connect(database, uri=True)) as connection:
            row = connection.execute(
                OPEN_WORK, (self.vendor, *(f"{account}:{one}" for one in ids))
            ).fetchone()
        return row is not None and row[0] == 0

    def wait_until(
        self, entry_id: str, holds: Callable[[dict[str, Any]], bool], seconds: float = PATIENCE
    ) -> None:
        """Wait until an entry is as it should be."""
        until = time.monotonic() + seconds
        while not holds(self.entries.get(entry_id, {"deleted": False})):
            assert time.monotonic() < until, self.entries.get(entry_id)
            self._read(wait=1)

    def _read(self, wait: float) -> list[dict[str, Any]]:
        answer = self.phone.get("chat", params=self.who | {"after": self.revision, "wait": wait})
        answer.raise_for_status()
        body = answer.json()
        self.revision = body["revision"]
        fresh = []
        for entry in body["entries"]:
            entry["pressable"] = [b for row in entry["buttons"] for b in row if not b["url"]]
            known = self.entries.get(entry["id"])
            self.entries[entry["id"]] = entry
            if entry["author"] == "assistant" and known is None:
                buttons = [{"title": titled(b)} for b in entry["pressable"]]
                fresh.append({"id": entry["id"], "author": "bot", "text": entry["text"], "buttons": buttons})
        self.heard += fresh
        return fresh

    def link(self) -> str:
        """The newest link to a secure page, in a button or in a text, as a path."""
        for entry in reversed(list(self.entries.values())):
            urls = [b["url"] for row in entry["buttons"] for b in row if b["url"]]
            for url in [*urls, *ADDRESS.findall(entry["html"] or entry["text"])]:
                if entry["author"] == "assistant" and url.startswith(f"{self.running.public_url}/secure"):
                    return url.removeprefix(self.running.public_url)
        raise AssertionError("no link was given")

    def newest_code(self) -> str:
        """The code in the newest mail to this person."""
        for mail in self.mails():
            code = re.search(r"\b(\d{6})\b", mail["body"])
            if code and mail["to"].split("@")[0].startswith(self.username):
                return code.group(1)
        raise AssertionError(f"no code was sent to {self.username}")


def titled(button: dict[str, Any]) -> str:
    """A title with the rest of it that stands below where titles are short."""
    return " ".join(part for part in (button["title"], button["description"]) if part)


def is_meant(title: str, button: dict[str, Any]) -> bool:
    """Whether the words are in the title; one that was cut ends with an ellipsis."""
    wanted, whole = title.lower(), titled(button).lower()
    cut = button["title"].lower().removesuffix("…").rstrip()
    return wanted in whole or (button["title"].endswith("…") and wanted.startswith(cut))
