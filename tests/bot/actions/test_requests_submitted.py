"""Submitted requests in the chat: the archive's filters, the detail, documents that come later, withdrawal."""

import httpx
import pytest

from bot.actions.conversation import ActionFallback, ActionInform
from bot.actions.reading import speaks_of_withdrawal
from bot.actions.request_archive import ActionListRequests, statuses_said
from bot.actions.request_changes import ActionAddDocuments, ActionWithdrawRequest
from bot.actions.request_status import ActionCheckRequestStatus
from bot.actions.requests import ActionStartRequest, ActionStopRequest

NUMBER = "RT-7KQ2-9FMA"
PATH = f"/conversations/c1/requests/{NUMBER}"
FILES = [{"document_id": "d1", "filename": "ricetta.pdf"}, {"document_id": "d2", "filename": "referto.pdf"}]


def request(**changes):
    return {
        "request_number": NUMBER, "kind": "claim", "status": "documents_needed", "service": "mri",
        "submitted_at": "2026-11-01T09:00:00Z", "person": {"person_id": "p1", "full_name": "Mario Rossi"},
        "amount": {"amount": "262.00", "currency": "EUR"}, "decided_amount": None, "expected_by": None,
        "policy_number": "IT-1", "treatment_date": "2026-10-20", "missing_documents": ["prescription"],
        "documents": [{"document_id": "d0", "filename": "fattura.pdf", "document_type": "invoice"}],
        "timeline": [
            {"status": "submitted", "at": "2026-11-01T09:00:00Z", "note": None, "event": "status"},
            {"status": "documents_needed", "at": "2026-11-03T09:00:00Z", "note": "Serve la ricetta", "event": "status"},
        ],
        "can": ["add_documents", "withdraw"], **changes,
    }  # fmt: skip


@pytest.fixture(autouse=True)
def archive(bench):
    bench.backend.on("GET", "/conversations/c1/requests", [request()])
    bench.backend.on("GET", "/conversations/c1/drafts", [])
    bench.backend.on("GET", PATH, request())
    bench.backend.on("POST", f"{PATH}/documents", request(status="in_review", missing_documents=[]))
    bench.backend.on("POST", f"{PATH}/withdraw", request(status="withdrawn", can=[]))


def asked_for(bench):
    calls = [c for c in bench.backend.calls if c.url.path == "/conversations/c1/requests"]
    return list(calls[-1].url.params.multi_items())


def listed(bench, text, **entities):
    bench.run(ActionListRequests, text, "list_requests", entities)
    return asked_for(bench)


def after_our(action):
    """Tracker events: the action answered the message before this one."""
    return [{"event": "user"}, {"event": "action", "name": action}, {"event": "user"}]


# the archive


def test_last_year_is_asked_for_by_days(bench):
    assert listed(bench, "quelle dell'anno scorso") == [("since", "2025-01-01"), ("until", "2025-12-31")]


def test_only_the_paid_ones(bench):
    assert listed(bench, "solo quelle pagate") == [("status", "paid")]


def test_my_daughters(bench):
    anna = {"person_id": "p9", "full_name": "Anna Rossi", "first_name": "Anna", "relation": "child"}
    bench.backend.on("GET", "/conversations/c1/members", [anna])
    assert listed(bench, "quelle di mia figlia", family_member="child") == [("person_id", "p9")]


def test_the_dental_ones(bench):
    assert listed(bench, "quelle del dentista", benefit_type="dental") == [("benefit_type", "dental")]


def test_more_keeps_the_filter(bench):
    bench.backend.on("GET", "/conversations/c1/requests", [request() for _ in range(7)])
    said = bench.run(ActionListRequests, "solo quelle pagate", "list_requests")
    assert len(said.cards) == 5
    more = next(p for p in said.buttons.values() if "offset" in p)
    said = bench.run(ActionListRequests, more, "list_requests", {"choice": more.split('"')[3]})
    assert len(said.cards) == 2
    assert asked_for(bench) == [("status", "paid")]


def test_nothing_of_the_kind_is_not_called_no_requests(bench):
    bench.backend.on("GET", "/conversations/c1/requests", [])
    said = bench.run(ActionListRequests, "solo quelle pagate", "list_requests")
    assert "di questo tipo" in said.text


@pytest.mark.parametrize(
    ("language", "text", "status"),
    [
        ("sr", "само исплаћене", "paid"),
        ("sr", "odbijeni zahtevi", "rejected"),
        ("id", "yang ditolak", "rejected"),
    ],
)
def test_a_status_is_understood(language, text, status):
    assert statuses_said(text, language) == [status]


def test_a_denied_status_means_the_others():
    assert "paid" not in statuses_said("quelle non ancora pagate", "it")
    assert "submitted" in statuses_said("belum dibayar", "id")


# the detail


