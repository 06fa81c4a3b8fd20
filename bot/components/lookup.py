"""Words of the catalogue, places, providers and doctors in a message, and the value a piece of text stands for.

`LookupHits` learns two things from the training lines: further phrases (what was annotated with which value)
and trust (how often a phrase, where it occurs, really is that entity, and how often in the form that was typed).
Its hits are evidence for the tagger and the intent classifier and the dictionary of the resolver; it puts out no
entity by itself.
"""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.tokenizers.tokenizer import Token
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.context import turn_of
from bot.components.fingerprints import ROOT, fingerprint
from bot.components.language import LANGUAGE
from locales import lexicon, lookup, script
from locales.lookup import Entry, Hit, Phrasebook
from locales.markets import language_of_market, market_of_language

HITS = "lookup_hits"
# Hits that are no evidence, as their words mostly mean something else; where one is meant, they know its value.
DISTRUSTED_HITS = "distrusted_lookup_hits"
DATA = ROOT / "data"
CATALOGUE_ENTITIES = (
    "benefit_type",
    "service",
    "specialty",
    "family_member",
    "policy_type",
    "document_type",
    "language",
)
NAMES = ("city", "doctor", "provider")
MODEL_ENTITIES = (*CATALOGUE_ENTITIES, *NAMES)


def catalogue_entries(folder: Path = DATA / "catalogue") -> Iterable[Entry]:
    """Names and words of every id in every language."""
    for language in lexicon.languages():
        path = folder / f"{language}.yml"
        if not path.exists():
            continue
        catalogue = yaml.safe_load(path.read_text(encoding="utf-8"))
        for entity in CATALOGUE_ENTITIES:
            for value, words in (catalogue.get(entity) or {}).items():
                for phrase in [words["name"], *words.get("words", [])]:
                    yield Entry(entity, str(value), str(phrase), language)


def name_entries(folder: Path = DATA) -> Iterable[Entry]:
    """Towns, providers and first names of every market, each by its proper name."""
    for entity, path in [
        *(("city", path) for path in sorted((folder / "places").glob("*.csv"))),
        *(("provider", path) for path in sorted((folder / "providers").glob("*.csv"))),
    ]:
        market = path.stem
        with path.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                if name := (row.get("name") or "").strip():
                    yield Entry(entity, name, name, language_of_market(market) or "", market, "names")
    for path in sorted((folder / "names").glob("*.yml")):
        language = language_of_market(path.stem) or ""
        for name in yaml.safe_load(path.read_text(encoding="utf-8")):
            yield Entry("family_member", str(name), str(name), language, path.stem, "names")
    others = folder / "places" / "other_names.yml"
    if others.exists():
        for market, entry in yaml.safe_load(others.read_text(encoding="utf-8")).items():
            language = language_of_market(market) or ""
            districts = {name: name for name in entry.get("districts") or {}}
            for typed, name in {**(entry.get("names") or {}), **districts}.items():
                yield Entry("city", str(name), str(typed), language, market, "names")


def data_files() -> list[Path]:
    """Everything the hits depend on besides the training lines."""
    return [
        path
        for folder in ("catalogue", "names", "places", "providers")
        for path in sorted((DATA / folder).glob("*.*"))
    ]


