"""The gateway and Rasa's channel keep one contract: the examples. The channel's side of them is checked in Rasa's
environment by tests/bot/test_channel.py.
"""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest
import pytest_asyncio
from pydantic import BaseModel, ConfigDict
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.care.summary import summarise
from connectors.core.conversations import Voice
from connectors.core.handover.models import Handover
from connectors.core.rasa_client import DialogueUnavailable, RasaClient, TurnRequest
from connectors.migrate import migrate
from connectors.settings import Settings
from tests.connectors.gateway_world import World, alive
from tests.conversations.speech import title_behind

TOKEN = "channel-token-of-the-tests"
EXAMPLES = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((Path(__file__).parent / "examples").glob("*.json"))
}


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Metadata(Strict):
    """docs/interfaces.md, "Rasa", to the letter."""

    market: str
    channel: str
    language: str
    script: str
    today: str
    care_desk: bool
    attachments: list[dict[str, Any]]
    notice: Literal["password_typed", "login_changed", "handed_back"] | None
    detail: dict[str, Any]


class DocumentedTurn(Strict):
    conversation_id: str
    message_id: str
    text: str
    metadata: Metadata


class DocumentedRasa:
    """Answers the turns of the examples as the examples say, and accepts nothing that is not documented."""

    def __init__(self) -> None:
        self.turns: list[dict[str, Any]] = []
        # How a turn is answered that is none of the examples.
        self.usual = "a_text_is_answered"
        self.app = Starlette(routes=[Route("/webhooks/gateway/turn", self.turn, methods=["POST"])])

    async def turn(self, request: Request) -> Response:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return JSONResponse({"error": "token_wrong"}, 401)
        turn = await request.json()
        DocumentedTurn.model_validate(turn)
        self.turns.append(turn)
        for example in EXAMPLES.values():
            if example["request"] == turn:
                return JSONResponse(example["answer"], example["status"])
        answer = EXAMPLES[self.usual]["answer"]
        return JSONResponse(answer | {"message_id": turn["message_id"]})


@pytest.fixture
def rasa() -> DocumentedRasa:
    return DocumentedRasa()


@pytest.mark.parametrize("name", EXAMPLES)
async def test_the_client_sends_and_reads_each_example(name: str, rasa: DocumentedRasa) -> None:
    example = EXAMPLES[name]
    client = RasaClient("http://rasa.test", example.get("token", TOKEN), 5, httpx.ASGITransport(rasa.app))
    turn = TurnRequest.model_validate(example["request"])
    if example["status"] == 200:
        answer = await client.send(turn)
        assert {"message_id": turn.message_id, **answer.model_dump()} == example["answer"]
    else:
        with pytest.raises(DialogueUnavailable, match=f"status_{example['status']}"):
            await client.send(turn)
    await client.close()
    assert [sent == example["request"] for sent in rasa.turns] == [True] * len(rasa.turns)


def test_the_examples_are_of_the_documented_form() -> None:
    for example in EXAMPLES.values():
        DocumentedTurn.model_validate(example["request"])


@pytest_asyncio.fixture
async def world(tmp_path: Path, rasa: DocumentedRasa) -> AsyncIterator[World]:
    """The whole gateway in front of this Rasa."""
    url = f"sqlite:///{tmp_path}/connectors.db"
    migrate(url)
    settings = Settings(_env_file=None, database_url=url, rasa_channel_token=TOKEN)  # type: ignore[arg-type]
    world = World(settings, rasa)
    async with alive(world.app), world.http:
        yield world


async def test_what_customers_do_reaches_rasa_in_the_documented_form(
    world: World, rasa: DocumentedRasa
) -> None:
    chat = await world.open("rs", "sr-Latn")
    said = await chat.say("dobar dan")
    button = next(button for message in said for button in message["buttons"])
    assert (await chat.post(button=button["token"])).status_code == 202
    await chat.quiet()
    await chat.upload("racun.pdf", b"%PDF-1.7 ...")
    await chat.quiet()
    assert [turn["text"] for turn in rasa.turns][:2] == [
        "dobar dan",
        EXAMPLES["a_text_is_answered"]["answer"]["messages"][0]["buttons"][0]["payload"],
    ]
    assert rasa.turns[2]["metadata"]["attachments"][0]["document_id"] == "doc-1"
    assert len({turn["message_id"] for turn in rasa.turns}) == 3


async def test_what_rasa_says_reaches_the_customer_whole(world: World) -> None:
    chat = await world.open("rs", "sr-Latn")
    first, second = await chat.say("dobar dan")
    assert (first["text"], first["language"]) == ("Dobar dan, Ljubice", "sr-Latn")
    assert [button["title"] for button in first["buttons"]] == ["Moje polise"]
    assert first["cards"][0]["title"] == "Dom zdravlja Čačak"
    assert first["cards"][0]["link"]["url"] == "https://map.example.org/?q=Чачак"
    assert {name: value for name, value in second["input"].items() if value} == {
        "kind": "date",
        "max": "2026-11-20",
    }


async def test_the_wish_for_a_person_is_kept_with_its_facts_and_the_way_back_is_told(
    world: World, rasa: DocumentedRasa
) -> None:
    chat = await world.open("rs", "sr-Latn")
    rasa.usual = "a_person_is_wished_for"
    wish, place = await chat.say("operater")
    said = EXAMPLES[rasa.usual]["answer"]["messages"][0]
    assert wish["text"] == said["text"]
    [handover] = world.rows(Handover.__table__)
    wanted = said["custom"]["handover"]
    assert (handover.state, handover.kind, handover.reason) == ("waiting", "live", "misunderstood")
    assert handover.facts == wanted["facts"]
    assert summarise(handover.facts, Voice("it"), "rs"), "the desk has nothing to say of these facts"

    rasa.usual = "a_text_is_answered"
    back = title_behind("care_queued", "/care_return", "sr", "Latn")
    token = next(button["token"] for button in place["buttons"] if button["title"] == back)
    assert (await chat.post(button=token)).status_code == 202
    await chat.quiet()
    assert rasa.turns[-1]["metadata"]["notice"] == "handed_back"
    assert rasa.turns[-1]["metadata"]["detail"] == {"by": "customer", "done": [], "resume": True}
