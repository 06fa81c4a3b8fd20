"""What a reply says to a question of a given kind. Pure functions; whether an answer holds the backend decides."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from rapidfuzz import fuzz, process

from bot.actions.backend_client import Json
from bot.actions.members import members_called, members_meant, members_named
from bot.actions.turn import Reply
from locales import catalogue, lexicon
from locales.amounts import parse_amount
from locales.dates import parse_date
from locales.identifiers import read_bank_account, read_email, read_plate_number
from locales.positions import LAST, parse_position
from locales.script import normalise

NOTHING = object()  # the reply holds no answer
SEARCH = object()  # the reply says what to look for; what is found is offered to be chosen
PROVIDER = "provider:"
SKIP = "skip"
KEPT = "kept:"
SHORT_TEXT = 3  # words
ALIKE = 84  # of 100: "risonanza" for "risonanza magnetica" passes, another service does not


@dataclass(frozen=True)
class Unclear:
    """The reply fits several options; the customer picks one."""

    options: list[Json]


@dataclass(frozen=True)
class Asked:
    """A question as the backend gave it, with what is needed to read a reply to it."""

    question: Json
    language: str
    market: str
    currency: str
    today: date
    titles: dict[str, str]  # option value -> what the customer sees

    @property
    def kind(self) -> str:
        """The question's kind, e.g. `amount`."""
        return str(self.question["kind"])


def speaks_of_withdrawal(text: str, language: str) -> bool:
    """Whether somebody wants a request back that was handed in, whatever it is taken for."""
    said = " ".join(re.findall(r"[a-z0-9]+", normalise(text)))
    return any(re.search(rf"\b{pattern}", said) for pattern in lexicon.load(language)["withdrawal"])


def read_answer(asked: Asked, reply: Reply) -> Any:
    """The value in the form the backend takes, an Unclear, SEARCH, or NOTHING.

    A pressed button's choice comes first; a suggestion is taken with a plain yes; then the kind's own reader.
    """
    question, suggestion = asked.question, asked.question.get("suggestion")
    if question["optional"] and (reply.choice == SKIP or normalise(reply.text) in skip_words(asked.language)):
        return None
    if suggestion and (reply.choice == "suggested" or (reply.intent == "affirm" and not reply.attachments)):
        return suggestion["value"]
    if (
        question["optional"]
        and reply.intent in {"deny"}
        and asked.kind in {"text", "documents", "plate_number"}
    ):
        return None
    reader = READERS[asked.kind]
    return reader(asked, reply)


def _read_date(asked: Asked, reply: Reply) -> Any:
    found = parse_date(reply.text, asked.language, asked.today, expecting=True)
    if found is None:
        given = reply.values("date")
        return given[0] if len(given) == 1 else NOTHING
    return found.isoformat()


def _read_year(asked: Asked, reply: Reply) -> Any:
    found = re.findall(r"\b(20\d\d)\b", reply.text)
    return int(found[0]) if len(found) == 1 else NOTHING


def _read_amount(asked: Asked, reply: Reply) -> Any:
    found = parse_amount(reply.text, asked.language, asked.currency, expecting=True)
    return found.as_json() if found else NOTHING


def _read_text(asked: Asked, reply: Reply) -> Any:
    chosen = _chosen(asked, reply)
    if chosen is not NOTHING:
        return chosen
    text = reply.text.strip()
    if not text or text.startswith("/") or _says_nothing(asked, text):
        return NOTHING
    return text


def _says_nothing(asked: Asked, text: str) -> bool:
    """Free text that is no answer: not knowing, and a sum of money where a name or a number is asked for."""
    if normalise(text).strip(" .,!?…") in unknown_words(asked.language):
        return True
    few = len(text.split()) <= SHORT_TEXT
    return not asked.question["optional"] and few and bool(parse_amount(text, asked.language, asked.currency))


def _read_yes_no(asked: Asked, reply: Reply) -> Any:
    said = {"yes": True, "no": False}.get(
        reply.choice or "", {"affirm": True, "deny": False}.get(reply.intent)
    )
    return NOTHING if said is None else said


def _read_consent(asked: Asked, reply: Reply) -> Any:
    # A consent is given or not; a "no" is no answer to be stored but is spoken to.
    return True if _read_yes_no(asked, reply) is True else NOTHING


def _read_email(asked: Asked, reply: Reply) -> Any:
    option = _chosen(asked, reply)
    if option is not NOTHING:
        return option
    found = re.findall(r"[^\s<>,;]+@[^\s<>,;]+", reply.text)
    address = read_email(found[0].rstrip(".")) if len(found) == 1 else None
    return address or NOTHING


def _read_phone(asked: Asked, reply: Reply) -> Any:
    """A number as it is written; whether it exists the backend tells."""
    option = _chosen(asked, reply)
    if option is not NOTHING:
        return option
    found = re.findall(r"\+?\(?\d[\d\s()/.\-]{4,}\d", reply.text)
    return found[0].strip() if len(found) == 1 else NOTHING


def _read_code(asked: Asked, reply: Reply) -> Any:
    # A code is taken out of the message by the gateway: what comes here is none.
    return NOTHING


def _read_bank_account(asked: Asked, reply: Reply) -> Any:
    option = _chosen(asked, reply)
    if option is not NOTHING:
        return option
    return account_in(reply, asked.market) or NOTHING


def account_in(reply: Reply, market: str) -> Json | None:
    """A bank account of the market in the reply, or what is meant as one."""
    named = [value for value in reply.values("bank_account") if isinstance(value, dict)]
    in_sentence = named[0] if len(named) == 1 else None
    return read_bank_account(reply.text, market) or in_sentence or _iban_like(reply.text)


