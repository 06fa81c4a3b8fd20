"""What the tagger marks gets its value from the hits, also from those that are no evidence by themselves."""

from typing import Any

import pytest
from rasa.engine.storage.resource import Resource
from rasa.nlu.constants import TOKENS_NAMES
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.components.lookup import DISTRUSTED_HITS, HITS
from bot.components.resolution import EntityResolver
from bot.components.tagger import TAGGED
from bot.components.tokenizer import NormalisingTokenizer


def resolved(text: str, tagged: list[tuple[str, int, int, float]], **hits: Any) -> list[tuple[str, str, str]]:
    """(text, entity, value) of what a message with these marks (entity, first, last, confidence) holds."""
    message = Message({TEXT: text})
    tokenizer = NormalisingTokenizer(NormalisingTokenizer.get_default_config())
    message.set(TOKENS_NAMES[TEXT], tokenizer.tokenize(message, TEXT))
    marks = [
        {"entity": entity, "first": first, "last": last, "confidence": confidence}
        for entity, first, last, confidence in tagged
    ]
    message.set(TAGGED, marks)
    message.set(HITS, hits.get("believed", []))
    message.set(DISTRUSTED_HITS, hits.get("distrusted", []))
    resolver = EntityResolver.create(EntityResolver.get_default_config(), None, Resource("resolver"), None)
    (message,) = resolver.process([message])
    return [(found["text"], found["entity"], found["value"]) for found in message.get(ENTITIES)]


def hit(
    entity: str, value: str, first: int, last: int, trust: float, source: str = "learned"
) -> dict[str, Any]:
    return {
        "entity": entity,
        "value": value,
        "first": first,
        "last": last,
        "trust": trust,
        "how": "exact",
        "source": source,
        "same": True,
    }


def test_a_distrusted_word_means_something_where_it_is_marked() -> None:
    car = [hit("policy_type", "motor", 1, 2, 0.2)]
    marked = [("policy_type", 1, 2, 0.96)]
    assert resolved("asuransi mobil belum lunas", marked, distrusted=car) == [
        ("mobil", "policy_type", "motor")
    ]
    assert resolved("asuransi mobil belum lunas", [], distrusted=car) == []


def test_neighbours_that_mean_the_same_are_one() -> None:
    home = [hit("policy_type", "home", 0, 2, 0.3)]
    marked = [("policy_type", 0, 1, 0.6), ("policy_type", 1, 2, 0.97)]
    assert resolved("osiguranje stana", marked, believed=home) == [
        ("osiguranje stana", "policy_type", "home")
    ]


@pytest.mark.parametrize(("confidence", "found"), [(0.8, []), (0.95, ["Quirina"])])
def test_the_first_word_is_no_first_name_for_its_capital_letter(confidence: float, found: list[str]) -> None:
    marked = [("family_member", 0, 1, confidence)]
    assert [text for text, _, _ in resolved("Quirina da javi", marked)] == found


@pytest.mark.parametrize(
    ("trust", "found"),
    [
        (0.6, [("operacija mrene", "service", "cataract_surgery")]),
        (0.4, [("operacija", "benefit_type", "surgery")]),
    ],
)
def test_a_named_operation_is_more_than_the_word_that_was_marked(
    trust: float, found: list[tuple[str, str, str]]
) -> None:
    any_operation = hit("benefit_type", "surgery", 0, 1, 0.4, "catalogue")
    this_one = hit("service", "cataract_surgery", 0, 2, trust, "catalogue")
    marked = [("benefit_type", 0, 1, 0.92)]
    assert resolved("operacija mrene", marked, believed=[any_operation, this_one]) == found
