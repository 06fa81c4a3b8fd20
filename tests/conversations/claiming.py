"""Filling in a claim in conversation, whatever the market asks and in whatever order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from locales import texts
from tests.conversations.speech import Talk

MOST_TURNS = 40


def start_claim(talk: Talk) -> str:
    """Ask for a refund, log in on the way; returns the first question."""
    talk.expect(talk.tell("claim"), "login_needed")
    return first_question(talk, talk.log_in(talk.phrases["username"]))


def first_question(talk: Talk, answer: str) -> str:
    """The first question of a new claim; drafts that other tests left behind are thrown away."""
    while talk.means(answer, "draft_exists"):
        newest = next(m for m in reversed(talk.heard) if m["author"] == "bot" and m.get("buttons"))
        talk.press(newest["buttons"][0]["title"])
        talk.tell("stop")
        talk.expect(talk.press(button_title(talk, "button_discard")), "draft_discarded")
        answer = talk.tell("claim")
    assert talk.open_question(answer), answer
    return answer


def button_title(talk: Talk, key: str) -> str:
    """The title of a button of the catalogue."""
    return texts.render(key, talk.phrases["language"], talk.phrases["script"])


def answer_question(talk: Talk, question: str, bill: Path, photo: Path) -> str:
    """Answer one question in this customer's words."""
    typed = {
        "treatment_date": "date",
        "person": "member",
        "service": "service",
        "provider": "issuer",
        "expense_date": "date",
        "expense_amount": "amount",
        "expense_issuer": "issuer",
        "recipient": "member",
        "bank_account": "account",
        "authorisation": "yes",
        "more_expenses": "no",
    }
    if question == "expense_document":
        return talk.upload(bill)
    if question == "further_documents":
        return talk.upload(photo)
    if question in {"invoice_number", "notes"}:
        return talk.press(button_title(talk, "button_skip"))
    if question == "email":
        return talk.say("novo.ime@example.org")
    if question == "policy":
        newest = next(m for m in reversed(talk.heard) if m["author"] == "bot" and m.get("buttons"))
        return talk.press(newest["buttons"][0]["title"])
    return talk.tell(typed[question])


def walk(answer: str, until: str, asked_by: Callable[[str], str | None], reply: Callable[[str], str]) -> str:
    """Answer question after question until the wanted one is asked; returns how it was asked."""
    asked: list[str] = []
    for _ in range(MOST_TURNS):
        question = asked_by(answer)
        assert question, f"nothing known was asked after {asked}: {answer}"
        if question == until:
            return answer
        asked.append(question)
        answer = reply(question)
    raise AssertionError(f"{until} was never asked: {asked}")


def fill_in(talk: Talk, answer: str, bill: Path, photo: Path, until: str = "summary") -> str:
    """Answer a claim's questions until the wanted one is asked; returns how it was asked."""
    return walk(
        answer, until, talk.open_question, lambda question: answer_question(talk, question, bill, photo)
    )
