"""The customer's side through the running gateway: queue, silence, payloads, messages left, the way back."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from asgi_lifespan import LifespanManager
from sqlalchemy import update

from connectors.core.handover.models import Handover, HandoverEvent, PendingMessage
from connectors.core.handover.waiting import Wish, request
from connectors.core.messages import Draft, lock
from connectors.core.models import Conversation
from connectors.database import utc_now
from connectors.settings import Settings
from tests.connectors.gateway_fakes import FakeRasa, echo
from tests.connectors.gateway_world import Chat, World, eventually, words
from tests.connectors.handover_world import make_agent
from tests.connectors.messenger_world import roost

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


@pytest_asyncio.fixture
async def care(settings: Settings) -> AsyncIterator[World]:
    world = World(settings, rasa=CareRasa())
    async with LifespanManager(world.app), world.http:
        yield world


def handovers(world: World):  # type: ignore[no-untyped-def]
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


async def test_who_asks_for_people_stands_in_the_queue_and_is_told_honestly(care: World) -> None:
    chat, _ = await in_queue(care)
    assert texts_of(await chat.messages())[-2:] == ["chiamo", words("care_queued_unstaffed", position=1)]
    assert speaker(care, chat) == "queue"
    [handover] = open_ones(care)
    assert (handover.reason, handover.facts) == ("asked", {"wish": "submit_claim"})
    await handovers(care).set_presence(make_agent(limit=1), "online")
    other, _ = await in_queue(care)
    assert (await other.messages())[-1]["text"] == words("care_queued", position=2)
    assert texts_of(await press(chat, "A che punto sono?")) == [
        words("care_place_minutes", position=1, minutes=1)
    ]


async def test_words_in_the_queue_and_to_an_agent_reach_nobody_else(care: World) -> None:
    chat, handover = await in_queue(care)
    assert await chat.say("aspetto") == []
    await handovers(care).take(handover, GIULIA)
    assert await chat.say("ci siete?") == []
    number = await handovers(care).say(handover, GIULIA, Draft("agent", "Eccomi"))
    last = (await chat.messages())[-1]
    assert (last["id"], last["author"], last["text"]) == (number, "agent", "Eccomi")
    assert care.rasa.texts == ["operatore"]


async def test_danger_told_of_in_the_queue_is_answered_with_the_numbers_and_goes_first(care: World) -> None:
    chat, handover = await in_queue(care)
    danger = "mio padre è a terra e non risponde"
    care.rasa.meanings[danger] = ("medical_emergency", 0.4)
    first, second = texts_of(await chat.say(danger))
    assert "112" in first and "118" in first and second == words("agent_emergency")
    assert next(one for one in open_ones(care) if one.id == handover).urgent
    # An agent reads it at once, and the dialogue that cannot be asked holds nobody up.
    await handovers(care).take(handover, GIULIA)
    assert await chat.say(danger) == []
    other, _ = await in_queue(care)
    care.rasa.fail_next = 1
    assert await other.say(danger) == []
    assert care.rasa.texts == ["operatore", "operatore"]


async def test_who_types_that_they_want_to_go_back_is_shown_the_way(care: World) -> None:
    chat, _ = await in_queue(care)
    care.rasa.meanings["lasci stare"] = ("stop", 0.97)
    [shown] = await chat.say("lasci stare")
    assert shown["text"] == words("care_in_queue")
    assert "Torna all'assistente" in [button["title"] for button in shown["buttons"]]


async def test_danger_told_of_as_a_message_is_answered_before_the_message_is_taken(care: World) -> None:
    chat, _ = await in_queue(care)
    await press(chat, "Lascia un messaggio")
    care.rasa.meanings["non respira"] = ("medical_emergency", 0.9)
    said = texts_of(await chat.say("non respira"))
    assert "112" in said[0] and said[1:] == [words("care_message_way")]


async def test_writing_to_people_keeps_the_log_in_as_writing_to_the_bot_does(care: World) -> None:
    chat, handover = await in_queue(care)
    assert care.backend.used == []
    await chat.say("aspetto")
    await handovers(care).take(handover, GIULIA)
    await chat.say("ci siete?")
    # What an agent does keeps nobody logged in.
    await handovers(care).say(handover, GIULIA, Draft("agent", "Eccomi"))
    assert care.backend.used == [chat.id, chat.id]
    care.backend.down = True
    assert await chat.say("e adesso?") == []
    assert (await chat.messages())[-1]["text"] == "e adesso?"


async def test_the_way_back_from_the_queue_leads_to_the_dialogue(care: World) -> None:
    chat, _ = await in_queue(care)
    assert texts_of(await press(chat, "Torna all'assistente")) == ["rieccomi"]
    assert care.rasa.turns[-1]["metadata"]["detail"] == {"by": "customer", "done": [], "resume": True}
    assert speaker(care, chat) == "bot" and open_ones(care) == []
    assert texts_of(await chat.say("ciao")) == ["echo: ciao"]


async def test_a_button_of_the_bot_in_the_queue_is_not_dead(care: World) -> None:
    chat, _ = await in_queue(care)
    conversation = await care.app.state.gateway.database.read(lambda s: s.get_one(Conversation, chat.id))
    await care.app.state.gateway.reception.receive_wish(conversation, "w1", "menu", "/menu")
    assert (await chat.quiet())[-1]["text"] == words("care_in_queue")
    assert care.rasa.texts == ["operatore"]


async def test_an_answer_that_was_being_computed_at_the_takeover_is_said_to_nobody(care: World) -> None:
    """Queue by hand, so that the bot is still computing when somebody takes the conversation."""
    chat, handover = await in_queue(care)
    await press(chat, "Torna all'assistente")
    care.rasa.seconds = 0.6
    await chat.post(text="quanto manca?")
    await eventually(lambda: _is_running(care, chat))
    # An agent begins the conversation while the bot thinks.
    gateway = care.app.state.gateway

    def wish(session):  # type: ignore[no-untyped-def]
        return request(session, lock(session, chat.id), Wish(), utc_now()).id

    handover = await gateway.database.write(wish)
    await handovers(care).take(handover, GIULIA)
    assert speaker(care, chat) == "agent"
    messages = await chat.quiet()
    assert "echo: quanto manca?" in [m["messages"][0]["text"] for m in care.rasa.executed.values()]
    assert "echo: quanto manca?" not in texts_of(messages)
    assert messages[-1]["text"] == words("care_taken", name="Giulia")
    assert story(care)[-1] == "answer_dropped"


async def _is_running(world: World, chat: Chat) -> bool:
    return bool(world.rasa.running.get(chat.id))


async def test_takeovers_while_turns_are_stored_leave_no_answer_after_them(care: World) -> None:
    """Many times, at ever another moment of a turn: no word of the bot stands behind the agent's entry."""
    care.rasa.seconds = 0.03
    gateway = care.app.state.gateway
    for step in range(12):
        chat = await care.open()
        await chat.post(text=f"turno {step}")
        await asyncio.sleep(step * 0.006)
        handover = await gateway.database.write(
            lambda s, cid=chat.id: request(s, lock(s, cid), Wish(), utc_now()).id  # type: ignore[misc]
        )
        await handovers(care).take(handover, GIULIA)
        messages = await chat.quiet()
        taken = texts_of(messages).index(words("care_taken", name="Giulia"))
        assert [m["author"] for m in messages[taken + 1 :]] == []


