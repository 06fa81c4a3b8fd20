"""The form's validation: storing, refusing, explaining, offering help, taking up after a log-in."""

from decimal import Decimal

import pytest

from bot.actions.request_form import ActionAskRequestFormAnswer, ValidateRequestForm
from locales import texts

SERVICE = "/conversations/c1/drafts/d1/answers/service"
PUT = "/conversations/c1/drafts/d1/answers/treatment_date"


@pytest.fixture
def form(bench, draft):
    bench.backend.on("GET", "/conversations/c1/drafts/d1", draft)
    bench.backend.on("PUT", PUT, draft)
    return bench


def say(bench, text, intent="inform", **kwargs):
    slots = {"draft_id": "d1", **kwargs.pop("slots", {})}
    return bench.run(ValidateRequestForm, text, intent, slots=slots, loop="request_form", **kwargs)


@pytest.mark.parametrize(
    ("text", "stored"), [("ieri", "2026-11-19"), ("il 3 marzo", "2026-03-03"), ("03/03/2026", "2026-03-03")]
)
def test_a_date_in_words_or_digits_is_stored_at_once(form, text, stored):
    said = say(form, text)
    assert form.backend.sent("PUT", PUT) == [{"value": stored, "item": None, "source": "customer"}]
    assert said.slots["wrong_answers"] == 0


def test_a_wish_that_is_no_answer_leaves_the_form_to_the_rules(form):
    assert say(form, "quanto mi resta?", "ask_coverage_limit").events == []
    assert form.backend.sent("PUT", PUT) == []


def test_no_answer_is_said_kindly_then_explained_then_help_is_offered(form):
    first = say(form, "boh")
    second = say(form, "boh", slots=first.slots)
    third = say(form, "boh", slots={**first.slots, **second.slots})
    assert [said.slots["wrong_answers"] for said in (first, second, third)] == [1, 2, 3]
    assert len(first.messages) < len(second.messages) < len(third.messages)
    assert '/talk_to_agent{"choice": "form"}' in third.buttons.values()


def test_the_backends_refusal_is_said_in_words_and_the_question_stays(form):
    form.backend.on("PUT", PUT, {"error": "date_in_future", "detail": {}}, 422)
    said = say(form, "domani")
    assert "futur" in said.text.lower()
    assert said.slots["wrong_answers"] == 1


def test_an_answer_that_meets_an_ended_log_in_is_kept_and_a_log_in_offered(form):
    form.backend.on("PUT", PUT, {"error": "login_expired", "detail": {}}, 401)
    said = say(form, "ieri")
    assert said.slots["unsaved_answer"]["text"] == "ieri"
    assert any((m.get("custom") or {}).get("link") for m in said.messages)


def test_nothing_is_asked_right_after_a_log_in_was_offered(form):
    said = form.run(ActionAskRequestFormAnswer, slots={"draft_id": "d1", "asked_already": True})
    assert said.messages == []


def test_a_file_sent_too_early_is_kept_for_the_document_question(form):
    document = {"document_id": "f1", "filename": "fattura.pdf", "extracted": {}}
    said = say(form, "/inform", metadata={"attachments": [document]})
    assert said.slots["spare_documents"] == [{"document_id": "f1", "filename": "fattura.pdf"}]
    assert "fattura.pdf" in said.text


def test_several_bills_at_once_are_taken_one_by_one(form, draft):
    draft["next"] = {**draft["next"], "question": "expense_document", "kind": "document", "item": 1}
    path = "/conversations/c1/drafts/d1/answers/expense_document"
    form.backend.on("PUT", path, draft)
    files = [{"document_id": f"f{n}", "filename": f"{n}.pdf", "extracted": {}} for n in (1, 2, 3)]
    said = say(form, "/inform", metadata={"attachments": files})
    assert [body["value"] for body in form.backend.sent("PUT", path)] == ["f1"]
    assert [d["document_id"] for d in said.slots["spare_documents"]] == ["f2", "f3"]


