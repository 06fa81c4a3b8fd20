"""Wake-ups: "something was written in this conversation". Written first, published after.

A lost wake-up costs latency only: whoever listens also looks by itself from time to time. In one process an
event is enough; several processes share a Redis channel.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import Protocol

import redis.asyncio as redis
import structlog
from redis.exceptions import RedisError

log = structlog.get_logger()
CHANNEL = "care-connectors-wakeups"


class Wakeups(Protocol):
    """Tells listeners of a conversation to look at the transcript."""

    async def publish(self, conversation_id: str) -> None: ...

    def listen(self, conversation_id: str) -> contextlib.AbstractContextManager[asyncio.Event]: ...

    def wake_all(self) -> None: ...

    def running(self) -> contextlib.AbstractAsyncContextManager[None]: ...


class LocalWakeups:
    """Within this process."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[asyncio.Event]] = {}

    async def publish(self, conversation_id: str) -> None:
        self.wake(conversation_id)

    def wake(self, conversation_id: str) -> None:
        for listener in self._listeners.get(conversation_id, ()):
            listener.set()

    def wake_all(self) -> None:
        for conversation_id in self._listeners:
            self.wake(conversation_id)

    @contextlib.contextmanager
    def listen(self, conversation_id: str) -> Iterator[asyncio.Event]:
        event = asyncio.Event()
        self._listeners.setdefault(conversation_id, set()).add(event)
        try:
            yield event
        finally:
            remaining = self._listeners[conversation_id]
            remaining.discard(event)
            if not remaining:
                del self._listeners[conversation_id]

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        yield


class RedisWakeups(LocalWakeups):
    """Between processes. While Redis is away listeners of this process are still woken."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._redis = redis.Redis.from_url(url, socket_connect_timeout=2)

    async def publish(self, conversation_id: str) -> None:
        try:
            await self._redis.publish(CHANNEL, conversation_id)
        except (RedisError, OSError) as error:
            log.warning("wakeup_not_published", error_type=type(error).__name__)
            self.wake(conversation_id)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self._relay())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            await self._redis.aclose()

    async def _relay(self) -> None:
        while True:
            try:
                async with self._redis.pubsub() as subscription:
                    await subscription.subscribe(CHANNEL)
                    async for item in subscription.listen():
                        if item["type"] == "message":
                            self.wake(item["data"].decode())
            except (RedisError, OSError) as error:
                log.warning("wakeup_bus_lost", error_type=type(error).__name__)
                await asyncio.sleep(2)


def create_wakeups(redis_url: str | None) -> Wakeups:
    """The bus the settings ask for."""
    return RedisWakeups(redis_url) if redis_url else LocalWakeups()
