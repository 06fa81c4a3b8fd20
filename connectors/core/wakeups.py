"""Wake-ups: "something was written in this conversation". Written first, published after.

A lost wake-up costs latency only: whoever listens also looks by itself from time to time. In one process an
event is enough; several processes share a Redis channel.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Protocol

# Published beside the conversation's id after every change of the queue, of ownership and of who is at the desk.
CARE_DESK = "care-desk"


class Wakeups(Protocol):
    """Tells listeners of a conversation to look at the transcript."""

    async def publish(self, conversation_id: str) -> None: ...

    def listen(self, conversation_id: str) -> contextlib.AbstractContextManager[asyncio.Event]: ...

    def watch(self, watcher: Callable[[], None]) -> None: ...

    def wake_all(self) -> None: ...

    def running(self) -> contextlib.AbstractAsyncContextManager[None]: ...


class LocalWakeups:
    """Within this process."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[asyncio.Event]] = {}
        self._watchers: list[Callable[[], None]] = []

    async def publish(self, conversation_id: str) -> None:
        self.wake(conversation_id)

    def wake(self, conversation_id: str) -> None:
        for listener in self._listeners.get(conversation_id, ()):
            listener.set()
        for watcher in self._watchers:
            watcher()

    def watch(self, watcher: Callable[[], None]) -> None:
        """Call this whenever something was written in any conversation."""
        self._watchers.append(watcher)

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


def create_wakeups(redis_url: str | None) -> Wakeups:
    """The bus the settings ask for."""
    if redis_url is None:
        return LocalWakeups()
    # Loading the library takes a second that nobody without Redis should wait for.
    from connectors.core.redis_wakeups import RedisWakeups

    return RedisWakeups(redis_url)