def test_what_the_file_says_is_offered_and_taken_with_a_yes(form, draft):
    amount = {"amount": "85.50", "currency": "EUR"}
    draft["next"] = {
        **draft["next"],
        "question": "expense_amount",
        "kind": "amount",
        "item": 1,
        "suggestion": {"value": amount, "source": "document"},
    }
    asked = form.run(ActionAskRequestFormAnswer, slots={"draft_id": "d1"})
    assert "85,50" in asked.text
    path = "/conversations/c1/drafts/d1/answers/expense_amount"
    form.backend.on("PUT", path, draft)
    say(form, "sì", "affirm")
    assert form.backend.sent("PUT", path) == [{"value": amount, "item": 1, "source": "document"}]


def test_a_typed_amount_beats_the_offered_one(form, draft):
    draft["next"] = {
        **draft["next"],
        "question": "expense_amount",
        "kind": "amount",
        "item": 1,
        "suggestion": {"value": {"amount": "85.50", "currency": "EUR"}, "source": "document"},
    }
    path = "/conversations/c1/drafts/d1/answers/expense_amount"
    form.backend.on("PUT", path, draft)
    say(form, "no, 90 euro", "deny")
    stored = form.backend.sent("PUT", path)[0]
    assert Decimal(stored["value"]["amount"]) == 90
    assert stored["source"] == "customer"


@pytest.fixture
def service_in_the_bill(form, draft):
    """A claim that asks for the service while a bill of the customer names one."""
    options = [
        {"value": name, "label": None, "label_key": f"service.{name}", "detail": {}}
        for name in ("mri", "cardiology_visit")
    ]
    draft["next"] = {
        **draft["next"],
        "question": "service",
        "kind": "choice",
        "options": options,
        "suggestion": {"value": "mri", "source": "document", "document_id": "f1"},
        "rules": {},
    }
    form.backend.on("PUT", SERVICE, draft)
    return form


def test_the_service_in_the_bill_is_offered_with_its_source_and_taken_with_a_yes(service_in_the_bill):
    asked = service_in_the_bill.run(ActionAskRequestFormAnswer, slots={"draft_id": "d1"})
    assert "isonanza magnetica" in asked.text and "nel Suo file" in asked.text
    # The offered one has the button of the yes, every other one its own.
    assert [payload for payload in asked.buttons.values() if "mri" in payload] == []
    assert any("cardiology_visit" in payload for payload in asked.buttons.values())
    say(service_in_the_bill, "sì, giusto", "affirm")
    stored = {"value": "mri", "item": None, "source": "document"}
    assert service_in_the_bill.backend.sent("PUT", SERVICE) == [stored]


def test_another_service_than_the_bills_is_taken_and_a_no_asks_openly(service_in_the_bill):
    refused = say(service_in_the_bill, "no", "deny")
    assert "nel Suo file" not in refused.text and refused.slots["asked_already"] is True
    assert any("mri" in payload for payload in refused.buttons.values())
    assert service_in_the_bill.backend.sent("PUT", SERVICE) == []
    say(service_in_the_bill, "no, una visita", "deny", entities={"service": "cardiology_visit"})
    stored = {"value": "cardiology_visit", "item": None, "source": "customer"}
    assert service_in_the_bill.backend.sent("PUT", SERVICE) == [stored]


def test_only_a_yes_to_the_summary_completes_the_form(form, draft):
    draft["next"], draft["ready"] = None, True
    assert say(form, "sì", "affirm").slots["answer"] == "complete"
    assert "answer" not in say(form, "mah", "inform").slots


def test_a_draft_that_is_gone_ends_the_form(bench):
    said = say(bench, "ieri")
    assert said.text
    assert said.slots["requested_slot"] is None


def test_when_the_backend_is_away_the_turn_is_marked_to_be_taken_back(form):
    form.backend.on("PUT", PUT, {"error": "internal_error"}, 503)
    said = say(form, "ieri")
    assert {"backend_unavailable": True} in [m.get("custom") for m in said.messages]
    assert said.events == []


def test_a_turn_worked_again_after_its_answer_was_stored_does_not_answer_the_next_question(form, draft):
    asked = form.run(ActionAskRequestFormAnswer, slots={"draft_id": "d1"})
    draft["next"] = {**draft["next"], "question": "expense_issuer", "kind": "text"}
    path = "/conversations/c1/drafts/d1/answers/expense_issuer"
    form.backend.on("PUT", path, draft)
    again = say(form, "ieri", slots=asked.slots)
    assert form.backend.sent("PUT", path) == []
    form.run(ActionAskRequestFormAnswer, slots={"draft_id": "d1", **asked.slots, **again.slots})
    assert again.slots["asked_already"] is False


