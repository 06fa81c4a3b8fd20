"""Channels that push: a made-up messenger shows that one is only a name and a way out."""

import httpx
import pytest

from connectors.core import jobs
from connectors.core.channel import Channel, CustomerGone, DeliveryFailed, Parcel
from connectors.core.conversations import Voice, find_by_address, open_conversation
from connectors.core.gateway import Gateway
from connectors.database import utc_now
from connectors.settings import Settings
from tests.connectors.gateway_fakes import FakeBackend, FakeRasa
from tests.connectors.gateway_world import eventually


class Pigeons(Channel):
    """Delivers by pigeon; the first flights may fail."""

    name = "pigeons"
    pushes = True

    def __init__(self, failures: list[Exception]) -> None:
        self.failures = failures
        self.delivered: list[tuple[str, str]] = []

    async def deliver(self, parcel: Parcel) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.delivered += [(parcel.address, message.text) for message in parcel.messages]


@pytest.mark.parametrize(
    ("failures", "expected"),
    [
        ([], ["echo: uno", "echo: due"]),
        ([DeliveryFailed("storm"), DeliveryFailed("hawk", retry_after=0.1)], ["echo: uno", "echo: due"]),
        ([CustomerGone()], ["echo: due"]),
    ],
)
async def test_answers_are_delivered_in_order_until_taken(
    database_url: str, monkeypatch: pytest.MonkeyPatch, failures: list[Exception], expected: list[str]
) -> None:
    monkeypatch.setattr(jobs, "PAUSES", (0.1,))
    pigeons = Pigeons(failures)
    gateway = Gateway(
        Settings(_env_file=None, database_url=database_url),
        [pigeons],
        rasa_transport=httpx.ASGITransport(FakeRasa().app),
        backend_transport=httpx.ASGITransport(FakeBackend().app),
    )
    async with gateway.running():
        await gateway.database.write(
            lambda s: open_conversation(
                s,
                channel="pigeons",
                market="it",
                voice=Voice("it"),
                page_language=None,
                now=utc_now(),
                address="roof 7",
            )
        )
        customer = await gateway.database.read(lambda s: find_by_address(s, "pigeons", "roof 7"))
        assert customer is not None
        for text in ("uno", "due"):
            await gateway.reception.receive_text(customer, text, text)

        async def all_delivered() -> bool:
            return len(pigeons.delivered) == len(expected)

        await eventually(all_delivered)
        assert pigeons.delivered == [("roof 7", text) for text in expected]
