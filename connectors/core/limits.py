"""Modest rate limits: so many a minute for one key, bursts included. Kept per process, forgotten when idle.

Losing them in a restart costs nothing, so they are the one thing that may live in memory only.
"""

import math
import time
from collections.abc import Callable

FORGET_ABOVE = 10_000


class Limits:
    """Token buckets: a full minute's worth may come at once, then it flows back evenly."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, key: str, per_minute: int) -> int | None:
        """None if it may happen; otherwise the whole seconds to wait. 0 a minute means no limit."""
        if per_minute <= 0:
            return None
        now = self._clock()
        if len(self._buckets) > FORGET_ABOVE:
            self._buckets = {k: v for k, v in self._buckets.items() if now - v[1] < 60}
        tokens, since = self._buckets.get(key, (float(per_minute), now))
        tokens = min(float(per_minute), tokens + (now - since) * per_minute / 60)
        if tokens < 1:
            self._buckets[key] = (tokens, now)
            return max(1, math.ceil((1 - tokens) * 60 / per_minute))
        self._buckets[key] = (tokens - 1, now)
        return None
