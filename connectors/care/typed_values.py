"""What an agent typed for a question of a draft, in the form that the backend stores (docs/interfaces.md, "Drafts")."""

import json
from datetime import date
from typing import Any

from connectors.care.customer_view import AnswerShown, QuestionShown
from connectors.core.conversations import Voice
from locales.amounts import parse_amount


class ValueWrong(Exception):
    """It is no value of this kind; whether a good one holds is the backend's matter."""


def read_value(asked: QuestionShown, typed: str, voice: Voice) -> Any:
    """The value for the question; raises ValueWrong."""
    typed = typed.strip()
    if not typed:
        raise ValueWrong
    if asked.options:
        return _chosen(asked.options, typed)
    match asked.kind:
        case "date":
            return _day(typed)
        case "year":
            if not (typed.isascii() and typed.isdecimal() and len(typed) == 4):
                raise ValueWrong
            return int(typed)
        case "amount":
            return _money(asked, typed, voice)
        case "yes_no":
            if typed not in {"true", "false"}:
                raise ValueWrong
            return typed == "true"
        case "text" | "email" | "phone" | "plate_number":
            return typed
    raise ValueWrong


def _chosen(options: list[dict[str, Any]], typed: str) -> Any:
    """One of the options, as it is stored: the page sends it back as JSON."""
    try:
        value = json.loads(typed)
    except ValueError:
        raise ValueWrong from None
    if not any(option.get("value") == value for option in options):
        raise ValueWrong
    return value


def _day(typed: str) -> str:
    try:
        return date.fromisoformat(typed).isoformat()
    except ValueError:
        raise ValueWrong from None


def _money(asked: QuestionShown, typed: str, voice: Voice) -> dict[str, str]:
    """`1.250,50` as the agent's language writes it; the currency is the question's or the old answer's."""
    currency = asked.rules.get("currency")
    if currency is None and isinstance(asked, AnswerShown) and isinstance(asked.value, dict):
        currency = asked.value.get("currency")
    if not isinstance(currency, str):
        raise ValueWrong
    found = parse_amount(typed, voice.language, currency, expecting=True)
    if found is None:
        raise ValueWrong
    return found.as_json()
