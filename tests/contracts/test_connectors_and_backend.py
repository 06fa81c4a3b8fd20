"""The gateway's client against the real backend: every method works and is refused as promised."""

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
import time_machine
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session, sessionmaker

from backend.accounts.models import Login
from backend.demo.fill import PASSWORD
from backend.news.service import announce
from backend.settings import Settings
from connectors.core.backend_client import BackendClient, BackendRefused, BackendUnavailable
from tests.backend.demo_data import template_database
from tests.backend.documents import bills

__all__ = ["template_database"]

USERNAME = "milica.jovanovic"


@pytest_asyncio.fixture
async def client(transport: httpx.ASGITransport, settings: Settings) -> AsyncIterator[BackendClient]:
    token = settings.connectors_token.get_secret_value()
    client = BackendClient("http://backend.test", token, 20, transport)
    yield client
    await client.close()


@pytest.fixture
def link(open_link: Callable[..., str], transport: httpx.ASGITransport) -> str:
    """An open log-in link of the conversation `c1`, Serbian in Cyrillic."""
    return open_link("c1", "rs", "sr", "Cyrl")


async def once(content: bytes) -> AsyncIterator[bytes]:
    yield content


def test_every_method_of_the_client_is_used_here() -> None:
    methods = {
        name
        for name, member in inspect.getmembers(BackendClient, inspect.iscoroutinefunction)
        if not name.startswith("_")
    }
    here = inspect.getsource(inspect.getmodule(once))  # type: ignore[arg-type]
    assert [name for name in methods if f"client.{name}(" not in here] == []


async def test_markets_are_listed_and_read(client: BackendClient) -> None:
    markets = await client.list_markets()
    assert set(markets) == {"id", "it", "rs"}
    for market in markets:
        pack = await client.get_market(market)
        assert pack.market == market
        assert pack.languages
        assert pack.insurer_name
        assert pack.care.phones
        assert pack.care.hours
        assert pack.files["max_bytes"] > 0
    assert await client.get_market("rs") is await client.get_market("rs")


async def test_an_event_is_a_calendar_file(client: BackendClient, actions: TestClient) -> None:
    event = actions.get("/markets/id/events").json()[0]
    token = event["calendar"].removeprefix("/calendar/").removesuffix(".ics")
    assert (await client.get_calendar(token)).startswith(b"BEGIN:VCALENDAR")


async def test_a_log_in_from_the_link_to_the_code(
    client: BackendClient,
    link: str,
    newest_code: Callable[[], str],
    clock: time_machine.Traveller,
) -> None:
    found = await client.get_login_link(link)
    assert (found.conversation_id, found.market, found.language, found.script, found.state) == (
        "c1",
        "rs",
        "sr",
        "Cyrl",
        "open",
    )
    assert (await client.get_login("c1")).state == "link_sent"
    proven = await client.give_password(link, USERNAME, PASSWORD)
    assert proven.state == "code_sent"
    assert proven.masked_email
    assert proven.code_expires_at
    assert (await client.get_login_link(link)).state == "code_sent"
    done = await client.verify_code("c1", newest_code())
    assert (done.state, done.first_name) == ("logged_in", "Милица")
    assert (await client.get_login("c1")).first_name == "Милица"
    clock.shift(timedelta(minutes=4))
    await client.note_use("c1")
    clock.shift(timedelta(minutes=4))
    assert (await client.get_login("c1")).state == "logged_in"


async def test_a_log_in_is_asked_for_by_an_agent(client: BackendClient, link: str) -> None:
    token = await client.create_login_link("c1", "sr", "Latn")
    assert (await client.get_login_link(token)).script == "Latn"
    with pytest.raises(BackendRefused):
        await client.get_login_link(link)


async def test_what_has_no_method_of_its_own_is_called_by_its_path(client: BackendClient) -> None:
    hours = await client.call("GET", "/markets/rs/care-hours")
    assert hours.json().keys() == {"open", "closes_at", "opens_at", "holiday"}


async def test_a_file_is_passed_through(client: BackendClient, link: str) -> None:
    document = await client.store_document("c1", "račun.pdf", "application/pdf", once(bills.make_pdf("x")))
    assert {"document_id", "filename", "kind", "size", "media_type", "extracted"} <= document.keys()
    assert document["kind"] == "pdf"


async def test_a_language_can_be_changed(client: BackendClient, link: str) -> None:
    await client.put_conversation("c1", "rs", "website", "sr")
    assert (await client.get_login("c1")).state == "link_sent"


async def test_news_is_taken_and_told(
    client: BackendClient, link: str, newest_code: Callable[[], str], database: sessionmaker[Session]
) -> None:
    await client.give_password(link, USERNAME, PASSWORD)
    await client.verify_code("c1", newest_code())
    assert await client.claim_news() == []
    with database.begin() as session:
        person_id = session.get_one(Login, "c1").person_id
        announce(
            session,
            person_id=person_id,
            kind="request_paid",
            variables={"number": "RS-0000-0000"},
            opens={"intent": "check_request_status", "entities": {"request_number": "RS-0000-0000"}},
        )
    (news,) = await client.claim_news()
    assert (news.conversation_id, news.kind, news.variables["number"]) == (
        "c1",
        "request_paid",
        "RS-0000-0000",
    )
    assert news.opens is not None and news.opens["intent"] == "check_request_status"
    await client.postpone_news(news.news_id)
    assert await client.claim_news() == []
    await client.note_told(news.news_id, True)


