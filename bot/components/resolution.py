"""The one place where finds that overlap are reduced to entities, and where a span gets its value.

Order of belief: rules with a checksum, then words of the lookup, then the tagger, then rules that only look
like something. Ids are language-neutral; towns, providers and doctors get their proper name where it is known.
A span whose id nobody knows is dropped: nothing is invented.
"""

from __future__ import annotations

from typing import Any

from rapidfuzz import fuzz, process
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.nlu.tokenizers.tokenizer import Token
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.components.fingerprints import fingerprint
from bot.components.lookup import CATALOGUE_ENTITIES, DISTRUSTED_HITS, HITS, known_entries
from bot.components.rules import RULE_FINDS
from bot.components.tagger import TAGGED
from locales.lookup import words_of

_EXACTNESS = {"exact": 0, "stem": 1, "fuzzy": 2}
Entity = dict[str, Any]


def value_of(
    span: Entity, tokens: list[Token], text: str, hits: list[dict[str, Any]], *, near: float, near_name: float
) -> tuple[str, str, str] | None:
    """(entity, value, how) of a tagged span, or None where an id is needed and none is known."""
    first, last, entity = span["first"], span["last"], span["entity"]
    surface = text[tokens[first].start : tokens[last - 1].end]
    inside = [hit for hit in hits if hit["entity"] == entity and hit["first"] < last and hit["last"] > first]
    if inside:
        best = min(
            inside,
            key=lambda hit: (
                abs(hit["first"] - first) + abs(hit["last"] - last),
                _EXACTNESS[hit["how"]],
                not hit["same"],
                hit["source"] == "learned",
                -hit["trust"],
            ),
        )
        covers = best["last"] - best["first"] >= (last - first) / 2
        if entity in CATALOGUE_ENTITIES or (covers and best["last"] - best["first"] <= last - first + 1):
            return entity, str(best["value"]), best["how"]
    if entity not in CATALOGUE_ENTITIES:
        return entity, _proper_name(entity, surface, near_name), "name"
    exactly = [hit for hit in hits if hit["first"] == first and hit["last"] == last and hit["how"] == "exact"]
    if exactly and entity != "family_member":
        best = max(exactly, key=lambda hit: (hit["same"], hit["trust"]))
        return str(best["entity"]), str(best["value"]), "exact"
    nearest = process.extractOne(
        " ".join(words_of(surface)), _phrases(entity), scorer=fuzz.token_sort_ratio, score_cutoff=near
    )
    if nearest:
        return entity, _phrases_and_values(entity)[nearest[0]], "near"
    if entity == "family_member" and surface[:1].isupper():
        return entity, surface, "name"  # a first name
    return None


def _proper_name(entity: str, surface: str, cutoff: float) -> str:
    nearest = process.extractOne(
        " ".join(words_of(surface)), _phrases(entity), scorer=fuzz.ratio, score_cutoff=cutoff
    )
    return _phrases_and_values(entity)[nearest[0]] if nearest else surface


_PHRASES: dict[str, dict[str, str]] = {}


def _phrases_and_values(entity: str) -> dict[str, str]:
    if entity not in _PHRASES:
        table: dict[str, str] = {}
        for entry in known_entries():
            if entry.entity == entity:
                table.setdefault(" ".join(words_of(entry.phrase)), entry.value)
        _PHRASES[entity] = table
    return _PHRASES[entity]


