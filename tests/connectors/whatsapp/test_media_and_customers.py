"""Files on Meta's servers, files of ours, and who a customer is when ids come and go."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.core.models import Conversation
from connectors.whatsapp.customers import _give_up
from simulators.chats import File
from simulators.whatsapp_lines import user_id_of
from tests.connectors.gateway_world import words
from tests.connectors.whatsapp.conftest import CUSTOMER, Mobile

PHOTO = File("foto.jpg", "image/jpeg", b"\xff\xd8" * 40)
CARD = {
    "title": "Milica Jovanović",
    "subtitle": "Salute Oro · 4711",
    "lines": ["Valida fino al 31/01/2027"],
    "picture": {"url": f"/secure/card/{'t' * 20}/card.png", "alt": "La tessera"},
    "link": {"title": "Come PDF", "url": f"/secure/card/{'t' * 20}/card.pdf"},
    "buttons": [{"title": "L'ho persa", "payload": "/view_ecard"}],
}


async def test_an_expired_link_is_asked_for_anew(mobile: Mobile, monkeypatch: Any) -> None:
    made = mobile.meta._link
    links: list[Any] = []

    def expire_the_first(media: Any) -> Any:
        link = made(media)
        links.append(link)
        if len(links) == 1:
            mobile.meta.expire_links()
        return link

    monkeypatch.setattr(mobile.meta, "_link", expire_the_first)
    await mobile.meta.send_files("it", CUSTOMER, [PHOTO])
    await mobile.quiet()
    assert len(links) == 2
    assert mobile.backend.received_bytes == len(PHOTO.content)


async def test_a_file_that_meta_has_no_more_is_asked_for_again(mobile: Mobile) -> None:
    mobile.chats.set_faults(mobile.meta.key("it", CUSTOMER), media_expired=True)
    await mobile.meta.send_files("it", CUSTOMER, [PHOTO])
    await mobile.quiet()
    assert mobile.backend.documents == []
    assert "foto" not in mobile.texts()[0] and mobile.texts()[0].startswith(
        words("system_file_gone", filename="X").split("X")[0]
    )


async def test_the_token_goes_to_no_stranger(mobile: Mobile) -> None:
    mobile.meta.media_url = "http://meta.example.org"
    await mobile.meta.send_files("it", CUSTOMER, [PHOTO])
    await mobile.quiet()
    assert mobile.backend.documents == []
    assert len(mobile.texts()) == 1


async def test_a_card_comes_as_a_picture_with_its_words_and_a_document(mobile: Mobile) -> None:
    mobile.answer({"text": "Ecco la tessera.", "custom": {"cards": [CARD]}})
    await mobile.say("tessera")
    picture, document, words_and_button = await mobile.receives(3)
    assert (picture.kind, picture.file and picture.file.content) == ("photo", b"a picture")
    assert picture.text == "*Milica Jovanović*\nSalute Oro · 4711\nValida fino al 31/01/2027"
    assert (document.kind, document.file and document.file.name) == ("document", "Milica Jovanović.pdf")
    assert words_and_button.text == "Ecco la tessera."
    assert words_and_button.buttons[0][0].title == "L'ho persa"


async def test_a_card_that_may_not_be_shown_any_more_is_not_shown(mobile: Mobile) -> None:
    old = {**CARD, "picture": {"url": f"/secure/card/{'x' * 20}/card.png", "alt": "La tessera"}}
    mobile.answer({"text": "Ecco.", "custom": {"cards": [{k: v for k, v in old.items() if k != "link"}]}})
    await mobile.say("tessera")
    first, _ = await mobile.receives(2)
    assert (first.kind, first.text) == ("text", words("ecard_link_old"))


async def test_a_file_put_up_long_ago_is_not_sent_again_unasked(
    mobile: Mobile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The link of a message lives longer than the log-in it belongs to."""
    monkeypatch.setattr("connectors.whatsapp.outgoing.UPLOAD_LIFE", timedelta(0))
    token = "s" * 20
    mobile.backend.sent_files[token] = b"a form"
    link = {"title": "Apri il file", "url": f"/secure/file/{token}/file.pdf"}
    mobile.answer({"custom": {"cards": [{"title": "modulo.pdf", "link": link}]}})
    await mobile.say("modulo")
    await mobile.receives(1)
    del mobile.backend.sent_files[token]
    await mobile.say("ancora")
    _, gone = await mobile.receives(2)
    assert (gone.kind, gone.text) == ("text", words("care_file_old"))


async def test_a_file_that_an_agent_sent_comes_as_a_document_or_a_picture(mobile: Mobile) -> None:
    token = "s" * 20
    mobile.backend.sent_files[token] = b"a form"
    url = f"/secure/file/{token}/file"
    pdf = {"title": "modulo.pdf", "link": {"title": "Apri il file", "url": f"{url}.pdf"}}
    photo = {"title": "mappa.jpg", "picture": {"url": f"{url}.jpg", "alt": "mappa.jpg"}}
    mobile.answer({"custom": {"cards": [pdf, photo]}})
    await mobile.say("modulo")
    document, picture = await mobile.receives(2)
    assert (document.kind, picture.kind) == ("document", "photo")
    assert document.file is not None and (document.file.name, document.file.content) == (
        "modulo.pdf",
        b"a form",
    )
    assert picture.file is not None and picture.file.media_type == "image/jpeg"
    mobile.answer(
        {"custom": {"cards": [{**pdf, "link": {**pdf["link"], "url": f"/secure/file/{'x' * 20}/file.pdf"}}]}}
    )  # type: ignore[dict-item]
    await mobile.say("un altro")
    (gone,) = (await mobile.receives(3))[-1:]
    assert (gone.kind, gone.text) == ("text", words("care_file_old"))