def test_the_detail_tells_steps_notes_documents_and_what_can_be_done(bench):
    said = bench.run(ActionCheckRequestStatus, "come va?", "check_request_status", {"request_number": NUMBER})
    lines = "\n".join(said.cards[0]["lines"])
    assert all(part in lines for part in ("Serve la ricetta", "fattura.pdf", "ricetta"))
    assert any("add_documents" in p for p in said.buttons.values())
    assert any("withdraw" in p for p in said.buttons.values())


def test_a_decided_request_offers_nothing_to_do(bench):
    bench.backend.on("GET", PATH, request(status="paid", can=[]))
    said = bench.run(ActionCheckRequestStatus, "come va?", "check_request_status", {"request_number": NUMBER})
    assert not said.buttons


def test_a_day_that_has_passed_is_said_to_be_late(bench):
    bench.backend.on("GET", PATH, request(expected_by="2026-11-10"))
    said = bench.run(ActionCheckRequestStatus, "come va?", "check_request_status", {"request_number": NUMBER})
    assert "ritardo" in "\n".join(said.cards[0]["lines"])


# documents


def test_files_at_hand_go_to_the_only_open_request_as_what_is_missing(bench):
    said = bench.run(ActionAddDocuments, "aggiungo", "add_documents", slots={"spare_documents": FILES[:1]})
    sent = bench.backend.sent("POST", f"{PATH}/documents")
    assert sent == [{"documents": [{"document_id": "d1", "document_type": "prescription"}]}]
    assert said.slots["spare_documents"] == []


def test_with_several_open_requests_it_is_asked_which_and_nothing_is_lost(bench):
    bench.backend.on(
        "GET",
        "/conversations/c1/requests",
        [request(), request(request_number="RT-AAAA-BBBB", submitted_at="2026-10-01T09:00:00Z")],
    )
    said = bench.run(ActionAddDocuments, "ecco", "add_documents", metadata={"attachments": FILES[:1]})
    assert len(said.buttons) == 2
    assert said.slots["spare_documents"] == FILES[:1]


def test_with_several_missing_it_is_asked_what_the_file_is(bench):
    bench.backend.on("GET", PATH, request(missing_documents=["prescription", "report"]))
    said = bench.run(
        ActionAddDocuments, "", "inform", metadata={"attachments": FILES[:1]},
        slots={"awaiting": "request_documents", "open_request": NUMBER},
    )  # fmt: skip
    assert len(said.buttons) == 2
    assert not bench.backend.sent("POST", f"{PATH}/documents")


def test_without_a_file_one_is_asked_for(bench):
    said = bench.run(ActionAddDocuments, "devo aggiungere un documento", "add_documents")
    assert said.messages[0]["custom"]["input"]["kind"] == "file"
    assert said.slots["awaiting"] == "request_documents"


def test_a_file_that_is_known_already_does_not_keep_back_the_other(bench):
    def answer(call: httpx.Request):
        if b'"d1"' in call.content:
            return 422, {"error": "document_already_used", "detail": {"document_id": "d1"}}
        return 200, request(status="in_review", missing_documents=[])

    bench.backend.on("POST", f"{PATH}/documents", answer)
    said = bench.run(ActionAddDocuments, "ecco", "add_documents", metadata={"attachments": FILES})
    assert "ricetta.pdf" in said.text
    assert "ho aggiunto referto.pdf" in said.text


def test_files_without_a_word_are_offered_to_the_request_that_waits(bench):
    bench.backend.on("GET", "/conversations/c1", {"login": {"state": "logged_in"}})
    said = bench.run(ActionInform, "", "inform", metadata={"attachments": FILES[:1]})
    assert NUMBER in said.text
    assert said.slots["spare_documents"] == FILES[:1]


# withdrawal


def test_a_withdrawal_is_confirmed_first_and_done_once(bench):
    said = bench.run(
        ActionWithdrawRequest, "/x", "check_request_status", {"request_number": NUMBER, "choice": "withdraw"}
    )
    assert not bench.backend.sent("POST", f"{PATH}/withdraw")
    assert said.slots == {"awaiting": "request_withdrawal", "open_request": NUMBER, "asks": "m1"}
    bench.run(
        ActionWithdrawRequest,
        "sì",
        "affirm",
        slots={"awaiting": "request_withdrawal", "open_request": NUMBER},
        events=after_our("action_withdraw_request"),
    )
    assert len(bench.backend.sent("POST", f"{PATH}/withdraw")) == 1


def test_a_no_keeps_the_request(bench):
    said = bench.run(
        ActionWithdrawRequest,
        "no",
        "deny",
        slots={"awaiting": "request_withdrawal", "open_request": NUMBER},
        events=after_our("action_withdraw_request"),
    )
    assert not bench.backend.sent("POST", f"{PATH}/withdraw")
    assert NUMBER in said.text


def test_a_yes_to_something_else_withdraws_nothing(bench):
    said = bench.run(
        ActionWithdrawRequest,
        "sì",
        "affirm",
        slots={"awaiting": "request_withdrawal", "open_request": NUMBER},
        events=after_our("action_find_provider"),
    )
    assert not bench.backend.sent("POST", f"{PATH}/withdraw")
    assert said.followups == ["action_show_menu"]


