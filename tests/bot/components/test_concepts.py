"""The concept lexicon: words, stems, phrases with gaps, slips; and that the files say what they may."""

import re

import pytest
import yaml

from bot.components.concepts import CONCEPTS, Lexicon, concepts_in, files

LANGUAGES = [path.stem for path in files() if path != CONCEPTS]
LEXICON = Lexicon(
    {
        "money_back": ["rimbors*", "dare * indietro", "riavere"],
        "page_fails": ["gira a vuoto"],
        "card": ["tessera"],
    }
)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("quando mi rimborserete", {"money_back"}),
        ("mi potete dare i soldi indietro", {"money_back"}),
        ("dare tutti i soldi versati indietro", set()),
        ("la pagina gira a vuoto", {"page_fails"}),
        ("gira la tessera", {"card"}),
        ("la tessrea nuova", {"card"}),
        ("vorrei riavre quanto speso", {"money_back"}),
        ("la teiera", set()),
        ("", set()),
    ],
)
def test_words_stems_phrases_and_slips_are_found(said: str, meant: set[str]):
    assert LEXICON.find(said.split()) == meant


def test_a_language_without_a_lexicon_has_no_concepts():
    assert concepts_in(["salve"], "de") == set()
    assert concepts_in(["salve"], None) == set()


def concepts_told() -> list[str]:
    groups = yaml.safe_load(CONCEPTS.read_text(encoding="utf-8"))
    return [concept for group in groups.values() for concept in group]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_words_for_every_concept_and_for_nothing_else(language: str):
    told = concepts_told()
    assert len(told) == len(set(told))
    said = yaml.safe_load((CONCEPTS.parent / f"{language}.yml").read_text(encoding="utf-8"))
    assert set(said) == set(told)
    assert all(said.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_expressions_are_written_as_messages_are_matched(language: str):
    said = yaml.safe_load((CONCEPTS.parent / f"{language}.yml").read_text(encoding="utf-8"))
    for concept, expressions in said.items():
        assert len(expressions) == len(set(expressions)), concept
        for expression in expressions:
            assert isinstance(expression, str), (concept, expression)
            assert re.fullmatch(r"[a-z0-9'*\-]+(?: [a-z0-9'*\-]+)*", expression), (concept, expression)
            assert not expression.startswith("* ") and not expression.endswith(" *"), (concept, expression)
            assert not re.search(r"(?:^| )[a-z]{1,2}\*", expression), (concept, expression)
