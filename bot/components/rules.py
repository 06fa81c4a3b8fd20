"""Entities found by rule: identifiers, days, money. The grammars are in `locales`; here they meet Rasa.

Values: a day is an ISO string, money `{"amount": "85.50", "currency": "EUR"}`, an account `{"iban": …}` or
`{"bank": …, "number": …}`, everything else its normalised string.
"""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.components.context import TurnContext, turn_of
from bot.components.language import LANGUAGE
from locales import lexicon
from locales.amounts import find_amounts
from locales.dates import find_dates
from locales.identifier_search import find_identifiers
from locales.markets import load_markets, market_of_language

RULE_FINDS = "rule_finds"
LONGEST_TEXT = 2000


def rule_entities(text: str, context: TurnContext, detected: str | None) -> list[dict[str, Any]]:
    """Every rule-found entity of a text, in Rasa's form, plus `checked`: a checksum stood behind it."""
    # A form's longest sensible answer is far below this; beyond it somebody is pasting a book.
    text = text[:LONGEST_TEXT]
    market = context.market or market_of_language(detected or context.language)
    entities = [
        _entity(found.entity, found.start, found.end, found.value, found.checked)
        for found in find_identifiers(text, market)
    ]
    # A bare "juče" or "85 evra" may be too short to tell its language: try the likely one, then the others.
    likely = [language for language in (detected, context.language) if language in lexicon.languages()]
    languages = list(dict.fromkeys([*likely, *lexicon.languages()]))
    currency = load_markets()[market].currency if market else "EUR"
    for language in languages:
        days = find_dates(text, language, context.today)
        if days:
            entities += [_entity("date", day.start, day.end, day.value.isoformat(), False) for day in days]
            break
    for language in languages:
        amounts = find_amounts(text, language, currency)
        if amounts:
            entities += [
                _entity("amount", sum_.start, sum_.end, sum_.value.as_json(), False) for sum_ in amounts
            ]
            break
    return sorted(_without_pieces(entities), key=lambda entity: int(entity["start"]))


def _entity(name: str, start: int, end: int, value: Any, checked: bool) -> dict[str, Any]:
    return {"entity": name, "start": start, "end": end, "value": value, "checked": checked}


def _without_pieces(entities: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """An amount inside a checked account number is none, nor is a postal code inside an amount."""

    def rank(entity: dict[str, Any]) -> tuple[bool, int]:
        return bool(entity["checked"]), int(entity["end"]) - int(entity["start"])

    kept: list[dict[str, Any]] = []
    for entity in sorted(entities, key=rank, reverse=True):
        span = (entity["start"], entity["end"])
        if all(
            (other["start"], other["end"]) == span
            or entity["end"] <= other["start"]
            or entity["start"] >= other["end"]
            for other in kept
        ):
            kept.append(entity)
    return kept


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class RuleEntities(GraphComponent, EntityExtractorMixin):  # type: ignore[misc]
    """Leaves its finds on the message for the resolver; puts nothing out by itself."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> RuleEntities:
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            detected = (message.get(LANGUAGE) or {}).get("name")
            finds = rule_entities(message.get(TEXT) or "", turn_of(message), detected)
            message.set(RULE_FINDS, self.add_extractor_name(finds))
        return messages
