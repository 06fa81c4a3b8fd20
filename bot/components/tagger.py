"""The entities the model finds: a conditional random field over words, their shape and what is known of them.

Rasa's own CRF extractor takes no evidence from lists and falls silent without a featuriser; this one reads the
tokens' normalised form for the words, their typed form for the shape, and the hits of the lookup and the rules.
Values are not decided here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pycrfsuite
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.nlu.tokenizers.tokenizer import Token
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.context import turn_of
from bot.components.fingerprints import fingerprint
from bot.components.language import LANGUAGE
from bot.components.lookup import HITS, MODEL_ENTITIES
from bot.components.rules import RULE_FINDS, rule_entities

TAGGED = "tagged_entities"
OUTSIDE = "O"
# Words on each side that may tell what a known word is.
SURROUNDINGS = 8


def token_features(
    text: str, tokens: list[Token], hits: Iterable[dict[str, Any]], rules: Iterable[dict[str, Any]]
) -> list[list[str]]:
    """The evidence for each token, as strings."""
    known: list[set[str]] = [set() for _ in tokens]
    for hit in hits:
        if not hit["same"] and hit["how"] != "exact":
            continue
        level = "sure" if hit["trust"] >= 0.7 else "doubtful" if hit["trust"] < 0.4 else "fair"
        for index in range(hit["first"], hit["last"]):
            place = "B" if index == hit["first"] else "I"
            known[index].add(f"{hit['entity']}:{place}")
            known[index].add(f"{hit['entity']}:{hit['how']}:{level}")
            if hit["last"] - hit["first"] > 1:
                known[index].add(f"{hit['entity']}:{place}:long")
    for rule in rules:
        for index, token in enumerate(tokens):
            if rule["start"] <= token.start < rule["end"]:
                known[index].add(f"rule:{rule['entity']}")
    own = [_word_features(text, tokens, index) for index in range(len(tokens))]
    features: list[list[str]] = []
    for index, token in enumerate(tokens):
        row = [*own[index], *(f"k={item}" for item in known[index])]
        for distance in (-2, -1, 1, 2):
            other = index + distance
            if not 0 <= other < len(tokens):
                row.append(f"{distance}:edge")
                continue
            row.append(f"{distance}:w={tokens[other].lemma}")
            row.append(f"{distance}:p={tokens[other].lemma[:4]}")
            if abs(distance) == 1:
                row.append(f"{distance}:s={_shape(tokens[other].text)}")
                row.append(f"{distance}:e={tokens[other].lemma[-2:]}")
                row.extend(f"{distance}:k={item}" for item in known[other] if item.count(":") == 1)
        row += _surroundings(tokens, index, known[index])
        if index:
            row.append(f"-1+0:{tokens[index - 1].lemma}+{token.lemma[:4]}")
            row.append(f"-1w+shape:{tokens[index - 1].lemma}+{_shape(token.text)}")
        if index + 1 < len(tokens):
            row.append(f"0+1:{token.lemma[:4]}+{tokens[index + 1].lemma}")
        features.append(row)
    return features


def _surroundings(tokens: list[Token], index: int, known: set[str]) -> Iterable[str]:
    """What a known word stands among: "račun" near "banci" is no invoice, "mobil" near "iuran" is a policy."""
    kinds = sorted(item[:-2] for item in known if item.endswith(":B"))
    for other in range(max(0, index - SURROUNDINGS), min(len(tokens), index + SURROUNDINGS + 1)):
        if other != index:
            yield from (f"{kind}~{tokens[other].lemma[:5]}" for kind in kinds)


def _word_features(text: str, tokens: list[Token], index: int) -> list[str]:
    token = tokens[index]
    word = token.lemma
    before = text[tokens[index - 1].end : token.start] if index else ""
    after = text[token.end : tokens[index + 1].start] if index + 1 < len(tokens) else text[token.end :]
    row = ["bias", f"w={word}", f"shape={_shape(token.text)}"]
    row += [f"p{size}={word[:size]}" for size in (3, 4, 5, 6) if len(word) > size]
    row += [f"s{size}={word[-size:]}" for size in (2, 3, 4) if len(word) > size]
    if before.strip():
        row.append(f"before={before.strip()[-1]}")
    if after.strip():
        row.append(f"after={after.strip()[0]}")
    if not index:
        row.append("first")
    return row


def _shape(word: str) -> str:
    if word.isdigit():
        return f"9{min(len(word), 6)}"
    if word.isupper():
        return "XX" if len(word) > 1 else "X"
    return "Xx" if word[:1].isupper() else "xx"


def _tags(tokens: list[Token], entities: Iterable[dict[str, Any]]) -> list[str]:
    tags = [OUTSIDE] * len(tokens)
    for entity in entities:
        if entity["entity"] not in MODEL_ENTITIES:
            continue
        begun = False
        for index, token in enumerate(tokens):
            if token.start < entity["end"] and token.end > entity["start"]:
                tags[index] = f"{'I' if begun else 'B'}-{entity['entity']}"
                begun = True
    return tags


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class EntityTagger(GraphComponent, EntityExtractorMixin):  # type: ignore[misc]
    """Leaves its spans on the message for the resolver."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"c1": 0.05, "c2": 0.1, "max_iterations": 120}

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self.config = config
        self._storage = storage
        self._resource = resource
        self._tagger: pycrfsuite.Tagger | None = None
        self._model_bytes = b""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> EntityTagger:
        return cls(config, model_storage, resource)

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        import bot.components.tagger as here
        from bot.components import rules

        return fingerprint([here, rules])

    def train(self, training_data: TrainingData) -> Resource:
        trainer = pycrfsuite.Trainer(algorithm="lbfgs", verbose=False)
        trainer.set_params(
            {
                "c1": self.config["c1"],
                "c2": self.config["c2"],
                "max_iterations": self.config["max_iterations"],
                "feature.possible_transitions": True,
            }
        )
        annotated = False
        for example in training_data.intent_examples:
            tokens = example.get(TOKENS_NAMES[TEXT])
            if not tokens:
                continue
            tags = _tags(tokens, example.get(ENTITIES, []))
            annotated = annotated or any(tag != OUTSIDE for tag in tags)
            trainer.append(self._features(example, tokens), tags)
        if annotated:
            with self._storage.write_to(self._resource) as folder:
                trainer.train(str(folder / "entities.crfsuite"))
        return self._resource

    def _features(self, message: Message, tokens: list[Token]) -> list[list[str]]:
        rules = message.get(RULE_FINDS)
        if rules is None:
            detected = (message.get(LANGUAGE) or {}).get("name")
            rules = rule_entities(message.get(TEXT), turn_of(message), detected)
        return token_features(message.get(TEXT), tokens, message.get(HITS) or [], rules)

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            tokens = message.get(TOKENS_NAMES[TEXT]) or []
            message.set(TAGGED, self._tag(message, tokens) if tokens and self._tagger else [])
        return messages

    def _tag(self, message: Message, tokens: list[Token]) -> list[dict[str, Any]]:
        assert self._tagger is not None
        self._tagger.set(self._features(message, tokens))
        tags = self._tagger.tag()
        spans: list[dict[str, Any]] = []
        for index, tag in enumerate(tags):
            if tag == OUTSIDE:
                continue
            name = tag[2:]
            confidence = float(self._tagger.marginal(tag, index))
            continues = tag[0] == "I" and spans and spans[-1]["last"] == index and spans[-1]["entity"] == name
            if continues:
                spans[-1]["last"] = index + 1
                spans[-1]["confidence"] = min(spans[-1]["confidence"], confidence)
            else:
                spans.append({"entity": name, "first": index, "last": index + 1, "confidence": confidence})
        return spans

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> EntityTagger:
        component = cls(config, model_storage, resource)
        try:
            with model_storage.read_from(resource) as folder:
                model = (folder / "entities.crfsuite").read_bytes()
        except (ValueError, FileNotFoundError):
            return component  # trained without a single annotated line
        component._tagger = pycrfsuite.Tagger()
        # crfsuite reads in place: the bytes must live as long as the tagger, or it reads freed memory.
        component._model_bytes = model
        component._tagger.open_inmemory(component._model_bytes)
        return component