async def test_handed_back_the_dialogue_goes_on_and_knows_what_was_done(care: World) -> None:
    chat, handover = await owned(care)
    await handovers(care).hand_back(handover, GIULIA, ["answers"], resume=True)
    await eventually(lambda: _has(chat, "rieccomi"))
    turn = care.rasa.turns[-1]
    assert (turn["text"], turn["metadata"]["notice"]) == ("/talk_to_agent", "handed_back")
    assert turn["metadata"]["detail"] == {"by": "agent", "done": ["answers"], "resume": True}
    assert open_ones(care) == []
    assert texts_of(await chat.say("ciao")) == ["echo: ciao"]


async def _has(chat: Chat, text: str) -> bool:
    return text in texts_of(await chat.messages())


async def test_a_closed_conversation_is_rated_and_only_by_its_customer(care: World) -> None:
    chat, handover = await owned(care)
    await handovers(care).close(handover, GIULIA, "solved", "tutto a posto")
    assert (await chat.quiet())[-1]["text"] == words("care_closed", name="Giulia")
    # The dialogue learns of it, so that "thank you" is no answer to what it asked before.
    turn = care.rasa.turns[-1]
    assert turn["metadata"]["detail"] == {"by": "closed", "done": [], "resume": False}
    assert texts_of(await press(chat, words("care_score_4"))) == [words("care_rated")]
    [row] = care.rows(Handover.__table__)
    assert (row.state, row.outcome, row.rating) == ("ended", "solved", 4)
    assert texts_of(await chat.say("ciao")) == ["echo: ciao"]
    assert "rate" not in "".join(care.rasa.texts)


