"""One dialogue: each step is a method, does one thing to the running assistant and checks what came of it.

Steps depend on nothing but their arguments, so that a walk can be written down and taken again: where a step does
not fit (no button to press, nobody to log out), it says a phrase instead.
"""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

from locales.script import strip_diacritics
from tests.conversations.machine.exchange import Exchange
from tests.conversations.machine.invariants import parts, says
from tests.conversations.machine.material import LONG, MANNERS, MATERIAL, NONSENSE, WRITINGS
from tests.conversations.machine.prefilled import Prefilled
from tests.conversations.papers import make_bill, make_photo

PASSWORD_TYPED = "Care-Demo-2026"
YES = {"sì", "ya", "да", "da", "ok"}
# Nothing of what was answered is touched by them, wherever they come.
INTERRUPTIONS = {
    "ask_contact",
    "ask_why_needed",
    "ask_capabilities",
    "thank",
    "complain",
    "ask_if_human",
    "greet",
}


class Dialogue(Exchange):
    """Everything a customer may do."""

    def says(self, meaning: str, number: int, manner: str) -> None:
        """A wish or a reaction in this customer's words."""
        writing = self._in()
        text = MANNERS[manner](writing.phrase(meaning, number))
        self._send(text, {writing.tag}, confirms=meaning == "affirm", interrupts=meaning in INTERRUPTIONS)

    def gives(self, number: int) -> None:
        """A bare value, as an answer to whatever is asked."""
        writing = self._in()
        values = MATERIAL[writing.language]["values"]
        value = writing.spell(values[number % len(values)])
        self._send(
            value, {writing.tag}, confirms=strip_diacritics(value).lower() in map(strip_diacritics, YES)
        )

    def answers_well(self) -> None:
        """What the open question asks for, as far as a customer can tell: a button, a file, a day."""
        self.leaves_the_queue()
        newest: dict[str, Any] = next((m for m in reversed(self.talk.heard) if m["author"] == "bot"), {})
        wanted = (newest.get("input") or {}).get("kind")
        if wanted == "file":
            self.sends_file("bill")
        elif wanted == "date":
            self.gives(1)
        elif self._buttons():
            self._press(self._buttons()[0])
        else:
            self.gives(9)

    def presses(self, number: int) -> None:
        """A button just offered."""
        buttons = self._buttons()
        if buttons:
            self._press(buttons[number % len(buttons)])
        else:
            self.says("ask_capabilities", 0, "plain")

    def presses_old(self, number: int) -> None:
        """A button of an earlier answer."""
        if self.older:
            self._press(self.older[number % len(self.older)])
        else:
            self.presses(number)

    def presses_twice(self, number: int) -> None:
        """The same button by two impatient taps."""
        buttons = self._buttons()
        if buttons:
            self._press(buttons[number % len(buttons)], times=2)
        else:
            self.says("greet", 0, "plain")

    def sends_file(self, kind: str) -> None:
        """A bill, a photo, something that is no picture, something far too large."""
        folder = self.folder / uuid.uuid4().hex
        folder.mkdir()
        if kind == "bill":
            path = make_bill(folder, self.writing.market, uuid.uuid4().hex)
        elif kind == "photo":
            path = make_photo(folder)
        else:
            path = folder / ("letter.pdf" if kind == "no_picture" else "large.pdf")
            path.write_bytes(b"%PDF-1.7\n" + b"0" * 10_600_000 if kind == "too_large" else b"just words")
        self.typed.append(path.name)
        expected = {"bill": 202, "photo": 202, "no_picture": 415, "too_large": 413}[kind]

        def act() -> None:
            status = self.talk.send_file(path).status_code
            assert status == expected, f"{kind}: {status}"

        self._turn(f"sends a file: {kind}", act)

    def babbles(self, number: int) -> None:
        """What is in no language spoken here, or is none, or is meant for a machine."""
        text = NONSENSE[number % len(NONSENSE)]
        self._send(text, confirms=text in YES)

    def writes_very_long(self) -> None:
        """Just below what is taken, then far above: refused at once, with a reason."""
        self._send(LONG[:4900], {"it"})
        with self.stage.undisturbed():
            body = {"client_message_id": uuid.uuid4().hex, "text": "a" * 5001}
            path = f"/api/website/conversations/{self.talk.conversation_id}/messages"
            refused = self.talk.http.post(path, json=body, headers=self.talk.headers)
        assert refused.status_code == 413 and refused.json()["message"], refused.text

    def types_password(self) -> None:
        """Never stored, never repeated."""
        self._send(f"password: {PASSWORD_TYPED}")
        shown = [part for message in self.talk.heard for part in parts(message)]
        assert not any(PASSWORD_TYPED in part for part in shown), "the password stands in the transcript"

    def goes_on_in(self, writing: str) -> None:
        """A long sentence in another language or script: from then on the answers are in it."""
        new = WRITINGS[writing]
        self._send(new.phrase("clearly"), {new.tag})
        assert self.tag == new.tag, f"went on in {writing}, answered in {self.tag}"

    def asks_for_language(self, wanted: str) -> None:
        """Asked for by name: the answers are in it at once."""
        writing = self._in()
        text = writing.spell(MATERIAL[writing.language]["ask_for"][wanted])
        self._send(text, {"sr-Latn", "sr-Cyrl"} if wanted == "sr" else {wanted})
        assert self.tag.startswith(wanted), f"asked for {wanted}, answered in {self.tag}"

    def repeats(self) -> None:
        """The same message arrives twice, as after a lost connection: it is worked once."""
        writing = self._in()
        body = {"text": writing.phrase("ask_contact")}
        self.typed.append(body["text"])
        same = uuid.uuid4().hex

        def act() -> None:
            self.talk.post(body, same)
            self.talk.post(body, same)

        answer = self._turn(f"says {body['text']!r}, sent twice", act, {writing.tag})
        said = [p for p in answer.split("\n") if len(p) > 25]
        assert len(said) == len(set(said)), "answered twice"

    def emergency(self, number: int) -> None:
        """Danger: the numbers to call come at once, wherever we are, and nothing is lost."""
        writing = self._in()
        answer = self._send(writing.phrase("emergency", number), {writing.tag}, interrupts=True)
        numbers = self.stage.emergency_numbers(self.writing.market)
        assert any(number in answer for number in numbers), f"none of {numbers} was named"

    def log_in(self, whose: int, how: str) -> None:
        """On the secure page and with a code; `how`: well, a wrong password, a wrong or an expired code."""
        person = self.people[whose]
        if self._state().logged_in is None:
            self.says("login", 0, "plain")
        with self.stage.undisturbed():
            try:
                path = self.talk.link()
                page_now = self.talk.http.get(path)
                alive = page_now.status_code == 200
            except AssertionError:
                alive = False
        if not alive or self._state().logged_in is not None:
            return
        asks_password = 'name="csrf"' in page_now.text
        if how == "wrong_password" and not asks_password:
            return
        if how == "wrong_password":
            with self.stage.undisturbed():
                self.lines.append("> types a wrong password on the page")
                self.talk.give_password(person.username, "wrong-password")
            self.says("resend_code", 0, "plain")
            return
        if not asks_password:
            # The password was right before, the code was not: a new one is sent to the same person.
            person = self.awaited
            self.says("resend_code", 0, "plain")
        else:
            self._turn(f"logs in as {person.username} on the page", lambda: self._password(person.username))
            self.awaited = person
        if how == "expired_code":
            self.stage.truth.expire_code(self.talk.conversation_id)
        code = "000000" if how == "wrong_code" else self.stage.truth.newest_code(person.email)
        self.typed.append(code)
        self._turn(f"types the code ({how})", lambda: self.talk.post({"text": code}))
        if how == "well":
            self.person = person
            assert self._state().logged_in == person.person_id, "the right code did not log in"
        else:
            assert self._state().logged_in is None, f"logged in by {how}"

    def _password(self, username: str) -> None:
        status = self.talk.give_password(username).status_code
        assert status == 200, f"the secure page answered {status}"

    def begins(self, kind: str, answered: int) -> None:
        """Logged in, with a draft begun elsewhere that has so many answers, taken up here."""
        self.log_in(0, "well")
        draft = self.prefilled(kind)
        with self.stage.undisturbed():
            done = draft.fill(answered)
        self.lines.append(f"> has a draft of {kind} with {done} answers")
        self.says("resume_draft", 0, "plain")

    def prefilled(self, kind: str, prefers: str = "") -> Prefilled:
        """A draft of who is logged in here, with a bill to fill in."""
        self.typed.append("bill.pdf")
        with self.stage.undisturbed():
            talk = self.talk.conversation_id
            return Prefilled(self.stage.backend_url, talk, kind, self._stored_bill, prefers)

    def _stored_bill(self) -> str:
        document = str(self.talk.send_file(self._bill()).json()["document"]["document_id"])
        self.talk.listen()
        return document

    def _bill(self) -> Path:
        folder = self.folder / uuid.uuid4().hex
        folder.mkdir()
        return make_bill(folder, self.writing.market, uuid.uuid4().hex)

    def logs_out(self) -> None:
        """And is out."""
        writing = self._in()
        self._send(writing.phrase("logout"), {writing.tag}, interrupts=True)
        assert self._state().logged_in is None, "still logged in after logging out"

    def session_ends(self) -> None:
        """Silent for longer than a log-in lasts."""
        self.lines.append("> (the log-in runs out)")
        self.stage.truth.end_login(self.talk.conversation_id)

    def comes_back_tomorrow(self) -> None:
        """The browser was closed: another conversation, nobody logged in."""
        self.lines.append("> (comes back the next day in a new conversation)")
        self._open()
        self.says("greet", 0, "plain")

    def backend_dies(self) -> None:
        """Killed and started again while a message is on its way: it is answered all the same."""
        writing = self._in()
        text = writing.phrase("ask_contact")
        self.typed.append(text)
        self.leaves_the_queue()
        with self.stage.alone():
            heard = len(self.talk.heard)
            self.lines.append(f"> says {text!r} while the backend is killed and started again")
            self.stage.running.kill("backend")
            self.talk.post({"text": text})
            self.stage.running.start("backend")
            self._hear()
        assert len(self.talk.heard) > heard
        self.tag = self.talk.language

    def confirms(self, times: int) -> None:
        """The summary's button, by one tap or by several; or a yes where there is none."""
        wanted = {self._title("button_submit"), self._title("button_apply")}
        button = next((b for b in self._buttons() if b["title"] in wanted), None)
        if button:
            self._press(button, times)
        else:
            self.says("affirm", 0, "plain")

    # no dead end

    def wants_menu(self, number: int) -> None:
        """One message, and what can be done is offered."""
        writing = self._in()
        answer = self._send(writing.phrase("menu", number), {writing.tag}, interrupts=True)
        assert self._title("menu_talk_to_agent") in answer, "no menu"

    def wants_to_stop(self, number: int) -> None:
        """One message, and nothing is going on any more."""
        writing = self._in()
        answer = self._send(writing.phrase("stop", number), {writing.tag}, interrupts=True)
        ends = ("draft_kept", "nothing_to_stop", "withdraw_kept", "withdraw_confirm", "articles_withdrawn")
        assert says(answer, self.tag, *ends), "not stopped"

    def wants_person(self, number: int) -> None:
        """One message, and how to reach people is said."""
        writing = self._in()
        answer = self._send(writing.phrase("person", number), {writing.tag}, interrupts=True)
        assert any(phone in answer for phone in self.stage.phones(self.writing.market)), "no number of people"

    def finds_the_draft_again(self) -> None:
        """After a log-in an open draft is still offered, however it was left."""
        state = self._state()
        if "open" not in state.drafts.values():
            return
        if state.logged_in is None:
            self.log_in(self.people.index(self.person), "well")
            state = self._state()
        open_ones = self.stage.truth.open_drafts(state.logged_in or "")
        answer = self._send(self._in().phrase("resume_draft"), {self._in().tag})
        none = says(answer, self.tag, "draft_none")
        assert not (open_ones and none), f"{len(open_ones)} open drafts are not offered"
