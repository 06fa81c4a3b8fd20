"""After 24 hours agents choose an approved template: read filled in, sent once, and never a free text."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from typing import Any

import httpx
import pytest
import pytest_asyncio
from pydantic import ValidationError
from sqlalchemy import update

from connectors.core.handover.models import Handover
from connectors.core.models import Conversation, Delivery, TranscriptMessage
from connectors.database import utc_now
from connectors.settings import WhatsAppTemplate
from simulators.graph import Template
from tests.connectors.care.staff_fake import Colleague
from tests.connectors.care.work.desk_fake import FakeDesk
from tests.connectors.care.work.floor import wants_a_person, words_of
from tests.connectors.gateway_world import eventually, words
from tests.connectors.whatsapp.conftest import CUSTOMER, Mobile

QUESTION: dict[str, Any] = {
    "name": "care_question",
    "languages": {"it": "it", "sr-Latn": "sr_Latn", "sr-Cyrl": "sr"},
    "parameters": ["agent", "phone"],
    "texts": {
        "it": "Sono {{1}} di CARE: ho una domanda. Mi scriva qui o chiami {{2}}.",
        "sr-Latn": "Ovde {{1}} iz CARE-a, imam pitanje. Pišite ovde ili zovite {{2}}.",
        "sr-Cyrl": "Овде {{1}} из CARE-а, имам питање. Пишите овде или зовите {{2}}.",
    },
}
NAMED: dict[str, Any] = {
    "name": "care_named",
    "languages": {"it": "it"},
    "parameters": ["first_name"],
    "texts": {"it": "Buongiorno {{1}}, ci può scrivere?"},
}
APPROVED = {
    (template["name"], code): Template(str(template["texts"][key]))
    for template in (QUESTION, NAMED)
    for key, code in template["languages"].items()
}
SAID = "Sono Giulia di CARE: ho una domanda. Mi scriva qui o chiami 800 123 456."


@dataclass
class Late:
    """An agent who has a WhatsApp customer's conversation."""

    mobile: Mobile
    agent: Colleague
    number: int

    async def silent_for(self, hours: float) -> None:
        """The customer wrote last so long ago, here and for Meta."""
        heard = utc_now() - timedelta(hours=hours)
        await self.mobile.gateway.database.write(
            lambda s: s.execute(update(Conversation).values(last_heard_at=heard))
        )
        self.meta_closed(hours >= 24)

    def meta_closed(self, closed: bool) -> None:
        self.mobile.chats.set_faults(self.mobile.meta.key("it", CUSTOMER), outside_window=closed)

    async def page(self) -> str:
        return (await self.agent.get(f"/conversations/{self.number}")).text

    async def form(self, name: str = "care_question") -> dict[str, str]:
        """The fields of the template's form, as a browser sends them."""
        for form in re.findall(r'<form class="approved-text".*?</form>', await self.page(), re.DOTALL):
            fields = dict(re.findall(r'name="([a-z_]+)" value="([^"]*)"', form))
            if fields["name"] == name:
                return {key: unescape(value) for key, value in fields.items()}
        raise AssertionError("not offered")

    async def choose(self, fields: dict[str, str]) -> httpx.Response:
        return await self.agent.post(f"/conversations/{self.number}/approved", data=fields)

    async def write(self, text: str) -> None:
        data = {"answer_id": "w" * 12 + str(len(text)), "text": text}
        assert (await self.agent.post(f"/conversations/{self.number}/answer", data=data)).status_code == 200

    def marks(self) -> list[tuple[str, str | None]]:
        """The agent's messages and what became of them."""
        rows = self.mobile.rows(TranscriptMessage.__table__)
        return [(row.text, row.status) for row in rows if row.author == "agent"]


@pytest_asyncio.fixture
async def late(mobile: Mobile) -> AsyncIterator[Late]:
    for template in (QUESTION, NAMED):
        mobile.gateway.settings.whatsapp_accounts[0].templates.append(
            WhatsAppTemplate.model_validate(template)
        )
    mobile.meta.templates = {**(mobile.meta.templates or {}), **APPROVED}
    mobile.rasa.answer = wants_a_person
    desk = FakeDesk(mobile.backend)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(mobile.app, raise_app_exceptions=False), base_url="https://desk.test"
    ) as http:
        agent = desk.staff.log_in(http, "agent", name="Giulia")
        await mobile.say("operatore")
        await mobile.quiet()
        [handover] = mobile.rows(Handover.__table__)
        await agent.post(f"/conversations/{handover.id}/take")
        await mobile.quiet()
        yield Late(mobile, agent, handover.id)


