"""Customers who ask for people and the desk behind them, through the running gateway."""

from typing import Any

from connectors.core.handover.models import Handover, HandoverEvent
from connectors.core.models import Conversation
from tests.connectors.gateway_fakes import FakeRasa, echo
from tests.connectors.gateway_world import Chat, World
from tests.connectors.handover_world import make_agent

GIULIA = make_agent("giulia")


class CareRasa(FakeRasa):
    """Asks for people where the dialogue would, and says that it is there again."""

    def __init__(self) -> None:
        super().__init__()
        self.answer = self._answer
        self.wish: dict[str, Any] = {"reason": "asked", "facts": {"wish": "submit_claim"}}

    def _answer(self, turn: dict[str, Any]) -> dict[str, Any]:
        if turn["metadata"]["detail"].get("by") == "closed":
            return {"language": "it", "messages": []}
        if turn["metadata"]["notice"] == "handed_back":
            # Also what must be ignored: the wish for people again.
            return {"language": "it", "messages": [{"text": "rieccomi", "custom": {"handover": self.wish}}]}
        if turn["text"] == "operatore":
            return {"language": "it", "messages": [{"text": "chiamo", "custom": {"handover": self.wish}}]}
        return echo(turn)


def handovers(world: World) -> Any:
    return world.app.state.gateway.handovers


def open_ones(world: World) -> list[Any]:
    return [row for row in world.rows(Handover.__table__) if row.state != "ended"]


def speaker(world: World, chat: Chat) -> str:
    return next(row.speaker for row in world.rows(Conversation.__table__) if row.id == chat.id)


def story(world: World) -> list[str]:
    return [row.kind for row in world.rows(HandoverEvent.__table__)]


async def press(chat: Chat, title: str) -> list[dict[str, Any]]:
    """Press the newest button of that name; returns what came back."""
    messages = await chat.messages()
    [token] = [
        button["token"] for message in messages for button in message["buttons"] if button["title"] == title
    ][-1:]
    (await chat.post(button=token)).raise_for_status()
    return [m for m in (await chat.quiet())[len(messages) :] if m["author"] != "customer"]


async def in_queue(world: World) -> tuple[Chat, int]:
    chat = await world.open()
    await chat.say("operatore")
    return chat, open_ones(world)[-1].id


async def owned(world: World) -> tuple[Chat, int]:
    await handovers(world).set_presence(GIULIA, "online")
    chat, handover = await in_queue(world)
    await handovers(world).take(handover, GIULIA)
    return chat, handover


def texts_of(messages: list[dict[str, Any]]) -> list[str]:
    return [message["text"] for message in messages]
