"""The website channel through its HTTP interface: open, write, press, read."""

import asyncio

import pytest

from tests.connectors.gateway_fakes import echo
from tests.connectors.gateway_world import World, eventually, words


async def test_a_text_is_answered_and_both_are_in_the_transcript(world: World) -> None:
    chat = await world.open()
    assert [m["text"] for m in await chat.say("Buongiorno")] == ["echo: Buongiorno"]
    messages = await chat.messages()
    assert [(m["id"], m["author"], m["language"]) for m in messages] == [
        (1, "customer", "it"),
        (2, "bot", "it"),
    ]
    assert messages[0]["client_message_id"] == "m1"


async def test_the_dialogue_gets_the_metadata_of_the_market(world: World) -> None:
    chat = await world.open("id", "id")
    await chat.say("halo")
    metadata = world.rasa.turns[0]["metadata"]
    assert metadata["market"] == "id"
    assert metadata["channel"] == "website"
    assert metadata["language"] == "id"
    assert len(metadata["today"]) == 10
    assert metadata["attachments"] == []
    assert metadata["notice"] is None
    assert world.backend.conversations[chat.id]["market"] == "id"


async def test_the_same_client_message_id_is_worked_once(world: World) -> None:
    chat = await world.open()
    first = await chat.post(text="uno", client_message_id="same")
    second = await chat.post(text="uno", client_message_id="same")
    assert (first.status_code, second.status_code) == (202, 200)
    assert first.json() == second.json()
    await chat.quiet()
    assert world.rasa.texts == ["uno"]


async def test_the_same_id_in_another_conversation_is_another_message(world: World) -> None:
    one, two = await world.open(), await world.open()
    assert (await one.post(text="uno", client_message_id="same")).status_code == 202
    assert (await two.post(text="due", client_message_id="same")).status_code == 202


async def test_turns_of_one_conversation_are_worked_one_at_a_time_in_order(world: World) -> None:
    world.rasa.seconds = 0.05
    chat = await world.open()
    for number in range(5):
        await chat.post(text=str(number))
    await chat.quiet()
    assert world.rasa.texts == ["0", "1", "2", "3", "4"]
    assert world.rasa.most_at_once[chat.id] == 1


async def test_different_conversations_are_worked_in_parallel(world: World) -> None:
    async def are_three_at_work() -> bool:
        return world.rasa.parallel >= 3

    chats = [await world.open() for _ in range(4)]
    with world.rasa.thinking():
        await asyncio.gather(*(chat.post(text="ciao") for chat in chats))
        await eventually(are_three_at_work)
    await asyncio.gather(*(chat.quiet() for chat in chats))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("/restart", "restart"),
        ('/claim_reimbursement{"amount":"1"}', 'claim_reimbursement{"amount":"1"}'),
        (" \u200b// / slot", "slot"),
        ("\u202e/restart", "restart"),
        ("  ciao\x00\x07 ", "ciao"),
        ("cafe\u0301", "caf\u00e9"),
        ("😀👍🏽", "😀👍🏽"),
        ("uno\r\ndue", "uno\ndue"),
    ],
)
async def test_typed_text_reaches_the_dialogue_as_plain_text(world: World, typed: str, said: str) -> None:
    chat = await world.open()
    await chat.say(typed)
    assert world.rasa.texts == [said]


@pytest.mark.parametrize("typed", ["/", "", "   ", " // ", "\u200b"])
async def test_a_text_with_nothing_in_it_is_answered_without_the_dialogue(world: World, typed: str) -> None:
    chat = await world.open()
    answers = await chat.say(typed)
    assert [answer["author"] for answer in answers] == ["system"]
    assert world.rasa.turns == []


async def test_five_thousand_characters_are_taken_and_one_more_is_refused_with_nothing_executed(
    world: World,
) -> None:
    chat = await world.open()
    assert (await chat.post(text="č" * 5000)).status_code == 202
    refused = await chat.post(text="č" * 5001)
    assert refused.status_code == 413
    assert refused.json()["error"] == "text_too_long"
    assert "5000" in refused.json()["message"]
    await chat.quiet()
    assert len(world.rasa.turns) == 1