def _iban_like(text: str) -> Json | None:
    """Something meant as an IBAN: given on so that the backend can say that a digit is wrong."""
    found = re.search(r"\b[A-Za-z]{2}\s?\d{2}(?:\s?[A-Za-z0-9]){10,30}", text)
    if found:
        return {"iban": re.sub(r"\s", "", found.group()).upper()}
    return None


def _read_provider(asked: Asked, reply: Reply) -> Any:
    choice = reply.choice or ""
    if choice.startswith(PROVIDER):
        return choice.removeprefix(PROVIDER)
    if reply.position:
        return SEARCH
    return SEARCH if len(normalise(reply.text)) >= 2 and not reply.text.startswith("/") else NOTHING


def _read_plate_number(asked: Asked, reply: Reply) -> Any:
    """The plate of the market in the text, or the text itself where only the backend can tell."""
    said = reply.values("plate_number")
    if len(said) == 1:
        return said[0]
    text = reply.text.strip()
    if read_plate_number(text, asked.market):
        return text
    return text if asked.question["optional"] and re.search(r"\d", text) and len(text) <= 14 else NOTHING


def _read_document(asked: Asked, reply: Reply) -> Any:
    given = _given_documents(reply)
    return given[0] if given else NOTHING


def _read_documents(asked: Asked, reply: Reply) -> Any:
    return _given_documents(reply) or NOTHING


@lru_cache
def unknown_words(language: str) -> frozenset[str]:
    """What stands for "I don't know" as an answer."""
    return frozenset(normalise(word) for word in lexicon.load(language)["unknown"])


@lru_cache
def skip_words(language: str) -> frozenset[str]:
    """What people write to leave an optional question out, folded."""
    return frozenset(normalise(word) for word in lexicon.load(language)["skip"])


def _given_documents(reply: Reply) -> list[str]:
    """Files sent with the reply, or the one kept from before that the customer picked."""
    kept = (reply.choice or "").removeprefix(KEPT) if (reply.choice or "").startswith(KEPT) else None
    return [kept] if kept else [document["document_id"] for document in reply.attachments]


def _chosen(asked: Asked, reply: Reply) -> Any:
    values = [option["value"] for option in asked.question["options"]]
    by_name = {str(value) if not isinstance(value, dict) else value.get("known"): value for value in values}
    return by_name.get(reply.choice, NOTHING) if reply.choice else NOTHING


def _read_choice(asked: Asked, reply: Reply) -> Any:
    """By button, by number or ordinal, by family relation or name, by catalogue id, by likeness of words."""
    chosen = _chosen(asked, reply)
    if chosen is not NOTHING:
        return chosen
    options = asked.question["options"]
    for found in (
        _by_person(options, reply, asked.language),
        _by_catalogue(options, reply, asked.language),
        _by_position(asked, reply),
        _by_words(asked, reply),
    ):
        if len(found) == 1:
            return found[0]["value"]
        if found:
            return Unclear(found)
    return NOTHING


def _by_person(options: list[Json], reply: Reply, language: str) -> list[Json]:
    people = [
        {
            **option,
            "person_id": option["value"],
            "relation": (option.get("detail") or {}).get("relation", ""),
            "full_name": option.get("label") or "",
            "first_name": (option.get("label") or "").split(" ")[0],
        }
        for option in options
    ]
    if not any(person["relation"] for person in people):
        return []
    found = (
        members_meant(people, reply)
        or members_named(people, reply.text)
        or members_called(people, reply.text, language)
    )
    return [option for option in options if option["value"] in [person["value"] for person in found]]


def _by_catalogue(options: list[Json], reply: Reply, language: str) -> list[Json]:
    said = set(map(str, reply.services() + reply.values("document_type") + reply.values("policy_number")))
    # The catalogue's own words count also where the model marked nothing.
    named = catalogue.named_in("service", reply.text, language)
    exact = [option for option in options if str(option["value"]) in (said or {str(named)})]
    if exact:
        return exact
    services = catalogue.ids("service")
    known = [option for option in options if option["value"] in services]
    for entity, part in (("specialty", "specialty"), ("benefit_type", "benefit")):
        wanted = reply.values(entity)
        found = [option for option in known if catalogue.service(option["value"])[part] in wanted]
        if found:
            return found
    return []


def _by_position(asked: Asked, reply: Reply) -> list[Json]:
    options = asked.question["options"]
    position = parse_position(reply.text, asked.language)
    if position is None or not 1 <= len(options) <= 9:
        return []
    position = len(options) if position == LAST else position
    return [options[position - 1]] if position <= len(options) else []


def _by_words(asked: Asked, reply: Reply) -> list[Json]:
    said = normalise(reply.text)
    if len(said) < 3 or said.startswith("/"):
        return []
    words = {value: normalise(title) for value, title in asked.titles.items()}
    exact = [value for value, title in words.items() if title == said]
    close = exact or [
        value
        for _, score, value in process.extract(said, words, scorer=fuzz.token_set_ratio, limit=6)
        if score >= ALIKE
    ]
    return [option for option in asked.question["options"] if str(option["value"]) in close]


READERS = {
    "date": _read_date,
    "year": _read_year,
    "amount": _read_amount,
    "text": _read_text,
    "yes_no": _read_yes_no,
    "consent": _read_consent,
    "email": _read_email,
    "phone": _read_phone,
    "code": _read_code,
    "bank_account": _read_bank_account,
    "document": _read_document,
    "documents": _read_documents,
    "choice": _read_choice,
    "provider": _read_provider,
    "plate_number": _read_plate_number,
}
