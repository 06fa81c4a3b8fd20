"""Codes and passwords typed into the chat: recognised, never stored, and the dialogue learns only the fact."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from connectors.core.models import Conversation
from connectors.database import utc_now
from tests.connectors.gateway_world import Chat, World


async def open_login(world: World, chat: Chat) -> None:
    """Have the dialogue offer a log-in link."""
    world.rasa.answer = lambda turn: {
        "language": "sr",
        "script": "Cyrl",
        "messages": [
            {
                "text": "Ево везе",
                "custom": {
                    "transition": "login_pending",
                    "link": {"title": "Пријава", "url": "/secure/tttttttttttttttttttttttt", "kind": "login"},
                },
            }
        ],
    }
    await chat.say("пријава")
    world.rasa.answer = lambda turn: {"language": "sr", "script": "Cyrl", "messages": [{"text": "ок"}]}


async def await_code(world: World, chat: Chat) -> None:
    await open_login(world, chat)
    world.backend.conversations[chat.id]["state"] = "code_sent"


async def test_a_code_is_verified_and_neither_stored_nor_sent_to_the_dialogue(world: World) -> None:
    chat = await world.open("rs")
    await await_code(world, chat)
    await chat.say("kod je 123 456")
    assert world.backend.verified == ["123456"]
    turn = world.rasa.turns[-1]
    assert turn["text"] == "/login"
    assert turn["metadata"]["notice"] == "login_changed"
    assert turn["metadata"]["detail"] == {"result": "logged_in", "first_name": "Марко"}
    assert ("customer", "••••••") in await chat.transcript()
    assert "123456" not in world.stored() and "123 456" not in world.stored()


async def test_a_wrong_code_tells_the_dialogue_how_many_tries_are_left(world: World) -> None:
    chat = await world.open("rs")
    await await_code(world, chat)
    await chat.say("111111")
    assert world.rasa.turns[-1]["metadata"]["detail"] == {"result": "code_wrong", "tries_left": 2}


async def test_the_same_code_message_twice_is_verified_once(world: World) -> None:
    chat = await world.open("rs")
    await await_code(world, chat)
    await chat.post(text="111111", client_message_id="same")
    assert (await chat.post(text="111111", client_message_id="same")).status_code == 200
    assert world.backend.verified == ["111111"]


async def test_a_code_taken_just_before_a_crash_still_logs_in(world: World) -> None:
    chat = await world.open("rs")
    await await_code(world, chat)
    await world.app.state.gateway.reception.announce_login(
        chat.id, {"result": "code_sent", "masked_email": "m***@example.rs"}
    )
    world.backend.conversations[chat.id]["state"] = "logged_in"
    await chat.say("123456")
    assert world.rasa.turns[-1]["metadata"]["detail"]["result"] == "logged_in"


async def test_six_digits_without_a_log_in_are_ordinary_text(world: World) -> None:
    chat = await world.open()
    await chat.say("123456")
    assert world.rasa.texts == ["123456"]


async def test_a_code_that_cannot_be_checked_is_not_taken_and_may_be_sent_again(world: World) -> None:
    chat = await world.open("rs")
    await await_code(world, chat)
    world.backend.down = True
    answer = await chat.post(text="123456", client_message_id="again")
    assert (answer.status_code, answer.json()["error"]) == (503, "backend_unavailable")
    assert "123456" not in world.stored()
    world.backend.down = False
    assert (await chat.post(text="123456", client_message_id="again")).status_code == 202


async def test_a_password_typed_while_the_log_in_page_is_open_is_masked(world: World) -> None:
    chat = await world.open("rs")
    await open_login(world, chat)
    await chat.say("Sunce2020!")
    turn = world.rasa.turns[-1]
    assert (turn["text"], turn["metadata"]["notice"]) == ("/login", "password_typed")
    assert "Sunce2020" not in world.stored()


async def test_a_named_password_is_masked_at_any_time(world: World) -> None:
    chat = await world.open("id")
    await chat.say("kata sandi saya Rahasia123")
    assert world.rasa.turns[-1]["metadata"]["notice"] == "password_typed"
    assert "Rahasia123" not in world.stored()


async def test_when_the_link_is_dead_a_lone_token_is_text_again(world: World) -> None:
    chat = await world.open("rs")
    await open_login(world, chat)
    past = datetime.now(UTC) - timedelta(seconds=1)
    database = world.app.state.gateway.database
    await database.write(
        lambda s: s.execute(update(Conversation).values(login_state_until=past)).rowcount  # type: ignore[attr-defined]
    )
    assert past < utc_now()
    await chat.say("abcdef123")
    assert world.rasa.texts[-1] == "abcdef123"


async def await_contact_code(world: World, chat: Chat) -> None:
    """A form has sent a code to a new mobile number of somebody who is logged in."""
    world.rasa.answer = lambda turn: {
        "language": "it",
        "script": "Latn",
        "messages": [{"text": "codice inviato", "custom": {"transition": "code_pending"}}],
    }
    await chat.say("il nuovo numero è 340 112 2334")
    world.rasa.answer = lambda turn: {"language": "it", "script": "Latn", "messages": [{"text": "ok"}]}
    world.backend.conversations[chat.id].update(state="logged_in", contact="phone")


async def test_the_code_of_a_new_contact_is_checked_and_kept_from_the_dialogue(world: World) -> None:
    chat = await world.open("it")
    await await_contact_code(world, chat)
    await chat.say("111111")
    assert world.rasa.turns[-1]["metadata"]["detail"] == {"result": "code_wrong", "tries_left": 2}
    await chat.say("ecco: 123 456")
    turn = world.rasa.turns[-1]
    assert (turn["text"], turn["metadata"]["notice"]) == ("/login", "login_changed")
    assert turn["metadata"]["detail"] == {"result": "contact_proven", "contact": "phone"}
    assert (
        "123456" not in world.stored() and "123 456" not in world.stored() and "111111" not in world.stored()
    )
    # Nothing waits for a code any more: six digits are six digits.
    await chat.say("654321")
    assert world.rasa.turns[-1]["text"] == "654321"


async def test_the_code_of_a_new_contact_is_not_stored_while_the_backend_is_away(world: World) -> None:
    chat = await world.open("it")
    await await_contact_code(world, chat)
    world.backend.down = True
    answer = await chat.post(text="123456", client_message_id="m")
    assert answer.status_code == 503
    assert "123456" not in world.stored()
