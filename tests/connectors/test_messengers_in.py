"""What messengers bring: once, in the order it was sent, also late, edited, withdrawn, with secrets and files."""

import asyncio
import contextlib
from datetime import timedelta

import pytest

from connectors.core import jobs
from connectors.core.channel import DeliveryFailed, MediaRef
from connectors.core.models import Turn
from connectors.core.retention import forget_old
from connectors.database import utc_now
from connectors.errors import BackendSilent
from connectors.settings import Settings
from tests.connectors.gateway_fakes import CODE
from tests.connectors.gateway_world import eventually, words
from tests.connectors.messenger_world import HOUR, NEVER, Roost, roost

SECOND = timedelta(seconds=1)
PHOTO = MediaRef(vendor_id="p1", filename="scontrino.jpg", media_type="image/jpeg", size=2500)


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "PAUSES", (0.1,))


async def test_a_customer_has_one_conversation_per_account(settings: Settings) -> None:
    async with roost(settings) as world:
        opened = await asyncio.gather(*(world.customer("roof:7") for _ in range(5)))
        assert len({one.id for one in opened}) == 1
        other = await world.customer("tower:7", "rs")
        assert other.id != opened[0].id and (opened[0].language, other.language) == ("it", "sr")
        hinted = await world.reception.open_for("pigeons", "roof:8", "rs", "sr-Cyrl")
        assert (hinted.language, hinted.script) == ("sr", "Cyrl")
        unknown = await world.reception.open_for("pigeons", "roof:9", "it", "de")
        assert unknown.language == "it"


async def test_nobody_is_taken_in_with_a_wrong_language_while_the_backend_is_away(settings: Settings) -> None:
    async with roost(settings) as world:
        world.backend.down = True
        with pytest.raises(BackendSilent):
            await world.customer("roof:1")
        assert (await world.reception.open_for("pigeons", "roof:2", "it", "it")).language == "it"


async def test_what_came_in_disorder_is_worked_in_the_order_it_was_sent(settings: Settings) -> None:
    async with roost(settings, messenger_settle_seconds=NEVER) as world:
        now = utc_now()
        for number in (3, 1, 4, 1, 0, 2):
            await world.say(str(number), now - (5 - number) * SECOND, f"m{number}")
        await world.settle()
        assert world.rasa.texts == ["0", "1", "2", "3", "4"]
        assert world.pigeons.texts == [f"echo: {n}" for n in range(5)]


async def test_what_was_begun_is_finished_before_what_was_sent_earlier(settings: Settings) -> None:
    async with roost(settings) as world:
        now = utc_now()
        with world.rasa.thinking():
            await world.say("dopo", now)
            await eventually(world.rasa.is_at_work)
            await world.say("prima", now - 5 * SECOND)
        await world.settled()
        assert world.rasa.texts == ["dopo", "prima"]
        assert world.rasa.most_at_once == {(await world.customer()).id: 1}


async def test_a_failing_turn_is_tried_again_before_what_came_meanwhile(settings: Settings) -> None:
    async with roost(settings) as world:
        world.rasa.fail_next = 1000
        now = utc_now()
        await world.say("dopo", now)

        async def has_failed() -> bool:
            return bool(world.rasa.turns)

        await eventually(has_failed)
        await world.say("prima", now - 5 * SECOND)
        world.rasa.fail_next = 2
        await world.settled()
        assert list(dict.fromkeys(world.rasa.texts)) == ["dopo", "prima"]
        assert world.pigeons.texts == ["echo: dopo", "echo: prima"]


async def test_a_yes_of_last_week_confirms_nothing(settings: Settings) -> None:
    async with roost(settings) as world:
        await world.say("ciao")
        await world.settled()
        for number in range(3):
            late = await world.say("sì", utc_now() - timedelta(days=7), f"late{number}")
            assert late.fresh
        assert not (await world.say("sì", utc_now() - timedelta(days=7), "late0")).fresh
        await world.settled()
        assert world.rasa.texts == ["ciao"]
        # Said once for all of them, and nothing is lost.
        assert world.pigeons.texts == ["echo: ciao", words("system_message_late")]
        assert [m.text for m in await world.transcript() if m.author == "customer"] == ["ciao", *["sì"] * 3]