async def test_hospitals_come_as_places_on_the_map(mobile: Mobile) -> None:
    card = {
        "title": "Clinica Aurora",
        "lines": ["Via Larga 31"],
        "link": {"title": "Mappa", "url": "https://www.openstreetmap.org/?mlat=45&mlon=9"},
        "place": {"lat": 45.46, "lon": 9.19, "address": "Via Larga 31, Milano"},
    }
    mobile.answer({"text": "La più vicina:", "custom": {"cards": [card]}})
    await mobile.meta.send_location("it", CUSTOMER, 45.4, 9.1)
    told, place = await mobile.receives(2)
    assert "Clinica Aurora" in told.text
    assert place.location is not None and place.location.address == "Via Larga 31, Milano"


async def test_a_customer_known_by_phone_goes_on_under_the_user_id(mobile: Mobile) -> None:
    mobile.meta.hides_user_id = True
    await mobile.say("uno")
    await mobile.quiet()
    mobile.meta.hides_user_id = False
    await mobile.say("due")
    await mobile.quiet()
    user_id = user_id_of(mobile.meta.known["it"], CUSTOMER)
    assert [row.address for row in mobile.conversations()] == [f"it:{user_id}"]
    # WhatsApp may hide the number from now on.
    mobile.meta._customers["it", user_id] = user_id
    await mobile.meta.say("it", user_id, "tre")
    await mobile.quiet()
    assert len(mobile.conversations()) == 1
    assert [call.body.get("recipient") for call in mobile.meta.calls if "text" in call.body][-1] == user_id
    assert mobile.rasa.texts == ["uno", "due", "tre"]


async def test_another_phone_number_is_another_customer(mobile: Mobile) -> None:
    await mobile.say("ciao")
    await mobile.quiet()
    await mobile.meta.change_number("it", CUSTOMER, "12195555358")
    await mobile.say("ciao di nuovo", customer="12195555358")
    # Whoever gets the old number next begins anew as well.
    await mobile.say("chi sono?")
    await mobile.quiet()
    assert len({turn["conversation_id"] for turn in mobile.rasa.turns}) == 3
    statement = select(Conversation.address).where(Conversation.address.like("it:!%"))
    given_up = await mobile.gateway.database.read(lambda s: s.scalars(statement).all())
    assert len(given_up) == 1


async def test_the_number_alone_leads_to_the_conversation_it_was_linked_to(mobile: Mobile) -> None:
    await mobile.say("uno")
    mobile.meta.hides_user_id = True
    await mobile.say("due")
    await mobile.quiet()
    assert len(mobile.conversations()) == 1
    await mobile.meta.change_number("it", CUSTOMER, "12195555358")
    await mobile.say("tre")
    await mobile.quiet()
    assert len({turn["conversation_id"] for turn in mobile.rasa.turns}) == 2


async def test_a_user_id_with_another_number_leaves_the_log_in_behind(
    mobile: Mobile, monkeypatch: Any
) -> None:
    """Also when WhatsApp kept the id and its news of the new number came late or never."""
    same = user_id_of(mobile.meta.known["it"], CUSTOMER)
    monkeypatch.setattr("simulators.whatsapp_lines.user_id_of", lambda account, customer: same)
    await mobile.say("uno")
    await mobile.say("due", customer="12195555358")
    await mobile.say("tre", customer="12195555358")
    await mobile.quiet()
    ids = [turn["conversation_id"] for turn in mobile.rasa.turns]
    assert len(set(ids)) == 2
    assert len(mobile.conversations()) == 2


async def test_two_first_messages_at_once_are_of_one_customer(mobile: Mobile) -> None:
    await asyncio.gather(*(mobile.say(text) for text in ("uno", "due", "tre")))
    await mobile.quiet()
    assert len({turn["conversation_id"] for turn in mobile.rasa.turns}) == 1
    assert len(mobile.conversations()) == 1


async def test_old_news_of_a_number_end_no_conversation_opened_since(mobile: Mobile) -> None:
    await mobile.say("ciao")
    await mobile.quiet()
    [conversation] = mobile.conversations()
    opened, address = conversation.created_at, str(conversation.address)

    def give_up(session: Session, minutes: int) -> bool:
        return _give_up(session, address, opened - timedelta(minutes=minutes))

    assert not await mobile.gateway.database.write(lambda session: give_up(session, 60))
    assert [row.address for row in mobile.conversations()] == [address]
    assert await mobile.gateway.database.write(lambda session: give_up(session, -1))
