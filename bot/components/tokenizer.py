"""Words of a message. The text of a token stays as typed (the tagger looks at capitals), its lemma is the
normalised form: Latin, lower case, no diacritics. What the words mean is not decided here.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import yaml
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message

from bot.components.fingerprints import ROOT, fingerprint
from locales import script

# Digits and letters part ("750rb"), so do hyphenated words ("check-up").
WORD = re.compile(r"[^\W\d_]+|\d+")
SIGNS = re.compile(r"\S+")
# Indonesian possessives stick to the noun: istriku, gigimu, anaknya.
ENCLITIC = re.compile(r"(.{3,})(ku|mu|nya)")


@lru_cache(maxsize=None)
def enclitic_stems() -> frozenset[str]:
    """The catalogue's Indonesian words that a possessive may stick to."""
    path = ROOT / "data" / "catalogue" / "id.yml"
    if not path.exists():
        return frozenset()
    catalogue = yaml.safe_load(path.read_text(encoding="utf-8"))
    return frozenset(
        script.normalise(word)
        for group in ("family_member", "benefit_type", "document_type")
        for entry in catalogue.get(group, {}).values()
        for word in [entry["name"], *entry["words"]]
        if isinstance(word, str) and " " not in word
    )


def words_of(text: str) -> list[tuple[str, int]]:
    """(word, start) of every word or number; signs by themselves only where there is nothing else."""
    pieces = [(match.group(), match.start()) for match in WORD.finditer(text)]
    if not pieces:
        return [(match.group(), match.start()) for match in SIGNS.finditer(text)]
    parted: list[tuple[str, int]] = []
    for word, start in pieces:
        match = ENCLITIC.fullmatch(word.lower())
        if match and match[1] in enclitic_stems():
            parted += [(word[: len(match[1])], start), (word[len(match[1]) :], start + len(match[1]))]
        else:
            parted.append((word, start))
    return parted


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class NormalisingTokenizer(Tokenizer):  # type: ignore[misc]
    """Tokens with `text` as typed and `lemma` normalised."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            "intent_tokenization_flag": False,
            "intent_split_symbol": "_",
            "token_pattern": None,
            "prefix_separator_symbol": None,
        }

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        import bot.components.tokenizer as here

        return fingerprint([here, script], [ROOT / "data" / "catalogue" / "id.yml"])

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        text = message.get(attribute)
        return [Token(word, start, lemma=script.normalise(word)) for word, start in words_of(text)]
