"""What holds after every turn, whatever was said: checked by comparing what was heard with what is so."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from locales import texts
from locales.script import script_of, to_latin
from tests.conversations.machine.truth import Account, State
from tests.conversations.speech import means
from tests.customer import all_buttons

LEAKS = {
    "a stack trace or exception": re.compile(r"Traceback|\b\w*(?:Error|Exception)\b|File \"/"),
    "a placeholder": re.compile(r"\{[^}]*\}|\[\[[a-z_]+\]\]"),
    "a key, an intent or an action": re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b"),
    "a payload": re.compile(r"(?<![\w/.])/[a-z]+(?:_[a-z]+)*(?:\{|$)"),
    "a value of the machine": re.compile(r"\b(?:None|null|undefined|NaN|True|False)\b"),
    "a date of the machine": re.compile(r"\b\d{4}-\d\d-\d\d\b"),
    "markup": re.compile(r"</?[a-z]+[^>]*>"),
}
POLICY = re.compile(r"\b(?:GI|RS|IT)-\d{8}-\d\b")
REQUEST = re.compile(r"\bR[IST]-[0-9A-Z]{4}-[0-9A-Z]{4}\b")
# Answers that only somebody who is logged in may get.
PRIVATE = (
    "benefit_covered",
    "benefit_not_covered",
    "benefit_left",
    "benefits_overview",
    "policies_list",
    "requests_list",
    "requests_none",
    "request_status",
    "draft_exists",
    "draft_resumed",
    "draft_which",
    "draft_none",
)
# Our own admission that something broke.
BROKEN = ("something_went_wrong", "system_no_answer", "system_write_again")
CYRILLIC = re.compile("[а-яђјљњћџ]{2,}", re.IGNORECASE)


@dataclass
class Turn:
    """One thing the customer did, and what came of it."""

    did: str
    before: State
    after: State
    heard: list[dict[str, Any]]
    tags: set[str]
    """The languages the answer may be in."""
    typed: list[str]
    """All the customer wrote in this dialogue, file names with it."""
    confirms: bool = False
    discards: bool = False
    interrupts: bool = False
    """Nothing of what was answered may be gone after it."""
    people: list[Account] = field(default_factory=list)


class Broken(AssertionError):
    """An invariant does not hold."""


def parts(message: dict[str, Any]) -> Iterable[str]:
    """Every wording of a message."""
    yield message.get("text") or ""
    for card in message.get("cards") or []:
        yield from (card["title"], card.get("subtitle") or "", *(card.get("lines") or []))
        yield (card.get("link") or {}).get("title") or ""
    yield (message.get("link") or {}).get("title") or ""
    yield from (button["title"] for button in all_buttons(message))


def check(turn: Turn) -> None:
    """Raises Broken with what is wrong."""
    said = [message for message in turn.heard if message["author"] != "customer"]
    if not said:
        raise Broken("no answer")
    wording = [part for message in said for part in parts(message) if part]
    if not any(wording):
        raise Broken("an empty answer")
    for message in said:
        if says(message.get("text") or "", message["language"], *BROKEN):
            raise Broken(f"an apology for a breakdown: {message['text']!r}")
    _nothing_technical(turn, wording)
    _own_language(turn, said)
    _nothing_private(turn, said, wording)
    _one_request_a_confirmation(turn)
    _drafts_are_kept(turn)


def _own_words(turn: Turn, found: str) -> bool:
    """Whether the customer wrote it: an echo is no leak."""
    return any(found in typed or to_latin(found) in to_latin(typed) for typed in turn.typed)


def _nothing_technical(turn: Turn, wording: list[str]) -> None:
    for part in wording:
        for what, pattern in LEAKS.items():
            for found in pattern.finditer(part):
                if not _own_words(turn, found.group()):
                    raise Broken(f"{what} is shown: {found.group()!r} in {part!r}")


def _own_language(turn: Turn, said: list[dict[str, Any]]) -> None:
    for message in said:
        if message["language"] not in turn.tags:
            raise Broken(f"answered in {message['language']}, expected {sorted(turn.tags)}")
        text = message.get("text") or ""
        if message["language"] == "sr-Cyrl":
            if len(text) > 30 and script_of(text) != "Cyrl":
                raise Broken(f"not in Cyrillic: {text!r}")
            continue
        for found in CYRILLIC.finditer(" ".join(parts(message))):
            if not _own_words(turn, found.group()) and "(ćirilica)" not in text:
                raise Broken(f"Cyrillic for a reader of {message['language']}: {found.group()!r}")


def _nothing_private(turn: Turn, said: list[dict[str, Any]], wording: list[str]) -> None:
    everything = "\n".join(wording)
    reader = turn.after.logged_in or turn.before.logged_in
    own = next((one for one in turn.people if one.person_id == reader), None)
    for found in POLICY.findall(everything):
        if (own is None or found not in own.policies) and not _own_words(turn, found):
            raise Broken(f"policy {found} shown to {own.username if own else 'nobody logged in'}")
    for found in REQUEST.findall(everything):
        theirs = reader is not None and turn.after.requests.get(found) == reader
        if not theirs and not _own_words(turn, found):
            raise Broken(f"request {found} shown to {own.username if own else 'nobody logged in'}")
    for person in turn.people:
        if person is own:
            continue
        for name in person.family - (own.family if own else frozenset()):
            if name in everything and not _own_words(turn, name):
                raise Broken(f"{name} shown to {own.username if own else 'nobody logged in'}")
    if reader is None:
        for message in said:
            text = message.get("text") or ""
            for key in PRIVATE:
                # Its fixed words ("Request …: ….") stand in many a sentence; a status names its request.
                if key == "request_status" and not REQUEST.search(text):
                    continue
                if says(text, message["language"], key):
                    raise Broken(f"{key} said without a log-in: {message['text']!r}")


def _one_request_a_confirmation(turn: Turn) -> None:
    new = turn.after.requests.keys() - turn.before.requests.keys()
    if len(new) > 1:
        raise Broken(f"{len(new)} requests at once: {sorted(new)}")
    if new and not turn.confirms:
        raise Broken(f"request {sorted(new)} without a confirmation")
    if turn.before.requests.keys() - turn.after.requests.keys():
        raise Broken("a request is gone")


def _drafts_are_kept(turn: Turn) -> None:
    for draft, status in turn.before.drafts.items():
        now = turn.after.drafts.get(draft)
        if status != "open" or now == "open":
            if turn.interrupts and turn.after.answers.get(draft, 0) < turn.before.answers[draft]:
                raise Broken("an answer of the draft is gone after an interruption")
            continue
        if now == "submitted" and turn.confirms:
            continue
        if now == "discarded" and turn.discards:
            continue
        raise Broken(f"the open draft is {now}")


def says(answer: str, tag: str, *keys: str) -> bool:
    """Whether one of the texts was said in this language."""
    language, _, script = tag.partition("-")
    return any(means(answer, key, language, script or "Latn") for key in keys if texts.has(key, language))
