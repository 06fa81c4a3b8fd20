"""What customers do on Telegram, through the real webhook: stored once, worked in order, answered in the chat."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from connectors.core.models import Turn
from connectors.telegram.commands import Command, read_command
from simulators.chats import File
from tests.connectors.gateway_fakes import CODE
from tests.connectors.gateway_world import eventually, words
from tests.connectors.telegram.conftest import TelegramWorld, payload

JPEG = File("IMG_1.jpg", "image/jpeg", b"\xff\xd8" + b"j" * 5000)
PDF = File("ricevuta.pdf", "application/pdf", b"%PDF-1.7" + b"p" * 5000)
BUTTONS = [
    {"title": "Le mie polizze", "payload": "/view_policies"},
    {"title": "Menu", "payload": "/ask_capabilities"},
]


def offer(turn):
    return {"language": "it", "script": "Latn", "messages": [{"text": turn["text"], "buttons": BUTTONS}]}


def in_indonesian(turn):
    return {"language": "id", "script": "Latn", "messages": [{"text": turn["text"]}]}


async def test_a_text_is_answered_in_the_chat(telegram: TelegramWorld) -> None:
    rina = telegram.phone("it")
    await rina.say("Quanto mi resta?")
    assert rina.texts == ["echo: Quanto mi resta?"]
    (turn,) = telegram.rasa.turns
    assert (turn["metadata"]["market"], turn["metadata"]["channel"]) == ("it", "telegram")
    assert telegram.sim.bots["it"].calls[-1][0] == "sendMessage"
    assert ("sendChatAction", "typing") in [
        (m, given.get("action")) for m, given in telegram.sim.bots["it"].calls
    ]


async def test_the_account_says_the_market_and_the_phone_the_language(telegram: TelegramWorld) -> None:
    assert (await telegram.post(payload("text"), "rs")).status_code == 200
    await telegram.quiet()
    (turn,) = telegram.rasa.turns
    assert (turn["metadata"]["market"], turn["metadata"]["language"]) == ("rs", "id")


async def test_the_same_person_is_another_customer_at_another_bot(telegram: TelegramWorld) -> None:
    for account in ("id", "it"):
        assert (await telegram.post(payload("text"), account)).status_code == 200
    await telegram.quiet()
    assert len({turn["conversation_id"] for turn in telegram.rasa.turns}) == 2


async def test_an_update_that_comes_again_is_worked_once(telegram: TelegramWorld) -> None:
    answers = await asyncio.gather(*(telegram.post(payload("text")) for _ in range(6)))
    assert {answer.status_code for answer in answers} == {200}
    await telegram.quiet()
    assert (await telegram.post({**payload("text"), "update_id": 1})).status_code == 200
    await telegram.quiet()
    assert len(telegram.rasa.turns) == 1


async def test_commands_are_wishes_and_nothing_typed_is_executed(telegram: TelegramWorld) -> None:
    wishes = {
        "/start": "/greet",
        "/start claim": "/claim_reimbursement",
        "/start nobody-knows-this": "/greet",
        "/menu": "/ask_capabilities",
        "/help@care_it_bot": "/ask_capabilities",
        "/stop": "/stop",
        "/menu grazie": "menu grazie",
        "/restart": "restart",
        '/start{"a": 1}': 'start{"a": 1}',
        '/ask_contact{"choice": "x"}': 'ask_contact{"choice": "x"}',
    }
    rina = telegram.phone()
    for text in wishes:
        await telegram.sim.say("it", rina.customer, text)
    await telegram.quiet()
    assert telegram.rasa.texts == list(wishes.values())


def test_what_stands_behind_a_command_is_not_shown() -> None:
    assert read_command("/start claim") == Command("/start claim", "/claim_reimbursement")
    assert read_command("/start Gatto!99roma") == Command("/start", "/greet")
    assert read_command("/menu Gatto!99roma") is None


def test_every_command_is_a_wish_that_the_assistant_knows() -> None:
    domain = yaml.safe_load(Path("domain.yml").read_text(encoding="utf-8"))
    known = {
        f"/{name}"
        for intent in domain["intents"]
        for name in (intent if isinstance(intent, dict) else [intent])
    }
    listed = yaml.safe_load(Path("connectors/telegram/commands.yml").read_text(encoding="utf-8"))
    assert {*listed["commands"].values(), *listed["wishes"].values()} <= known


async def test_a_pressed_button_is_executed_once_answered_at_once_and_marked(telegram: TelegramWorld) -> None:
    telegram.rasa.answer = offer
    rina = telegram.phone()
    await rina.say("ciao")
    entry, value = rina.find_button("Le mie polizze")
    await asyncio.gather(*(telegram.sim.press("it", rina.customer, entry.id, value) for _ in range(3)))
    await telegram.quiet()
    assert telegram.rasa.texts == ["ciao", "/view_policies"]

    async def marked() -> bool:
        return [[b.title for b in row] for row in rina.entries[1].buttons] == [["✓ Le mie polizze"]]

    await eventually(marked)
    assert sum(method == "answerCallbackQuery" for method, _ in telegram.sim.bots["it"].calls) == 3
    await telegram.sim.press("it", rina.customer, entry.id, "pressed")
    await telegram.quiet()
    assert len(telegram.rasa.turns) == 2


async def test_a_button_of_another_customer_executes_nothing(telegram: TelegramWorld) -> None:
    telegram.rasa.answer = offer
    rina = telegram.phone()
    await rina.say("ciao")
    _, value = rina.find_button("Le mie polizze")
    pressed = payload("callback_query")
    pressed["callback_query"]["data"] = value
    assert (await telegram.post(pressed)).status_code == 200
    await telegram.quiet()
    assert telegram.rasa.texts == ["ciao"]
    pressed = payload("callback_query_inaccessible")
    pressed["callback_query"]["data"] = "no-token-of-ours"
    assert (await telegram.post(pressed)).status_code == 200
    await telegram.quiet()
    assert telegram.rasa.texts == ["ciao"]


async def test_many_buttons_are_turned_page_by_page(telegram: TelegramWorld) -> None:
    many = [{"title": f"Prestazione numero {n}", "payload": f'/inform{{"n": {n}}}'} for n in range(12)]
    telegram.rasa.answer = lambda turn: {
        "language": "it",
        "script": "Latn",
        "messages": [{"text": "?", "buttons": many}],
    }
    rina = telegram.phone()
    await rina.say("ciao")
    with pytest.raises(AssertionError):
        rina.find_button("Prestazione numero 11")
    await rina.press(words("button_more") + " (1/2)")

    async def turned() -> bool:
        return any(
            button.title == "Prestazione numero 11" for row in rina.entries[1].buttons for button in row
        )

    await eventually(turned)
    await rina.press("Prestazione numero 11")
    assert telegram.rasa.texts == ["ciao", '/inform{"n": 11}']


async def test_a_photo_comes_in_its_largest_size_with_its_caption_after_it(telegram: TelegramWorld) -> None:
    await telegram.phone().send_files(JPEG, caption="dal dentista")
    (document,) = telegram.backend.documents
    assert document["size"] == len(JPEG.content) and document["filename"].endswith(".jpg")
    first, second = telegram.rasa.turns
    assert (first["text"], first["metadata"]["attachments"]) == ("/inform", [document])
    assert second["text"] == "dal dentista"


async def test_an_album_is_several_files_in_order(telegram: TelegramWorld) -> None:
    files = [File(f"pagina-{n}.pdf", "application/pdf", b"%PDF" + b"p" * n) for n in range(1, 5)]
    await telegram.phone().send_files(*files)
    sent = [turn["metadata"]["attachments"][0]["filename"] for turn in telegram.rasa.turns]
    assert sent == [file.name for file in files]


async def test_a_file_that_is_gone_is_asked_for_again(telegram: TelegramWorld) -> None:
    telegram.rasa.answer = in_indonesian
    for name in ("photo", "document"):
        await telegram.tell(name)
    gone = [
        words("system_file_gone", "id", filename=name) for name in ("photo-104.jpg", "kuitansi klinik.pdf")
    ]
    assert [text for text in telegram.phone("id").texts if text in gone] == gone
    assert telegram.backend.documents == []


async def test_a_file_comes_through_when_telegram_and_the_backend_fail_first(telegram: TelegramWorld) -> None:
    rina = telegram.phone()
    await rina.say("ciao")
    rina.faults(failing=2)
    telegram.backend.down = True

    async def comes_back() -> None:
        await asyncio.sleep(0.3)
        telegram.backend.down = False

    back = asyncio.create_task(comes_back())
    await rina.send_files(PDF)
    await back
    (document,) = telegram.backend.documents
    assert document["size"] == len(PDF.content)
    assert telegram.rasa.texts == ["ciao", "/inform"]


async def test_more_than_telegram_lets_us_fetch_is_said(telegram: TelegramWorld) -> None:
    await telegram.tell(
        "document", document=payload("document")["message"]["document"] | {"file_size": 21 * 1024**2}
    )
    assert telegram.phone("id").texts == [
        words("system_file_too_large", "id", filename="kuitansi klinik.pdf", megabytes=19)
    ]


async def test_a_location_looks_for_providers_near_it(telegram: TelegramWorld) -> None:
    for name in ("location", "venue"):
        await telegram.tell(name)
    for turn in telegram.rasa.turns:
        assert turn["text"] == "/find_provider"
        assert turn["metadata"]["detail"] == {"lat": -6.2146, "lon": 106.8451}


async def test_a_contact_is_taken_only_where_the_own_number_is_asked_for(telegram: TelegramWorld) -> None:
    rina = telegram.phone()
    await telegram.sim.send_contact("it", rina.customer, "393331234567")
    await telegram.quiet()
    assert rina.texts == [words("telegram_contact_not_needed")]
    telegram.rasa.answer = lambda turn: {
        "language": "it",
        "script": "Latn",
        "messages": [{"text": "Il numero?", "custom": {"input": {"kind": "phone"}}}],
    }
    await rina.say("voglio cambiare numero")
    assert rina.answers[-1].keyboard[0][0].asks == "contact"
    await telegram.sim.send_contact("it", rina.customer, "390000000000", own=False)
    await telegram.quiet()
    assert telegram.rasa.texts == ["voglio cambiare numero"]
    await telegram.sim.send_contact("it", rina.customer, "393331234567")
    await telegram.quiet()
    assert telegram.rasa.texts[-1] == "+393331234567"
    assert "390000000000" not in telegram.stored()


async def test_what_can_not_be_read_is_answered_kindly(telegram: TelegramWorld) -> None:
    names = ("voice", "sticker", "video_with_caption", "animation")
    telegram.rasa.answer = in_indonesian
    for name in names:
        await telegram.tell(name)
    assert telegram.phone("id").texts.count(words("system_only_text_photos_pdf", "id")) == len(names)
    assert telegram.rasa.texts == ["mobil saya ditabrak"]


async def test_a_reply_to_a_message_with_buttons_is_a_text(telegram: TelegramWorld) -> None:
    assert (await telegram.post(payload("reply_to_buttons"))).status_code == 200
    await telegram.quiet()
    assert telegram.rasa.texts == ["Polis saya"]


async def test_an_edit_changes_what_waits_and_is_answered_when_it_comes_later(
    telegram: TelegramWorld,
) -> None:
    rina = telegram.phone()
    with telegram.rasa.thinking():
        await telegram.sim.say("it", rina.customer, "prima")
        waiting = await telegram.sim.say("it", rina.customer, "secnda")
        await telegram.sim.edit("it", rina.customer, waiting, "seconda")
    await telegram.quiet()
    assert telegram.rasa.texts == ["prima", "seconda"]
    await telegram.sim.edit("it", rina.customer, waiting, "seconda, ma subito")
    await telegram.quiet()
    assert telegram.rasa.texts[-1] == "seconda, ma subito"
    await telegram.sim.redeliver("it", rina.customer, waiting)
    await telegram.quiet()
    assert len(telegram.rasa.turns) == 3


async def test_a_yes_of_last_week_confirms_nothing(telegram: TelegramWorld) -> None:
    rina = telegram.phone()
    await rina.say("ciao")
    await rina.say("sì, confermo", late_by=timedelta(days=7))
    assert telegram.rasa.texts == ["ciao"]
    assert rina.texts[-1] == words("system_message_late")


async def test_a_code_is_checked_never_stored_and_deleted_from_the_chat(telegram: TelegramWorld) -> None:
    rina = telegram.phone("rs")
    await rina.say("пријава")
    (turn,) = telegram.rasa.turns
    telegram.backend.conversations[turn["conversation_id"]]["state"] = "code_sent"
    written = await rina.say(f"код је {CODE}")
    assert telegram.backend.verified == [CODE]
    assert telegram.sim.chats.find(rina.key, written).deleted
    assert CODE not in telegram.stored()
    assert telegram.rasa.turns[-1]["metadata"]["detail"]["result"] == "logged_in"


async def test_a_password_is_deleted_from_the_chat_also_when_telegram_fails_first(
    telegram: TelegramWorld,
) -> None:
    rina = telegram.phone()
    await rina.say("ciao")
    rina.faults(failing=3)
    written = await rina.say("la mia password è Gatto!99roma")
    await telegram.quiet()
    assert telegram.sim.chats.find(rina.key, written).deleted
    assert "Gatto!99roma" not in telegram.stored()
    assert telegram.rasa.turns[-1]["metadata"]["notice"] == "password_typed"


async def test_a_code_that_can_not_be_checked_now_comes_again(telegram: TelegramWorld) -> None:
    rina = telegram.phone("it")
    sent = {"text": "Il codice?", "custom": {"transition": "code_pending"}}
    telegram.rasa.answer = lambda turn: {"language": "it", "script": "Latn", "messages": [sent]}
    await rina.say("accedi")
    telegram.backend.conversations[telegram.rasa.turns[0]["conversation_id"]]["state"] = "code_sent"
    telegram.backend.down = True
    await telegram.sim.say("it", rina.customer, CODE)
    assert rina.entries[-1].status == "failed"
    assert CODE not in telegram.stored()
    telegram.backend.down = False

    async def verified() -> bool:
        return telegram.backend.verified == [CODE]

    await eventually(verified)


async def test_a_group_is_told_and_left(telegram: TelegramWorld) -> None:
    for name in ("added_to_group", "group_message"):
        assert (await telegram.post(payload(name))).status_code == 200

    async def left() -> bool:
        return telegram.sim.left.get("id") == ["-1002233445566"] * 2

    await eventually(left)
    group = telegram.phone("id", "-1002233445566")
    assert group.texts == [words("telegram_private_only", "id")] * 2
    assert telegram.rows(Turn.__table__) == []


async def test_what_means_nothing_to_us_is_acknowledged(telegram: TelegramWorld) -> None:
    names = (
        "blocked",
        "unblocked",
        "pinned_message",
        "unknown_kind",
        "kind_of_the_future",
        "message_reaction",
    )
    for name in names:
        assert (await telegram.post(payload(name))).status_code == 200
    assert telegram.rows(Turn.__table__) == []


async def test_what_is_forged_or_broken_has_no_effect(telegram: TelegramWorld) -> None:
    update = json.dumps(payload("text")).encode()
    attempts: list[tuple[str, str | bytes | None, bytes, int]] = [
        ("it", "", update, 401),
        ("it", "webhook-secret-of-the-bot-id", update, 401),
        ("it", "webhook-secret-of-the-bot-i", update, 401),
        ("it", b"schl\xfcssel", update, 401),
        ("nobody", "", update, 401),
        ("nobody", "-" * 32, update, 401),
        ("it", None, b"no json", 400),
        ("it", None, b"[]", 400),
        ("it", None, b'{"update_id": "1"}', 400),
        ("it", None, b"\xff\xfe", 400),
        ("it", None, b'{"update_id": 1, "message": {"text": "no chat"}}', 200),
    ]
    for account, secret, body, status in attempts:
        answer = await telegram.post(body, account, secret)
        assert (answer.status_code, answer.content) == (status, b""), (account, secret, body)
    no_header = await telegram.http.post("/webhooks/telegram/it", content=update)
    assert no_header.status_code == 401
    assert telegram.rows(Turn.__table__) == []