def test_the_summary_names_files_and_numbers_bills_only_when_there_are_several(form, draft):
    def answer(question, kind, item, value, documents=()):
        display = {"label": None, "label_key": None, "detail": {}, "documents": list(documents)}
        return {"question": question, "kind": kind, "item": item, "value": value, "display": display}

    paper = {"document_id": "f1", "filename": "fattura.pdf", "document_type": None}
    referral = {"document_id": "f2", "filename": "foto.jpg", "document_type": "referral"}
    draft["next"] = None
    draft["answers"] = [
        answer("expense_document", "document", 1, "f1", [paper]),
        answer("further_documents", "documents", None, [{"document_id": "f2"}], [referral]),
    ]
    lines = form.run(ActionAskRequestFormAnswer, slots={"draft_id": "d1"}).cards[0]["lines"]
    assert lines[0].endswith(": fattura.pdf") and "(1)" not in lines[0]
    assert lines[1].endswith("(foto.jpg)") and "f2" not in lines[1]
    draft["answers"].append(answer("expense_document", "document", 2, "f3", [paper]))
    lines = form.run(ActionAskRequestFormAnswer, slots={"draft_id": "d1"}).cards[0]["lines"]
    assert "(1)" in lines[0] and "(2)" in lines[2]


@pytest.mark.parametrize(
    "intent", ["ask_capabilities", "talk_to_agent", "stop", "ask_contact", "change_language"]
)
def test_a_way_out_is_open_also_when_the_log_in_ran_out(form, intent):
    form.backend.on("GET", "/conversations/c1/drafts/d1", {"error": "login_expired", "detail": {}}, 401)
    said = say(form, "menu", intent)
    assert (said.text, said.slots) == ("", {})
    # Little sure, it is an answer like any other, and kept.
    kept = form.run(
        ValidateRequestForm, "menu", intent, slots={"draft_id": "d1", "draft_step": 1}, confidence=0.4
    )
    assert kept.slots["unsaved_answer"]["text"] == "menu"


def test_what_waits_for_the_log_in_is_every_file_and_not_the_chatter_after_it(form):
    form.backend.on("GET", "/conversations/c1/drafts/d1", {"error": "login_expired", "detail": {}}, 401)

    def sent(name, waiting):
        files = {"attachments": [{"document_id": name, "filename": f"{name}.jpg"}]}
        return say(form, "", slots={"unsaved_answer": waiting}, metadata=files).slots["unsaved_answer"]

    both = sent("f2", sent("f1", None))
    assert [file["document_id"] for file in both["attachments"]] == ["f1", "f2"]
    kept = say(form, "allora?", "nlu_fallback", slots={"unsaved_answer": both}).slots["unsaved_answer"]
    assert kept == both
    day = say(form, "ieri").slots["unsaved_answer"]
    assert say(form, "mah", "nlu_fallback", slots={"unsaved_answer": day}).slots["unsaved_answer"] == day
    other = say(form, "no, l'altro ieri", slots={"unsaved_answer": day}).slots["unsaved_answer"]
    assert other["text"] == "no, l'altro ieri"


def test_a_file_takes_no_place_of_words_that_wait_for_the_log_in(form):
    form.backend.on("GET", "/conversations/c1/drafts/d1", {"error": "login_expired", "detail": {}}, 401)
    day = say(form, "ieri").slots["unsaved_answer"]
    files = {"attachments": [{"document_id": "f1", "filename": "f1.jpg"}]}
    sent = say(form, "/inform", slots={"unsaved_answer": day}, metadata=files)
    assert "unsaved_answer" not in sent.slots
    assert sent.slots["spare_documents"] == [{"document_id": "f1", "filename": "f1.jpg"}]


def test_a_file_that_was_sent_along_is_no_bill_where_no_bills_are_asked_for(form, draft):
    draft |= {"next": None, "ready": True, "kind": "bank_account", "answers": []}
    kept = {"draft_id": "d1", "spare_documents": [{"document_id": "f1", "filename": "fattura.pdf"}]}
    assert "fattura.pdf" not in form.run(ActionAskRequestFormAnswer, slots=kept).text


