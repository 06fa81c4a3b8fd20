"""Messages out when things go wrong: rates, the 24 hours, lost answers, wrong tokens, customers who are gone."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from structlog.testing import capture_logs

from connectors.core.models import Conversation, Delivery, TranscriptMessage
from connectors.core.pace import Rate
from connectors.database import utc_now
from connectors.whatsapp.graph_client import GraphUnavailable
from connectors.whatsapp.outgoing import PAIR_BURST, PAIR_SECONDS, WhatsAppChannel
from tests.connectors.gateway_world import eventually, words
from tests.connectors.whatsapp.conftest import CUSTOMER, Mobile


def refuse(mobile: Mobile, *codes: int) -> None:
    mobile.meta.refuse_next[mobile.meta.key("it", CUSTOMER)] = list(codes)


def states(mobile: Mobile) -> list[str]:
    return [row.state for row in mobile.rows(Delivery.__table__)]


def channel_of(mobile: Mobile) -> WhatsAppChannel:
    [channel] = mobile.gateway._pushing
    assert isinstance(channel, WhatsAppChannel)
    return channel


async def silent_for(mobile: Mobile, hours: float) -> str:
    """The customer wrote once, so long ago; returns the conversation's id."""
    await mobile.say("ciao")
    await mobile.quiet()
    [conversation] = mobile.conversations()
    long_ago = utc_now() - timedelta(hours=hours)
    await mobile.gateway.database.write(
        lambda s: s.execute(update(Conversation).values(last_heard_at=long_ago))
    )
    mobile.chats.set_faults(mobile.meta.key("it", CUSTOMER), outside_window=True)
    return str(conversation.id)


def news(conversation_id: str, kind: str, number: str = "SR-1") -> dict[str, Any]:
    return {
        "news_id": f"{kind}-{number}",
        "conversation_id": conversation_id,
        "kind": kind,
        "variables": {"number": number},
        "opens": {"intent": "view_requests"},
    }


async def test_failing_and_rate_limited_sends_are_tried_again_and_not_doubled(mobile: Mobile) -> None:
    mobile.answer({"text": "uno"}, {"text": "due"}, {"text": "tre"})
    refuse(mobile, 131000, 2)
    await mobile.say("ciao")
    await mobile.quiet()
    assert mobile.texts() == ["uno", "due", "tre"]


async def test_what_the_pair_rate_refuses_waits(mobile: Mobile) -> None:
    refuse(mobile, 131056)
    await mobile.say("ciao")

    async def put_off() -> bool:
        rows = mobile.rows(Delivery.__table__)
        return bool(rows) and rows[0].last_error == "rate_131056"

    await eventually(put_off)
    [delivery] = mobile.rows(Delivery.__table__)
    assert delivery.run_after > utc_now() + timedelta(seconds=PAIR_SECONDS)
    assert mobile.texts() == []


async def test_waiting_messages_are_joined_when_the_pair_rate_is_nearly_used_up(mobile: Mobile) -> None:
    await mobile.say("ciao")
    await mobile.quiet()
    address = mobile.conversations()[0].address
    for _ in range(PAIR_BURST - 5):
        channel_of(mobile)._pace.reserve(Rate(address, PAIR_SECONDS, PAIR_BURST))
    mobile.answer(
        {"text": "uno"}, {"text": "due"}, {"text": "tre", "buttons": [{"title": "Sì", "payload": "/affirm"}]}
    )
    await mobile.say("ancora")
    await mobile.quiet()
    assert mobile.texts()[1:] == ["uno\n\ndue\n\ntre"]
    assert mobile.shown()[-1].buttons[0][0].title == "Sì"
    assert states(mobile) == ["done"] * 4


async def test_a_message_whose_answer_was_lost_is_not_sent_twice(mobile: Mobile, monkeypatch: Any) -> None:
    """Meta takes it and nobody hears so: its status is the first word of it."""
    client = next(iter(channel_of(mobile)._clients.values()))
    send, lost = client.send, []

    async def lose_the_first(message: dict[str, Any]) -> str:
        taken = await send(message)
        if not lost:
            lost.append(taken)
            raise GraphUnavailable("ReadTimeout", maybe_taken=True)
        return taken

    monkeypatch.setattr(client, "send", lose_the_first)
    monkeypatch.setattr("connectors.whatsapp.outgoing.UNSURE_SECONDS", 0.5)
    mobile.answer({"text": "una volta sola"})
    await mobile.say("ciao")
    await mobile.quiet()
    assert lost and mobile.texts() == ["una volta sola"]
    assert states(mobile) == ["done"]