async def test_within_the_window_no_template_is_offered(late: Late) -> None:
    assert words("desk_approved") not in words_of(await late.page())
    await late.write("Eccomi")
    await late.mobile.quiet()
    assert late.mobile.texts()[-1] == "Eccomi"


async def test_an_agent_reads_a_template_filled_in_and_sends_it_once(late: Late) -> None:
    await late.silent_for(30)
    before = len(late.mobile.shown())
    shown = words_of(await late.page())
    assert words("desk_window_closed") in shown and SAID in shown
    # Whose field nobody knows is not offered: nobody is logged in.
    assert "ci può scrivere" not in shown
    form = await late.form()
    for _ in range(2):
        assert (await late.choose(form)).status_code == 200
    await late.mobile.receives(before + 1)
    await late.mobile.stays_at(before + 1)
    last = late.mobile.shown()[-1]
    assert (last.kind, last.text) == ("template", SAID)
    assert late.marks() == [(SAID, "delivered")]
    # A template opens nothing: what is written now waits, and nobody is asked to write a second time.
    await late.write("Ha visto?")
    await late.mobile.stays_at(before + 1)
    assert words("desk_status_kept") in words_of(await late.page())
    late.meta_closed(False)
    await late.mobile.say("eccomi")
    await late.mobile.quiet()
    assert late.mobile.texts()[before:] == [SAID, "Ha visto?"]
    assert words("desk_window_closed") not in words_of(await late.page())


async def test_a_template_comes_in_the_customers_script_with_the_agents_name_in_it(late: Late) -> None:
    await late.silent_for(30)
    await late.mobile.gateway.database.write(
        lambda s: s.execute(update(Conversation).values(language="sr", script="Latn"))
    )
    form = await late.form()
    assert form["text"] == "Ovde Giulia iz CARE-a, imam pitanje. Pišite ovde ili zovite 800 123 456."
    await late.choose(form)
    await late.mobile.quiet()
    assert late.mobile.texts()[-1] == form["text"]


async def test_what_the_agent_did_not_read_is_not_sent(late: Late) -> None:
    await late.silent_for(30)
    before = len(late.mobile.shown())
    form = await late.form()
    for wrong in ({"text": "Ci scriva, per favore"}, {"name": "we_have_news"}, {"name": "care_named"}):
        refused = await late.choose(form | wrong)
        assert refused.status_code == 409 and words("desk_error_not_approved") in words_of(refused.text)
        assert refused.headers["hx-trigger"] == "care:stale"
    await late.mobile.stays_at(before)
    assert late.marks() == []


async def test_a_template_that_meta_refuses_has_failed_and_never_comes_later(late: Late) -> None:
    await late.silent_for(30)
    form = await late.form()
    late.mobile.meta.templates = {}
    await late.choose(form)

    async def failed() -> bool:
        return late.marks() == [(SAID, "failed")]

    await eventually(failed)
    await late.mobile.quiet()
    late.meta_closed(False)
    before = len(late.mobile.shown())
    await late.mobile.say("eccomi")
    await late.mobile.stays_at(before)
    assert late.marks() == [(SAID, "failed")]


async def test_the_vendors_word_that_the_window_is_closed_is_more_than_our_clock(late: Late) -> None:
    late.mobile.meta.templates = APPROVED
    late.meta_closed(True)
    before = len(late.mobile.shown())
    await late.write("Eccomi")

    async def kept() -> bool:
        return any(row.state == "kept" for row in late.mobile.rows(Delivery.__table__))

    await eventually(kept)
    await late.choose(await late.form())
    assert (await late.mobile.receives(before + 1))[-1].text == SAID
    late.meta_closed(False)
    await late.mobile.say("eccomi")
    await late.mobile.quiet()
    assert late.mobile.texts()[before:] == [SAID, "Eccomi"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"news": ["request_paid"]},
        {"button": True},
        {"tells_all": False},
        {"parameters": ["agent", "number"]},
        {"parameters": ["agent"]},
        {"texts": {"it": "Senza parametri"}},
    ],
)
def test_a_template_that_agents_could_not_fill_in_is_refused_at_the_start(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        WhatsAppTemplate.model_validate(QUESTION | wrong)
