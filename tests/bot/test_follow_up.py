"""Which few words go on with what was just shown, and which are a wish of their own."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from bot.follow_up import as_follow_up


def read(text: str, intent: str, confidence: float, *entities: str) -> dict[str, Any]:
    found = [{"entity": name, "value": "x"} for name in entities]
    ranking = [{"name": intent, "confidence": confidence}, {"name": "inform", "confidence": 0.2}]
    return {"text": text, "intent": ranking[0], "intent_ranking": ranking, "entities": found}


def meant(parse: dict[str, Any], awaiting: str | None, loop: str | None = None) -> str:
    tracker: Any = SimpleNamespace(get_slot={"awaiting": awaiting}.get, active_loop_name=loop)
    name: str = as_follow_up(tracker, parse)["intent"]["name"]
    return name


@pytest.mark.parametrize(
    "parse",
    [
        read("а за лекове?", "check_request_status", 0.69, "benefit_type"),
        read("la risonanza", "nlu_fallback", 0.65, "service"),
        read("e mia moglie invece?", "correct_information", 0.82, "family_member"),
        read("buat istri gimana", "out_of_scope", 0.82, "family_member"),
        read("e gli occhiali?", "ask_benefit", 0.95, "service"),
        read("a za ženu kod zubara", "request_direct_care", 0.5, "family_member", "specialty"),
    ],
)
def test_few_words_after_limits_ask_for_the_same_about_something_else(parse: dict[str, Any]) -> None:
    assert meant(parse, "limits") == meant(parse, "benefits") == "inform"
    assert meant(parse, None) == meant(parse, "limits", loop="request_form") == parse["intent"]["name"]


@pytest.mark.parametrize(
    "parse",
    [
        read("rimborso risonanza", "claim_reimbursement", 0.98, "service"),
        read("sono coperti gli occhiali?", "ask_benefit", 0.99, "service"),
        read("treba mi kardiolog", "find_provider", 0.83, "specialty"),
        read("dentista a Torino", "find_provider", 0.7, "specialty", "city"),
        read("papà non respira", "medical_emergency", 0.5, "family_member"),
        read("no, mia moglie", "deny", 0.6, "family_member"),
        read("basta", "stop", 0.6),
        read("ho pagato la risonanza di mia moglie", "claim_reimbursement", 0.6, "service", "family_member"),
    ],
)
def test_a_wish_of_its_own_stays_one(parse: dict[str, Any]) -> None:
    assert meant(parse, "limits") == parse["intent"]["name"]


def test_a_town_after_hospitals_is_searched() -> None:
    assert meant(read("e a Lodi?", "correct_information", 0.5, "city"), "provider_place") == "inform"
    assert meant(read("e a Lodi?", "correct_information", 0.5, "city"), "limits") == "correct_information"


def test_the_ranking_begins_with_what_is_meant() -> None:
    tracker: Any = SimpleNamespace(get_slot={"awaiting": "limits"}.get, active_loop_name=None)
    said = as_follow_up(tracker, read("la risonanza", "nlu_fallback", 0.65, "service"))
    assert [entry["name"] for entry in said["intent_ranking"]] == ["inform", "nlu_fallback"]


@pytest.mark.parametrize(
    ("intent", "confidence", "expected"),
    [
        ("correct_information", 0.59, "correct_information"),
        ("stop", 0.6, "stop"),
        ("correct_information", 0.4, "nlu_fallback"),
        ("claim_reimbursement", 0.6, "nlu_fallback"),
    ],
)
def test_in_a_form_a_correction_or_a_stop_needs_to_be_only_half_sure(
    intent: str, confidence: float, expected: str
) -> None:
    parse = read("ho sbagliato a scrivere una cosa", "nlu_fallback", 0.65)
    parse["intent_ranking"] = [parse["intent"], {"name": intent, "confidence": confidence}]
    assert meant(parse, None, loop="request_form") == expected
    assert meant(parse, None) == "nlu_fallback"