def test_a_log_in_under_way_is_not_ended_by_a_new_link(form):
    form.backend.on("GET", "/conversations/c1/drafts/d1", {"error": "login_expired", "detail": {}}, 401)
    login = {"state": "code_sent", "masked_email": "m•••@example.org"}
    form.backend.on("GET", "/conversations/c1", {"login": login})
    code_sent = {"notice": "login_changed", "detail": {"result": "code_sent"}}
    assert form.run(ActionAskRequestFormAnswer, slots={"draft_id": "d1"}, metadata=code_sent).messages == []
    said = say(form, "ieri")
    assert said.slots["unsaved_answer"]["text"] == "ieri"
    assert "m•••@example.org" in said.text
    assert form.backend.sent("POST", "/conversations/c1/login-links") == []


def test_an_optional_question_can_be_left_out_in_words(form, draft):
    draft["next"] = {**draft["next"], "question": "notes", "kind": "text", "optional": True}
    path = "/conversations/c1/drafts/d1/answers/notes"
    form.backend.on("PUT", path, draft)
    say(form, "Salta")
    assert form.backend.sent("PUT", path)[0]["value"] is None


def test_a_file_at_another_bill_says_yes_and_is_the_bill(form, draft):
    bill = {"question": "expense_document", "kind": "document", "item": 1, "value": "f1", "editable": True}
    draft = {**draft, "answers": [bill]}
    asked = {**draft, "next": {**draft["next"], "question": "more_expenses", "kind": "yes_no", "item": 1}}
    opened = {
        **draft,
        "next": {**draft["next"], "question": "expense_document", "kind": "document", "item": 2},
    }
    answers = iter([asked, opened])
    form.backend.on("GET", "/conversations/c1/drafts/d1", lambda request: (200, next(answers)))
    more, document = (
        f"/conversations/c1/drafts/d1/answers/{q}" for q in ("more_expenses", "expense_document")
    )
    form.backend.on("PUT", more, opened)
    form.backend.on("PUT", document, opened)
    file = {"document_id": "f9", "filename": "b.png", "extracted": {}}
    say(form, "/inform", metadata={"attachments": [file]})
    assert form.backend.sent("PUT", more) == [{"value": True, "item": 1, "source": "customer"}]
    assert form.backend.sent("PUT", document)[0]["value"] == "f9"


def test_a_file_that_nothing_asked_for_is_named_before_submitting(form, draft):
    draft["next"], draft["ready"] = None, True
    spare = [{"document_id": "f1", "filename": "altra.pdf"}]
    said = form.run(ActionAskRequestFormAnswer, slots={"draft_id": "d1", "spare_documents": spare})
    assert texts.render("files_not_used_here", "it", "Latn", names="altra.pdf") in said.text
    bill = {"question": "expense_document", "kind": "document", "item": 1, "value": "f0", "editable": True}
    draft["answers"] = [bill]
    said = form.run(ActionAskRequestFormAnswer, slots={"draft_id": "d1", "spare_documents": spare})
    assert texts.render("files_not_used", "it", "Latn", names="altra.pdf") in said.text


def test_yes_to_which_answer_to_change_submits_nothing(form, draft):
    draft["next"], draft["ready"] = None, True
    listed = say(form, "no", "deny", slots={"draft_question": "summary:None"})
    assert "answer" not in listed.slots
    yes = say(form, "sì", "affirm", slots=listed.slots)
    assert "answer" not in yes.slots and yes.slots["asked_already"] is False
    pressed = say(form, "/inform", entities={"choice": "submit"}, slots=listed.slots)
    assert pressed.slots["answer"] == "complete"


@pytest.mark.parametrize("text", ["non me lo ricordo", "boh", "850,00 euro"])
def test_what_says_nothing_is_no_answer_to_a_question_for_a_name(form, draft, text):
    draft["next"] = {**draft["next"], "question": "expense_issuer", "kind": "text"}
    path = "/conversations/c1/drafts/d1/answers/expense_issuer"
    form.backend.on("PUT", path, draft)
    assert say(form, text).slots["wrong_answers"] == 1
    assert form.backend.sent("PUT", path) == []


