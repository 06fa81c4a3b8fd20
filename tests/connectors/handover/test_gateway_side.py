"""The customer's side through the running gateway: queue, silence, payloads, the way back."""

import asyncio
from typing import Any

from sqlalchemy.orm import Session

from connectors.core.handover.models import Handover
from connectors.core.handover.waiting import Wish, request
from connectors.core.messages import Draft, lock
from connectors.core.models import Conversation
from connectors.database import utc_now
from connectors.settings import Settings
from tests.connectors.gateway_world import Chat, World, eventually, words
from tests.connectors.handover.care_chats import (
    GIULIA,
    CareRasa,
    handovers,
    in_queue,
    open_ones,
    owned,
    press,
    speaker,
    story,
    texts_of,
)
from tests.connectors.handover_world import make_agent
from tests.connectors.messenger_world import roost


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
    with care.rasa.thinking():
        await chat.post(text="quanto manca?")
        await eventually(care.rasa.is_at_work)
        # An agent begins the conversation while the bot thinks.
        gateway = care.app.state.gateway

        def wish(session: Session) -> int:
            return request(session, lock(session, chat.id), Wish(), utc_now()).id

        handover = await gateway.database.write(wish)
        await handovers(care).take(handover, GIULIA)
        assert speaker(care, chat) == "agent"
    messages = await chat.quiet()
    assert "echo: quanto manca?" in [m["messages"][0]["text"] for m in care.rasa.executed.values()]
    assert "echo: quanto manca?" not in texts_of(messages)
    assert messages[-1]["text"] == words("care_taken", name="Giulia")
    assert story(care)[-1] == "answer_dropped"


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
