"""The desk's client against the real backend: staff log in, see a customer as the pages read them, and fill fields."""

import inspect
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pyotp
import pytest
import pytest_asyncio
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session, sessionmaker

from backend.demo.fill import PASSWORD
from backend.demo.staff import TOTP_SECRET, add_demo_staff
from backend.settings import Settings
from connectors.care.backend_desk import DeskBackend
from connectors.care.customer_view import CustomerView
from connectors.core.backend_client import BackendClient, BackendRefused
from tests.backend.demo_data import template_database
from tests.backend.documents import bills

__all__ = ["template_database"]

NEW_PASSWORD = "quiet harbour 49 lanterns"
HANDOVER = {"id": "7", "requested_at": datetime(2026, 11, 20, 10, 1, tzinfo=UTC).isoformat()}
LogInAs = Callable[..., Awaitable[DeskBackend]]


@pytest_asyncio.fixture
async def client(
    transport: httpx.ASGITransport, settings: Settings, database: sessionmaker[Session]
) -> AsyncIterator[BackendClient]:
    with database.begin() as session:
        add_demo_staff(session, settings)
    token = settings.connectors_token.get_secret_value()
    client = BackendClient("http://backend.test", token, 20, transport)
    yield client
    await client.close()


@pytest.fixture
def log_in_as(client: BackendClient) -> LogInAs:
    """Both steps: `await log_in_as("agente.it")`."""

    async def log_in(username: str, password: str = PASSWORD) -> DeskBackend:
        desk = DeskBackend(client)
        step = await desk.begin_login(username, password, "192.0.2.7")
        assert (step.step == "enrol") == (step.secret is not None)
        code = pyotp.TOTP(step.secret or TOTP_SECRET).at(int(time.time()))
        started = await desk.give_code(step.ticket, code)
        assert started.member.username == username
        return DeskBackend(client, started.token)

    return log_in


@pytest_asyncio.fixture
async def giulia(log_in_as: LogInAs) -> DeskBackend:
    """An agent of the Italian market."""
    return await log_in_as("agente.it")


@pytest.fixture
def draft_id(backend: TestClient, mario: str) -> str:
    """Mario has begun a claim."""
    answer = backend.post(
        f"/conversations/{mario}/drafts",
        json={"kind": "claim", "answers": {"treatment_date": "2026-11-02", "service": "mri"}},
        headers={"Idempotency-Key": "d"},
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["draft_id"])


async def once(content: bytes) -> AsyncIterator[bytes]:
    yield content


def test_every_method_of_the_client_is_used_here() -> None:
    methods = {
        name
        for name, member in inspect.getmembers(DeskBackend, inspect.iscoroutinefunction)
        if not name.startswith("_")
    }
    here = inspect.getsource(inspect.getmodule(once))  # type: ignore[arg-type]
    assert sorted(name for name in methods if not re.search(rf"\.{name}\(", here)) == []


async def test_staff_log_in_and_out(client: BackendClient, giulia: DeskBackend) -> None:
    found = await giulia.read_session(quiet=True)
    assert (found.member.role, found.member.markets, found.member.languages) == ("agent", ["it"], ["it"])
    assert found.idle_expires_at < found.expires_at
    await giulia.log_out()
    with pytest.raises(BackendRefused, match="staff_login_required"):
        await giulia.read_session()
    with pytest.raises(BackendRefused, match="credentials_wrong"):
        await DeskBackend(client).begin_login("agente.it", "wrong", "192.0.2.7")


async def test_an_administrator_keeps_the_directory(client: BackendClient, log_in_as: LogInAs) -> None:
    admin = await log_in_as("admin")
    values = {
        "username": "nina",
        "name": "Nina",
        "role": "agent",
        "languages": ["it"],
        "markets": ["it"],
        "limit": 3,
    }
    invited = await admin.add_member(values)
    nobody = DeskBackend(client)
    invitation = await nobody.get_invitation(invited.invitation_url_token)
    assert (invitation.username, invitation.kind) == ("nina", "invite")
    await nobody.accept_invitation(invited.invitation_url_token, NEW_PASSWORD)
    nina = await log_in_as("nina", NEW_PASSWORD)
    assert (await nina.read_session()).member.limit == 3
    changed = await admin.change_member(invited.member.staff_id, {"limit": 5})
    assert changed.limit == 5
    assert "nina" in {member.username for member in await admin.list_members()}
    again = await admin.invite_again(invited.member.staff_id)
    assert (await nobody.get_invitation(again.invitation_url_token)).kind == "reset"
    with pytest.raises(BackendRefused, match="staff_login_required"):
        await nina.read_session()


