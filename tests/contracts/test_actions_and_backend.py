"""The actions' client against the real backend: every method works, is refused as promised, and answers with
what the actions read.
"""

import inspect
from collections.abc import AsyncIterator, Callable
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
    Refused,
)
from bot.actions.request_form import ActionAskRequestFormAnswer
from bot.actions.settings import Settings
from tests.backend.demo_data import template_database
from tests.bot.actions.conftest import PACK, draft
from tests.contracts.actions_calls import BY_ITSELF, CALLS, REFUSALS, SERBIAN, Claim, Upload, submitted
from tests.contracts.answer_forms import DRAFT, FORMS, OPTION
from tests.contracts.conftest import missing_of

__all__ = ["draft", "template_database"]


@pytest_asyncio.fixture
async def client(
    transport: httpx.ASGITransport, settings: BackendSettings, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[BackendClient]:
    own = Settings(_env_file=None, backend_token=settings.actions_token, backend_timeout_seconds=20)
    monkeypatch.setattr(backend_client, "get_settings", lambda: own)
    client = BackendClient(transport)
    yield client
    await client.close()


@pytest_asyncio.fixture
async def claim(client: BackendClient, mario: str, upload: Upload) -> Claim:
    claim = Claim(client, mario, upload)
    await claim.begin()
    return claim


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
