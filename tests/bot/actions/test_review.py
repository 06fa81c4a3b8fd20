"""Unsure and corrected turns are told to the backend, once, and without anything about a person."""

import pytest

from bot.actions.conversation import ActionFallback
from bot.actions.policies import ActionShowLimits
from bot.actions.providers import ActionFindProvider
from bot.actions.redaction import without_personal_data
from bot.actions.requests import ActionStopRequest

RANKING = [
    {"name": "nlu_fallback", "confidence": 0.35},
    {"name": "find_provider", "confidence": 0.31},
    {"name": "faq", "confidence": 0.2, "full_retrieval_intent_name": "faq/get_the_app"},
    {"name": "login", "confidence": 0.1},
]
KEPT, PICKED = "/review-turns/m1", "/review-turns/m0/picked"


def heard(text, intent, message_id="m0", **parse):
    return {
        "event": "user",
        "text": text,
        "message_id": message_id,
        "parse_data": {"text": text, "intent": {"name": intent}, "entities": [], **parse},
    }


@pytest.mark.parametrize(
    ("language", "text", "kept"),
    [
        ("it", "sono Giovanna Bianchi, 333 445566, a@b.it", "sono [name], [number] [email]"),
        ("it", "voglio il rimbroso dei 85€ di xyloqw", "voglio il rimbroso dei [number] di [word]"),
        ("it", "vedi www.esempio.it per [iban] mio", "vedi [link] per (iban) mio"),
        ("sr", "Хоћу рефундацију за Петра", "Хоћу рефундацију за [name]"),
        ("sr", "ja sam Milica Jovanović i hoću novac", "ja sam [name] i hoću novac"),
        ("id", "nama saya Budi Santoso mau klaim", "nama saya [name] mau klaim"),
    ],
)
def test_what_is_kept_holds_no_personal_data(language, text, kept):
    assert without_personal_data(text, [], [], language) == kept


def test_found_entities_and_the_familys_names_become_their_kind():
    entities = [{"entity": "city", "start": 14, "end": 20}, {"entity": "date", "start": 0, "end": 4}]
    found = without_personal_data("ieri, prima a Milano con luca", entities, ["Luca Rossi"], "it")
    assert found == "[date], prima a [city] con [name]"


def test_an_unsure_turn_is_kept_with_its_two_likeliest_meanings(bench):
    bench.backend.on("PUT", KEPT, status=204)
    said = bench.run(ActionFallback, "gli occhi 333444", "nlu_fallback", intent_ranking=RANKING)
    assert bench.backend.sent("PUT", KEPT) == [
        {
            "market": "it",
            "language": "it",
            "reason": "unsure",
            "text": "gli occhi [number]",
            "understood": [
                {"intent": "find_provider", "confidence": 0.31},
                {"intent": "faq/get_the_app", "confidence": 0.2},
            ],
            "picked": None,
        }
    ]
    assert said.slots["unsure"] == ["m1"] and len(said.buttons) == 3


def test_the_customer_is_answered_also_when_nothing_can_be_kept(bench):
    bench.backend.on("PUT", KEPT, {"error": "input_invalid", "detail": {}}, 422)
    said = bench.run(ActionFallback, "gli occhi", "nlu_fallback", intent_ranking=RANKING)
    assert said.buttons and "unsure" not in said.slots


@pytest.mark.parametrize(("text", "reason"), [("/find_provider", "picked"), ("un oculista", "rephrased")])
def test_what_was_meant_in_the_end_is_told_and_forgotten(bench, text, reason):
    bench.backend.on("PUT", PICKED, status=204)
    slots = {"unsure": ["m0"], "misunderstood": 1}
    said = bench.run(ActionFindProvider, text, "find_provider", slots=slots)
    assert bench.backend.sent("PUT", PICKED) == [{"intent": "find_provider", "reason": reason}]
    assert (said.slots["unsure"], said.slots["misunderstood"]) == (None, 0)


def test_i_meant_tells_what_the_message_before_was(bench):
    bench.backend.on("PUT", "/review-turns/m0", status=204)
    before = heard("per gli occhi", "ask_benefit", intent_ranking=RANKING[1:])
    bench.run(
        ActionFindProvider,
        "un oculista",
        "find_provider",
        events=[before, heard("un oculista", "find_provider", "m1")],
        corrects_earlier=True,
    )
    (kept,) = bench.backend.sent("PUT", "/review-turns/m0")
    assert (kept["reason"], kept["picked"], kept["text"]) == ("corrected", "find_provider", "per gli occhi")


def test_a_wish_stopped_with_the_next_word_is_kept_and_a_later_stop_is_not(bench):
    bench.backend.on("PUT", "/review-turns/m0", status=204)
    for first, count in (("claim_reimbursement", 1), ("inform", 1)):
        bench.run(
            ActionStopRequest,
            "stop",
            "stop",
            slots={"draft_id": "d1"},
            events=[heard("mi spetta qualcosa", first), heard("stop", "stop", "m1")],
        )
        assert len(bench.backend.sent("PUT", "/review-turns/m0")) == count


FAMILY = [
    {"person_id": "p1", "full_name": "Mario Rossi", "first_name": "Mario", "relation": "self"},
    {"person_id": "p2", "full_name": "Luca Rossi", "first_name": "Luca", "relation": "child"},
]


@pytest.mark.parametrize("text", ["quanto resta a Laura?", "quanto resta a laura"])
def test_somebody_outside_the_family_is_not_answered_with_ones_own(bench, text):
    bench.backend.on("GET", "/conversations/c1/members", FAMILY)
    said = bench.run(ActionShowLimits, text, "ask_coverage_limit")
    assert said.text and not [c for c in bench.backend.calls if c.url.path.endswith("/benefits")]


@pytest.mark.parametrize(
    "text",
    [
        "quanto mi resta per il dentista?",
        "Buongiorno. Quanto resta a Luca?",
        "QUANTO RESTA PER ME",
        "quanto mi resta per la fisiotrapia",
    ],
)
def test_words_of_ours_are_nobodys_name(bench, text):
    bench.backend.on("GET", "/conversations/c1/members", FAMILY)
    bench.backend.on("GET", "/conversations/c1/benefits", [])
    bench.run(ActionShowLimits, text, "ask_coverage_limit")
    assert [c for c in bench.backend.calls if c.url.path.endswith("/benefits")]