async def test_a_customer_who_cannot_be_reached_gets_nothing_more_of_it(mobile: Mobile) -> None:
    refuse(mobile, 131026)
    await mobile.say("ciao")
    await mobile.quiet()
    assert states(mobile) == ["dead"]
    await mobile.say("ci sono")
    await mobile.quiet()
    assert mobile.texts() == ["echo: ci sono"]


async def test_a_wrong_token_is_an_alarm_and_the_messages_wait(mobile: Mobile) -> None:
    with capture_logs() as logged:
        refuse(mobile, 190)
        await mobile.say("ciao")

        async def put_off() -> bool:
            rows = mobile.rows(Delivery.__table__)
            return bool(rows) and rows[0].last_error == "token_190"

        await eventually(put_off)
    assert [entry["log_level"] for entry in logged if entry["event"] == "whatsapp_token_refused"] == ["error"]
    assert "token-of-the-italian-number" not in str(logged)


@pytest.mark.parametrize("code", [131031, 131045])
async def test_while_our_account_is_locked_or_not_registered_the_messages_wait(
    mobile: Mobile, code: int
) -> None:
    """It is our fault and no customer's: nothing is given up for it."""
    with capture_logs() as logged:
        refuse(mobile, code)
        await mobile.say("ciao")

        async def put_off() -> bool:
            rows = mobile.rows(Delivery.__table__)
            return bool(rows) and rows[0].last_error == f"account_{code}"

        await eventually(put_off)
    assert states(mobile) == ["waiting"]
    assert [one["log_level"] for one in logged if one["event"] == "whatsapp_account_refused"] == ["error"]


async def test_what_whatsapp_does_not_take_in_its_form_comes_in_plain_words(mobile: Mobile) -> None:
    link = {"title": "Apri la pagina", "url": "https://example.org/p"}
    mobile.answer({"text": "Ecco", "custom": {"link": link}})
    refuse(mobile, 131009)
    await mobile.say("ciao")
    await mobile.quiet()
    assert mobile.texts() == ["Ecco\n\nApri la pagina: https://example.org/p"]


async def test_news_after_a_day_come_as_a_template_with_a_button_that_works(mobile: Mobile) -> None:
    conversation_id = await silent_for(mobile, 30)
    mobile.backend.news.append(news(conversation_id, "request_paid", "SR-2026-7"))
    told = (await mobile.receives(2))[-1]
    assert (told.kind, told.text) == ("template", "La richiesta SR-2026-7 è stata pagata.")
    await mobile.quiet()
    assert states(mobile) == ["done", "done"]
    mobile.chats.set_faults(mobile.meta.key("it", CUSTOMER), outside_window=False)
    await mobile.meta.press("it", CUSTOMER, told.id, told.buttons[0][0].value)
    await mobile.quiet()
    assert mobile.rasa.texts[-1] == "/view_requests"


async def test_news_without_a_template_of_their_own_are_announced_once_and_told_when_the_customer_writes(
    mobile: Mobile,
) -> None:
    conversation_id = await silent_for(mobile, 30)
    mobile.backend.news.append(news(conversation_id, "request_approved", "SR-1"))
    await mobile.receives(2)
    await mobile.quiet()
    mobile.backend.news.append(news(conversation_id, "request_approved", "SR-2"))

    async def both_kept() -> bool:
        return states(mobile) == ["done", "kept", "kept"]

    await eventually(both_kept)
    assert mobile.texts()[1:] == ["Abbiamo novità per Lei: ci scriva quando vuole."]
    mobile.chats.set_faults(mobile.meta.key("it", CUSTOMER), outside_window=False)
    await mobile.say("eccomi")
    await mobile.quiet()
    assert mobile.texts()[2:] == [
        words("news_request_approved", number="SR-1"),
        words("news_request_approved", number="SR-2"),
        "echo: eccomi",
    ]