async def test_old_messages_that_nothing_overtook_are_worked(settings: Settings) -> None:
    """After an outage of ours everything is old, and still to be answered."""
    async with roost(settings, messenger_settle_seconds=NEVER) as world:
        await world.say("due", utc_now() - 2 * HOUR)
        await world.say("uno", utc_now() - 3 * HOUR)
        await world.settle()
        assert world.rasa.texts == ["uno", "due"]
        # Late by less than ten minutes is no reason either.
        await world.say("tre", utc_now())
        await world.settle()
        await world.say("quattro", utc_now() - timedelta(minutes=9))
        await world.settle()
        assert world.rasa.texts[2:] == ["tre", "quattro"]


async def test_a_late_code_is_not_tried_and_stands_nowhere(settings: Settings) -> None:
    async with roost(settings) as world:
        await world.say("ciao")
        await world.settled()
        customer = await world.customer()
        world.backend.conversations[customer.id]["state"] = "code_sent"
        received = await world.say(CODE, utc_now() - HOUR, "m-code")
        await world.settled()
        assert received.secret and world.backend.verified == []
        assert world.pigeons.erased == [("roof:7", "m-code")]
        assert CODE not in repr([world.rows(table) for table in Turn.metadata.sorted_tables])


async def test_a_message_with_a_password_is_deleted_at_the_vendor_until_that_worked(
    settings: Settings,
) -> None:
    async with roost(settings) as world:
        world.pigeons.failures = [DeliveryFailed("hawk"), DeliveryFailed("storm")]
        received = await world.say("la mia password è Sunce2020!", message_id="m-secret")
        assert received.secret
        await world.settled()
        assert world.pigeons.erased == [("roof:7", "m-secret")]
        assert "Sunce2020!" not in repr([world.rows(table) for table in Turn.metadata.sorted_tables])
        assert world.rasa.turns[0]["metadata"]["notice"] == "password_typed"
        assert not (await world.say("ciao")).secret


async def test_an_edited_message_that_waits_is_worked_as_edited(settings: Settings) -> None:
    async with roost(settings, messenger_settle_seconds=NEVER) as world:
        sent = utc_now()
        await world.say("dentsta a Roma", sent, "m1")
        customer = await world.customer()
        for _ in range(2):
            await world.reception.replace_text(customer, "m1", "dentista a Roma", sent + SECOND)
        await world.settle()
        assert world.rasa.texts == ["dentista a Roma"]
        assert [m.text for m in await world.transcript()] == ["dentista a Roma", "echo: dentista a Roma"]


async def test_an_edit_of_an_answered_message_is_a_new_one_once(settings: Settings) -> None:
    async with roost(settings) as world:
        sent = utc_now() - 5 * SECOND
        await world.say("dentista a Roma", sent, "m1")
        await world.settled()
        customer = await world.customer()
        later = sent + 2 * SECOND
        await world.reception.replace_text(customer, "m1", "dentista a Roma", sent + SECOND)
        await world.reception.replace_text(customer, "m1", "dentista a Milano", later)
        await world.reception.replace_text(customer, "m1", "dentista a Milano", later)
        await world.settled()
        assert world.rasa.texts == ["dentista a Roma", "dentista a Milano"]


async def test_an_edit_that_comes_before_its_message_takes_its_place(settings: Settings) -> None:
    async with roost(settings) as world:
        sent = utc_now() - 5 * SECOND
        customer = await world.customer()
        await world.reception.replace_text(customer, "m1", "terzo", sent + 2 * SECOND)
        await world.reception.replace_text(customer, "m1", "secondo", sent + SECOND)
        assert not (await world.say("primo", sent, "m1")).fresh
        await world.settled()
        assert world.rasa.texts == ["terzo"]


