"""The actions' client against the real backend: every method works, is refused as promised, and answers with
what the actions read.
"""

import inspect
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
import time_machine
from pydantic import SecretStr
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from backend.demo.fill import PASSWORD
from backend.settings import Settings as BackendSettings
from bot.actions import backend_client
from bot.actions.backend_client import (
    BackendClient,
    BackendUnavailable,
    LoginExpired,
    LoginRequired,
    NotFound,
    Refused,
)
from bot.actions.request_form import ActionAskRequestFormAnswer
from bot.actions.settings import Settings
from tests.backend.demo_data import template_database
from tests.backend.documents import bills
from tests.bot.actions.conftest import PACK, draft
from tests.contracts.conftest import missing_of

__all__ = ["draft", "template_database"]

MONEY = {"amount": None, "currency": None}
PERSON = {"person_id": None, "full_name": None}
ANSWER = {
    "question": None,
    "item": None,
    "kind": None,
    "value": None,
    "display": {"label": None, "label_key": None, "documents": None},
    "editable": None,
}
OPTION = {"value": None, "label": None, "label_key": None, "detail": None}
DRAFT = {
    "draft_id": None,
    "kind": None,
    "market": None,
    "status": None,
    "request_number": None,
    "answers": [ANSWER],
    "next": {
        "question": None,
        "item": None,
        "kind": None,
        "optional": None,
        "options": None,
        "suggestion": None,
        "rules": None,
    },
    "ready": None,
    "progress": {"answered": None, "total": None},
    "dropped": None,
    "rejected": None,
    "warnings": None,
}
CARD = {
    "membership_id": None,
    "person_id": None,
    "full_name": None,
    "member_number": None,
    "product": None,
    "valid_to": None,
    "state": None,
}
CLOSED_DRAFT = DRAFT | {"next": None}
SUMMARY = {
    "request_number": None,
    "kind": None,
    "status": None,
    "submitted_at": None,
    "person": PERSON,
    "service": None,
    "amount": None,
    "decided_amount": None,
}
REQUEST = SUMMARY | {
    "timeline": [{"status": None, "at": None}],
    "documents": [{"filename": None, "document_type": None}],
    "missing_documents": None,
    "expected_by": None,
}
MARKET = {
    "currency": None,
    "timezone": None,
    "insurer_name": None,
    "emergency": [{"service": None, "number": None}],
    "care": {"phones": [None], "email": None, "hours": [{"days": [None], "opens": None, "closes": None}]},
    "journeys": dict.fromkeys(PACK["journeys"]),
    "code": {"at_login": None, "life_seconds": None},
    "files": {"max_bytes": None, "media_types": [None]},
}
FORMS: dict[str, Any] = {
    "get_market": MARKET,
    "load_markets": None,
    "find_providers": {
        "total": None,
        "matched": {"city": None},
        "items": [
            {
                "name": None,
                "kind": None,
                "street": None,
                "city": None,
                "postal_code": None,
                "lat": None,
                "lon": None,
                "phone": None,
                "doctors": None,
                "distance_km": None,
            }
        ],
    },
    "get_conversation": {"login": {"state": None, "first_name": None}},
    "create_login_link": {"token": None, "expires_at": None},
    "create_account_link": {"token": None, "expires_at": None},
    "log_out_everywhere": None,
    "get_other_logins": {"others": None, "token": None},
    "end_logins": None,
    "send_code_again": {"masked_email": None, "purpose": None, "expires_at": None},
    "send_contact_code": {"contact": None, "masked": None, "expires_at": None, "sent": None},
    "withdraw_contact_code": None,
    "log_out": None,
    "get_me": PERSON | {"masked_email": None, "first_name": None},
    "get_members": [PERSON | {"first_name": None, "relation": None}],
    "get_policies": [
        {
            "policy_number": None,
            "policy_type": None,
            "product": None,
            "status": None,
            "valid_from": None,
            "valid_to": None,
            "members": (PERSON,),
            "premium": None,
        }
    ],
    "get_benefits": [
        {
            "policy_number": None,
            "product": None,
            "benefit_type": None,
            "covered": None,
            "limit": None,
            "left": None,
            "used": MONEY,
            "visits_limit": None,
            "visits_left": None,
            "co_payment_percent": None,
            "co_payment": None,
            "period_start": None,
            "period_end": None,
            "waiting_until": None,
            "service_covered": None,
        }
    ],
    "get_drafts": [CLOSED_DRAFT],
    "get_draft": DRAFT,
    "create_draft": DRAFT,
    "answer_question": DRAFT,
    "reopen_question": DRAFT,
    "submit_draft": REQUEST,
    "discard_draft": None,
    "get_cards": [CARD],
    "change_card": CARD,
    "create_card_link": {"token": None},
    "get_events": [
        {
            "language": None,
            "title": None,
            "summary": None,
            "starts_at": None,
            "ends_at": None,
            "place": None,
            "online_url": None,
            "calendar": None,
        }
    ],
    "get_articles": [{"language": None, "title": None, "body": None}],
    "get_fitting_articles": [{"language": None, "title": None, "body": None}],
    "put_article_consent": None,
    "get_testimonials": [{"language": None, "author": None, "text": None}],
    "find_passage": {"title": None, "language": None, "page": None, "text": None, "score": None},
    "get_instalments": [
        {
            "instalment_id": None,
            "policy_number": None,
            "product": None,
            "amount": {"amount": None, "currency": None},
            "due_date": None,
            "overdue": None,
        }
    ],
    "begin_payment": {
        "payment_id": None,
        "checkout_url": None,
        "amount": {"amount": None, "currency": None},
        "expires_at": None,
    },
    "get_pension_contracts": [
        {
            "contract_number": None,
            "fund": None,
            "since": None,
            "units": None,
            "unit_value": None,
            "value_date": None,
            "value": None,
            "paid_in": None,
            "contributions": None,
        }
    ],
    "put_feedback": {"journey": None, "score": None, "comment": None},
    "get_requests": [SUMMARY],
    "get_request": REQUEST,
    "add_documents": REQUEST,
    "withdraw_request": REQUEST,
}
DAY = "2026-11-10"
Upload = Callable[[str, bytes], str]


