"""The figures of the reports, counted from the transcript and the hand-overs. What each means: docs/care-desk.md.

Here is what happened, as one fact a hand-over and one count a day; `Figures` adds them up for any grouping.
What must not live here: who may see it, and how it is shown.
"""

import math
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import case, exists, func, or_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from connectors.core.handover.days import Day, day_of
from connectors.core.handover.models import LIVE, Handover, PastContacts, PastHandover
from connectors.core.models import Conversation, TranscriptMessage


@dataclass(frozen=True)
class Place:
    """What figures are grouped by."""

    day: date
    market: str
    language: str
    channel: str


@dataclass(frozen=True)
class Contacts:
    """Customers' conversations in which the customer wrote on that day; in some of them a person had a part."""

    place: Place
    contacts: int
    with_person: int


@dataclass(frozen=True)
class Request:
    """One wish for a person, on the day it was made. Times in seconds, None while it has not come to that."""

    place: Place
    kind: str
    reason: str
    outcome: str | None
    taken: bool
    ended: bool
    wait: float | None
    answer: float | None
    handling: float | None
    rating: int | None


@dataclass
class Figures:
    """Sums and middles of a group."""

    contacts: int = 0
    with_person: int = 0
    requests: list[Request] = field(default_factory=list)

    @property
    def by_bot(self) -> int:
        """Contacts in which nobody but the assistant had a part."""
        return self.contacts - self.with_person

    @property
    def by_bot_share(self) -> float | None:
        """Of 1."""
        return self.by_bot / self.contacts if self.contacts else None

    @property
    def live(self) -> list[Request]:
        """Those who wanted somebody at once; the others left a message."""
        return [request for request in self.requests if request.kind == LIVE]

    @property
    def messages(self) -> int:
        return len(self.requests) - len(self.live)

    @property
    def taken(self) -> int:
        return sum(request.taken for request in self.live)

    @property
    def left(self) -> int:
        """Ended before anybody took them."""
        return sum(request.ended and not request.taken for request in self.live)

    @property
    def waiting(self) -> int:
        return sum(not request.ended and not request.taken for request in self.live)

    @property
    def waits(self) -> list[float]:
        """Seconds from the wish to the take; messages left are nobody waiting at the phone."""
        return [request.wait for request in self.live if request.wait is not None]

    @property
    def answers(self) -> list[float]:
        """Seconds from the wish to the person's first words."""
        return [request.answer for request in self.live if request.answer is not None]

    @property
    def handlings(self) -> list[float]:
        """Seconds from the take to the end, of live ones and messages alike."""
        return [request.handling for request in self.requests if request.handling is not None]

    @property
    def ratings(self) -> list[int]:
        return [request.rating for request in self.requests if request.rating is not None]

    @property
    def rating(self) -> float | None:
        return statistics.fmean(self.ratings) if self.ratings else None

    @property
    def reasons(self) -> Counter[str]:
        return Counter(request.reason for request in self.requests)

    @property
    def outcomes(self) -> Counter[str]:
        return Counter(request.outcome for request in self.requests if request.outcome is not None)


def median(seconds: Sequence[float]) -> float | None:
    """The middle: one that waited for a night does not move it."""
    return statistics.median(seconds) if seconds else None


def nine_of_ten(seconds: Sequence[float]) -> float | None:
    """The least time within which nine of ten were over."""
    return sorted(seconds)[math.ceil(len(seconds) * 0.9) - 1] if seconds else None


def group[K](
    contacts: Iterable[Contacts], requests: Iterable[Request], key: Callable[[Place], K]
) -> dict[K, Figures]:
    """Figures by whatever `key` takes of a place."""
    found: dict[K, Figures] = {}
    for counted in contacts:
        figures = found.setdefault(key(counted.place), Figures())
        figures.contacts += counted.contacts
        figures.with_person += counted.with_person
    for request in requests:
        found.setdefault(key(request.place), Figures()).requests.append(request)
    return found


