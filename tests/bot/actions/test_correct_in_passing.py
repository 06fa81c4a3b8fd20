"""A day or a sum said where it answers nothing corrects the one given before, and only that one."""

import pytest

from bot.actions.request_form import ValidateRequestForm
from locales import texts

DRAFT = "/conversations/c1/drafts/d1"
DAY = {"question": "treatment_date", "kind": "date", "item": None, "value": "2026-11-17", "editable": True}
MRI = {"value": "mri", "label": None, "label_key": "service.mri"}


@pytest.fixture
def say(bench, draft):
    """Says something at an open question, after answers given before; returns what was answered."""

    def say(text, answers, kind="choice", question="service", **entities):
        options = [MRI] if kind == "choice" else []
        draft["answers"] = answers
        draft["next"] = {**draft["next"], "question": question, "kind": kind, "options": options}
        bench.backend.on("GET", DRAFT, draft)
        for name in ("treatment_date", question):
            bench.backend.on("PUT", f"{DRAFT}/answers/{name}", draft)
        return bench.run(
            ValidateRequestForm,
            text,
            "inform",
            entities=entities,
            slots={"draft_id": "d1"},
            loop="request_form",
        )

    return say


@pytest.fixture
def stored(bench):
    """The values stored for a question."""

    def stored(question="treatment_date"):
        return [body["value"] for body in bench.backend.sent("PUT", f"{DRAFT}/answers/{question}")]

    return stored


def test_a_day_said_where_one_is_to_choose_corrects_the_day_given_before(say, stored):
    heard = say("anzi era l'altroieri", [DAY], date="2026-11-18")
    label = texts.render("claim_label_treatment_date", "it")
    assert texts.render("correct_done", "it", label=label) in heard.text
    assert stored() == ["2026-11-18"]
    assert heard.slots["asked_already"] is False


@pytest.mark.parametrize(
    ("day", "answers"),
    [
        ("2026-11-17", [DAY]),
        ("2026-11-18", [DAY, {**DAY, "question": "expense_date"}]),
        ("2026-11-18", []),
        ("2026-11-18", [{**DAY, "editable": False}]),
    ],
    ids=["the same day again", "one of two days", "no day given", "not to be changed"],
)
def test_a_day_that_could_be_none_or_several_corrects_nothing(say, stored, day, answers):
    heard = say("anzi era l'altroieri", answers, date=day)
    assert texts.render("wrong_unread_choice", "it") in heard.text
    assert stored() == []


@pytest.mark.parametrize(
    ("kind", "times"), [("bank_account", 1), ("document", 1), ("yes_no", 1), ("text", 0), ("amount", 0)]
)
def test_a_day_answers_no_question_for_an_account_a_file_or_a_yes(say, stored, kind, times):
    say("anzi era l'altroieri", [DAY], kind, "bank_account", date="2026-11-18")
    assert len(stored()) == times


def test_what_chooses_is_no_correction_of_the_day_named_with_it(say, stored):
    say("la risonanza, il 18", [DAY], service="mri", date="2026-11-18")
    assert stored("service") == ["mri"]
    assert stored() == []
