"""Deletes at the vendor what a customer should not have written there: codes and passwords."""

from collections.abc import Mapping
from datetime import timedelta

import structlog

from connectors.core import jobs
from connectors.core.channel import Channel, CustomerGone, DeliveryFailed
from connectors.core.jobs import Lease
from connectors.core.models import Erasure
from connectors.database import Database, utc_now

log = structlog.get_logger()
# Vendors let a message be deleted for two days.
GIVE_UP_AFTER = timedelta(hours=48)


class Eraser:
    """Works erasures."""

    def __init__(self, database: Database, channels: Mapping[str, Channel]) -> None:
        self._database = database
        self._channels = channels

    async def work(self, erasure: Erasure, lease: Lease) -> None:
        """Have one message deleted, or put the job back; raises LeaseLost."""
        conversation = erasure.conversation
        channel = self._channels.get(conversation.channel)
        state = "done"
        try:
            if channel is None or conversation.address is None:
                raise DeliveryFailed("channel_not_running")
            await channel.erase(conversation.address, erasure.message_id)
        except CustomerGone:
            state = "dead"
        except DeliveryFailed as error:
            log.warning("erasure_failed", conversation_id=conversation.id, reason=error.reason)
            if erasure.created_at > utc_now() - GIVE_UP_AFTER:
                reason = error.reason
                pause = error.retry_after or jobs.pause_after(erasure.attempts)
                run_after = utc_now() + timedelta(seconds=pause)
                await self._database.write(lambda s: jobs.postpone(s, Erasure, lease, run_after, reason))
                return
            state = "dead"
        await self._database.write(lambda s: jobs.finish(s, Erasure, lease, utc_now(), state))