async def test_the_house_vouches_for_whom_the_directory_knows(
    client: BackendClient, app: FastAPI, settings: Settings
) -> None:
    app.state.settings = settings.model_copy(update={"staff_oidc_issuer": "https://login.example.org"})
    started = await DeskBackend(client).log_in_by_oidc("https://login.example.org", "s-1", "agente.it")
    assert started.member.name == "Giulia Conti"


async def test_the_panel_reads_what_the_backend_tells(giulia: DeskBackend, mario: str, draft_id: str) -> None:
    told = await giulia.view(mario, HANDOVER)
    seen = CustomerView.model_validate(told)
    assert seen.login.state == "logged_in"
    assert seen.person is not None
    assert seen.person.masked_name == "M. R."
    assert seen.person.masked_email and seen.person.masked_phone and seen.person.birth_year
    assert seen.policies[0].keys() >= {"policy_number", "product", "status", "valid_to"}
    assert seen.requests[0].keys() >= {"request_number", "kind", "status", "submitted_at"}
    draft = seen.draft(draft_id)
    assert draft is not None and draft.next is not None
    assert draft.next.question == "person"
    assert draft.next.fillable and {option["label"] for option in draft.next.options} >= {"M. R."}
    service = draft.find("service", None)
    assert service is not None and service.options[0]["label_key"]
    # What the page never heard of is not lost: every field it shows is one the backend tells.
    for shown, given in (
        (seen, told),
        (seen.person, told["person"]),
        (draft.next, told["drafts"][0]["next"]),
    ):
        assert set(type(shown).model_fields) <= set(given)


async def test_what_is_masked_is_told_with_a_reason(giulia: DeskBackend, mario: str) -> None:
    told = await giulia.unmask(mario, HANDOVER, ["name", "account"], "calls back about the refund")
    assert told["name"] == "Mario Rossi"
    assert told["account"][0].keys() >= {"iban", "bank", "number", "holder"}
    assert told["email"] is None


async def test_a_file_is_sent_and_seen(client: BackendClient, giulia: DeskBackend, mario: str) -> None:
    content = bills.make_pdf("agent")
    sent = await giulia.send_file(mario, HANDOVER, "scheda.pdf", content, "desk-answer-1")
    assert (sent.filename, sent.kind, sent.media_type) == ("scheda.pdf", "pdf", "application/pdf")
    assert await client.fetch_sent_file(sent.token) == content
    # What CARE sent is no document of the customer's; one of theirs is seen.
    assert (await giulia.view(mario, HANDOVER))["documents"] == []
    own = await client.store_document(mario, "fattura.pdf", "application/pdf", once(content))
    file = await giulia.view_file(mario, HANDOVER, own["document_id"])
    assert (file.media_type, file.content) == ("application/pdf", content)
    with pytest.raises(BackendRefused, match="file_type_not_allowed"):
        await giulia.send_file(mario, HANDOVER, "a.pdf", b"only words", "desk-answer-2")
    with pytest.raises(BackendRefused, match="not_found"):
        await client.fetch_sent_file("t" * 20)
    with pytest.raises(BackendRefused, match="not_found"):
        await giulia.view_file(mario, HANDOVER, "0" * 32)


async def test_a_field_is_proposed_by_the_agent_and_filled_in_by_nobody_logged_in(
    client: BackendClient, giulia: DeskBackend, mario: str, draft_id: str
) -> None:
    with pytest.raises(BackendRefused, match="date_in_future"):
        await giulia.propose_field(mario, draft_id, "treatment_date", "2026-12-24")
    proposed = await giulia.propose_field(mario, draft_id, "treatment_date", "2026-11-03")
    assert proposed["proposal"].keys() >= {"question", "item", "kind", "value", "display"}
    assert datetime.fromisoformat(proposed["expires_at"]) > datetime.now(UTC)

    async def fill() -> dict[str, Any]:
        return await DeskBackend(client).fill_field(
            mario,
            draft_id,
            "treatment_date",
            "2026-11-03",
            consent="12",
            key="field-proposal-1",
            item=proposed["proposal"]["item"],
            grant=proposed["grant"],
        )

    filled = await fill()
    answer = next(a for a in filled["answers"] if a["question"] == "treatment_date")
    assert (answer["value"], answer["source"]) == ("2026-11-03", "agent")
    assert await fill() == filled


async def test_the_desk_knows_the_hours(giulia: DeskBackend) -> None:
    assert (await giulia.care_hours("it")).keys() == {"open", "closes_at", "opens_at", "holiday"}