async def test_a_secret_in_an_edit_is_a_secret(settings: Settings) -> None:
    async with roost(settings, messenger_settle_seconds=NEVER) as world:
        sent = utc_now() - 5 * SECOND
        await world.say("la mia parola", sent, "m1")
        customer = await world.customer()
        edited = await world.reception.replace_text(
            customer, "m1", "la mia password è Sunce2020!", sent + SECOND
        )
        await world.settle()
        assert edited.secret and world.pigeons.erased == [("roof:7", "m1")]
        assert world.rasa.texts == ["/login"]
        assert "Sunce2020!" not in repr([world.rows(table) for table in Turn.metadata.sorted_tables])


async def test_a_message_taken_back_is_not_worked_whenever_it_comes(settings: Settings) -> None:
    async with roost(settings, messenger_settle_seconds=NEVER) as world:
        await world.say("invia la richiesta", message_id="m1")
        customer = await world.customer()
        await world.reception.withdraw_message(customer, "m1")
        await world.reception.withdraw_message(customer, "m2")
        assert not (await world.say("sì", message_id="m2")).fresh
        await world.say("ciao", message_id="m3")
        await world.settle()
        await world.reception.withdraw_message(customer, "m3")
        assert world.rasa.texts == ["ciao"]
        assert [m.text for m in await world.transcript()] == [
            words("shown_taken_back"),
            "ciao",
            "echo: ciao",
        ]


async def send_photo(world: Roost, media: MediaRef = PHOTO, caption: str = "") -> None:
    await world.reception.receive_media(await world.customer(), "f1", media, utc_now(), caption)


async def test_a_file_taken_back_goes_with_its_caption(settings: Settings) -> None:
    async with roost(settings, messenger_settle_seconds=NEVER) as world:
        await send_photo(world, caption="la ricevuta")
        await world.reception.withdraw_message(await world.customer(), "f1")
        await world.settle()
        assert world.rasa.turns == [] and world.backend.documents == []


async def test_a_file_goes_from_the_vendor_to_the_backend_and_its_caption_is_a_text(
    settings: Settings,
) -> None:
    async with roost(settings) as world:
        world.pigeons.files["p1"] = b"x" * 2500
        for _ in range(2):
            await send_photo(world, caption="la ricevuta del dentista")
        await world.settled()
        assert [document["size"] for document in world.backend.documents] == [2500]
        assert world.rasa.texts == ["/inform", "la ricevuta del dentista"]
        [attachment] = world.rasa.turns[0]["metadata"]["attachments"]
        assert attachment["document_id"] == "doc-1"
        assert (await world.transcript())[0].files[0].document_id == "doc-1"


async def test_a_file_whose_caption_was_edited_before_it_came_is_taken(settings: Settings) -> None:
    async with roost(settings) as world:
        world.pigeons.files["p1"] = b"x" * 10
        customer, later = await world.customer(), utc_now()
        await world.reception.replace_text(customer, "f1", "la ricevuta di Luca", later)
        await send_photo(world, caption="la ricevuta")
        await world.settled()
        assert len(world.backend.documents) == 1
        assert sorted(world.rasa.texts) == ["/inform", "la ricevuta di Luca"]


async def test_a_code_in_a_caption_is_a_secret(settings: Settings) -> None:
    async with roost(settings) as world:
        world.pigeons.files["p1"] = b"x" * 10
        received = await world.reception.receive_media(
            await world.customer(), "f1", PHOTO, utc_now(), "password: Sunce2020!"
        )
        await world.settled()
        assert received.secret and world.pigeons.erased == [("roof:7", "f1")]
        assert "Sunce2020!" not in repr([world.rows(table) for table in Turn.metadata.sorted_tables])


@pytest.mark.parametrize("failure", [DeliveryFailed("away"), ConnectionError()])
async def test_a_file_is_fetched_again_when_the_vendor_fails(settings: Settings, failure: Exception) -> None:
    async with roost(settings) as world:
        world.pigeons.files["p1"] = b"x" * 2500
        world.pigeons.media_failures = [failure, failure]
        await send_photo(world)
        await world.settled()
        assert world.pigeons.fetched == ["p1"] * 3
        assert [document["size"] for document in world.backend.documents] == [2500]
        assert world.rasa.texts == ["/inform"]


