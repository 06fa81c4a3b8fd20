"""What a channel is to the core: a name, and a way out if it pushes.

A channel is a thin pair: its incoming side turns what a vendor sends into calls of `Reception`, its outgoing
side turns a Message into what the vendor wants. It knows nothing of the dialogue.
"""

from typing import Protocol

from connectors.core.messages import Message


class DeliveryFailed(Exception):
    """The vendor did not take the message; it is tried again, not before `retry_after` seconds."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


class CustomerGone(Exception):
    """The customer blocked us or does not exist any more: nothing will be deliverable."""


class Channel(Protocol):
    """The outgoing side of a channel."""

    name: str
    # False where customers fetch their messages from the transcript themselves (the website).
    pushes: bool

    async def deliver(self, address: str, message: Message) -> None:
        """Hand one message to the vendor; raises DeliveryFailed or CustomerGone."""
        ...