async def test_a_forgotten_password_step_by_step(
    client: BackendClient, actions: TestClient, link: str, backend: TestClient
) -> None:
    body = {"task": "password", "language": "sr", "script": "Cyrl"}
    token = actions.post("/conversations/c1/account-links", json=body).json()["token"]
    page = await client.get_account_page(token)
    assert (page.task, page.step, page.fields) == ("password", "details", ["policy_or_email", "birth_date"])
    with pytest.raises(BackendRefused) as refused:
        await client.give_details(token, {"policy_or_email": "x"}, False)
    assert refused.value.error == "fields_wrong"
    assert refused.value.detail["fields"] == {"policy_or_email": "invalid", "birth_date": "missing"}
    details = {"policy_or_email": "nobody@example.org", "birth_date": "1.2.1980."}
    assert (await client.give_details(token, details, False)).step == "code"
    for call in (client.send_account_code(token), client.prove_account_code(token, "000000")):
        with pytest.raises(BackendRefused) as refused:
            await call
        assert refused.value.error in ("code_sent_recently", "code_wrong")
    with pytest.raises(BackendRefused) as refused:
        await client.set_password(token, "plavi voz kasni zimi", "", "")
    assert (refused.value.error, refused.value.detail) == ("step_wrong", {"step": "code"})


async def test_a_card_is_fetched_and_checked(
    client: BackendClient, actions: TestClient, log_in: Callable[..., str]
) -> None:
    cid = log_in("c-milica", USERNAME, "rs", "sr", PASSWORD)
    membership_id = actions.get(f"/conversations/{cid}/cards").json()[0]["membership_id"]
    actions.post(f"/conversations/{cid}/cards/{membership_id}/activate")
    token = actions.post(f"/conversations/{cid}/card-links/{membership_id}").json()["token"]
    assert (await client.fetch_card(token, "picture")).startswith(b"\x89PNG")
    assert (await client.fetch_card(token, "pdf")).startswith(b"%PDF")
    assert not (await client.check_card("forged-code-of-nobody")).valid


Call = Callable[[BackendClient, str], Awaitable[Any]]
REFUSALS: dict[str, tuple[Call, int, str]] = {
    "an unknown market": (lambda client, _: client.get_market("xx"), 404, "not_found"),
    "a conversation in an unknown market": (
        lambda client, _: client.put_conversation("c2", "xx", "website", "it"),
        404,
        "not_found",
    ),
    "a language the market does not speak": (
        lambda client, _: client.put_conversation("c2", "it", "website", "en"),
        422,
        "language_unknown",
    ),
    "the log-in of an unknown conversation": (lambda client, _: client.get_login("c9"), 404, "not_found"),
    "news that does not exist": (lambda client, _: client.note_told("none", True), 404, "not_found"),
    "a calendar file behind an unknown link": (
        lambda client, _: client.get_calendar("t" * 43),
        404,
        "not_found",
    ),
    "a call-back that nobody signed": (
        lambda client, _: client.pass_payment_callback(b"{}", "0" * 64),
        401,
        "callback_forged",
    ),
    "a card's picture nobody may see": (
        lambda client, _: client.fetch_card("x" * 20, "pdf"),
        404,
        "not_found",
    ),
    "a file of CARE's that there is not": (
        lambda client, _: client.fetch_sent_file("x" * 20),
        404,
        "not_found",
    ),
    "an unknown link": (lambda client, _: client.get_login_link("t" * 32), 404, "not_found"),
    "a password behind an unknown link": (
        lambda client, _: client.give_password("t" * 32, USERNAME, PASSWORD),
        404,
        "not_found",
    ),
    "a wrong password": (
        lambda client, link: client.give_password(link, USERNAME, "wrong"),
        401,
        "credentials_wrong",
    ),
    "an unknown user name": (
        lambda client, link: client.give_password(link, "nobody.at.all", PASSWORD),
        401,
        "credentials_wrong",
    ),
    "a code that nobody awaits": (lambda client, _: client.verify_code("c1", "123456"), 409, "no_code_open"),
    "a text that calls itself a PDF": (
        lambda client, _: client.store_document("c1", "a.pdf", "application/pdf", once(b"only words")),
        415,
        "file_type_not_allowed",
    ),
    "an encrypted PDF": (
        lambda client, _: client.store_document("c1", "a.pdf", "application/pdf", once(encrypted())),
        422,
        "pdf_encrypted",
    ),
    "a file for an unknown conversation": (
        lambda client, _: client.store_document("c9", "a.pdf", "application/pdf", once(bills.make_pdf("x"))),
        404,
        "not_found",
    ),
}


def encrypted() -> bytes:
    return bills.rewrite(bills.make_pdf("x"), lambda writer: writer.encrypt("secret"))


@pytest.mark.parametrize("what", REFUSALS)
async def test_a_refusal_is_the_promised_fact(what: str, client: BackendClient, link: str) -> None:
    call, status, error = REFUSALS[what]
    with pytest.raises(BackendRefused) as refused:
        await call(client, link)
    assert (refused.value.status, refused.value.error) == (status, error)


async def test_wrong_and_expired_codes_are_told_apart(
    client: BackendClient, link: str, newest_code: Callable[[], str], clock: Any
) -> None:
    await client.give_password(link, USERNAME, PASSWORD)
    code = newest_code()
    wrong = "000000" if code != "000000" else "111111"
    with pytest.raises(BackendRefused) as refused:
        await client.verify_code("c1", wrong)
    assert (refused.value.status, refused.value.error) == (422, "code_wrong")
    assert refused.value.detail["tries_left"] == 2
    clock.shift(14 * 60)
    with pytest.raises(BackendRefused) as refused:
        await client.verify_code("c1", code)
    assert (refused.value.status, refused.value.error) == (410, "code_expired")


async def test_a_wrong_service_token_is_our_failure_and_not_the_customers(
    transport: httpx.ASGITransport,
) -> None:
    client = BackendClient("http://backend.test", "wrong", 5, transport)
    with pytest.raises(BackendUnavailable):
        await client.list_markets()
    await client.close()
