"""What a customer means: the intent, the FAQ answer within `faq`, and whether we are sure enough to act on it.

One classifier for all languages and for intents and FAQ answers in one step. Confidences are calibrated on
lines held back from training: of the messages with 0.8 about four in five are right. Below its threshold an
intent is `nlu_fallback`, with the ranking kept, as Rasa's FallbackClassifier does it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.constants import TOKENS_NAMES
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.nlu.constants import (
    FULL_RETRIEVAL_INTENT_NAME_KEY,
    INTENT,
    INTENT_RANKING_KEY,
    RESPONSE_IDENTIFIER_DELIMITER,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.optimize import minimize_scalar

from bot.components import intent_features, intent_network
from bot.components.context import turn_of
from bot.components.fingerprints import fingerprint
from bot.components.intent_features import FeatureSpace, Observed
from bot.components.intent_network import Network, Training
from bot.components.language import LANGUAGE
from bot.components.lookup import HITS
from bot.components.rules import RULE_FINDS, rule_entities

RESPONSE_SELECTOR = "response_selector"
_NETWORK = ("networks", "hidden", "epochs", "batch", "rate", "dropout", "feature_dropout", "seed")


BARE_VALUE_INTENT = "inform"
BELIEVED = 0.3
LONGEST_PREPOSITION = 3
MOST_PREPOSITIONS = 2


def _is_bare_value(message: Message) -> bool:
    """Whether nothing but rule-found values (a date, an amount, a number ...) stands in the text."""
    finds = message.get(RULE_FINDS) or []
    text = message.get(TEXT) or ""
    rest = "".join(
        character
        for place, character in enumerate(text)
        if not any(find["start"] <= place < find["end"] for find in finds)
    )
    return bool(finds) and not any(character.isalnum() for character in rest)


def _is_bare_town(message: Message) -> bool:
    """Whether the message is the name of a town, at most with two short words before it ("a Bari", "a u Nišu")."""
    tokens = message.get(TOKENS_NAMES[TEXT])
    return any(
        hit["entity"] == "city"
        and hit["how"] == "exact"
        and hit["trust"] >= BELIEVED
        and hit["last"] == len(tokens)
        and hit["first"] <= MOST_PREPOSITIONS
        and all(len(token.lemma) <= LONGEST_PREPOSITION for token in tokens[: hit["first"]])
        for hit in message.get(HITS) or []
    )


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class CalibratedIntentClassifier(GraphComponent, IntentClassifier):  # type: ignore[misc]
    """Fills `intent`, `intent_ranking` and, for retrieval intents, `response_selector`."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        network = {name: getattr(Training(), name) for name in _NETWORK}
        return {
            **network,
            # Calibration learns on all but one of this many parts and looks at the last one.
            "calibration_parts": 5,
            "threshold": 0.35,
            # Intents that are believed sooner (an emergency is better feared once too often) or later.
            "thresholds": {},
            "ranking_length": 10,
        }

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self.config = config
        self._storage = storage
        self._resource = resource
        self.labels: list[str] = []
        self.temperature = 1.0
        self._space: FeatureSpace | None = None
        self._network: Network | None = None

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> CalibratedIntentClassifier:
        return cls(config, model_storage, resource)

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        import bot.components.intents as here
        from bot.components import concepts, rules

        return fingerprint([here, intent_features, intent_network, rules, concepts], concepts.files())

    # training -------------------------------------------------------------------------------------------
    def train(self, training_data: TrainingData) -> Resource:
        examples = [
            example
            for example in training_data.intent_examples
            if example.get(TOKENS_NAMES[TEXT]) and example.get_full_intent()
        ]
        if not examples:
            return self._resource
        wanted = [example.get_full_intent() for example in examples]
        self.labels = sorted(set(wanted))
        numbers = np.array([self.labels.index(label) for label in wanted])
        seen = [self._observe(example) for example in examples]
        self.temperature = self._calibrate(seen, numbers)
        self._space, self._network = self._fit(seen, numbers)
        # Half precision is stored and used alike, so a loaded model answers as the trained one.
        self._network.embedding = self._network.embedding.astype(np.float16)
        self._persist()
        return self._resource

    def _fit(self, seen: list[Observed], numbers: np.ndarray) -> tuple[FeatureSpace, Network]:
        space = FeatureSpace.over(seen)
        how = Training(**{name: self.config[name] for name in _NETWORK})
        return space, intent_network.train(space.matrix(seen), numbers, len(self.labels), how)

    def _calibrate(self, seen: list[Observed], numbers: np.ndarray) -> float:
        """The temperature that makes the confidences of held-back lines most likely."""
        parts = int(self.config["calibration_parts"])
        places: dict[int, int] = defaultdict(int)
        held = np.zeros(len(numbers), dtype=bool)
        for index in np.random.RandomState(self.config["seed"]).permutation(len(numbers)):
            held[index] = places[numbers[index]] % parts == parts - 1
            places[numbers[index]] += 1
        if parts < 2 or held.sum() < 50:
            return 1.0
        space, network = self._fit(
            [line for line, out in zip(seen, held, strict=False) if not out], numbers[~held]
        )
        scores = network.all_scores(
            space.matrix([line for line, out in zip(seen, held, strict=False) if out])
        )
        right = numbers[held]

        def loss(temperature: float) -> float:
            scaled = scores / temperature
            scaled = scaled - scaled.max(axis=1, keepdims=True)
            logs = scaled - np.log(np.exp(scaled).sum(axis=1, keepdims=True))
            return float(-logs[np.arange(len(right)), right].mean())

        return float(minimize_scalar(loss, bounds=(0.1, 5.0), method="bounded").x)

    def _observe(self, message: Message) -> Observed:
        text = message.get(TEXT)
        rules = message.get(RULE_FINDS)
        detected = (message.get(LANGUAGE) or {}).get("name")
        if rules is None:
            rules = rule_entities(text, turn_of(message), detected)
        lemmas = [token.lemma for token in message.get(TOKENS_NAMES[TEXT])]
        bags = intent_features.features(lemmas, text, message.get(HITS) or [], rules, detected)
        _, embedding = message.get_dense_features(TEXT)
        return Observed(bags, embedding.features[0]) if embedding is not None else Observed(bags)

    # use ------------------------------------------------------------------------------------------------
    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            self._classify(message)
        return messages

    def _classify(self, message: Message) -> None:
        if self._network is None or self._space is None or not message.get(TOKENS_NAMES[TEXT]):
            message.set(INTENT, {"name": None, "confidence": 0.0}, add_to_output=True)
            message.set(INTENT_RANKING_KEY, [], add_to_output=True)
            return
        columns, weights = self._space.vector(self._observe(message))
        scores = self._network.scores(columns, weights) / self.temperature
        shares = np.exp(scores - scores.max())
        shares /= shares.sum()
        order = np.argsort(-shares, kind="stable")
        ranking, answers = self._rankings(shares, order)
        intent = dict(ranking[0])
        if _is_bare_value(message) or _is_bare_town(message):
            # A number, a date or a town alone has no words to classify by: it informs, whatever it resembles.
            intent = {"name": BARE_VALUE_INTENT, "confidence": 1.0}
            ranking = [dict(intent), *(entry for entry in ranking if entry["name"] != BARE_VALUE_INTENT)]
        elif not len(columns) or intent["confidence"] < self._threshold(intent["name"]):
            fallback = {"name": DEFAULT_NLU_FALLBACK_INTENT_NAME, "confidence": self.config["threshold"]}
            intent, ranking = fallback, [dict(fallback), *ranking]
        message.set(INTENT, intent, add_to_output=True)
        message.set(INTENT_RANKING_KEY, ranking[: self.config["ranking_length"]], add_to_output=True)
        message.set(RESPONSE_SELECTOR, self._selector(answers), add_to_output=True)

    def _threshold(self, intent: str) -> float:
        return float(self.config["thresholds"].get(intent, self.config["threshold"]))

    def _rankings(
        self, shares: np.ndarray, order: np.ndarray
    ) -> tuple[list[dict[str, Any]], dict[str, list[dict[str, Any]]]]:
        """The intents by confidence (a retrieval intent counts as its best answer), and every one's answers."""
        ranking: list[dict[str, Any]] = []
        answers: dict[str, list[dict[str, Any]]] = {}
        for place in order:
            label, confidence = self.labels[place], round(float(shares[place]), 6)
            base, delimiter, _ = label.partition(RESPONSE_IDENTIFIER_DELIMITER)
            entry: dict[str, Any] = {"name": base, "confidence": confidence}
            if delimiter:
                if base not in answers:
                    ranking.append({**entry, FULL_RETRIEVAL_INTENT_NAME_KEY: label})
                answers.setdefault(base, []).append({"confidence": confidence, "intent_response_key": label})
            else:
                ranking.append(entry)
        return ranking, answers

    def _selector(self, answers: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
        """Rasa's `response_selector`, so that `utter_faq` answers with the text of the best sub-intent."""
        selector: dict[str, Any] = {"all_retrieval_intents": sorted(answers)}
        for base, ranking in answers.items():
            best = ranking[0]
            selector[base] = {
                "response": {
                    "responses": [],
                    "response_templates": [],
                    "confidence": best["confidence"],
                    "intent_response_key": best["intent_response_key"],
                    "utter_action": f"utter_{best['intent_response_key']}",
                },
                "ranking": ranking[: self.config["ranking_length"]],
            }
        return selector

    # storage --------------------------------------------------------------------------------------------
    def _persist(self) -> None:
        assert self._network is not None and self._space is not None
        with self._storage.write_to(self._resource) as folder:
            np.savez(folder / "network.npz", rarity=self._space.rarity, **vars(self._network))
            self._space.save(folder / "features.json")
            content = {"labels": self.labels, "temperature": self.temperature}
            (folder / "intents.json").write_text(json.dumps(content), encoding="utf-8")

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> CalibratedIntentClassifier:
        classifier = cls(config, model_storage, resource)
        try:
            with model_storage.read_from(resource) as folder:
                content = json.loads((folder / "intents.json").read_text(encoding="utf-8"))
                stored = dict(np.load(folder / "network.npz", allow_pickle=False))
                rarity = stored.pop("rarity")
                classifier._space = FeatureSpace.load(folder / "features.json", rarity)
        except (ValueError, FileNotFoundError):
            return classifier  # trained without a single line
        classifier._network = Network(**stored)
        classifier.labels = content["labels"]
        classifier.temperature = content["temperature"]
        return classifier
