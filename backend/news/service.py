"""Queues news in the caller's transaction and hands it to the gateway, which tells it in the chat.

Texts are `news_<kind>` in data/responses/<language>/news.yml. Whoever is not logged in any more hears only that
there is something to read: a phone or a browser may have passed into other hands.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.orm import Session

from backend.accounts.access import login_state
from backend.accounts.models import Login
from backend.database import utc_now
from backend.news.models import News
from backend.settings import Settings

# How long a gateway has for telling before another may take the news.
LEASE = timedelta(seconds=30)
# Older news surprises rather than helps; the mail about it was sent long ago.
WORTH_TELLING = timedelta(days=3)
# When what was postponed is handed out again: whoever spoke in between may have finished.
PAUSE = timedelta(seconds=10)
HIDDEN = "behind_login"


@dataclass(frozen=True)
class Telling:
    """What is to be said where, as far as it may be said there now."""

    news: News
    conversation_id: str
    kind: str
    variables: dict[str, str]


def announce(
    session: Session,
    *,
    person_id: str,
    kind: str,
    variables: dict[str, str],
    opens: dict[str, Any] | None = None,
    conversation_id: str | None = None,
) -> None:
    """Queue news: it is told if and only if the transaction is kept.

    `variables` are in the store's form (Serbian in Cyrillic); `opens` is the wish behind the button below it.
    """
    session.add(
        News(
            id=uuid.uuid4().hex,
            person_id=person_id,
            kind=kind,
            variables=variables,
            opens=opens,
            conversation_id=conversation_id,
        )
    )


def claim_news(session: Session, settings: Settings, limit: int = 20) -> Sequence[Telling]:
    """Take due news for LEASE, oldest first; two gateways never take the same. What nobody can hear dies."""
    now = utc_now()
    due = (
        select(News)
        .where(News.state == "waiting", News.run_after <= now)
        .order_by(News.created_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    tellings = []
    for news in session.scalars(due).all():
        news.attempts += 1
        login = _last_login(session, news)
        if login is None or news.created_at + WORTH_TELLING < now:
            news.state = "dead"
            continue
        news.run_after = now + LEASE
        open_to_them = login_state(login, settings, now) == "logged_in"
        tellings.append(
            Telling(
                news,
                login.conversation_id,
                news.kind if open_to_them else HIDDEN,
                news.variables if open_to_them else {},
            )
        )
    return tellings


def note_told(session: Session, news_id: str, told: bool) -> bool:
    """The gateway has told it, or does not know the conversation; False for unknown news."""
    values: dict[str, Any] = {"state": "told", "told_at": utc_now()} if told else {"state": "dead"}
    changed = update(News).where(News.id == news_id).values(**values)
    return cast("CursorResult[Any]", session.execute(changed)).rowcount == 1


def postpone(session: Session, news_id: str) -> bool:
    """Not now: a person speaks to the customer. Where and how much may be said is decided anew; False for unknown news."""
    known = session.scalar(select(News.state).where(News.id == news_id))
    session.execute(
        update(News).where(News.id == news_id, News.state == "waiting").values(run_after=utc_now() + PAUSE)
    )
    return known is not None


def remove_outdated(session: Session, before: datetime) -> int:
    """Delete news made before `before`; tells how many."""
    return cast("CursorResult[Any]", session.execute(delete(News).where(News.created_at < before))).rowcount


def _last_login(session: Session, news: News) -> Login | None:
    """The person's log-in, open or over, in the conversation they used last; never one that is another's now."""
    query = select(Login).where(Login.person_id == news.person_id)
    if news.conversation_id is not None:
        query = query.where(Login.conversation_id == news.conversation_id)
    return session.scalar(query.order_by(Login.used_at.desc()).limit(1))
