"""What every step of a dialogue is made of: say or press something, hear what is answered, compare."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from locales import texts
from tests.conversations.machine.invariants import Broken, Turn, check, parts, says
from tests.conversations.machine.material import WRITINGS, Writing
from tests.conversations.machine.stage import Stage
from tests.conversations.machine.truth import Account, State
from tests.conversations.speech import title_behind
from tests.customer import Customer, all_buttons

EVERY_TAG = {"it", "id", "sr-Latn", "sr-Cyrl"}
PAUSE = 0.2  # many listen at once


def _titles(*keys: str) -> set[str]:
    """Of buttons, in every language and script: an old one is in the language of its time."""
    spoken = [(language, script) for language in texts.languages() for script in ("Latn", "Cyrl")]
    return {texts.render(key, *voice) for key in keys for voice in spoken}


CONFIRMING = _titles("button_submit", "button_apply", "button_yes", "button_correct")
DISCARDING = _titles("button_discard")
# Of the buttons that give the floor back to the assistant, in the queue and while a message for people is taken.
GIVING_BACK = {
    title_behind(key, "/care_return", language, script)
    for key in ("care_queued", "care_message_ask")
    for language in texts.languages()
    for script in ("Latn", "Cyrl")
}


class Exchange:
    """A customer of one market, with the accounts of two people, and everything said so far."""

    def __init__(self, stage: Stage, writing: str, people: list[Account], folder: Path) -> None:
        self.stage, self.writing, self.people, self.folder = stage, WRITINGS[writing], people, folder
        self.steps: list[tuple[str, list[Any]]] = [("writes", [writing])]
        self.lines: list[str] = []
        self.typed: list[str] = []
        self.person = self.awaited = people[0]
        self.broken = False
        stage.truth.drop_drafts([one.person_id for one in people])
        self._open()

    def _open(self) -> None:
        running = self.stage.running
        with self.stage.undisturbed():
            self.talk = Customer(
                running.public_url, running.mailbox_url, self.writing.market, self.writing.language
            )
        self.tag = "sr-Latn" if self.writing.language == "sr" else self.writing.language
        # Until something was written only the page's language is known, not the script.
        self.first = True
        self.older: list[dict[str, str]] = []
        self.answer = ""

    def do(self, step: str, *given: Any) -> None:
        """Take a step; raises Broken with the whole dialogue when an invariant does not hold."""
        if self.broken:
            return
        self.steps.append((step, list(given)))
        try:
            getattr(self, step)(*given)
        except (AssertionError, httpx.HTTPError, LookupError) as error:
            self.broken = True
            self._listen_on()
            broken = Broken(f"{type(error).__name__}: {error}\n\n{self.printed()}")
            if not self.stage.keeps_going:
                raise broken from error
            self.stage.found.append(str(broken))

    def ways_on(self) -> list[str]:
        """The ways that are open from everywhere, now this one first, now that one."""
        ways = ["wants_menu", "wants_person", "wants_to_stop"]
        first = len(self.steps) % len(ways)
        return ways[first:] + ways[:first]

    def printed(self) -> str:
        """The dialogue to read, and the walk to put into walks.yml."""
        walk = "\n".join(f"  - {[step, *given]!r}" for step, given in self.steps)
        return "\n".join([*self.lines, "", "The walk, for walks.yml:", walk])

    def _listen_on(self) -> None:
        for message in self.talk.heard[len(self.talk.heard) - 3 :]:
            self.lines.append(f"   (heard) {message['author']}: {' | '.join(p for p in parts(message) if p)}")

    def _state(self) -> State:
        return self.stage.truth.state(self.talk.conversation_id, [one.person_id for one in self.people])

    def leaves_the_queue(self) -> None:
        """Whoever waits for people, or leaves them a message, goes back to the assistant; others do nothing."""
        button = next((b for b in self._buttons() if b["title"] in GIVING_BACK), None)
        if button:
            self._press(button)

    def _turn(self, did: str, act: Callable[[], Any], tags: set[str] | None = None, **said: bool) -> str:
        """Do it, hear what is answered, compare; in the queue only its buttons are answered."""
        if not did.startswith("presses"):
            self.leaves_the_queue()
        with self.stage.undisturbed():
            before, heard = self._state(), len(self.talk.heard)
            self.lines.append(f"> {did}")
            act()
            self._hear()
            after = self._state()
        fresh = self.talk.heard[heard:]
        for message in fresh:
            if message["author"] != "customer":
                self.lines.append(f"    {message['author']}: {' | '.join(p for p in parts(message) if p)}")
        allowed = {self.tag, *(tags or ())}
        if self.first:
            allowed |= {self.writing.tag, "sr-Latn"} if self.writing.language == "sr" else set()
        turn = Turn(did, before, after, fresh, allowed, self.typed, people=self.people, **said)
        check(turn)
        self.first = False
        self.tag = self.talk.language
        self.answer = "\n".join(part for message in fresh for part in parts(message))
        return self.answer

    def _hear(self) -> None:
        """Past an apology: it counts only while the answer is on its way."""
        self.talk.listen(pause=PAUSE)
        while self.talk.heard[-1]["author"] == "system" and says(
            self.talk.heard[-1]["text"], self.talk.heard[-1]["language"], "system_slow"
        ):
            self.talk.listen(pause=PAUSE)

    def _send(self, text: str, tags: set[str] | None = None, **said: bool) -> str:
        self.typed.append(text)
        self.older += self._buttons()
        return self._turn(f"says {text[:200]!r}", lambda: self.talk.post({"text": text}), tags, **said)

    def _buttons(self) -> list[dict[str, str]]:
        """The buttons of the newest answer."""
        found: list[dict[str, str]] = []
        for message in reversed(self.talk.heard):
            if message["author"] == "customer":
                break
            found = [*all_buttons(message), *found]
        return found

    def _press(self, button: dict[str, str], times: int = 1) -> str:
        self.older += self._buttons()

        def act() -> None:
            for _ in range(times):
                self.talk.post({"button": button["token"]})

        return self._turn(
            f"presses [{button['title']}]" + (f" {times} times" if times > 1 else ""),
            act,
            # A press may ask for another language.
            EVERY_TAG if button["title"] in self._language_titles() else None,
            confirms=button["title"] in CONFIRMING,
            discards=button["title"] in DISCARDING,
        )

    def _title(self, key: str) -> str:
        language, _, script = self.tag.partition("-")
        return texts.render(key, language, script or "Latn")

    def _language_titles(self) -> set[str]:
        language, _, script = self.tag.partition("-")
        keys = [key for key in texts.load(language) if key.startswith("language_")]
        return {
            texts.render(key, language, script or "Latn")
            for key in keys
            if key.split("_")[1] in texts.languages()
        }

    def _in(self) -> Writing:
        """How this customer writes now: in the conversation's language."""
        if self.tag == self.writing.tag or self.first:
            return self.writing
        return WRITINGS["id" if self.tag == "id" else "it" if self.tag == "it" else self.tag]