@pytest_asyncio.fixture
async def client(
    transport: httpx.ASGITransport, settings: BackendSettings, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[BackendClient]:
    own = Settings(_env_file=None, backend_token=settings.actions_token, backend_timeout_seconds=20)
    monkeypatch.setattr(backend_client, "get_settings", lambda: own)
    client = BackendClient(transport)
    yield client
    await client.close()


class Claim:
    """A claim of Mario's, answered as far as a test wants it."""

    def __init__(self, client: BackendClient, conversation_id: str, upload: Upload) -> None:
        self.client = client
        self.cid = conversation_id
        self._upload = upload
        self.draft: dict[str, Any] = {}
        self.seen: list[dict[str, Any]] = []
        self.files: list[str] = []

    @property
    def id(self) -> str:
        return str(self.draft["draft_id"])

    async def begin(self) -> None:
        given = {"treatment_date": DAY}
        self.draft = await self.client.create_draft(self.cid, "claim", given, uuid.uuid4().hex)

    async def fill(self) -> None:
        """Answers whatever is asked until nothing is."""
        while question := self.draft["next"]:
            self.seen.append(self.draft)
            assert len(self.seen) < 40, question
            self.draft = await self.client.answer_question(
                self.cid,
                self.id,
                question["question"],
                self._answer(question),
                item=question["item"],
                source="customer",
            )

    def _answer(self, question: dict[str, Any]) -> Any:
        """A plausible answer to any question, by its kind."""
        if question["question"] == "service":
            return "mri"  # asks for everything there is: a report and a prescription too
        if question["options"]:
            return question["options"][0]["value"]
        kind, rules = question["kind"], question["rules"]
        if kind == "documents":
            return [self._file() for _ in rules["missing"]]
        if kind == "document":
            return self._file()
        answers = {"date": DAY, "yes_no": False, "consent": True, "email": {"known": "profile"}}
        if kind == "amount":
            return {"amount": "50.00", "currency": rules["currency"]}
        return None if question["optional"] else answers.get(kind, "Poliambulatorio San Luca")

    def _file(self) -> str:
        self.files.append(self._upload(self.cid, bills.make_pdf(uuid.uuid4().hex)))
        return self.files[-1]


@pytest_asyncio.fixture
async def claim(client: BackendClient, mario: str, upload: Upload) -> Claim:
    claim = Claim(client, mario, upload)
    await claim.begin()
    return claim


Call = Callable[[BackendClient, Claim], Awaitable[Any]]


async def contact_code_sent(client: BackendClient, claim: Claim) -> Any:
    """The code for a new address."""
    answers = {"contact": "email", "new_email": "new@example.net"}
    draft = await client.create_draft(claim.cid, "contact_data", answers, "contact")
    return await client.send_contact_code(claim.cid, draft["draft_id"])


async def contact_code_withdrawn(client: BackendClient, claim: Claim) -> Any:
    """The code for a new address is waited for no longer."""
    await contact_code_sent(client, claim)
    assert (await client.get_conversation(claim.cid))["login"]["awaits_code"]
    await client.withdraw_contact_code(claim.cid)
    assert not (await client.get_conversation(claim.cid))["login"]["awaits_code"]


async def submitted(client: BackendClient, claim: Claim) -> Any:
    await claim.fill()
    return await client.submit_draft(claim.cid, claim.id)


async def details_of_submitted(client: BackendClient, claim: Claim) -> Any:
    request = await submitted(client, claim)
    return await client.get_request(claim.cid, request["request_number"])


async def changed_and_reopened(client: BackendClient, claim: Claim) -> Any:
    await claim.fill()
    return await client.reopen_question(claim.cid, claim.id, "service", None)


async def ends_by_token(client: BackendClient, claim: Claim) -> Any:
    return await client.end_logins((await client.get_other_logins(claim.cid))["token"])


async def added_later(client: BackendClient, claim: Claim) -> Any:
    request = await submitted(client, claim)
    document = {"document_id": claim._file(), "document_type": "report"}
    return await client.add_documents(claim.cid, request["request_number"], [document], "add")


async def withdrawn(client: BackendClient, claim: Claim) -> Any:
    request = await submitted(client, claim)
    return await client.withdraw_request(claim.cid, request["request_number"], "withdraw")


CALLS: dict[str, Call] = {
    "add_documents": added_later,
    "withdraw_request": withdrawn,
    "get_market": lambda client, _: client.get_market("it"),
    "load_markets": lambda client, _: client.load_markets(),
    "find_providers": lambda client, _: client.find_providers("it", city="Milano", specialty=None, limit=3),
    "get_conversation": lambda client, claim: client.get_conversation(claim.cid),
    "get_events": lambda client, _: client.get_events("id"),
    "get_articles": lambda client, _: client.get_articles("id", "id", ["dental_cleaning"]),
    "get_testimonials": lambda client, _: client.get_testimonials("id", "id"),
    "find_passage": lambda client, _: client.find_passage("it", "posso caricare più scontrini insieme?"),
    "create_account_link": lambda client, claim: client.create_account_link(
        claim.cid, "change_password", "it", "Latn"
    ),
    "get_other_logins": lambda client, claim: client.get_other_logins(claim.cid),
    "end_logins": ends_by_token,
    "log_out_everywhere": lambda client, claim: client.log_out_everywhere(claim.cid),
    "create_login_link": lambda client, claim: client.create_login_link(claim.cid, "it", "Latn"),
    "log_out": lambda client, claim: client.log_out(claim.cid),
    "get_me": lambda client, claim: client.get_me(claim.cid),
    "get_members": lambda client, claim: client.get_members(claim.cid),
    "get_policies": lambda client, claim: client.get_policies(claim.cid),
    "get_benefits": lambda client, claim: client.get_benefits(claim.cid, benefit_type=None),
    "get_drafts": lambda client, claim: client.get_drafts(claim.cid),
    "get_draft": lambda client, claim: client.get_draft(claim.cid, claim.id),
    "create_draft": lambda client, claim: client.create_draft(
        claim.cid, "claim", {"treatment_date": DAY, "person": "nobody"}, "another-key"
    ),
    "answer_question": lambda client, claim: client.answer_question(
        claim.cid, claim.id, "treatment_date", "2026-11-11", item=None, source="customer"
    ),
    "reopen_question": changed_and_reopened,
    "submit_draft": submitted,
    "send_contact_code": contact_code_sent,
    "withdraw_contact_code": contact_code_withdrawn,
    "discard_draft": lambda client, claim: client.discard_draft(claim.cid, claim.id),
    "put_feedback": lambda client, claim: client.put_feedback(
        claim.cid, "claim", {"score": 4, "comment": None}
    ),
    "get_requests": lambda client, claim: client.get_requests(claim.cid, status=None),
    "get_request": details_of_submitted,
}
# Tested by themselves: sending a code again (nobody may be logged in yet), and what Italy does not offer.
SERBIAN = (
    "get_instalments",
    "begin_payment",
    "get_pension_contracts",
    "get_cards",
    "change_card",
    "create_card_link",
)
INDONESIAN = ("get_fitting_articles", "put_article_consent")
BY_ITSELF = {"send_code_again", *SERBIAN, *INDONESIAN}

N = "c-nobody"
REFUSALS: dict[str, tuple[Call, type[Refused], str]] = {
    "add_documents": (
        lambda client, claim: client.add_documents(
            claim.cid, "IT-00000000-0", [{"document_id": "d" * 32, "document_type": "report"}], "add"
        ),
        NotFound,
        "not_found",
    ),
    "withdraw_request": (
        lambda client, claim: client.withdraw_request(claim.cid, "IT-00000000-0", "withdraw"),
        NotFound,
        "not_found",
    ),
    "get_market": (lambda client, _: client.get_market("xx"), NotFound, "not_found"),
    "find_providers": (lambda client, _: client.find_providers("it", kind="pub"), Refused, "value_invalid"),
    "get_conversation": (lambda client, _: client.get_conversation("unknown"), NotFound, "not_found"),
    "create_account_link": (
        lambda client, _: client.create_account_link(N, "change_password", "it", "Latn"),
        LoginRequired,
        "login_required",
    ),
    "get_other_logins": (lambda client, _: client.get_other_logins(N), LoginRequired, "login_required"),
    "end_logins": (lambda client, _: client.end_logins("forged"), NotFound, "not_found"),
    "log_out_everywhere": (lambda client, _: client.log_out_everywhere(N), LoginRequired, "login_required"),
    "create_login_link": (
        lambda client, _: client.create_login_link("unknown", "it", "Latn"),
        NotFound,
        "not_found",
    ),
    "send_code_again": (lambda client, _: client.send_code_again(N), Refused, "no_login_open"),
    "log_out": (lambda client, _: client.log_out("unknown"), NotFound, "not_found"),
    "get_me": (lambda client, _: client.get_me(N), LoginRequired, "login_required"),
    "get_members": (lambda client, _: client.get_members(N), LoginRequired, "login_required"),
    "get_policies": (
        lambda client, claim: client.get_policies(claim.cid, person_id="p" * 32),
        NotFound,
        "not_found",
    ),
    "get_benefits": (
        lambda client, claim: client.get_benefits(claim.cid, benefit_type="luck"),
        Refused,
        "value_invalid",
    ),
    "get_drafts": (lambda client, _: client.get_drafts(N), LoginRequired, "login_required"),
    "get_draft": (lambda client, claim: client.get_draft(claim.cid, "d" * 32), NotFound, "not_found"),
    "create_draft": (
        lambda client, _: client.create_draft(N, "claim", {}, "key"),
        LoginRequired,
        "login_required",
    ),
    "answer_question": (
        lambda client, claim: client.answer_question(
            claim.cid, claim.id, "treatment_date", "2027-01-01", item=None, source="customer"
        ),
        Refused,
        "date_in_future",
    ),
    "reopen_question": (
        lambda client, claim: client.reopen_question(claim.cid, "d" * 32, "service", None),
        NotFound,
        "not_found",
    ),
    "send_contact_code": (
        lambda client, claim: client.send_contact_code(claim.cid, claim.id),
        Refused,
        "no_code_asked",
    ),
    "withdraw_contact_code": (
        lambda client, _: client.withdraw_contact_code("unknown"),
        NotFound,
        "not_found",
    ),
    "submit_draft": (
        lambda client, claim: client.submit_draft(claim.cid, claim.id),
        Refused,
        "draft_incomplete",
    ),
    "get_cards": (lambda client, claim: client.get_cards(claim.cid), NotFound, "not_found"),
    "change_card": (
        lambda client, claim: client.change_card(claim.cid, "m" * 32, "activate"),
        NotFound,
        "not_found",
    ),
    "create_card_link": (
        lambda client, claim: client.create_card_link(claim.cid, "m" * 32),
        NotFound,
        "not_found",
    ),
    "get_events": (lambda client, _: client.get_events("xx"), NotFound, "not_found"),
    "get_articles": (lambda client, _: client.get_articles("xx", "id", []), NotFound, "not_found"),
    "get_testimonials": (lambda client, _: client.get_testimonials("xx", "id"), NotFound, "not_found"),
    "get_fitting_articles": (
        lambda client, claim: client.get_fitting_articles(claim.cid, "it"),
        Refused,
        "consent_needed",
    ),
    "put_article_consent": (
        lambda client, _: client.put_article_consent(N, True, "it", "agree"),
        LoginRequired,
        "login_required",
    ),
    "find_passage": (lambda client, _: client.find_passage("xx", "?"), NotFound, "not_found"),
    "get_instalments": (lambda client, _: client.get_instalments(N), LoginRequired, "login_required"),
    "begin_payment": (
        lambda client, claim: client.begin_payment(claim.cid, "i" * 32),
        NotFound,
        "not_found",
    ),
    "get_pension_contracts": (
        lambda client, _: client.get_pension_contracts(N),
        LoginRequired,
        "login_required",
    ),
    "put_feedback": (
        lambda client, _: client.put_feedback("unknown", "claim", {"score": 4}),
        NotFound,
        "not_found",
    ),
    "discard_draft": (lambda client, claim: client.discard_draft(claim.cid, "d" * 32), NotFound, "not_found"),
    "get_requests": (lambda client, _: client.get_requests(N), LoginRequired, "login_required"),
    "get_request": (
        lambda client, claim: client.get_request(claim.cid, "IT-00000000-0"),
        NotFound,
        "not_found",
    ),
}


def test_every_method_of_the_client_is_called_and_refused_here() -> None:
    methods = {
        name
        for name, member in inspect.getmembers(BackendClient, inspect.iscoroutinefunction)
        if not name.startswith("_")
    } - {"close"}
    assert methods == CALLS.keys() | BY_ITSELF == FORMS.keys()
    # Loading all markets has nothing that could be refused.
    assert methods - REFUSALS.keys() == {"load_markets"}


@pytest.mark.parametrize("method", CALLS)
async def test_it_answers_with_what_the_actions_read(
    method: str, client: BackendClient, claim: Claim, nobody: str
) -> None:
    answer = await CALLS[method](client, claim)
    assert missing_of(answer, FORMS[method]) == []


@pytest.mark.parametrize("method", REFUSALS)
async def test_a_refusal_is_the_promised_fact(
    method: str, client: BackendClient, claim: Claim, nobody: str
) -> None:
    call, kind, code = REFUSALS[method]
    with pytest.raises(Refused) as refused:
        await call(client, claim)
    assert (type(refused.value), refused.value.code) == (kind, code)


async def test_a_code_is_sent_again_after_the_password(
    client: BackendClient, open_link: Callable[..., str], backend: Any, clock: time_machine.Traveller
) -> None:
    token = open_link("c-code", "it", "it", "Latn")
    person = {"username": "mario.rossi", "password": PASSWORD}
    assert backend.post(f"/login-links/{token}/password", json=person).json()["state"] == "code_sent"
    with pytest.raises(Refused, match="code_sent_recently") as refused:
        await client.send_code_again("c-code")
    assert refused.value.detail["retry_after"] > 0
    clock.shift(timedelta(seconds=31))
    sent = await client.send_code_again("c-code")
    assert missing_of(sent, FORMS["send_code_again"]) == []


async def test_what_is_open_is_paid_and_a_member_sees_the_fund(
    client: BackendClient, log_in: Callable[..., str], clock: time_machine.Traveller
) -> None:
    cid = log_in("c-milica", "milica.jovanovic", "rs", "sr", PASSWORD)
    instalments = await client.get_instalments(cid)
    answers = {
        "get_instalments": instalments,
        "begin_payment": await client.begin_payment(cid, instalments[0]["instalment_id"]),
        "get_pension_contracts": await client.get_pension_contracts(cid),
        "get_cards": (cards := await client.get_cards(cid)),
        "change_card": await client.change_card(cid, cards[0]["membership_id"], "activate"),
        "create_card_link": await client.create_card_link(cid, cards[0]["membership_id"]),
    }
    assert [miss for name in SERBIAN for miss in missing_of(answers[name], FORMS[name])] == []
    assert answers["get_pension_contracts"][0]["contributions"]


async def test_articles_fit_the_claims_of_whoever_agrees(
    client: BackendClient, log_in: Callable[..., str], clock: time_machine.Traveller
) -> None:
    cid = log_in("c-budi", "budi.santoso", "id", "id", PASSWORD)
    answer = await client.put_article_consent(cid, True, "id", "agree")
    assert missing_of(answer, FORMS["put_article_consent"]) == []
    fitting = await client.get_fitting_articles(cid, "id")
    assert fitting and missing_of(fitting, FORMS["get_fitting_articles"]) == []


async def test_a_log_in_that_has_run_out_is_told_from_one_that_never_was(
    client: BackendClient, mario: str, clock: time_machine.Traveller
) -> None:
    clock.move_to(datetime(2026, 11, 20, 12, tzinfo=UTC))
    with pytest.raises(LoginExpired):
        await client.get_policies(mario)


async def test_every_question_and_answer_of_a_claim_has_what_the_form_reads(claim: Claim) -> None:
    await claim.fill()
    wrong = [miss for draft in claim.seen for miss in missing_of(draft, DRAFT)]
    asked = [draft["next"] for draft in claim.seen]
    wrong += [
        miss for question in asked for option in question["options"] for miss in missing_of(option, OPTION)
    ]
    for question in asked:
        for suggested in filter(None, [question["suggestion"]]):
            wrong += missing_of(suggested, {"value": None, "source": None, "display": None})
        if question["kind"] == "documents":
            wrong += missing_of(question["rules"], {"missing": [None]})
        if question["kind"] == "date":
            wrong += missing_of(question["rules"], {"min": None, "max": None})
    for answer in claim.draft["answers"]:
        if answer["kind"] in {"document", "documents"}:
            wrong += missing_of(answer["display"], {"documents": [{"document_id": None, "filename": None}]})
    assert wrong == []
    assert {"date", "choice", "amount", "document", "documents", "yes_no"} <= {q["kind"] for q in asked}
    assert claim.draft["ready"]


async def test_the_summary_shows_files_by_their_names_and_nothing_by_its_id(
    client: BackendClient, claim: Claim
) -> None:
    await claim.fill()
    tracker = Tracker(
        sender_id=claim.cid,
        slots={"language": "it", "script": "Latn", "market": "it", "draft_id": claim.id},
        latest_message={"text": "", "intent": {}, "entities": [], "metadata": {"today": "2026-11-20"}},
        events=[],
        paused=False,
        followup_action=None,
        active_loop={"name": "request_form"},
        latest_action_name="action_listen",
    )
    dispatcher = CollectingDispatcher()
    await ActionAskRequestFormAnswer(client).run(dispatcher, tracker, {})
    lines = "\n".join(dispatcher.messages[-1]["custom"]["cards"][0]["lines"])
    assert lines.count("fattura") == len(claim.files)
    assert [document_id for document_id in claim.files if document_id in lines] == []
    assert "{" not in lines


async def test_a_rejected_answer_is_named_with_its_reason(client: BackendClient, claim: Claim) -> None:
    made = await client.create_draft(claim.cid, "claim", {"treatment_date": "2027-01-01"}, "k-rejected")
    assert [(entry["question"], entry["error"]) for entry in made["rejected"]] == [
        ("treatment_date", "date_in_future")
    ]


async def test_submitting_again_gives_the_same_request(client: BackendClient, claim: Claim) -> None:
    first = await submitted(client, claim)
    assert (await client.submit_draft(claim.cid, claim.id))["request_number"] == first["request_number"]
    assert (await client.get_draft(claim.cid, claim.id))["request_number"] == first["request_number"]


async def test_the_fake_of_the_action_tests_is_like_the_real_one(
    client: BackendClient, claim: Claim, draft: dict[str, Any]
) -> None:
    real_pack = await client.get_market("it")
    assert PACK.keys() - real_pack.keys() == set()
    assert {journey for journey in PACK["journeys"] if journey not in real_pack["journeys"]} == set()
    assert draft.keys() - claim.draft.keys() == set()
    assert draft["next"].keys() - claim.draft["next"].keys() == set()


async def test_a_wrong_service_token_is_our_failure_and_not_the_customers(
    transport: httpx.ASGITransport, mario: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = Settings(_env_file=None, backend_token=SecretStr("wrong"))
    monkeypatch.setattr(backend_client, "get_settings", lambda: wrong)
    client = BackendClient(transport)
    with pytest.raises(BackendUnavailable):
        await client.get_me(mario)
    await client.close()