def read_contacts(
    session: Session, market: str, days: Sequence[Day], whole_since: datetime
) -> list[Contacts]:
    """The contacts of several days: those counted when they were over, and what the transcript says of the others.

    From `whole_since` the transcript is complete; a day before it that nobody counted has no figures, not partial ones.
    """
    rows = session.scalars(
        select(PastContacts)
        .where(PastContacts.market == market, PastContacts.day.between(days[0].date, days[-1].date))
        .order_by(PastContacts.day, PastContacts.language, PastContacts.channel)
    ).all()
    counted = {row.day for row in rows}
    found = [
        Contacts(Place(row.day, market, row.language, row.channel), row.contacts, row.with_person)
        for row in rows
        if row.contacts
    ]
    for day in days:
        if day.date not in counted and day.starts_at >= whole_since:
            found += count_contacts(session, market, day)
    return found


def count_contacts(session: Session, market: str, day: Day) -> list[Contacts]:
    """Conversations of the market in which the customer wrote on the day, by language and channel."""
    wrote = (
        select(TranscriptMessage.conversation_id.label("id"))
        .distinct()
        .where(
            TranscriptMessage.at >= day.starts_at,
            TranscriptMessage.at < day.ends_at,
            TranscriptMessage.author == "customer",
        )
        .subquery()
    )
    # Asked for on the day, waited for into it, or there on it; a message left days ago that nobody has read yet is not.
    person_there = exists().where(
        Handover.conversation_id == Conversation.id,
        Handover.requested_at < day.ends_at,
        or_(Handover.ended_at.is_(None), Handover.ended_at >= day.starts_at),
        or_(
            Handover.requested_at >= day.starts_at,
            Handover.kind == LIVE,
            Handover.taken_at < day.ends_at,
        ),
    )
    rows = session.execute(
        select(
            Conversation.language,
            Conversation.channel,
            func.count(),
            func.sum(case((person_there, 1), else_=0)),
        )
        .join(wrote, wrote.c.id == Conversation.id)
        .where(Conversation.market == market)
        .group_by(Conversation.language, Conversation.channel)
    )
    return [
        Contacts(Place(day.date, market, language, channel), contacts, int(with_person))
        for language, channel, contacts, with_person in rows
    ]


def list_requests(session: Session, market: str, days: Sequence[Day], timezone: str) -> list[Request]:
    """The hand-overs asked for in the market from the first of `days` to the last."""
    first, last = days[0].starts_at, days[-1].ends_at
    known, past = Handover, PastHandover
    # One statement: what is forgotten meanwhile is seen in one of the two places, never in both or none.
    asked = union_all(
        select(*_columns(known), Conversation.channel)
        .join(Conversation, Conversation.id == known.conversation_id)
        .where(known.market == market, known.requested_at >= first, known.requested_at < last),
        select(*_columns(past), past.channel).where(
            past.market == market, past.requested_at >= first, past.requested_at < last
        ),
    ).subquery()
    rows = session.execute(select(asked).order_by(asked.c.requested_at))
    return [
        Request(
            place=Place(day_of(requested_at, timezone), market, language, channel),
            kind=kind,
            reason=reason,
            outcome=outcome,
            taken=taken_at is not None,
            ended=ended_at is not None,
            wait=_seconds(requested_at, taken_at),
            answer=_seconds(requested_at, answered_at),
            handling=_seconds(taken_at, ended_at),
            rating=rating,
        )
        for requested_at, taken_at, answered_at, ended_at, language, kind, reason, outcome, rating, channel in rows
    ]


def _columns(table: type[Handover] | type[PastHandover]) -> tuple[InstrumentedAttribute[Any], ...]:
    return (
        table.requested_at,
        table.taken_at,
        table.first_answer_at,
        table.ended_at,
        table.language,
        table.kind,
        table.reason,
        table.outcome,
        table.rating,
    )


def _seconds(start: datetime | None, end: datetime | None) -> float | None:
    return (end - start).total_seconds() if start is not None and end is not None else None
