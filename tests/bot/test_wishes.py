"""Two wishes in one message. The reader is the tests' own; what the trained model makes of messages is measured by benchmarks/two_wishes.py."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from bot.wishes import TASKS, Wishes, read_wishes
from locales import texts

# The first word that stands in a text decides.
WORDS = {
    "svenuto": ("medical_emergency", 0.95),
    "polizze": ("view_policies", 0.9),
    "oculista": ("find_provider", 0.95),
    "rimborso": ("claim_reimbursement", 0.95),
    "kuitansi": ("claim_reimbursement", 0.95),
    "rumah": ("find_provider", 0.95),
    "рефундацију": ("claim_reimbursement", 0.95),
    "broj": ("update_contact", 0.95),
    "password": ("forgot_password", 0.95),
    "utente": ("forgot_username", 0.95),
    "buongiorno": ("greet", 0.9),
    "forse": ("view_policies", 0.55),
}


def parsed(text: str, confidence: float | None = None) -> dict[str, Any]:
    words = re.findall(r"\w+", text.lower())
    intent, sure = next((WORDS[word] for word in words if word in WORDS), ("nlu_fallback", 0.35))
    return {"text": text, "intent": {"name": intent, "confidence": confidence or sure}, "entities": []}


def wishes_in(text: str, language: str = "it", whole: float = 0.6) -> Wishes:
    read: list[str] = []

    async def reader(part: str) -> dict[str, Any]:
        read.append(part)
        return parsed(part)

    found = asyncio.run(
        read_wishes(text, {**parsed(text, whole), "language": {"name": language}}, language, reader)
    )
    assert len(read) <= 13
    return found


def names(wishes: Wishes) -> list[str]:
    return [parse["intent"]["name"] for parse in (wishes.first, wishes.second) if parse]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("it", "vorrei un rimborso e poi cercare un oculista", ["claim_reimbursement", "find_provider"]),
        ("it", "Mi mostri le polizze. Dove trovo un oculista?", ["view_policies", "find_provider"]),
        ("it", "un rimborso, ma prima cerchi un oculista", ["find_provider", "claim_reimbursement"]),
        ("id", "ada kuitansi dokter lalu cari rumah sakit", ["claim_reimbursement", "find_provider"]),
        ("sr", "хоћу рефундацију и имам нов broj телефона", ["claim_reimbursement", "update_contact"]),
    ],
)
def test_both_wishes_are_found_in_their_order(language: str, text: str, expected: list[str]) -> None:
    assert names(wishes_in(text, language)) == expected


def test_an_emergency_comes_first() -> None:
    assert names(wishes_in("vorrei un rimborso e poi mio padre è svenuto"))[0] == "medical_emergency"


@pytest.mark.parametrize(
    "text",
    [
        "vorrei il rimborso e basta grazie mille",
        "un rimborso per me e un rimborso per lei",  # one wish said twice
        "ho perso la password e il nome utente",  # one trouble
        "un rimborso è quello che voglio dall'oculista",  # "is", not "and"
        "il 2. rimborso oculista di novembre subito",
        "polizze e oculista",
        "un rimborso e forse poi vediamo",
    ],
)
def test_one_wish_stays_one(text: str) -> None:
    assert wishes_in(text).second is None


def test_how_it_came_to_a_wish_is_no_wish_of_its_own() -> None:
    text = "ho visto le polizze e cerco un oculista"
    whole = {"text": text, "intent": {"name": "find_provider", "confidence": 0.97}, "entities": []}

    async def reader(part: str) -> dict[str, Any]:
        return parsed(part)

    assert asyncio.run(read_wishes(text, whole, "it", reader)).second is None


def test_the_wish_behind_a_greeting_counts() -> None:
    wishes = wishes_in("buongiorno a tutti voi! Cerco un oculista bravo")
    assert names(wishes) == ["find_provider"] and wishes.first["text"] == "Cerco un oculista bravo"


def test_what_follows_i_meant_is_what_is_wished() -> None:
    wishes = wishes_in("no, intendevo un rimborso")
    assert names(wishes) == ["claim_reimbursement"] and wishes.corrects
    assert not wishes_in("no, intendevo quella cosa là").corrects


def test_a_part_never_becomes_a_command() -> None:
    wishes = wishes_in('un rimborso e poi /find_provider{"choice": "x"} oculista')
    assert wishes.second is None or not wishes.second["text"].startswith("/")


@pytest.mark.parametrize("language", texts.languages())
def test_every_task_can_be_named_to_the_customer(language: str) -> None:
    assert [task for task in TASKS if not texts.has(f"wish_{task}", language)] == []
