"""A gateway with a made-up messenger: it keeps what it is handed, and fails when told to."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import Table, select, update

from connectors.core.channel import Channel, DeliveryFailed, MediaRef, MediaRefused, Parcel
from connectors.core.gateway import Gateway
from connectors.core.messages import Message, read_after
from connectors.core.models import Conversation, Turn
from connectors.core.reception import Reception
from connectors.database import utc_now
from connectors.settings import Settings
from tests.connectors.gateway_fakes import FakeBackend, FakeRasa
from tests.connectors.gateway_world import PATIENCE, eventually

HOUR = timedelta(hours=1)
# For tests that end the wait themselves, by `settle`.
NEVER = 3600.0


class Pigeons(Channel):
    """Delivers by pigeon. A message flies in pieces of `piece` characters; `failures` are raised before a flight."""

    name = "pigeons"
    pushes = True

    def __init__(self, most_at_once: int = 1, piece: int = 1000) -> None:
        self.most_at_once = most_at_once
        self.piece = piece
        self.failures: list[Exception | None] = []
        self.delivered: list[tuple[str, str]] = []
        self.parcels: list[Parcel] = []
        self.typed: list[tuple[str, str | None]] = []
        self.erased: list[tuple[str, str]] = []
        self.files: dict[str, bytes] = {}
        self.fetched: list[str] = []
        self.media_failures: list[Exception | None] = []
        self.open = False

    async def deliver(self, parcel: Parcel) -> None:
        self.parcels.append(parcel)
        for message in parcel.messages:
            pieces = [message.text[i : i + self.piece] for i in range(0, len(message.text), self.piece)]
            for number, piece in enumerate(pieces):
                if (message.id, number) in parcel.done_parts:
                    continue
                failure = self.failures.pop(0) if self.failures else None
                if failure is not None:
                    raise failure
                self.delivered.append((parcel.address, piece))
                await parcel.note_part(message.id, number, f"{parcel.address}/{len(self.delivered)}")

    async def show_typing(self, address: str, message_id: str | None) -> None:
        self.typed.append((address, message_id))
        raise DeliveryFailed("no feathers")

    async def erase(self, address: str, message_id: str) -> None:
        if self.failures:
            failure = self.failures.pop(0)
            if failure is not None:
                raise failure
        self.erased.append((address, message_id))

    @contextlib.asynccontextmanager
    async def fetch(self, address: str, media: MediaRef) -> AsyncIterator[AsyncIterator[bytes]]:
        self.fetched.append(media.vendor_id)
        failure = self.media_failures.pop(0) if self.media_failures else None
        if failure is not None and not isinstance(failure, ConnectionError):
            raise failure
        if media.vendor_id not in self.files:
            raise MediaRefused("file_gone")

        async def chunks() -> AsyncIterator[bytes]:
            content = self.files[media.vendor_id]
            for start in range(0, len(content), 1000):
                yield content[start : start + 1000]
                if failure is not None:
                    raise failure

        yield chunks()

    @contextlib.asynccontextmanager
    async def running(self, reception: Reception) -> AsyncIterator[None]:
        self.open = True
        yield
        self.open = False

    @property
    def texts(self) -> list[str]:
        return [text for _, text in self.delivered]


class Roost:
    """The gateway, its neighbours and one customer, in Italian."""

    def __init__(
        self, settings: Settings, pigeons: Pigeons | None = None, others: Sequence[Channel] = ()
    ) -> None:
        self.settings = settings
        self.pigeons = pigeons or Pigeons()
        self.rasa, self.backend = FakeRasa(), FakeBackend()
        self.gateway = Gateway(
            settings,
            [self.pigeons, *others],
            rasa_transport=httpx.ASGITransport(self.rasa.app),
            backend_transport=httpx.ASGITransport(self.backend.asgi),
        )
        self.reception = self.gateway.reception

    async def customer(self, address: str = "roof:7", market: str = "it") -> Conversation:
        """Asked anew each time, as an incoming side does."""
        return await self.reception.open_for("pigeons", address, market)

    async def say(self, text: str, sent_at: datetime | None = None, message_id: str | None = None) -> Any:
        return await self.reception.receive_text(
            await self.customer(), message_id or secrets.token_hex(4), text, sent_at or utc_now()
        )

    async def settle(self) -> None:
        """End the wait for what may have been sent earlier."""
        await self.gateway.database.write(
            lambda s: s.execute(update(Turn).where(Turn.state == "waiting").values(run_after=utc_now()))
        )
        await self.settled()

    async def settled(self, deliveries: bool = True, seconds: float = PATIENCE) -> None:
        """Nothing waits any more."""

        async def is_settled() -> bool:
            await asyncio.sleep(0.05)
            # Turns first: what is done has left its deliveries behind.
            names = ("turns", "deliveries", "erasures") if deliveries else ("turns",)
            tables = [Turn.metadata.tables[name] for name in names]
            return all(row.state in {"done", "dead", "kept"} for table in tables for row in self.rows(table))

        await eventually(is_settled, seconds)

    async def transcript(self) -> list[Message]:
        customer = await self.customer()
        return await self.gateway.database.read(lambda s: read_after(s, customer.id, 0, utc_now()))

    def rows(self, table: Table) -> list[Any]:
        with self.gateway.database.engine.connect() as connection:
            return list(connection.execute(select(table)))


@contextlib.asynccontextmanager
async def roost(
    settings: Settings, pigeons: Pigeons | None = None, others: Sequence[Channel] = (), **changes: Any
) -> AsyncIterator[Roost]:
    """Running."""
    quick: dict[str, Any] = {"messenger_settle_seconds": 0.05}
    world = Roost(settings.model_copy(update=quick | changes), pigeons, others)
    async with world.gateway.running():
        yield world
