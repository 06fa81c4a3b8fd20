"""What goes out to messengers: pieces never twice, kept while the vendor takes nothing, with its status."""

import asyncio

import pytest

from connectors.core import jobs
from connectors.core.channel import Channel, CustomerGone, DeliveryFailed, Parcel, WindowClosed
from connectors.core.models import SentPart
from connectors.core.pace import Pace, Rate
from connectors.database import utc_now
from connectors.settings import Settings
from tests.connectors.gateway_world import eventually
from tests.connectors.messenger_world import Pigeons, roost


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "PAUSES", (0.1,))


async def test_a_retry_sends_only_what_was_not_taken(settings: Settings) -> None:
    async with roost(settings, Pigeons(piece=5)) as world:
        storm = DeliveryFailed("storm")
        world.pigeons.failures = [None, storm, storm, None, None, storm]
        await world.say("una risposta lunga")
        await world.settled()
        assert "".join(world.pigeons.texts) == "echo: una risposta lunga"
        assert len(world.pigeons.parcels) == 4


async def test_messages_go_together_as_far_as_the_channel_takes_them(settings: Settings) -> None:
    async with roost(settings, Pigeons(most_at_once=3)) as world:
        world.rasa.answer = lambda turn: {"language": "it", "messages": [{"text": str(n)} for n in range(5)]}
        await world.say("ciao")
        await world.settled()
        assert [len(parcel.messages) for parcel in world.pigeons.parcels] == [3, 2]
        assert world.pigeons.texts == ["0", "1", "2", "3", "4"]
        assert {message.status for message in await world.transcript()} == {None, "sent"}


async def test_what_the_vendor_does_not_take_now_is_delivered_when_the_customer_writes(
    settings: Settings,
) -> None:
    async with roost(settings) as world:
        world.pigeons.failures = [WindowClosed(), WindowClosed()]
        world.rasa.answer = lambda turn: {
            "language": "it",
            "messages": [{"text": f"{turn['text']} {n}"} for n in range(2)],
        }
        await world.say("uno")
        await world.settled()
        assert world.pigeons.texts == []
        await world.say("due")
        await world.settled()
        assert world.pigeons.texts == ["uno 0", "uno 1", "due 0", "due 1"]
        assert world.pigeons.parcels[-1].last_heard_at is not None


async def test_who_writes_while_the_vendor_refuses_need_not_write_again(settings: Settings) -> None:
    class Crossing(Pigeons):
        async def deliver(self, parcel: Parcel) -> None:
            if not self.parcels:
                await world.reception.answer_with(
                    await world.customer(), "m2", None, "system_button_old", utc_now()
                )
                self.failures = [WindowClosed()]
            await super().deliver(parcel)

    async with roost(settings, Crossing()) as world:
        await world.say("uno")
        await world.settled()
        assert world.pigeons.texts[0] == "echo: uno"
        assert len(world.pigeons.texts) == 2


async def test_a_message_that_failed_at_the_vendor_is_kept_when_told_so(settings: Settings) -> None:
    async with roost(settings) as world:
        await world.say("uno")
        await world.settled()
        vendor_id = world.rows(SentPart.__table__)[0].vendor_message_id
        for _ in range(2):
            await world.reception.note_status("pigeons", vendor_id, "failed", "131047", keep=True)
        assert (await world.transcript())[-1].status == "failed"
        await world.say("due")
        await world.settled()
        assert world.pigeons.texts == ["echo: uno", "echo: uno", "echo: due"]


async def test_the_status_of_a_message_only_goes_forward(settings: Settings) -> None:
    async with roost(settings, Pigeons(piece=8)) as world:
        # The vendor tells of the second piece before we have noted that it was taken.
        await world.reception.note_status("pigeons", "roof:7/2", "delivered")
        await world.say("a domani")
        await world.settled()
        assert [m.status for m in await world.transcript()] == [None, "sent"]
        seen = []
        for part, status in ((1, "read"), (1, "delivered"), (2, "sent"), (2, "read"), (2, "failed")):
            await world.reception.note_status("pigeons", f"roof:7/{part}", status)
            seen.append((await world.transcript())[-1].status)
        assert seen == ["delivered", "delivered", "delivered", "read", "read"]
        await world.reception.note_status("pigeons", "never-sent", "failed", "131026")
        await world.reception.note_status("elsewhere", "roof:7/1", "failed")
        assert (await world.transcript())[-1].status == "read"


async def test_a_customer_who_is_gone_is_noted_and_hears_the_next_answer_when_back(
    settings: Settings,
) -> None:
    async with roost(settings) as world:
        world.pigeons.failures = [CustomerGone()]
        await world.say("uno")
        await world.settled()
        assert [m.status for m in await world.transcript()] == [None, "failed"]
        await world.say("due")
        await world.settled()
        assert world.pigeons.texts == ["echo: due"]


async def test_news_say_what_they_are(settings: Settings) -> None:
    async with roost(settings) as world:
        await world.say("ciao")
        await world.settled()
        customer = await world.customer()
        news = {
            "news_id": "n1",
            "conversation_id": customer.id,
            "kind": "request_in_review",
            "variables": {"number": "7"},
        }
        world.backend.news = [news]

        async def told() -> bool:
            return "n1" in world.backend.told

        await eventually(told)
        await world.settled()
        assert world.pigeons.parcels[-1].messages[-1].news == "request_in_review"


def test_a_pace_keeps_every_limit_and_what_the_vendor_says() -> None:
    now = 100.0
    pace = Pace(clock=lambda: now)
    chat, account = Rate("chat:1", 1), Rate("account", 0.1, burst=3)
    assert [pace.reserve(chat, account) for _ in range(3)] == [0, 1, 2]
    others = [pace.reserve(Rate(f"chat:{n}", 1), account) for n in range(2, 8)]
    assert others == sorted(others) and others[-1] > 0
    now = 200.0
    assert pace.delay(account) == 0
    assert [round(pace.reserve(account), 3) for _ in range(5)] == [0, 0, 0, 0.1, 0.2]
    pace.hold("chat:1", 30)
    assert pace.delay(chat) == 30
    assert pace.reserve(chat, account) == 30
    assert pace.reserve(Rate("chat:9", 1)) == 0


async def test_a_pace_waits() -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    pace = Pace(clock=lambda: 5.0, sleep=sleep)
    for _ in range(3):
        await pace.wait(Rate("chat", 2))
    assert slept == [2, 4]
    assert utc_now().tzinfo is not None


class Crows(Channel):
    """Take a message and are never heard of again, as a vendor behind a broken line."""

    name = "crows"
    pushes = True

    async def deliver(self, parcel: Parcel) -> None:
        await asyncio.Event().wait()


async def test_a_vendor_that_does_not_answer_holds_up_no_other_vendor_s_customers(settings: Settings) -> None:
    async with roost(settings, others=[Crows()], deliveries_at_once=2) as world:
        for number in range(3):
            waiting = await world.reception.open_for("crows", f"tree:{number}", "it")
            await world.reception.receive_text(waiting, f"m{number}", "ciao", utc_now())
        await world.settled(deliveries=False)
        await world.say("buongiorno")

        async def delivered() -> bool:
            return world.pigeons.texts == ["echo: buongiorno"]

        await eventually(delivered)
