"""Figures that outlive what they were counted from: days that are over, and hand-overs about to be forgotten.

Only numbers and ids of kinds are kept, nothing that leads to a person (setting `report_days`).
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from connectors.core.handover.days import day_of, days_between
from connectors.core.handover.models import Handover, PastContacts, PastHandover
from connectors.core.handover.reporting import Contacts, Place, count_contacts
from connectors.core.models import Conversation, TranscriptMessage

# What a past hand-over keeps of a hand-over.
KEPT = (
    "market",
    "language",
    "kind",
    "reason",
    "outcome",
    "requested_at",
    "taken_at",
    "first_answer_at",
    "ended_at",
    "rating",
)


def keep_contacts(session: Session, market: str, timezone: str, now: datetime, whole_since: datetime) -> None:
    """Count the days of the market that are over and not counted yet, as far back as the transcript is whole."""
    oldest = session.scalar(select(func.min(TranscriptMessage.at)))
    if oldest is None:
        return
    # The day on which the transcript begins to be whole is itself not.
    first = max(day_of(whole_since, timezone) + timedelta(days=1), day_of(oldest, timezone))
    last = day_of(now, timezone) - timedelta(days=1)
    counted = set(
        session.scalars(
            select(PastContacts.day)
            .where(PastContacts.market == market, PastContacts.day >= first)
            .distinct()
        )
    )
    missing = [day for day in days_between(first, last, timezone) if day.date not in counted]
    rows = [
        {
            "market": market,
            "day": one.place.day,
            "language": one.place.language,
            "channel": one.place.channel,
            "contacts": one.contacts,
            "with_person": one.with_person,
        }
        for day in missing
        # A day without contacts is noted too, or it would be counted again at every look.
        for one in count_contacts(session, market, day) or [Contacts(Place(day.date, market, "", ""), 0, 0)]
    ]
    if rows:
        # Another process may count the same days at this moment.
        dialect: Any = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
        session.execute(dialect.insert(PastContacts).on_conflict_do_nothing(), rows)


def keep_handovers(session: Session, handover_ids: Sequence[int]) -> None:
    """Note the figures of these hand-overs, which the caller deletes in the same transaction."""
    figures = (
        select(Conversation.channel, *(getattr(Handover, name) for name in KEPT))
        .join(Conversation, Conversation.id == Handover.conversation_id)
        .where(Handover.id.in_(handover_ids))
        .order_by(Handover.id)
    )
    session.execute(insert(PastHandover).from_select(["channel", *KEPT], figures))


def forget_figures(session: Session, before: date) -> None:
    """Remove the figures of days before this one."""
    session.execute(delete(PastContacts).where(PastContacts.day < before))
    midnight = days_between(before, before, "UTC")[0].starts_at
    session.execute(delete(PastHandover).where(PastHandover.requested_at < midnight))
