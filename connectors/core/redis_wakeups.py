"""Wake-ups between several processes, over a Redis channel. Imported only where the settings name a Redis."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import redis.asyncio as redis
import structlog
from redis.exceptions import RedisError

from connectors.core.wakeups import LocalWakeups

log = structlog.get_logger()
CHANNEL = "care-connectors-wakeups"


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
