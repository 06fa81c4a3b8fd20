"""Recognises what the assistant says by the catalogue's keys, so that tests do not repeat its wording."""

from __future__ import annotations

import re
import string
from pathlib import Path
from typing import Any

import yaml

from locales import texts
from locales.markets import load_markets
from tests.customer import Customer
from tests.running import Running

PHRASES: dict[str, dict[str, str]] = yaml.safe_load(
    (Path(__file__).parent / "phrases.yml").read_text(encoding="utf-8")
)
PLACEHOLDER = re.compile(r"\{[^}]*\}|\[\[[a-z_]+\]\]")


class Understanding:
    """Knows a column of phrases and understands what is said in its language and script."""

    phrases: dict[str, str]

    def means(self, answer: str, key: str) -> bool:
        """Whether the text with this key was said, whatever its values."""
        return means(answer, key, self.phrases["language"], self.phrases["script"])

    def expect(self, answer: str, *keys: str) -> None:
        """Fails, showing the answer, unless one of the texts was said."""
        assert any(self.means(answer, key) for key in keys), f"not {' or '.join(keys)}:\n{answer}"

    def title_behind(self, key: str, payload: str) -> str:
        """The title of the button that stands with the text and means this."""
        return title_behind(key, payload, self.phrases["language"], self.phrases["script"])

    def open_question(self, answer: str) -> str | None:
        """The claim's question that the answer asks; a suggestion counts as its question."""
        market = self.phrases["market"]
        keys = [key for key in texts.load(self.phrases["language"]) if key.startswith("claim_ask_")]
        for key in keys:
            question = key.removeprefix("claim_ask_")
            stem, _, suffix = question.rpartition("_")
            own = suffix == market and stem
            foreign = suffix in load_markets() and suffix != market
            if not foreign and self.means(answer, key):
                return str(own or question)
        if self.means(answer, "claim_summary"):
            return "summary"
        for key in texts.load(self.phrases["language"]):
            if key.startswith("claim_label_") and "suggest" in _suggestion(self, answer, key):
                return key.removeprefix("claim_label_").removesuffix(f"_{market}")
        return None


class Talk(Understanding, Customer):
    """A customer who writes as a column of phrases has it."""

    def __init__(self, running: Running, column: str) -> None:
        self.phrases = PHRASES[column]
        super().__init__(
            running.public_url, running.mailbox_url, self.phrases["market"], self.phrases["language"]
        )

    def tell(self, name: str, **wait: Any) -> str:
        """Say the phrase of that name."""
        return self.say(self.phrases[name], **wait)

    def the_last_draft(self, answer: str) -> str:
        """Goes on with the draft changed last, where earlier tests left this person others."""
        if self.means(answer, "draft_which"):
            return self.press(self.heard[-1]["buttons"][0]["title"])
        return answer


def _suggestion(talk: Understanding, answer: str, key: str) -> str:
    label = texts.render(key, talk.phrases["language"], talk.phrases["script"])
    for source in ("document", "profile"):
        for title in (f"{label}:", f"{label[0].upper()}{label[1:]}:"):
            said = talk.means(answer, f"suggestion_from_{source}") and title in answer
            if said:
                return "suggestion"
    return ""


def title_behind(key: str, payload: str, language: str, script: str) -> str:
    """The title of the button that stands with the text of the catalogue and means this."""
    titles = [b.title for b in texts.buttons(key, language, script) if b.payload == payload]
    assert titles, f"{key} has no button {payload}"
    return titles[0]


def means(answer: str, key: str, language: str, script: str) -> bool:
    """Whether all fixed parts of the text stand in the answer, in one of its plural forms."""
    for wording in texts.get(key, language).forms.values():
        parts = [
            literal for literal, *_ in string.Formatter().parse(texts.in_script(wording, language, script))
        ]
        if all(part.strip() in answer for part in parts):
            return True
    return False