async def test_a_template_that_meta_does_not_know_is_an_alarm_and_nothing_is_lost(mobile: Mobile) -> None:
    conversation_id = await silent_for(mobile, 30)
    mobile.meta.templates = {}
    with capture_logs() as logged:
        mobile.backend.news.append(news(conversation_id, "request_paid"))

        async def kept() -> bool:
            return states(mobile) == ["done", "kept"]

        await eventually(kept)
    assert any(entry["event"] == "whatsapp_template_refused" for entry in logged)
    mobile.chats.set_faults(mobile.meta.key("it", CUSTOMER), outside_window=False)
    await mobile.say("eccomi")
    await mobile.quiet()
    assert words("news_request_paid", number="SR-1") in mobile.texts()


async def test_the_window_is_also_closed_when_only_meta_says_so(mobile: Mobile) -> None:
    refuse(mobile, 131047)
    mobile.meta.templates = {}
    await mobile.say("ciao")

    async def kept() -> bool:
        return states(mobile) == ["kept"]

    await eventually(kept)
    await mobile.say("allora?")
    await mobile.quiet()
    assert mobile.texts() == ["echo: ciao", "echo: allora?"]


async def test_a_failure_told_afterwards_stands_in_the_transcript(mobile: Mobile) -> None:
    await mobile.meta.set_blocked("it", CUSTOMER, True)
    await mobile.say("ciao")
    await mobile.quiet()

    async def failed() -> bool:
        rows = mobile.rows(TranscriptMessage.__table__)
        return [row.status for row in rows if row.author == "bot"] == ["failed"]

    await eventually(failed)


@pytest.mark.parametrize("code", [131047, 131031])
async def test_what_failed_afterwards_and_may_come_later_comes_when_the_customer_writes(
    mobile: Mobile, code: int
) -> None:
    """The window was closed, or our account locked for a while."""
    mobile.meta.tells_statuses = False
    await mobile.say("ciao")
    [answer] = await mobile.receives(1)
    await mobile.quiet()
    why = {"code": code, "title": "not now"}
    await mobile.meta.tell_status(mobile.meta.key("it", CUSTOMER), answer.id, "failed", [why])
    assert states(mobile) == ["kept"]
    await mobile.say("allora?")
    await mobile.quiet()
    assert mobile.texts() == ["echo: ciao", "echo: ciao", "echo: allora?"]


async def test_what_failed_before_the_customer_wrote_again_does_not_wait_for_one_more_word(
    mobile: Mobile,
) -> None:
    mobile.meta.tells_statuses = False
    await mobile.say("ciao")
    [answer] = await mobile.receives(1)
    await mobile.quiet()
    await mobile.say("allora?")
    await mobile.quiet()
    too_late = {"code": 131047, "title": "Re-engagement message"}
    await mobile.meta.tell_status(mobile.meta.key("it", CUSTOMER), answer.id, "failed", [too_late])
    await mobile.quiet()
    assert mobile.texts() == ["echo: ciao", "echo: allora?", "echo: ciao"]
    # Failed once more, it is not sent again and again.
    again = mobile.shown()[-1]
    await mobile.meta.tell_status(mobile.meta.key("it", CUSTOMER), again.id, "failed", [too_late])
    await mobile.stays_at(3)
    assert sorted(states(mobile)) == ["done", "kept"]


async def test_asking_for_more_of_a_list_brings_what_was_kept_as_any_word_does(mobile: Mobile) -> None:
    mobile.meta.templates = {}
    buttons = [{"title": f"Scelta numero {n}", "payload": "/inform"} for n in range(12)]
    mobile.answer({"text": "Quale?", "buttons": buttons})
    await mobile.say("ciao")
    [asked] = await mobile.receives(1)
    mobile.answer({"text": "da dire"})
    refuse(mobile, 131047)
    await mobile.say("allora?")
    await mobile.quiet()
    assert states(mobile) == ["done", "kept"]
    await mobile.meta.press("it", CUSTOMER, asked.id, asked.buttons[-1][0].value)
    await mobile.quiet()
    assert mobile.texts()[1:] == ["da dire", words("whatsapp_more_here")]
