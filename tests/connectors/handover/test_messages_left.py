"""Messages left for people who are not there, through the running gateway."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from connectors.core.handover.models import Handover, PendingMessage
from connectors.core.handover.waiting import numbers_of
from connectors.core.models import Conversation
from connectors.database import utc_now
from tests.connectors.gateway_world import Chat, World, words
from tests.connectors.handover.care_chats import (
    GIULIA,
    handovers,
    in_queue,
    open_ones,
    press,
    speaker,
    texts_of,
)


async def test_danger_told_of_as_a_message_is_answered_before_the_message_is_taken(care: World) -> None:
    chat, _ = await in_queue(care)
    await press(chat, "Lascia un messaggio")
    care.rasa.meanings["non respira"] = ("medical_emergency", 0.9)
    said = texts_of(await chat.say("non respira"))
    assert "112" in said[0] and said[1:] == [words("care_message_way")]


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


async def test_what_is_begun_and_forgotten_is_no_message_an_hour_later(care: World) -> None:
    care.rasa.wish = {"kind": "message"}
    chat = await care.open()
    await chat.say("operatore")
    await care.app.state.gateway.database.write(
        lambda s: s.execute(update(PendingMessage).values(begun_at=utc_now() - timedelta(hours=2)))
    )
    assert texts_of(await chat.say("buongiorno")) == ["echo: buongiorno"]
    assert care.rows(PendingMessage.__table__) == [] and open_ones(care) == []


async def left_by_phone(care: World) -> Chat:
    """A customer who wants to be called."""
    care.rasa.wish = {"kind": "message"}
    chat = await care.open()
    await chat.say("operatore")
    await chat.say("Richiamatemi")
    await press(chat, "Per telefono")
    await chat.say("02 2835540")
    return chat


async def test_who_waits_in_the_chat_after_all_and_leaves_is_still_called(care: World) -> None:
    chat = await left_by_phone(care)
    care.rasa.wish = {"kind": "live"}
    await chat.say("operatore")
    assert speaker(care, chat) == "queue"
    back = await press(chat, "Torna all'assistente")
    assert texts_of(back) == [words("care_message_waits"), "rieccomi"]
    [ticket] = open_ones(care)
    assert (ticket.kind, ticket.state, ticket.callback["address"]) == ("message", "waiting", "+39022835540")
    assert speaker(care, chat) == "bot"


async def test_a_ticket_whose_agent_goes_is_a_ticket_again_and_the_customer_is_not_left_in_a_queue(
    care: World,
) -> None:
    chat = await left_by_phone(care)
    await handovers(care).take(open_ones(care)[0].id, GIULIA)
    before = len(await chat.messages())
    await handovers(care).leave(GIULIA)
    await chat.quiet()
    assert texts_of(await chat.messages())[before:] == [words("care_message_waits"), "rieccomi"]
    [ticket] = open_ones(care)
    assert (ticket.kind, ticket.state) == ("message", "waiting") and speaker(care, chat) == "bot"
    assert texts_of(await chat.say("ciao")) == ["echo: ciao"]
    # Once it has come to words in the chat, somebody waits there.
    await handovers(care).take(ticket.id, GIULIA)
    await chat.say("eccomi")
    await handovers(care).leave(GIULIA)
    assert speaker(care, chat) == "queue"
    assert (await chat.messages())[-1]["text"] == words("care_back_in_queue")


async def left_words(world: World, chat: Chat) -> list[str]:
    """What stands in the ticket."""
    [ticket] = open_ones(world)
    said = {message["id"]: message["text"] for message in await chat.messages()}
    return [said[number] for number in numbers_of(ticket.callback)]


async def test_a_message_written_in_several_texts_lands_in_the_ticket_whole(care: World) -> None:
    care.rasa.wish = {"kind": "message"}
    chat = await care.open()
    await chat.say("operatore")
    await chat.say("Il rimborso manca")
    assert texts_of(await chat.say("È la richiesta di ottobre")) == [words("care_message_added")]
    assert texts_of(await press(chat, "Per telefono")) == [words("care_message_phone")]
    assert texts_of(await chat.say("solo il pomeriggio")) == [words("care_message_phone_wrong")]
    await chat.say("02 2835540")
    whole = ["Il rimborso manca", "È la richiesta di ottobre", "solo il pomeriggio"]
    assert await left_words(care, chat) == whole
    # What comes to mind later joins it, and how to be reached is not asked again.
    assert texts_of(await press(chat, "Aggiungi qualcosa")) == [words("care_message_ask")]
    assert texts_of(await chat.say("Anzi, mi scade il mutuo")) == [words("care_message_joined"), "rieccomi"]
    assert await left_words(care, chat) == [*whole, "Anzi, mi scade il mutuo"]
    [ticket] = open_ones(care)
    assert (ticket.callback["way"], ticket.callback["address"]) == ("phone", "+39022835540")
    assert speaker(care, chat) == "bot" and care.rows(PendingMessage.__table__) == []


async def test_an_address_with_more_around_it_is_both(care: World) -> None:
    care.rasa.wish = {"kind": "message"}
    chat = await care.open()
    await chat.say("operatore")
    await chat.say("Il rimborso manca")
    await chat.say("chiamatemi allo 02 2835540 dopo le 18")
    assert await left_words(care, chat) == ["Il rimborso manca", "chiamatemi allo 02 2835540 dopo le 18"]


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("Per telefono", "care_message_phone"),
        ("telefono", "care_message_phone"),
        ("E-mail.", "care_message_email"),
    ],
)
async def test_the_way_may_be_typed(care: World, typed: str, key: str) -> None:
    care.rasa.wish = {"kind": "message"}
    chat = await care.open()
    await chat.say("operatore")
    await chat.say("Il rimborso manca")
    assert texts_of(await chat.say(typed)) == [words(key)]


async def test_a_message_left_before_waiting_and_one_left_afterwards_are_one_ticket(care: World) -> None:
    care.rasa.wish = {"kind": "message"}
    chat = await care.open()
    await chat.say("operatore")
    await chat.say("Il rimborso manca")
    await press(chat, "Qui in chat")
    care.rasa.wish = {"kind": "live"}
    await chat.say("operatore")
    await press(chat, "Lascia un messaggio")
    await chat.say("Non aspetto più")
    assert await left_words(care, chat) == ["Il rimborso manca", "Non aspetto più"]
    assert open_ones(care)[0].kind == "message"