def _phrases(entity: str) -> list[str]:
    return list(_phrases_and_values(entity))


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class EntityResolver(GraphComponent, EntityExtractorMixin):  # type: ignore[misc]
    """Turns the finds on a message into its `entities`."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            # A tagged span is taken from this confidence on.
            "tagged_from": 0.45,
            # A name that no list knows, from this one on.
            "unknown_name_from": 0.7,
            # A first name that no list knows, as the first word of the message.
            "unknown_first_word_from": 0.9,
            # A lookup hit that the tagger passed over is taken from this trust on (words it saw in training).
            "trusted_from": 0.85,
            # Two or more words of the catalogue in a row, written as there, from this trust on.
            "phrase_from": 0.7,
            # A named service of several words, some of which the tagger marked, from this trust on.
            "longer_from": 0.5,
            # Likeness (0-100) of a tagged span to a phrase of the catalogue, and to a proper name.
            "near": 80,
            "near_name": 85,
        }

    def __init__(self, config: dict[str, Any]) -> None:
        self.config = config

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> EntityResolver:
        return cls(config)

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        import bot.components.resolution as here

        return fingerprint([here])

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            message.set(ENTITIES, self._entities(message), add_to_output=True)
        return messages

    def _entities(self, message: Message) -> list[Entity]:
        text = message.get(TEXT) or ""
        tokens = message.get(TOKENS_NAMES[TEXT]) or []
        hits = message.get(HITS) or []
        rules = message.get(RULE_FINDS) or []
        kept: list[Entity] = [_rule(find) for find in rules if find["checked"]]
        looked_up = self._looked_up(tokens, hits, message.get(TAGGED) or [])
        tagged = self._tagged(message, tokens, [*hits, *(message.get(DISTRUSTED_HITS) or [])])
        candidates = [*looked_up, *(entity for entity in tagged if not _overlaps(entity, looked_up))]
        kept += [
            entity
            for entity in candidates
            # "KG 045-LM" is a plate and not Kragujevac with something behind it.
            if not _overlaps(entity, kept) and not any(_inside(entity, find) for find in rules)
        ]
        kept += [_rule(find) for find in rules if not find["checked"] and not _overlaps(find, kept)]
        for entity in kept:
            entity["text"] = text[entity["start"] : entity["end"]]
        return sorted(kept, key=lambda entity: (entity["start"], -entity["end"]))

    def _tagged(self, message: Message, tokens: list[Token], hits: list[dict[str, Any]]) -> list[Entity]:
        entities = []
        text = message.get(TEXT)
        for span in message.get(TAGGED) or []:
            if span["confidence"] < self.config["tagged_from"]:
                continue
            found = value_of(
                span, tokens, text, hits, near=self.config["near"], near_name=self.config["near_name"]
            )
            if found and (found[2] != "name" or span["confidence"] >= self._name_from(span)):
                name, value, how = found
                entities.append(self._entity(name, value, span, tokens, span["confidence"], f"tagger:{how}"))
        return _joined(entities, text)

    def _name_from(self, span: dict[str, Any]) -> float:
        # The first word is written with a capital letter, whatever it is.
        begins = span["entity"] == "family_member" and not span["first"]
        return float(self.config["unknown_first_word_from" if begins else "unknown_name_from"])

    def _looked_up(
        self, tokens: list[Token], hits: list[dict[str, Any]], tagged: list[dict[str, Any]]
    ) -> list[Entity]:
        """Hits so trusted that they count although the tagger saw nothing there."""
        entities: list[Entity] = []
        chosen: list[dict[str, Any]] = []
        for hit in sorted(hits, key=lambda item: (item["first"] - item["last"], -item["trust"])):
            # Two or more words of the catalogue in a row, written as there, are no coincidence.
            long = hit["source"] == "catalogue" and hit["last"] - hit["first"] > 1
            phrase = long and hit["how"] == "exact" and hit["trust"] >= self.config["phrase_from"]
            trusted = hit["how"] != "fuzzy" and hit["trust"] >= self.config["trusted_from"]
            # "Operacija mrene" is not any operation, although the tagger saw that word alone.
            named = (
                long
                and hit["entity"] == "service"
                and hit["how"] != "fuzzy"
                and hit["trust"] >= self.config["longer_from"]
            )
            within = [tag for tag in tagged if not _apart(hit, tag)]
            free = all(_apart(hit, other) for other in chosen) and (
                not within or (named and all(_covers(hit, tag) for tag in within))
            )
            if free and hit["same"] and (phrase or trusted or (named and within)):
                chosen.append(hit)
                entities.append(
                    self._entity(hit["entity"], hit["value"], hit, tokens, hit["trust"], "lookup")
                )
        return entities

    def _entity(
        self, name: str, value: str, span: dict[str, Any], tokens: list[Token], confidence: float, how: str
    ) -> Entity:
        return {
            "entity": name,
            "start": tokens[span["first"]].start,
            "end": tokens[span["last"] - 1].end,
            "value": value,
            "confidence_entity": round(confidence, 4),
            "extractor": self.name,
            "found_by": how,
        }


def _apart(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return bool(one["last"] <= other["first"] or one["first"] >= other["last"])


def _covers(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether `other` lies within `one` and is shorter."""
    within = one["first"] <= other["first"] and other["last"] <= one["last"]
    return bool(within and other["last"] - other["first"] < one["last"] - one["first"])


def _joined(entities: list[Entity], text: str) -> list[Entity]:
    """Neighbours that mean the same are one thing: "osiguranje" and "stana" are both the policy of the home."""
    joined: list[Entity] = []
    for entity in entities:
        last = joined[-1] if joined else None
        if (
            last is not None
            and (last["entity"], last["value"]) == (entity["entity"], entity["value"])
            and not text[last["end"] : entity["start"]].strip()
        ):
            last["end"] = entity["end"]
            last["confidence_entity"] = min(last["confidence_entity"], entity["confidence_entity"])
        else:
            joined.append(entity)
    return joined


def _rule(find: dict[str, Any]) -> Entity:
    return {
        "entity": find["entity"],
        "start": find["start"],
        "end": find["end"],
        "value": find["value"],
        "confidence_entity": 1.0 if find["checked"] else 0.9,
        "extractor": find.get("extractor"),
        "found_by": "rule",
    }


def _inside(entity: Entity, find: dict[str, Any]) -> bool:
    whole = find["start"] <= entity["start"] and entity["end"] <= find["end"]
    return whole and entity["end"] - entity["start"] < find["end"] - find["start"]


def _overlaps(entity: Entity, others: list[Entity]) -> bool:
    return any(entity["start"] < other["end"] and entity["end"] > other["start"] for other in others)