@pytest.mark.parametrize(
    ("way", "typed", "address"),
    [
        ("Qui in chat", None, None),
        ("Per telefono", "chiamatemi allo 02 2835540 grazie", "+39022835540"),
        ("Per e-mail", "anna@example.com", "anna@example.com"),
    ],
)
async def test_a_message_is_left_with_a_way_to_be_reached(
    care: World, way: str, typed: str | None, address: str | None
) -> None:
    care.rasa.wish = {"kind": "message", "reason": "complaint", "facts": {"wish": "complain"}}
    chat = await care.open()
    await chat.say("operatore")
    assert (await chat.messages())[-1]["text"] == words("care_message_ask")
    assert texts_of(await chat.say("Il rimborso manca")) == [words("care_message_way")]
    key = {"Qui in chat": "chat", "Per telefono": "phone", "Per e-mail": "email"}[way]
    answer = await press(chat, way)
    if typed:
        assert texts_of(answer) == [words(f"care_message_{key}")]
        answer = await chat.say(typed)
    assert texts_of(answer)[-1] == "rieccomi"
    assert texts_of(answer)[0].split(".")[0] == words(f"care_message_left_{key}", address="").split(".")[0]
    [ticket] = open_ones(care)
    assert (ticket.kind, ticket.reason, ticket.state) == ("message", "complaint", "waiting")
    messages = await chat.messages()
    assert messages[ticket.callback["message"] - 1]["text"] == "Il rimborso manca"
    assert (ticket.callback["way"], ticket.callback["address"]) == (key, address)
    # The message was for people: the dialogue never saw it, and has the floor again.
    assert care.rasa.texts == ["operatore", "/talk_to_agent"]
    assert texts_of(await chat.say("ciao")) == ["echo: ciao"]


async def test_an_old_button_of_a_message_is_answered_whoever_speaks(care: World) -> None:
    care.rasa.wish = {"kind": "message"}
    chat = await care.open()
    await chat.say("operatore")
    await chat.say("Il rimborso manca")
    await press(chat, "Annulla")
    assert texts_of(await press(chat, "Per telefono")) == [words("system_button_old")]
    care.rasa.wish = {"kind": "live"}
    await chat.say("operatore")
    assert texts_of(await press(chat, "Per telefono")) == [words("care_in_queue")]


async def test_what_is_no_number_is_asked_again_and_another_way_may_be_chosen(care: World) -> None:
    care.rasa.wish = {"kind": "message"}
    chat = await care.open()
    await chat.say("operatore")
    await chat.say("Il rimborso manca")
    assert texts_of(await press(chat, "Per telefono")) == [words("care_message_phone")]
    assert texts_of(await chat.say("boh")) == [words("care_message_phone_wrong")]
    assert texts_of(await press(chat, "In un altro modo")) == [words("care_message_way")]
    assert texts_of(await press(chat, "Per e-mail")) == [words("care_message_email")]
    assert texts_of(await chat.say("anna chiocciola")) == [words("care_message_email_wrong")]
    assert open_ones(care) == []


