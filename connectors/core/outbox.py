"""The outbox: hands messages to the channels that push, in order per conversation, until they are taken.

What a vendor wants to see is the channel's affair. A piece that was taken is remembered at once: after a failure
or a crash in the middle of a message only the rest is sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from connectors.core import delivery_status, inbox, jobs
from connectors.core.channel import Channel, CustomerGone, DeliveryFailed, Parcel, WindowClosed
from connectors.core.conversations import voice_of
from connectors.core.jobs import Lease
from connectors.core.messages import Message, lock, read_after
from connectors.core.models import Conversation, Delivery, SentPart, TranscriptMessage
from connectors.core.wakeups import Wakeups
from connectors.database import Database, utc_now

log = structlog.get_logger()
GIVE_UP_AFTER = timedelta(hours=24)
# Kept until the customer writes again; not open, so that it does not hold up what can be delivered.
KEPT = "kept"


@dataclass(frozen=True)
class _Load:
    """The deliveries that go together: the claimed one, and those waiting behind it."""

    conversation: Conversation
    deliveries: list[int]
    messages: list[Message]
    done_parts: dict[tuple[int, int], str]

    @property
    def numbers(self) -> list[int]:
        return [message.id for message in self.messages]


class Outbox:
    """Works deliveries; the worker gives them one at a time per conversation."""

    def __init__(self, database: Database, channels: Mapping[str, Channel], wakeups: Wakeups) -> None:
        self._database = database
        self._channels = channels
        self._wakeups = wakeups

    async def work(self, delivery: Delivery, lease: Lease) -> None:
        """Deliver a message and those that go with it, or put them back; raises LeaseLost."""
        channel = self._channels.get(delivery.channel)
        most = channel.most_at_once if channel is not None else 1
        load = await self._database.read(lambda session: _load(session, delivery, most))
        known = {"conversation_id": delivery.conversation_id, "channel": delivery.channel}
        state = "done"
        try:
            await self._deliver_or_fail(channel, load)
        except CustomerGone:
            log.warning("customer_gone", **known)
            state = "dead"
        except WindowClosed:
            log.info("delivery_kept", messages=len(load.numbers), **known)
            state = KEPT
        except DeliveryFailed as error:
            log.warning("delivery_failed", attempt=delivery.attempts, reason=error.reason, **known)
            if delivery.created_at > utc_now() - GIVE_UP_AFTER:
                reason = error.reason
                pause = error.retry_after or jobs.pause_after(delivery.attempts)
                run_after = utc_now() + timedelta(seconds=pause)
                await self._database.write(lambda s: jobs.postpone(s, Delivery, lease, run_after, reason))
                return
            state = "dead"
        await self._database.write(lambda session: _finish(session, load, lease, state))
        await self._wakeups.publish(delivery.conversation_id)

    async def _deliver_or_fail(self, channel: Channel | None, load: _Load) -> None:
        """A fault of ours is a failure like the vendor's: it must not hold up what is behind it for ever."""
        try:
            await self._deliver(channel, load)
        except (CustomerGone, WindowClosed, DeliveryFailed):
            raise
        except Exception as error:
            kind = type(error).__name__
            log.error(
                "delivery_broken", conversation_id=load.conversation.id, error_type=kind, exc_info=error
            )
            raise DeliveryFailed(kind) from None

    async def _deliver(self, channel: Channel | None, load: _Load) -> None:
        conversation = load.conversation
        if channel is None or conversation.address is None:
            raise DeliveryFailed("channel_not_running")
        if not load.messages:
            # Forgotten since: whoever was away so long gets no answer of last month.
            return

        async def note_part(number: int, part: int, vendor_message_id: str) -> None:
            await self._database.write(
                lambda session: delivery_status.note_part(
                    session, conversation.id, number, part, vendor_message_id, utc_now()
                )
            )

        async def note_refused(number: int, part: int, error: str) -> None:
            vendor_message_id = f"refused:{conversation.id}:{number}:{part}"
            await note_part(number, part, vendor_message_id)
            await self._database.write(
                lambda session: delivery_status.note_status(
                    session, conversation.channel, vendor_message_id, "failed", error, utc_now()
                )
            )

        await channel.deliver(
            Parcel(
                conversation_id=conversation.id,
                address=conversation.address,
                voice=voice_of(conversation),
                messages=load.messages,
                last_heard_at=conversation.last_heard_at,
                done_parts=load.done_parts,
                note_part=note_part,
                note_refused=note_refused,
            )
        )


