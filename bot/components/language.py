"""Which language and script a message is written in, and when a conversation changes its language.

`LanguageDetector` puts `language = {name, confidence, script, words}` on the message; `words` counts words the
language is known by, so that names, numbers and one-word answers never weigh anything. `decide_language` is
the whole rule of stickiness; who stores the decision is not known here.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components import training_texts
from bot.components.fingerprints import fingerprint
from locales import script

LANGUAGE = "language"
OTHER = training_texts.OTHER
SURE = 0.7
ENOUGH_WORDS = 2
_WORD = re.compile(r"[^\W\d_]+")
# Addresses, and codes such as RS-TMA2-2AS7, "rs tma2 2as7" or IT4471902: their letters are words of no
# language, and "rs" is an Indonesian hospital. "anak2" and "obat2an" are words.
_NOISE = re.compile(
    r"\S*[@/\\{}<>=_]\S*|\S*-\S*\d\S*|\S*\d\S*-\S*|\S+-\S+-\S+"
    r"|\b(?![^\W\d_]{3,}2[^\W\d_]*\b)\w*\d\w*|\d+|[^\w\s']"
)
# Cyrillic letters that Serbian does not have.
_NOT_SERBIAN = re.compile("[ыэъёяюйщьєїіѓќѕґ]", re.IGNORECASE)
_OTHER_LANGUAGES = Path(__file__).with_name("other_languages.yml")


def decide_language(
    current: tuple[str, str] | None, detection: Mapping[str, Any] | None
) -> tuple[str, str] | None:
    """The (language, script) to go on in.

    Without a current language any known detection starts one. A conversation changes only on a sure
    detection in at least two known words; the script of Serbian changes on the same terms. A wish said out
    loud ("parliamo italiano") is the intent `change_language`, not a detection.
    """
    if not detection or detection.get("name") in (None, OTHER):
        return current
    name, words = str(detection["name"]), int(detection.get("words", 0))
    found = (name, str(detection.get("script") or script.LATIN))
    if current is None:
        return found if words >= 1 and float(detection.get("confidence", 0)) >= 0.5 else None
    if found == current or words < ENOUGH_WORDS or float(detection.get("confidence", 0)) < SURE:
        return current
    return found


def _grams(text: str, longest: int) -> Iterable[str]:
    """Character n-grams of 1 to `longest`, words bounded by blanks. Diacritics are kept: they tell a lot."""
    cleaned = " ".join(_NOISE.sub(" ", script.to_latin(text).lower()).split())
    padded = f" {cleaned} "
    for size in range(1, longest + 1):
        for start in range(len(padded) - size + 1):
            yield padded[start : start + size]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class LanguageDetector(GraphComponent):  # type: ignore[misc]
    """Naive Bayes over character n-grams, trained on the lines of `data/nlu/<language>/`."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        # `scale` tempers naive Bayes, which counts overlapping n-grams as if they were independent.
        return {"longest_gram": 4, "smoothing": 0.3, "scale": 0.25, "folder": str(training_texts.FOLDER)}

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self.config = config
        self._storage = storage
        self._resource = resource
        self.languages: list[str] = []
        self._weights: dict[str, np.ndarray] = {}
        self._unknown = np.zeros(0)
        self._vocabulary: dict[str, set[str]] = {}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LanguageDetector:
        return cls(config, model_storage, resource)

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        import bot.components.language as here

        # A line moved to another language's folder changes nothing in the merged data.
        return fingerprint([here, script, training_texts], [_OTHER_LANGUAGES, *training_texts.files()])

    def train(self, training_data: TrainingData) -> Resource:
        languages = training_texts.language_of_lines(Path(self.config["folder"]))
        texts: dict[str, list[str]] = defaultdict(list)
        vocabulary: dict[str, Counter[str]] = defaultdict(Counter)
        for example in training_data.intent_examples:
            text = example.get(TEXT)
            language = languages.get(text)
            if not text or language is None:
                continue
            texts[language].append(text)
            for entity in sorted(example.get(ENTITIES, []), key=lambda item: -item["start"]):
                if entity["entity"] in {"city", "doctor", "provider"}:
                    text = text[: entity["start"]] + " " + text[entity["end"] :]
            vocabulary[language].update(set(_WORD.findall(script.normalise(text))))
        for lines in yaml.safe_load(_OTHER_LANGUAGES.read_text(encoding="utf-8")).values():
            texts[OTHER] += lines
        self._vocabulary = {
            language: {word for word, count in words.items() if count >= 2 and len(word) > 1}
            for language, words in vocabulary.items()
        }
        self._fit(texts)
        self._persist()
        return self._resource

    def _fit(self, texts: Mapping[str, list[str]]) -> None:
        self.languages = sorted(texts)
        counts: dict[str, Counter[str]] = {}
        for language in self.languages:
            counter: Counter[str] = Counter()
            for text in texts[language]:
                latin = script.to_latin(text)
                # Every line also without its diacritics: that is how half of the people type.
                for variant in {latin, script.strip_diacritics(latin)}:
                    counter.update(_grams(variant, self.config["longest_gram"]))
            counts[language] = counter
        grams = sorted({gram for counter in counts.values() for gram, count in counter.items() if count >= 2})
        smoothing = self.config["smoothing"]
        totals = [sum(counts[language].values()) + smoothing * len(grams) for language in self.languages]
        self._weights = {
            gram: np.array(
                [
                    math.log((counts[language][gram] + smoothing) / total)
                    for language, total in zip(self.languages, totals, strict=False)
                ]
            )
            for gram in grams
        }
        self._unknown = np.array([math.log(smoothing / total) for total in totals])

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        languages = training_texts.language_of_lines(Path(self.config["folder"]))
        for example in training_data.training_examples:
            if example.get(TEXT):
                example.set(LANGUAGE, {"name": languages.get(example.get(TEXT))})
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            message.set(LANGUAGE, self.detect(message.get(TEXT) or ""), add_to_output=True)
        return messages

    def detect(self, text: str) -> dict[str, Any]:
        """`{name, confidence, script, words}`; `name` is None where there is nothing to go by."""
        words = _WORD.findall(_NOISE.sub(" ", text))
        written = script.script_of(_NOISE.sub(" ", text))
        if not words or not self.languages:
            return {"name": None, "confidence": 0.0, "script": written, "words": 0}
        if written == script.CYRILLIC:
            serbian = not _NOT_SERBIAN.search(text)
            name, confidence = ("sr", 1.0) if serbian else (OTHER, 0.9)
            return {
                "name": name,
                "confidence": confidence,
                "script": written,
                "words": len(words) if serbian else 0,
            }
        grams = list(_grams(text, self.config["longest_gram"]))
        scores = sum(
            (self._weights.get(gram, self._unknown) for gram in grams), np.zeros(len(self.languages))
        )
        scores = scores * self.config["scale"]
        shares = np.exp(scores - scores.max())
        shares /= shares.sum()
        best = int(shares.argmax())
        name = self.languages[best]
        known = self._vocabulary.get(name, set())
        count = sum(script.normalise(word) in known for word in words)
        return {
            "name": name,
            "confidence": round(float(shares[best]), 4),
            "script": script.LATIN,
            "words": count,
        }

    def _persist(self) -> None:
        with self._storage.write_to(self._resource) as folder:
            grams = sorted(self._weights)
            np.savez_compressed(
                folder / "weights.npz",
                weights=np.array([self._weights[gram] for gram in grams], dtype=np.float32),
                unknown=self._unknown,
            )
            vocabulary = {language: sorted(words) for language, words in self._vocabulary.items()}
            content = {"languages": self.languages, "grams": grams, "vocabulary": vocabulary}
            (folder / "language.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> LanguageDetector:
        detector = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            content = json.loads((folder / "language.json").read_text(encoding="utf-8"))
            stored = np.load(folder / "weights.npz", allow_pickle=False)
            detector.languages = content["languages"]
            detector._vocabulary = {key: set(words) for key, words in content["vocabulary"].items()}
            detector._weights = dict(zip(content["grams"], stored["weights"].astype(float), strict=False))
            detector._unknown = stored["unknown"]
        return detector