def test_a_stop_some_time_after_a_request_was_shown_ends_what_goes_on_and_withdraws_nothing(bench):
    said = bench.run(
        ActionWithdrawRequest,
        "stop",
        "stop",
        slots={"awaiting": "request_shown", "open_request": NUMBER},
        events=after_our("action_talk_to_agent"),
    )
    assert not bench.backend.sent("POST", f"{PATH}/withdraw")
    assert said.followups == ["action_stop_request"]
    assert said.slots["awaiting"] is None


def test_a_request_decided_meanwhile_is_said_to_be_so(bench):
    bench.backend.on(
        "POST", f"{PATH}/withdraw", {"error": "request_closed", "detail": {"status": "approved"}}, 409
    )
    said = bench.run(
        ActionWithdrawRequest,
        "/x",
        "check_request_status",
        {"request_number": NUMBER, "choice": "withdraw:yes"},
    )
    assert "approvata" in said.text


@pytest.mark.parametrize("text", ["a che punto è RT-7KQ2-9FM?", "la pratica RS-2026-000001"])
def test_a_mistyped_number_is_looked_for_and_said_not_to_be_there(bench, text):
    said = bench.run(ActionCheckRequestStatus, text, "check_request_status")
    assert said.text and said.slots["awaiting"] == "request_number"


def test_a_year_is_no_number_of_a_request(bench):
    said = bench.run(ActionCheckRequestStatus, "a che punto è il rimborso del 2026?", "check_request_status")
    assert NUMBER in said.text and not bench.backend.sent("GET", "/conversations/c1/requests/2026")


def test_a_mistyped_number_of_nobody_logged_in_asks_to_log_in_first(bench):
    bench.backend.on(
        "GET", "/conversations/c1/requests/RT-7KQ2-9FM", {"error": "login_required", "detail": {}}, 401
    )
    said = bench.run(ActionCheckRequestStatus, "a che punto è RT-7KQ2-9FM?", "check_request_status")
    assert said.slots["pending"]["action"] == "action_check_request_status"


def test_the_number_of_a_policy_is_not_looked_for_among_requests(bench):
    bench.backend.on("GET", "/conversations/c1/requests", [])
    policy = {"policy_number": "IT-36551362-1"}
    bench.run(ActionCheckRequestStatus, "mostrami IT-36551362-1", "check_request_status", policy)
    assert not [call for call in bench.backend.calls if "IT-36551362" in call.url.path]


@pytest.mark.parametrize(
    ("language", "text", "meant"),
    [
        ("it", "non voglio più il rimborso dell'otturazione, toglietelo", True),
        ("it", "vorrei ritirare la richiesta di ieri", True),
        ("it", "annullate la mia pratica", True),
        ("it", "ho ritirato gli esami e vorrei il rimborso", False),
        ("it", "perché la richiesta è stata annullata?", False),
        ("id", "batalin klaim gw yg tambal gigi dong", True),
        ("id", "klaim saya tolong dibatalkan", True),
        ("id", "klaim saya kenapa dibatalkan", False),
        ("id", "mau klaim rawat jalan", False),
        ("sr", "hoću da povučem zahtev", True),
        ("sr", "повуците мој захтев", True),
        ("sr", "zašto je zahtev povučen", False),
        ("sr", "hocu refundaciju", False),
    ],
)
def test_a_request_to_be_taken_back_is_known_by_its_words(language, text, meant):
    assert speaks_of_withdrawal(text, language) is meant


@pytest.mark.parametrize(
    ("action", "intent"),
    [
        (ActionStartRequest, "claim_reimbursement"),
        (ActionCheckRequestStatus, "check_request_status"),
        (ActionStopRequest, "stop"),
        (ActionFallback, "nlu_fallback"),
    ],
)
def test_taking_back_is_not_taken_for_another_wish(bench, action, intent):
    said = bench.run(action, "vorrei ritirare la richiesta del dentista", intent)
    assert said.followups == ["action_withdraw_request"]
    assert bench.backend.sent("POST", "/conversations/c1/drafts") == []


def test_which_request_is_to_be_taken_back_is_asked_and_nothing_is_done(bench):
    bench.backend.on(
        "GET",
        "/conversations/c1/requests",
        [request(), request(request_number="RT-0000-0001", service="ultrasound")],
    )
    said = bench.run(ActionWithdrawRequest, "vorrei ritirare una richiesta", "claim_reimbursement")
    assert len(said.buttons) == 2
    assert all('"choice": "withdraw"' in pressed for pressed in said.buttons.values()), said.buttons
    bench.backend.on("GET", "/conversations/c1/requests", [])
    assert not bench.run(ActionWithdrawRequest, "ritiro la richiesta", "stop").slots.get("open_request")
