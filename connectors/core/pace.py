"""When something may be sent, so that a vendor's rate limits are kept instead of run into.

In memory: what a restart forgets the vendor says again with Retry-After.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

FORGET_ABOVE = 10_000


@dataclass(frozen=True)
class Rate:
    """One every `seconds` for `key` (a chat, an account), and up to `burst` of them at once after a rest."""

    key: str
    seconds: float
    burst: int = 1


class Pace:
    """Gives out moments to send at. Whoever asks first gets the earlier one."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        # When a key has rested fully; nothing before the moment in `_held`.
        self._rested: dict[str, float] = {}
        self._held: dict[str, float] = {}

    def reserve(self, *rates: Rate) -> float:
        """Take the next moment that every rate allows; returns the seconds until then."""
        now = self._clock()
        self._forget(now)
        moment = max([now, *(self._next(rate, now) for rate in rates)])
        for rate in rates:
            self._rested[rate.key] = max(self._rested.get(rate.key, moment), moment) + rate.seconds
        return moment - now

    def delay(self, *rates: Rate) -> float:
        """Seconds until every rate allows one more; takes nothing."""
        now = self._clock()
        return max([now, *(self._next(rate, now) for rate in rates)]) - now

    async def wait(self, *rates: Rate) -> None:
        """Take the next moment and wait for it."""
        seconds = self.reserve(*rates)
        if seconds > 0:
            await self._sleep(seconds)

    def hold(self, key: str, seconds: float) -> None:
        """The vendor said Retry-After: nothing for this key before."""
        self._held[key] = max(self._held.get(key, 0), self._clock() + seconds)

    def _next(self, rate: Rate, now: float) -> float:
        room = self._rested.get(rate.key, now) - (rate.burst - 1) * rate.seconds
        return max(now, room, self._held.get(rate.key, now))

    def _forget(self, now: float) -> None:
        for moments in (self._rested, self._held):
            if len(moments) > FORGET_ABOVE:
                for key in [key for key, moment in moments.items() if moment <= now]:
                    del moments[key]
