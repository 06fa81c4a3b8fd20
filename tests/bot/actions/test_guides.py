"""Answers name guide and page; what no answer covers is quoted from the guide, or honestly not known."""

import pytest

from bot.actions.conversation import ActionFallback
from bot.actions.faq import ActionFaq
from locales import texts

PASSAGE = {"title": "Guida", "language": "it", "page": 3, "text": "Ogni documento va da solo.", "score": 0.8}
PATH = "/markets/it/guide-passages"


def words(key, **values):
    return texts.render(key, "it", **values)


def answer(passage):
    return {"passage": passage}


def selected(question):
    return {"faq": {"response": {"intent_response_key": f"faq/{question}"}}}


def test_an_answer_names_guide_and_page(bench):
    bench.backend.on("GET", PATH, answer(PASSAGE))
    said = bench.run(
        ActionFaq, "posso mandare tutto in un file?", "faq", response_selector=selected("one_document_each")
    )
    assert said.messages[0]["text"] == words("faq_one_document_each")
    assert words("guide_source", title="Guida", page=3) in said.text


def test_a_guide_in_another_language_is_no_source_but_can_be_quoted(bench):
    bench.backend.on("GET", PATH, answer({**PASSAGE, "language": "sr"}))
    said = bench.run(ActionFaq, "?", "faq", response_selector=selected("one_document_each"))
    assert len(said.messages) == 1
    said = bench.run(ActionFaq, "?", "faq")
    assert words("guide_language_sr") in said.text and "Ogni documento" in said.text


def test_what_no_answer_covers_is_quoted_or_not_known(bench):
    bench.backend.on("GET", PATH, answer({**PASSAGE, "text": "Una frase intera sulla guida. " * 30}))
    said = bench.run(ActionFaq, "e se il centro è chiuso?", "faq")
    assert "Guida" in said.text and len(said.text) < 500 and said.text.endswith(".»")
    bench.backend.on("GET", PATH, answer(None))
    said = bench.run(ActionFaq, "e se il centro è chiuso?", "faq")
    assert words("faq_unknown") in said.text and "/talk_to_agent" in said.buttons.values()


@pytest.mark.parametrize(
    ("text", "score", "quoted"),
    [
        ("come va caricato ogni documento di spesa", 0.8, True),
        ("come va caricato ogni documento di spesa", 0.5, False),
        ("documento", 1.0, False),
    ],
)
def test_what_is_not_understood_is_looked_up_where_it_is_a_question_well_covered(bench, text, score, quoted):
    bench.backend.on("GET", PATH, answer({**PASSAGE, "score": score}))
    said = bench.run(ActionFallback, text, "nlu_fallback")
    assert (words("guide_passage", title="Guida", page=3, text=PASSAGE["text"]) in said.text) is quoted