@lru_cache(maxsize=1)
def known_entries() -> tuple[Entry, ...]:
    """Catalogue and names, read once a process."""
    return (*catalogue_entries(), *name_entries())


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class LookupHits(GraphComponent):  # type: ignore[misc]
    """Leaves `lookup_hits` on a message: `{first, last, entity, value, how, source, same, trust}` by token."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            # A phrase seen this often in training and mostly not annotated is not looked up any more.
            "distrust_after": 3,
            "distrust_below": 0.34,
            # A town stays one: "Trento" stands in the names of clinics, and nobody means anything else by it.
            "distrust_town_below": 0.2,
            # What hits of its kind are worth counts as much as this many lines with the phrase itself.
            "prior_weight": 2,
        }

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self.config = config
        self._storage = storage
        self._resource = resource
        self._learned: list[tuple[Entry, int]] = []
        # Per key: how often it was right, how often it stood there, and how often as a part of something else.
        self._trust: dict[str, tuple[int, int, int]] = {}
        self._expected: dict[str, float] = {}
        self._common: frozenset[str] = frozenset()
        self.book = Phrasebook()

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LookupHits:
        return cls(config, model_storage, resource)

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        import bot.components.lookup as here

        return fingerprint([here, lookup, script], data_files())

    # training -------------------------------------------------------------------------------------------
    def train(self, training_data: TrainingData) -> Resource:
        examples = [example for example in training_data.intent_examples if example.get(TOKENS_NAMES[TEXT])]
        self._learn_phrases(examples)
        self._build()
        self._learn_trust(examples)
        self._persist()
        return self._resource

    def _learn_phrases(self, examples: Iterable[Message]) -> None:
        seen: Counter[Entry] = Counter()
        outside: Counter[str] = Counter()
        for example in examples:
            language = (example.get(LANGUAGE) or {}).get("name") or ""
            annotated = example.get(ENTITIES, [])
            for entity in annotated:
                phrase = " ".join(lookup.words_of(example.get(TEXT)[entity["start"] : entity["end"]]))
                name, value = entity["entity"], str(entity["value"])
                if name in NAMES or (name == "family_member" and value not in _ids("family_member")):
                    seen[Entry(name, value, phrase, language, market_of_language(language), "learned")] += 1
                else:
                    seen[Entry(name, value, phrase, language, None, "learned")] += 1
            outside.update(
                {
                    token.lemma
                    for token in example.get(TOKENS_NAMES[TEXT])
                    if not any(entity["start"] <= token.start < entity["end"] for entity in annotated)
                }
            )
        self._learned = sorted(seen.items(), key=lambda item: (item[0].entity, item[0].phrase, item[0].value))
        self._common = frozenset(word for word, count in outside.items() if count >= 2)

    def _learn_trust(self, examples: Iterable[Message]) -> None:
        right: Counter[str] = Counter()
        total: Counter[str] = Counter()
        part: Counter[str] = Counter()
        kinds: dict[str, Counter[str]] = defaultdict(Counter)
        for example in examples:
            language = (example.get(LANGUAGE) or {}).get("name")
            tokens = example.get(TOKENS_NAMES[TEXT])
            annotated = example.get(ENTITIES, [])
            for hit, inside in self._judged(example, self._find(tokens, language, None)):
                start = tokens[hit.first].start
                for key in (_key(hit), _key_as_typed(hit, tokens)):
                    total[key] += 1
                    right[key] += inside
                    part[key] += not inside and any(e["start"] <= start < e["end"] for e in annotated)
                kinds[_kind(hit)][_key(hit)] += 1
        self._trust = {key: (right[key], total[key], part[key]) for key in total}
        self._expected = {kind: self._mean_trust(keys) for kind, keys in kinds.items()}

    def _mean_trust(self, keys: Iterable[str]) -> float:
        """What to expect of a phrase that training never showed: each phrase of the kind counts once."""
        shares = [
            right / total
            for key in keys
            for right, total, part in (self._trust[key],)
            if not self._distrusted(key, right, total - part)
        ]
        return (sum(shares) + 1) / (len(shares) + 2)

    @staticmethod
    def _judged(example: Message, hits: Iterable[Hit]) -> Iterable[tuple[Hit, bool]]:
        """Hits on an annotated line, and whether each is what the annotator marked."""
        tokens = example.get(TOKENS_NAMES[TEXT])
        spans = {(entity["start"], entity["end"], entity["entity"]) for entity in example.get(ENTITIES, [])}
        for hit in hits:
            start, end = tokens[hit.first].start, tokens[hit.last - 1].end
            yield hit, any(s <= start and end <= e and name == hit.entry.entity for s, e, name in spans)

    def _distrusted(self, key: str, right: int, total: int) -> bool:
        below = self.config["distrust_town_below" if key.startswith("city|") else "distrust_below"]
        return bool(total >= self.config["distrust_after"] and right < total * below)

    def _trust_in(self, hit: Hit, tokens: list[Token], own: bool | None = None) -> tuple[float, bool]:
        """How far to believe a hit, and whether it is evidence at all; `own`: what its own line says, to be left out.

        What was typed counts before the phrase it stands for: "brate" is no brother, "bratu" is one.
        """
        weight = self.config["prior_weight"]
        trust, believed = self._expected.get(_kind(hit), 0.5), True
        for key in (_key(hit), _key_as_typed(hit, tokens)):
            right, total, part = self._trust.get(key, (0, 0, 0))
            # "neurologa" is no doctor in "pregled neurologa", which says nothing against it elsewhere.
            if total - part >= self.config["distrust_after"]:
                believed = not self._distrusted(key, right, total - part)
            if own is not None:
                right, total = right - own, total - 1
            trust = (right + weight * trust) / (total + weight)
        return round(trust, 3), believed

    def _build(self) -> None:
        self.book = Phrasebook(known_entries())
        # An annotation that contradicts the catalogue in a single line is more likely a slip of the annotator.
        for entry, count in self._learned:
            known = {(other.entity, other.value) for other in self.book.exact(entry.phrase)}
            if not known or count > 1 or (entry.entity, entry.value) in known:
                self.book.add(entry)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        # In training a phrase learned from one line only is unknown, as it will be in the next new line.
        once = {entry for entry, count in self._learned if count < 2}
        for example in training_data.training_examples:
            if example.get(TOKENS_NAMES[TEXT]):
                self._leave_hits(example, forgotten=once, training=True)
        return training_data

    # use ------------------------------------------------------------------------------------------------
    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            if message.get(TOKENS_NAMES[TEXT]):
                self._leave_hits(message)
        return messages

    def _find(self, tokens: list[Token], language: str | None, market: str | None) -> list[Hit]:
        markets = {market, market_of_language(language)} - {None}
        words = [token.lemma for token in tokens]
        return [
            hit
            for hit in self.book.find(words, common=self._common)
            if not markets or hit.entry.market is None or hit.entry.market in markets
        ]

    def _leave_hits(
        self, message: Message, forgotten: Iterable[Entry] = (), *, training: bool = False
    ) -> None:
        context = turn_of(message)
        detected = (message.get(LANGUAGE) or {}).get("name")
        tokens = message.get(TOKENS_NAMES[TEXT])
        found = self._find(tokens, detected, context.market)
        # A line must not vouch for itself in training: in use there is none that does.
        own = {id(hit): inside for hit, inside in self._judged(message, found)} if training else {}
        hits: dict[bool, list[dict[str, Any]]] = {True: [], False: []}
        for hit in found:
            if hit.entry in forgotten:
                continue
            trust, believed = self._trust_in(hit, tokens, own.get(id(hit)))
            hits[believed].append(
                {
                    "first": hit.first,
                    "last": hit.last,
                    "entity": hit.entry.entity,
                    "value": hit.entry.value,
                    "how": hit.how,
                    "source": hit.entry.source,
                    "same": hit.entry.language in (detected, context.language),
                    "trust": trust,
                }
            )
        message.set(HITS, hits[True])
        message.set(DISTRUSTED_HITS, hits[False])

    # storage --------------------------------------------------------------------------------------------
    def _persist(self) -> None:
        content = {
            "learned": [[*_row(entry), count] for entry, count in self._learned],
            "trust": self._trust,
            "expected": self._expected,
            "common": sorted(self._common),
        }
        with self._storage.write_to(self._resource) as folder:
            (folder / "lookup.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> LookupHits:
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            content = json.loads((folder / "lookup.json").read_text(encoding="utf-8"))
        component._learned = [(Entry(*row[:-1]), row[-1]) for row in content["learned"]]
        component._trust = {
            key: (right, total, part) for key, (right, total, part) in content["trust"].items()
        }
        component._expected = content["expected"]
        component._common = frozenset(content["common"])
        component._build()
        return component


def _row(entry: Entry) -> list[str | None]:
    return [entry.entity, entry.value, entry.phrase, entry.language, entry.market, entry.source]


def _key(hit: Hit) -> str:
    # "vrata" is like "brata": that must not cost the word itself its trust.
    how = "like" if hit.how == lookup.FUZZY else "is"
    return f"{hit.entry.entity}|{hit.entry.language}|{how}|{' '.join(lookup.words_of(hit.entry.phrase))}"


def _key_as_typed(hit: Hit, tokens: list[Token]) -> str:
    typed = " ".join(token.lemma for token in tokens[hit.first : hit.last])
    return f"{hit.entry.entity}|{hit.entry.language}|typed|{typed}"


def _kind(hit: Hit) -> str:
    return (
        f"{hit.entry.entity}|{hit.how}|{hit.entry.source}|{'word' if hit.last - hit.first == 1 else 'phrase'}"
    )


@lru_cache(maxsize=None)
def _ids(group: str) -> frozenset[str]:
    path = DATA / "catalogue" / "ids.yml"
    groups: dict[str, defaultdict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return frozenset(str(value) for value in groups[group])
