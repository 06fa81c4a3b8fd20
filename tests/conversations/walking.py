"""Walking through any form in conversation: which question is open, and what this customer says to it."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from locales import texts
from tests.conversations.claiming import button_title, walk
from tests.conversations.papers import make_photo
from tests.conversations.speech import Talk

SUGGESTED, CODE, SUMMARY = "suggested", "code", "summary"


def begin(talk: Talk, wish: str, kind: str) -> str:
    """Say the wish, log in, and throw away what other tests left behind; the answer with the first question."""
    talk.expect(talk.say(wish), "login_needed")
    answer = talk.log_in(talk.phrases["username"])
    while talk.means(answer, "draft_exists"):
        newest = next(m for m in reversed(talk.heard) if m["author"] == "bot" and m.get("buttons"))
        answer = talk.press(newest["buttons"][-1]["title"])
    talk.expect(answer, f"{kind}_start")
    return answer


def resume(talk: Talk, kind: str) -> str:
    """In another browser: log in, and go on with the form of this kind."""
    talk.expect(talk.tell("resume"), "login_needed")
    answer = talk.log_in(talk.phrases["username"])
    if talk.means(answer, "draft_which"):
        newest = next(m for m in reversed(talk.heard) if m["author"] == "bot" and m.get("buttons"))
        title = button_title(talk, f"kind_{kind}")
        answer = talk.press(next(b["title"] for b in newest["buttons"] if b["title"].startswith(title)))
    return answer


def ahead(days: int) -> str:
    """A day in digits."""
    day = date.today() + timedelta(days=days)
    return f"{day.day}.{day.month}.{day.year}"


class Walk:
    """A customer in a form of one kind."""

    def __init__(self, talk: Talk, kind: str, said: dict[str, str], folder: Path) -> None:
        self.talk, self.kind, self.said, self.folder = talk, kind, said, folder

    def question(self, answer: str) -> str | None:
        """The question that the answer asks."""
        talk = self.talk
        if talk.means(answer, f"{self.kind}_summary"):
            return SUMMARY
        if talk.means(answer, "contact_code_sent_phone") or talk.means(answer, "contact_code_open_phone"):
            return CODE
        if talk.means(answer, "suggestion_from_profile"):
            return SUGGESTED
        start = f"{self.kind}_ask_"
        asked = [key for key in texts.load(talk.phrases["language"]) if key.startswith(start)]
        named = (key.removeprefix(start) for key in asked if talk.means(answer, key))
        return next((key.removesuffix(f"_{talk.phrases['market']}") for key in named), None)

    def until(self, answer: str, wanted: str) -> str:
        """Answer question after question until the wanted one is asked; returns how it was asked."""
        return walk(answer, wanted, self.question, self._answer)

    def _answer(self, question: str) -> str:
        talk = self.talk
        told = {"person": "member", "holder": "member", "account": "account", "damage_date": "date"}
        told |= {SUGGESTED: "yes", "booked": "yes", "other_party": "no", "police_called": "no"}
        told |= {"more_parts": "no"}
        pressed = {"doctor": "button_skip", "notes": "button_skip", "garage": "button_skip"}
        pressed |= {"branch": "option_branch_outpatient", "damaged_part": "option_damaged_part_rear"}
        pressed |= {"contact": "option_contact_phone"}
        done: dict[str, Callable[[], str]] = {
            "policy": self._first_button,
            "photos": lambda: talk.upload(make_photo(self.folder)),
            "medical_documents": lambda: talk.upload(make_photo(self.folder)),
            "centre": self._centre,
            "appointment_date": lambda: talk.say(ahead(12)),
            "new_phone": lambda: talk.say(self.said["phone"].format(random.randrange(10000, 99999))),
            CODE: lambda: talk.say(newest_code(talk)),
        }
        if question in told:
            return talk.tell(told[question])
        if question in pressed:
            return talk.press(button_title(talk, pressed[question]))
        return done[question]() if question in done else talk.say(self.said[question])

    def _first_button(self) -> str:
        newest = next(m for m in reversed(self.talk.heard) if m["author"] == "bot" and m.get("buttons"))
        return self.talk.press(newest["buttons"][0]["title"])

    def _centre(self) -> str:
        self.talk.expect(self.talk.say(self.said["town"]), "provider_choose")
        return self.talk.press(button_title(self.talk, "button_choose"))


def newest_code(talk: Talk) -> str:
    """The code of the newest text message to a new number."""
    mails = talk.mails()
    body = next(m["body"] for m in mails if m["key"] == "contact_code" and m["to"][0] == "+")
    return re.findall(r"\b\d{6}\b", body)[0]