@pytest.mark.parametrize(
    "said", [("non ce ne sono altri", "deny", {}), ("/inform", "inform", {"choice": "no_more"})]
)
def test_a_further_bill_that_is_not_there_ends_the_list(form, draft, said):
    text, intent, entities = said
    yes = {"question": "more_expenses", "kind": "yes_no", "item": 1, "value": True, "editable": True}
    draft["answers"] = [yes]
    draft["next"] = {**draft["next"], "question": "expense_document", "kind": "document", "item": 2}
    path = "/conversations/c1/drafts/d1/answers/more_expenses"
    form.backend.on("PUT", path, {**draft, "next": None})
    say(form, text, intent, entities=entities)
    assert form.backend.sent("PUT", path) == [{"value": False, "item": 1, "source": "customer"}]


def test_a_day_that_does_not_exist_is_said_to_be_none(form):
    assert texts.render("wrong_date_impossible", "it") in say(form, "31/02/2026").text
    assert texts.render("wrong_unread_date", "it") in say(form, "boh").text


def test_a_service_is_known_by_the_words_of_the_catalogue_where_the_model_marked_none(form, draft):
    services = [
        {"value": value, "label": None, "label_key": f"service.{value}"}
        for value in ("cardiology_visit", "mri")
    ]
    draft["next"] = {**draft["next"], "question": "service", "kind": "choice", "options": services}
    form.backend.on("PUT", SERVICE, draft)
    say(form, "visita cardiologica", "request_direct_care")
    assert form.backend.sent("PUT", SERVICE)[0]["value"] == "cardiology_visit"


@pytest.mark.parametrize(("question", "item"), [("other_party", None), ("more_parts", 1)])
def test_a_file_at_a_question_for_yes_or_no_answers_nothing(form, draft, question, item):
    part = {"question": "damaged_part", "kind": "choice", "item": 1, "value": "rear", "editable": True}
    draft["answers"] = [part]
    draft["next"] = {**draft["next"], "question": question, "kind": "yes_no", "item": item}
    path = f"/conversations/c1/drafts/d1/answers/{question}"
    form.backend.on("PUT", path, draft)
    file = {"document_id": "f9", "filename": "b.png", "extracted": {}}
    said = say(form, "/inform", metadata={"attachments": [file]})
    assert form.backend.sent("PUT", path) == []
    assert said.slots["spare_documents"] == [{"document_id": "f9", "filename": "b.png"}]


def test_a_photo_at_the_summary_of_a_damage_is_kept_and_opens_no_list_of_parts(form, draft):
    parts = [
        {"question": "damaged_part", "kind": "choice", "item": 1, "value": "front", "editable": True},
        {"question": "more_parts", "kind": "yes_no", "item": 1, "value": False, "editable": True},
    ]
    draft |= {"kind": "car_damage", "next": None, "ready": True, "answers": parts}
    photo = {"document_id": "f1", "filename": "auto.jpg", "extracted": {}}
    said = say(form, "/inform", metadata={"attachments": [photo]})
    assert said.slots["spare_documents"] == [{"document_id": "f1", "filename": "auto.jpg"}]
    assert not [call for call in form.backend.calls if call.method == "PUT"]


@pytest.mark.parametrize("intent", ["logout", "login", "resume_draft"])
def test_free_text_that_may_mean_something_else_is_an_answer(form, draft, intent):
    draft["next"] = {**draft["next"], "question": "notes", "kind": "text", "optional": True}
    path = "/conversations/c1/drafts/d1/answers/notes"
    form.backend.on("PUT", path, draft)
    say(form, "sono uscito dall'ospedale e continuo le cure", intent, confidence=0.5)
    assert [body["value"] for body in form.backend.sent("PUT", path)] == [
        "sono uscito dall'ospedale e continuo le cure"
    ]
    assert say(form, "esci", intent).slots.get("answer") is None
    assert len(form.backend.sent("PUT", path)) == 1


@pytest.mark.parametrize("intent", ["logout", "login"])
def test_leaving_is_possible_when_the_log_in_ran_out_and_when_the_draft_is_gone(form, intent):
    form.backend.on("GET", "/conversations/c1/drafts/d1", {"error": "login_expired", "detail": {}}, 401)
    assert say(form, "esci", intent, confidence=0.4).events == []
    form.backend.on("GET", "/conversations/c1/drafts/d1", {"error": "not_found", "detail": {}}, 404)
    assert say(form, "esci", intent).events == []
