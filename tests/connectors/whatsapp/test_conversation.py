"""A customer and the assistant on WhatsApp, through the real webhook and the stand-in of Meta's API."""

from datetime import timedelta

from connectors.core.models import TranscriptMessage
from simulators.chats import File
from tests.connectors.gateway_world import eventually, words
from tests.connectors.whatsapp.conftest import CUSTOMER, Mobile


async def test_a_text_is_answered(mobile: Mobile) -> None:
    await mobile.say("Buongiorno")
    [answer] = await mobile.receives(1)
    assert answer.text == "echo: Buongiorno"
    [conversation] = mobile.conversations()
    assert (conversation.market, conversation.language, conversation.channel) == ("it", "it", "whatsapp")
    assert mobile.rasa.turns[0]["metadata"]["channel"] == "whatsapp"
    assert CUSTOMER not in str(mobile.rasa.turns)


async def test_a_pressed_button_reaches_the_dialogue_as_what_it_means(mobile: Mobile) -> None:
    mobile.answer({"text": "Che cosa?", "buttons": [{"title": "Polizze", "payload": "/view_policies"}]})
    await mobile.say("ciao")
    [asked] = await mobile.receives(1)
    assert [button.title for row in asked.buttons for button in row] == ["Polizze"]
    await mobile.meta.press("it", CUSTOMER, asked.id, asked.buttons[0][0].value)
    await mobile.quiet()
    assert mobile.rasa.texts == ["ciao", "/view_policies"]
    assert ("customer", "Polizze") in mobile.transcript()


async def test_many_choices_come_as_a_list_with_more_behind_it(mobile: Mobile) -> None:
    buttons = [{"title": f"Scelta numero {n}", "payload": f'/inform{{"choice":"{n}"}}'} for n in range(23)]
    mobile.answer({"text": "Quale?", "buttons": buttons})
    await mobile.say("ciao")
    seen: list[str] = []
    for page, size in enumerate((10, 10, 5), 1):
        shown = (await mobile.receives(page))[-1]
        assert shown.menu == words("whatsapp_choose") and len(shown.buttons) == size
        rows = [row[0] for row in shown.buttons]
        seen += [row.title for row in rows if not row.value.startswith("more:")]
        if page < 3:
            assert rows[-1].title == words("whatsapp_more")
            more = await mobile.meta.press("it", CUSTOMER, shown.id, rows[-1].value)
            await mobile.meta.redeliver("it", CUSTOMER, more)
    assert seen == [button["title"] for button in buttons]
    await mobile.stays_at(3)
    assert mobile.rasa.texts == ["ciao"]
    last = mobile.shown()[-1]
    await mobile.meta.press("it", CUSTOMER, last.id, last.buttons[-1][0].value)
    await mobile.quiet()
    assert mobile.rasa.texts[-1] == '/inform{"choice":"22"}'


async def test_a_photo_and_its_caption_reach_the_backend_and_the_dialogue(mobile: Mobile) -> None:
    photos = [File("a.jpg", "image/jpeg", b"j" * 9), File("b.pdf", "application/pdf", b"%PDF" * 3)]
    await mobile.meta.send_files("it", CUSTOMER, photos, caption="La mia fattura")
    await mobile.quiet()
    assert mobile.backend.received_bytes == 9 + 12
    assert sorted(mobile.rasa.texts) == ["/inform", "/inform", "La mia fattura"]
    assert "j" * 9 not in str(mobile.rasa.turns)


async def test_a_photo_over_five_megabytes_is_asked_for_as_a_document(mobile: Mobile) -> None:
    await mobile.meta.send_files("it", CUSTOMER, [File("big.jpg", "image/jpeg", bytes(5 * 1024 * 1024 + 1))])
    [answer] = await mobile.receives(1)
    assert answer.text == words("whatsapp_send_as_document")


async def test_an_edit_before_the_answer_changes_the_message_and_one_after_it_is_a_new_one(
    mobile: Mobile,
) -> None:
    with mobile.rasa.thinking():
        await mobile.say("prima")
        waiting = await mobile.say("secnda")
        await mobile.meta.edit("it", CUSTOMER, waiting, "seconda")
    await mobile.quiet()
    assert mobile.rasa.texts == ["prima", "seconda"]
    edited = await mobile.meta.edit("it", CUSTOMER, waiting, "seconda e mezza")
    await mobile.meta.redeliver("it", CUSTOMER, edited)
    await mobile.quiet()
    assert mobile.rasa.texts == ["prima", "seconda", "seconda e mezza"]


async def test_a_deleted_message_that_waits_is_not_worked(mobile: Mobile) -> None:
    with mobile.rasa.thinking():
        await mobile.say("prima")
        waiting = await mobile.say("cancellami")
        await mobile.meta.delete("it", CUSTOMER, waiting)
    await mobile.quiet()
    assert mobile.rasa.texts == ["prima"]


async def test_messages_are_worked_in_the_order_in_which_they_were_written(mobile: Mobile) -> None:
    with mobile.rasa.thinking():
        await mobile.say("adesso")
        await mobile.say("dopo", late_by=timedelta(seconds=-3))
        await mobile.say("prima", late_by=timedelta(seconds=5))
    await mobile.quiet()
    assert mobile.rasa.texts == ["adesso", "prima", "dopo"]


async def test_a_week_old_yes_confirms_nothing(mobile: Mobile) -> None:
    await mobile.say("ciao")
    await mobile.quiet()
    await mobile.say("sì, confermo", late_by=timedelta(days=6))
    await mobile.quiet()
    assert mobile.rasa.texts == ["ciao"]
    assert mobile.texts()[-1] == words("system_message_late")


async def test_the_customer_sees_that_the_message_was_read_and_is_being_answered(mobile: Mobile) -> None:
    with mobile.rasa.thinking():
        said = await mobile.say("ciao")
        key = mobile.meta.key("it", CUSTOMER)

        async def typing() -> bool:
            return mobile.chats.chat(key).typing

        await eventually(typing)
        assert mobile.chats.find(key, said).status == "read"
    await mobile.quiet()


async def test_statuses_stand_in_the_transcript_and_go_only_forward(mobile: Mobile) -> None:
    await mobile.say("ciao")
    [answer] = await mobile.receives(1)
    await mobile.meta.see("it", CUSTOMER)
    await mobile.quiet()

    async def read() -> bool:
        rows = mobile.rows(TranscriptMessage.__table__)
        return [row.status for row in rows if row.author == "bot"] == ["read"]

    await eventually(read)
    await mobile.meta.tell_status(mobile.meta.key("it", CUSTOMER), answer.id, "delivered")
    assert await read()


async def test_accounts_keep_their_customers_apart(mobile: Mobile) -> None:
    await mobile.say("ciao")
    await mobile.say("здраво", account="rs")
    await mobile.quiet()
    markets = {row.market: row.address for row in mobile.conversations()}
    assert markets.keys() == {"it", "rs"}
    assert mobile.texts(account="rs") == ["echo: здраво"]
    assert mobile.texts() == ["echo: ciao"]


async def test_a_code_typed_in_the_chat_is_nowhere(mobile: Mobile) -> None:
    await mobile.say("ciao")
    await mobile.quiet()
    [conversation] = mobile.conversations()
    mobile.backend.conversations[conversation.id]["state"] = "code_sent"
    await mobile.say("123456")
    await mobile.quiet()
    assert mobile.backend.verified == ["123456"]
    assert "123456" not in str(mobile.transcript()) + str(mobile.rasa.turns)
