"""How many webhooks are being taken: while there are many, little else is begun.

A vendor that waits too long posts again, and turns wait well in the inbox: taking in goes before working off.
"""

import contextlib
from collections.abc import Callable, Iterator

# So many at once are everyday life.
MANY = 2


class Pressure:
    """Counts what is being taken in this process."""

    def __init__(self) -> None:
        self._taking = 0
        self._relieved: list[Callable[[], None]] = []

    @property
    def is_high(self) -> bool:
        return self._taking > MANY

    def when_relieved(self, wake: Callable[[], None]) -> None:
        """Call this when it is not high any more."""
        self._relieved.append(wake)

    @contextlib.contextmanager
    def taking(self) -> Iterator[None]:
        """Around the taking of one webhook."""
        self._taking += 1
        was_high = self.is_high
        try:
            yield
        finally:
            self._taking -= 1
            if was_high and not self.is_high:
                for wake in self._relieved:
                    wake()