async def test_a_file_waits_for_a_backend_that_is_away(settings: Settings) -> None:
    async with roost(settings) as world:
        await world.customer()
        world.pigeons.files["p1"] = b"x" * 2500
        world.backend.down = True
        await send_photo(world)
        await asyncio.sleep(0.5)
        world.backend.down = False
        await world.settled()
        assert len(world.backend.documents) == 1 and world.rasa.texts == ["/inform"]


@pytest.mark.parametrize(
    ("media", "key"),
    [
        (PHOTO.model_copy(update={"vendor_id": "gone"}), "system_file_gone"),
        (PHOTO.model_copy(update={"filename": "nota.txt"}), "system_file_type_not_allowed"),
        (PHOTO.model_copy(update={"vendor_id": "big"}), "system_file_too_large"),
    ],
)
async def test_a_file_that_cannot_be_taken_is_refused_politely(
    settings: Settings, media: MediaRef, key: str
) -> None:
    async with roost(settings) as world:
        world.pigeons.files |= {"p1": b"x", "big": b"x" * (11 * 1024 * 1024)}
        await send_photo(world, media)
        await world.say("ciao")
        await world.settled()
        assert world.pigeons.texts == [words(key, filename=media.filename, megabytes=10), "echo: ciao"]
        assert world.rasa.texts == ["ciao"] and world.backend.documents == []


async def test_places_voices_and_wishes(settings: Settings) -> None:
    async with roost(settings) as world:
        customer = await world.customer()
        await world.reception.receive_location(customer, "l1", 41.9, 12.5, utc_now())
        await world.reception.receive_unreadable(customer, "v1", "voice", utc_now())
        await world.reception.receive_unreadable(customer, "v2", "of_the_future", utc_now())
        await world.reception.receive_wish(customer, "w1", "/start", "/greet", utc_now())
        await world.settled()
        [place, wish] = world.rasa.turns
        assert place["metadata"]["detail"] == {"lat": 41.9, "lon": 12.5}
        assert wish["text"] == "/greet"
        assert words("system_only_text_photos_pdf") in world.pigeons.texts
        shown = [m.text for m in await world.transcript() if m.author == "customer"]
        assert shown == ["📍", words("shown_voice"), words("shown_other"), "/start"]


async def test_that_a_message_came_is_known_for_two_weeks_whatever_is_forgotten(settings: Settings) -> None:
    async with roost(settings) as world:
        await world.say("ciao", message_id="m1")
        await world.say("fine", message_id="m2")
        await world.settled()
        for days, fresh in ((2, False), (13, False), (15, True)):
            then = utc_now() + timedelta(days=days)
            while await world.gateway.database.write(
                lambda s: forget_old(s, then, then - timedelta(days=1))  # noqa: B023
            ):
                pass
            assert await world.transcript() == []
            assert {row.text for row in world.rows(Turn.__table__)} == {""}
            known = await world.reception.find_received(await world.customer(), "m1")
            assert (known is None) == fresh


async def test_the_customer_sees_that_an_answer_is_on_its_way(settings: Settings) -> None:
    async with roost(settings) as world:

        async def is_typing() -> bool:
            return bool(world.pigeons.typed)

        with world.rasa.thinking():
            await world.say("ciao", message_id="m1")
            await eventually(is_typing)
        await world.settled()
        assert world.pigeons.typed == [("roof:7", "m1")]
        assert world.pigeons.open
    assert not world.pigeons.open


async def test_turns_wait_while_many_webhooks_are_taken_and_none_is_forgotten(settings: Settings) -> None:
    async with roost(settings) as world:

        async def are_several_at_work() -> bool:
            return world.rasa.parallel > 1

        with world.rasa.thinking():
            with contextlib.ExitStack() as much:
                for _ in range(3):
                    much.enter_context(world.gateway.pressure.taking())
                for number in range(8):
                    customer = await world.customer(f"roof:{number}")
                    await world.reception.receive_text(customer, "m1", f"{number}", utc_now())
                await eventually(world.rasa.is_at_work)
                await asyncio.sleep(0.4)
                assert world.rasa.most_parallel == 1
            await eventually(are_several_at_work)
        await world.settled()
        assert sorted(world.rasa.texts) == [str(number) for number in range(8)]