async def test_leaving_a_message_is_given_up_by_its_button_or_by_any_of_the_menu(care: World) -> None:
    care.rasa.wish = {"kind": "message"}
    chat = await care.open()
    await chat.say("operatore")
    assert texts_of(await press(chat, "Annulla")) == [words("care_message_dropped"), "rieccomi"]
    await chat.say("operatore")
    conversation = await care.app.state.gateway.database.read(lambda s: s.get_one(Conversation, chat.id))
    await care.app.state.gateway.reception.receive_wish(conversation, "w1", "menu", "/menu")
    assert texts_of(await chat.quiet())[-2:] == [words("care_message_dropped"), "echo: /menu"]
    assert speaker(care, chat) == "bot" and care.rows(Handover.__table__) == []


async def test_who_waits_may_leave_a_message_instead(care: World) -> None:
    chat, waited = await in_queue(care)
    assert texts_of(await press(chat, "Lascia un messaggio")) == [words("care_message_ask")]
    await chat.say("Richiamatemi")
    await press(chat, "Qui in chat")
    [ticket] = open_ones(care)
    assert ticket.id != waited and ticket.facts == {"wish": "submit_claim"}
    [ended] = [row for row in care.rows(Handover.__table__) if row.state == "ended"]
    assert (ended.ended_by, ended.outcome) == ("customer", "left_message")
    # Asked for people again while the ticket waits, the customer waits in the chat.
    await chat.say("operatore")
    [live] = open_ones(care)
    assert (live.id, live.kind) == (ticket.id, "live") and speaker(care, chat) == "queue"


async def test_codes_and_passwords_stay_hidden_and_the_customer_hears_what_became_of_them(
    care: World,
) -> None:
    chat, handover = await owned(care)
    number = await handovers(care).ask_login(handover, GIULIA)
    asked = (await chat.messages())[number - 1]
    assert asked["link"]["kind"] == "login" and "/secure/" in asked["link"]["url"]
    care.backend.conversations[chat.id]["state"] = "code_sent"
    assert texts_of(await chat.say("111111")) == [words("care_code_wrong")]
    assert texts_of(await chat.say("il codice è 123456")) == [words("care_login_done")]
    assert texts_of(await chat.say("la mia password è Gatto!99roma")) == [words("care_secret_hidden")]
    assert "123456" not in care.stored() and "Gatto!99" not in care.stored()
    assert care.rasa.texts == ["operatore"] and "logged_in" in story(care)


async def test_a_customer_sees_that_the_agent_is_writing(care: World) -> None:
    chat, handover = await owned(care)
    await handovers(care).show_typing(handover, GIULIA)
    answer = await care.http.get(f"{chat.path}/messages", headers=chat.headers)
    assert answer.json()["typing"]
    await handovers(care).say(handover, GIULIA, Draft("agent", "ecco"))
    answer = await care.http.get(f"{chat.path}/messages", headers=chat.headers)
    assert not answer.json()["typing"]


async def test_a_button_of_the_desk_is_answered_by_the_desk_once(care: World) -> None:
    asked: list[tuple[str, dict[str, Any], str]] = []

    async def consent(conversation: Conversation, values: dict[str, Any], turn: str) -> list[Draft]:
        asked.append((conversation.id, values, turn))
        return [Draft("system", "fatto")]

    care.app.state.gateway.router.care_payloads["care_consent"] = consent
    chat, _ = await owned(care)
    conversation = await care.app.state.gateway.database.read(lambda s: s.get_one(Conversation, chat.id))
    for _ in range(2):
        await care.app.state.gateway.reception.receive_wish(
            conversation, "w1", "Sì", '/care_consent{"id": 7}'
        )
    assert (await chat.quiet())[-1]["text"] == "fatto"
    assert [(cid, values) for cid, values, _ in asked] == [(chat.id, {"id": 7})]


async def test_a_file_sent_to_an_agent_is_in_the_transcript(care: World) -> None:
    chat, _ = await owned(care)
    (await chat.upload("ricevuta.pdf", b"%PDF")).raise_for_status()
    messages = await chat.quiet()
    assert messages[-1]["files"][0]["document_id"] == "doc-1"
    assert care.rasa.texts == ["operatore"]


