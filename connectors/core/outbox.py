"""The outbox: hands messages to the channels that push, in order per conversation, until they are taken.

What a vendor wants to see is the channel's affair.
"""

from collections.abc import Mapping
from datetime import timedelta

import structlog

from connectors.core import jobs
from connectors.core.channel import Channel, CustomerGone, DeliveryFailed
from connectors.core.jobs import Lease
from connectors.core.messages import Message, read_after
from connectors.core.models import Conversation, Delivery
from connectors.database import Database, utc_now

log = structlog.get_logger()
GIVE_UP_AFTER = timedelta(hours=24)


class Outbox:
    """Works deliveries; the worker gives them one at a time per conversation."""

    def __init__(self, database: Database, channels: Mapping[str, Channel]) -> None:
        self._database = database
        self._channels = channels

    async def work(self, delivery: Delivery, lease: Lease) -> None:
        """Deliver one message or put it back; raises LeaseLost."""
        conversation_id, number = delivery.conversation_id, delivery.message_number
        conversation = delivery.conversation
        messages = await self._database.read(
            lambda s: read_after(s, conversation_id, number - 1, utc_now(), limit=1)
        )
        state = "done"
        try:
            await self._deliver(self._channels.get(delivery.channel), conversation, messages[0])
        except CustomerGone:
            log.warning("customer_gone", conversation_id=conversation_id, channel=delivery.channel)
            state = "dead"
        except DeliveryFailed as error:
            log.warning(
                "delivery_failed",
                conversation_id=conversation_id,
                channel=delivery.channel,
                attempt=delivery.attempts,
                reason=error.reason,
            )
            if delivery.created_at > utc_now() - GIVE_UP_AFTER:
                reason = error.reason
                pause = error.retry_after or jobs.pause_after(delivery.attempts)
                run_after = utc_now() + timedelta(seconds=pause)
                await self._database.write(lambda s: jobs.postpone(s, Delivery, lease, run_after, reason))
                return
            state = "dead"
        await self._database.write(lambda s: jobs.finish(s, Delivery, lease, utc_now(), state))

    async def _deliver(self, channel: Channel | None, conversation: Conversation, message: Message) -> None:
        if channel is None or conversation.address is None:
            raise DeliveryFailed("channel_not_running")
        await channel.deliver(conversation.address, message)