def deliver_what_waited(session: Session, conversation_id: str, now: datetime) -> None:
    """The customer has written: what was kept for that goes out now, before the answer."""
    session.execute(
        update(Delivery)
        .where(Delivery.conversation_id == conversation_id, Delivery.state == KEPT)
        .values(state="waiting", run_after=now, created_at=now, finished_at=None)
        .execution_options(synchronize_session=False)
    )


def has_kept(session: Session, conversation_id: str) -> bool:
    """Whether something waits for the customer to write: the vendor takes nothing else now, whatever the clock says."""
    kept = select(Delivery.id).where(Delivery.conversation_id == conversation_id, Delivery.state == KEPT)
    return session.execute(kept.limit(1)).first() is not None


def keep_again(session: Session, channel: str, vendor_message_id: str, now: datetime) -> None:
    """The vendor took a message and could not bring it: what it belongs to waits for the customer's next word.

    Whoever has written since it was sent need not write again.
    """
    parts = session.scalars(
        select(SentPart).where(SentPart.channel == channel, SentPart.vendor_message_id == vendor_message_id)
    ).all()
    for part in parts:
        message = session.get(TranscriptMessage, (part.conversation_id, part.message_number))
        if message is not None and "approved" in message.content:
            # An agent sent it to a customer who did not write: when they do, it would be out of place.
            continue
        session.delete(part)
        lock(session, part.conversation_id)
        again = {"state": "waiting", "run_after": now, "created_at": now, "finished_at": None}
        wrote_since = inbox.has_come_since(session, part.conversation_id, part.at)
        session.execute(
            update(Delivery)
            .where(
                Delivery.conversation_id == part.conversation_id,
                Delivery.message_number == part.message_number,
                Delivery.state == "done",
            )
            .values(again if wrote_since else {"state": KEPT, "finished_at": now})
            .execution_options(synchronize_session=False)
        )


def _load(session: Session, first: Delivery, most: int) -> _Load:
    following = session.scalars(
        select(Delivery)
        .where(
            Delivery.conversation_id == first.conversation_id,
            Delivery.channel == first.channel,
            Delivery.state == "waiting",
            Delivery.id > first.id,
        )
        .order_by(Delivery.id)
        .limit(most - 1)
    ).all()
    # What was begun may have been sent in other company: it is finished by itself, and nothing overtakes it.
    deliveries = [first, *takewhile(lambda delivery: delivery.attempts == 0, following)]
    messages = [
        message
        for delivery in deliveries
        for message in read_after(
            session, delivery.conversation_id, delivery.message_number - 1, utc_now(), limit=1
        )
        if message.id == delivery.message_number
    ]
    return _Load(
        conversation=session.get_one(Conversation, first.conversation_id),
        deliveries=[delivery.id for delivery in deliveries],
        messages=messages,
        done_parts=delivery_status.find_done_parts(
            session, first.conversation_id, [message.id for message in messages]
        ),
    )


def _finish(session: Session, load: _Load, lease: Lease, state: str) -> None:
    now = utc_now()
    if state == KEPT:
        heard = lock(session, load.conversation.id).last_heard_at
        if heard != load.conversation.last_heard_at:
            # The customer wrote in this very moment: nothing would wake what is kept now.
            jobs.postpone(session, Delivery, lease, now, "customer_wrote")
            return
    jobs.finish(session, Delivery, lease, now, state)
    session.execute(
        update(Delivery)
        .where(Delivery.id.in_(load.deliveries), Delivery.state == "waiting")
        .values(state=state, finished_at=now)
        .execution_options(synchronize_session=False)
    )
    if state == "done":
        delivery_status.set_sent(session, load.conversation.id, load.numbers)
    elif state == "dead":
        delivery_status.set_status(session, load.conversation.id, load.numbers, "failed")