async def test_nobody_can_type_a_payload_of_ours(care: World) -> None:
    chat, _ = await in_queue(care)
    assert await chat.say("/care_return") == []
    assert speaker(care, chat) == "queue"


async def test_who_writes_to_an_agent_waits_for_an_answer_and_who_got_one_does_not(care: World) -> None:
    chat, handover = await owned(care)
    await handovers(care).say(handover, GIULIA, Draft("agent", "Mi dica"))
    assert open_ones(care)[0].unanswered_since is None
    await chat.say("ecco")
    first = open_ones(care)[0].unanswered_since
    assert first is not None
    await chat.say("allora?")
    assert open_ones(care)[0].unanswered_since == first
    await handovers(care).say(handover, GIULIA, Draft("agent", "Subito"))
    assert open_ones(care)[0].unanswered_since is None


async def test_a_ticket_is_nobodys_haste_and_its_conversation_lives_until_it_is_answered(care: World) -> None:
    care.rasa.wish = {"kind": "message"}
    chat = await care.open()
    await chat.say("operatore")
    await chat.say("Richiamatemi")
    await press(chat, "Qui in chat")
    await chat.say("ancora io")
    [row] = [row for row in care.rows(Conversation.__table__) if row.id == chat.id]
    assert row.expires_at > utc_now() + timedelta(hours=70)
    assert speaker(care, chat) == "bot"
    await handovers(care).take(open_ones(care)[0].id, GIULIA)
    assert open_ones(care)[0].unanswered_since is None and speaker(care, chat) == "agent"


async def test_on_a_messenger_the_queue_and_the_agent_are_heard_in_order(settings: Settings) -> None:
    async with roost(settings) as world:
        world.rasa.answer = CareRasa()._answer
        await world.say("operatore")
        await world.settled()
        [row] = world.rows(Handover.__table__)
        await world.gateway.handovers.take(row.id, GIULIA)
        await world.say("mi sente?")
        for said in ("Sì", "Mi dica"):
            await world.gateway.handovers.say(row.id, GIULIA, Draft("agent", said))
        await world.settled()
        taken = words("care_taken", name="Giulia")
        queued = words("care_queued_unstaffed", position=1)
        assert world.pigeons.texts == ["chiamo", queued, taken, "Sì", "Mi dica"]
        await world.gateway.handovers.hand_back(row.id, GIULIA)
        await world.settled()
        assert world.pigeons.texts[-1] == "rieccomi"
        assert "mi sente?" not in world.rasa.texts


async def test_what_is_begun_and_forgotten_is_no_message_an_hour_later(care: World) -> None:
    care.rasa.wish = {"kind": "message"}
    chat = await care.open()
    await chat.say("operatore")
    await care.app.state.gateway.database.write(
        lambda s: s.execute(update(PendingMessage).values(begun_at=utc_now() - timedelta(hours=2)))
    )
    assert texts_of(await chat.say("buongiorno")) == ["echo: buongiorno"]
    assert care.rows(PendingMessage.__table__) == [] and open_ones(care) == []


async def test_agents_who_ask_for_the_next_at_the_same_moment_get_another_each(care: World) -> None:
    for _ in range(4):
        await in_queue(care)
    agents = [make_agent(f"agent{number}") for number in range(5)]
    taken = await asyncio.gather(*(handovers(care).take_next(agent) for agent in agents))
    owned_by = [(one.id, one.agent_id) for one in taken if one is not None]
    assert len(owned_by) == 4 == len({one for one, _ in owned_by}) == len({agent for _, agent in owned_by})
    assert {row.state for row in care.rows(Handover.__table__)} == {"taken"}
    assert await handovers(care).take_next(agents[0]) is None


async def test_a_dialogue_with_nothing_to_say_on_getting_the_floor_says_nothing(care: World) -> None:
    chat, _ = await in_queue(care)
    care.rasa.answer = lambda turn: {"language": "it", "messages": []}
    assert await press(chat, "Torna all'assistente") == []
    assert speaker(care, chat) == "bot"