async def test_a_body_beyond_reason_is_refused_unread(world: World) -> None:
    chat = await world.open()
    assert (await chat.post(text="a" * 500_000)).status_code == 413


@pytest.mark.parametrize(
    "path",
    [
        "/care/staff/answer",
        "/care/invitations/files",
        "/webhooks/whatsapp/answer",
        "/webhooks/telegram/files",
        "/api/website/conversations/files",
    ],
)
async def test_only_who_is_known_before_a_body_is_read_may_send_a_large_one(world: World, path: str) -> None:
    """The address of an upload is a whole one: what a client may put at the end of another opens nothing."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await world.http.post(path, content=b"a=" + b"x" * 5_000_000, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (413, "body_too_large")


async def test_a_button_sends_the_payload_that_only_the_server_knows(world: World) -> None:
    world.rasa.answer = lambda turn: {
        "language": "it",
        "messages": [{"text": "Quale?", "buttons": [{"title": "La prima", "payload": '/inform{"x":"1"}'}]}],
    }
    chat = await world.open()
    [question] = await chat.say("ciao")
    [button] = question["buttons"]
    assert set(button) == {"title", "token"}
    assert "inform" not in str(question)
    await chat.post(button=button["token"])
    messages = await chat.quiet()
    assert world.rasa.texts[-1] == '/inform{"x":"1"}'
    assert messages[2]["text"] == "La prima"


async def test_a_button_of_another_conversation_or_none_at_all_is_answered_politely(world: World) -> None:
    world.rasa.answer = lambda turn: {
        "language": "it",
        "messages": [{"text": "?", "buttons": [{"title": "Invia", "payload": "/submit"}]}],
    }
    mine, other = await world.open(), await world.open()
    [question] = await mine.say("ciao")
    for token in (question["buttons"][0]["token"], "made-up"):
        assert (await other.post(button=token)).status_code == 202
    assert [author for author, _ in await other.transcript()] == ["system", "system"]
    assert world.rasa.texts == ["ciao"]


async def test_an_expired_button_is_answered_politely(world: World) -> None:
    world.settings.button_hours = 0
    world.rasa.answer = lambda turn: {
        "language": "it",
        "messages": [{"text": "?", "buttons": [{"title": "Invia", "payload": "/submit"}]}],
    }
    chat = await world.open()
    [question] = await chat.say("ciao")
    await chat.post(button=question["buttons"][0]["token"])
    assert [author for author, _ in await chat.transcript()][-2:] == ["customer", "system"]
    assert world.rasa.texts == ["ciao"]


async def test_cards_links_and_input_are_normalised_and_unknown_parts_dropped(world: World) -> None:
    card = {
        "title": "Ospedale",
        "subtitle": "Milano",
        "lines": ["Via Roma 1", "02 123"],
        "link": {"title": "Mappa", "url": "https://maps.example.org/?q=1"},
        "buttons": [{"title": "Scegli", "payload": "/pick"}],
        "secret": "x",
    }
    bad = {"title": "Altro", "link": {"title": "No", "url": "javascript:alert(1)"}}
    world.rasa.answer = lambda turn: {
        "language": "it",
        "messages": [
            {
                "text": "Ecco",
                "custom": {
                    "cards": [card, bad],
                    "input": {"kind": "date", "max": "2026-11-20"},
                    "link": {"title": "Accedi", "url": "/secure/abc", "kind": "login"},
                    "surprise": 1,
                },
            },
            {"custom": {"transition": "logged_in"}},
        ],
    }
    chat = await world.open()
    [message] = await chat.say("ciao")
    assert message["cards"][0]["lines"] == ["Via Roma 1", "02 123"]
    assert message["cards"][0]["buttons"][0]["title"] == "Scegli"
    assert message["cards"][1]["link"] is None
    assert message["input"]["kind"] == "date"
    assert "surprise" not in str(message)


async def test_a_login_link_is_shown_with_our_address_and_leaves_the_transcript_after_the_log_in(
    world: World,
) -> None:
    link = {"title": "Accedi", "url": "/secure/abcdefghijklmnopqrstuvwx", "kind": "login"}
    world.rasa.answer = lambda turn: {
        "language": "it",
        "messages": [{"text": "Ecco", "custom": {"link": link, "transition": "login_pending"}}],
    }
    chat = await world.open()
    [message] = await chat.say("accedi")
    assert message["link"]["url"] == "http://127.0.0.1:8000/secure/abcdefghijklmnopqrstuvwx"
    world.rasa.answer = lambda turn: {
        "language": "it",
        "messages": [{"text": "Benvenuto", "custom": {"transition": "logged_in"}}],
    }
    await chat.say("fatto")
    assert (await chat.messages())[1]["link"] is None


async def test_the_conversation_takes_the_language_of_the_answer(world: World) -> None:
    world.rasa.answer = lambda turn: {**echo(turn), "language": "sr", "script": "Cyrl"}
    chat = await world.open("rs")
    [answer] = await chat.say("добар дан")
    assert answer["language"] == "sr-Cyrl"
    [reply] = await chat.say("/")
    assert reply["language"] == "sr-Cyrl"
    assert reply["text"] == words("system_text_empty", "sr", "Cyrl")
    await chat.say("још")
    assert world.backend.conversations[chat.id]["language"] == "sr"


async def test_a_turn_without_any_answer_gets_one_of_ours(world: World) -> None:
    world.rasa.answer = lambda turn: {"language": "it", "messages": []}
    chat = await world.open()
    [answer] = await chat.say("ciao")
    assert answer["author"] == "system"


async def test_nobody_reads_or_writes_without_the_token(world: World) -> None:
    chat = await world.open()
    other = await world.open()
    for headers in ({}, {"Authorization": "Bearer wrong"}, other.headers):
        for path in (
            f"{chat.path}/messages",
            f"{chat.path}/events",
            "/api/website/conversations/none/messages",
        ):
            answer = await world.http.get(path, headers=headers)
            assert (answer.status_code, answer.json()["error"]) == (401, "conversation_unknown")
        answer = await world.http.post(
            f"{chat.path}/messages", json={"client_message_id": "x", "text": "x"}, headers=headers
        )
        assert answer.status_code == 401


async def test_an_unknown_market_is_refused(world: World) -> None:
    answer = await world.http.post("/api/website/conversations", json={"market": "fr"})
    assert (answer.status_code, answer.json()["error"]) == (422, "market_unknown")


async def test_invalid_input_is_never_repeated_in_the_answer(world: World) -> None:
    chat = await world.open()
    answer = await chat.post(text="geheim", button="geheim")
    assert answer.status_code == 422
    assert "geheim" not in answer.text


async def test_too_many_messages_are_slowed_down_with_a_text(world: World) -> None:
    world.settings.messages_per_minute = 3
    chat = await world.open()
    answers = [await chat.post(text="ciao") for _ in range(4)]
    assert [a.status_code for a in answers] == [202, 202, 202, 429]
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert answers[-1].json()["message"]


async def test_only_listed_websites_may_embed_the_widget(world: World) -> None:
    answer = await world.http.get("/healthz", headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in answer.headers


async def test_the_interface_is_documented_without_anything_from_elsewhere(world: World) -> None:
    page = await world.http.get("/docs")
    assert page.status_code == 200
    assert "/api/website/conversations/{conversation_id}/events" in page.text
    assert "://" not in page.text
    assert (await world.http.get("/openapi.json")).json()["paths"]


async def test_whoever_writes_cyrillic_is_answered_so_before_the_dialogue_has_said_a_word(
    world: World,
) -> None:
    world.rasa.answer = lambda turn: {"language": "xx", "messages": []}
    chat = await world.open("rs", "sr")
    [answer] = await chat.say("добар дан")
    assert answer["text"] == words("system_no_answer", "sr", "Cyrl")
