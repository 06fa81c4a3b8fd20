"""Queues mails in the caller's transaction, and says what the worker may do with them.

Texts are `mail_<key>_subject` and `mail_<key>_body` in data/responses/<language>/mail.yml;
of a text message `sms_<key>`.
"""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.orm import Session, undefer

from backend.database import utc_now
from backend.notifications.models import Mail
from locales import texts

# How long a worker has for one mail before another may take it.
LEASE = timedelta(seconds=60)
CHANNELS = ("mail", "sms")
MOST_ATTEMPTS = 8
LONGEST_PAUSE = timedelta(minutes=30)


@dataclass(frozen=True)
class Pdf:
    """A PDF that goes with a mail."""

    name: str
    content: bytes


def queue_mail(
    session: Session,
    *,
    to: str,
    key: str,
    language: str,
    script: str,
    variables: dict[str, str],
    useless_after: datetime | None = None,
    attachment: Pdf | None = None,
) -> None:
    """Render a mail and queue it: it is sent if and only if the transaction is kept.

    `variables` are in the store's form (Serbian in Cyrillic) and come out in `script`. After
    `useless_after` the mail is not sent any more.
    """
    session.add(
        Mail(
            id=uuid.uuid4().hex,
            recipient=to,
            key=key,
            language=texts.tag(language, script),
            subject=texts.render(f"mail_{key}_subject", language, script, **variables),
            body=texts.render(f"mail_{key}_body", language, script, **variables),
            attachment_name=attachment.name if attachment else None,
            attachment=attachment.content if attachment else None,
            useless_after=useless_after,
        )
    )


def queue_sms(
    session: Session,
    *,
    to: str,
    key: str,
    language: str,
    script: str,
    variables: dict[str, str],
    useless_after: datetime | None = None,
) -> None:
    """Like `queue_mail`, for a mobile number in E.164; the text is `sms_<key>`."""
    session.add(
        Mail(
            id=uuid.uuid4().hex,
            channel="sms",
            recipient=to,
            key=key,
            language=texts.tag(language, script),
            subject="",
            body=texts.render(f"sms_{key}", language, script, **variables),
            useless_after=useless_after,
        )
    )


def claim_mails(session: Session, limit: int = 10, channels: Collection[str] = CHANNELS) -> list[Mail]:
    """Take due mails of the channels for LEASE; two workers never take the same one. Too late ones are given up here."""
    now = utc_now()
    session.execute(
        update(Mail)
        .where(Mail.state == "queued", Mail.useless_after < now)
        .values(state="dead", body="", attachment=None, last_error="too late to be of use")
    )
    due = (
        select(Mail.id)
        .where(Mail.state == "queued", Mail.run_after <= now, Mail.channel.in_(channels))
        .order_by(Mail.run_after)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = session.scalars(due).all()
    taken: list[Mail] = []
    whole = select(Mail).where(Mail.id.in_(ids)).options(undefer(Mail.attachment))
    for mail in session.scalars(whole.order_by(Mail.run_after)):
        mail.run_after = now + LEASE
        mail.attempts += 1
        taken.append(mail)
    return taken


def anything_due(session: Session, channels: Collection[str] = CHANNELS) -> bool:
    """A cheap look, so that an idle worker takes no write lock."""
    return (
        session.scalar(
            select(Mail.id)
            .where(Mail.state == "queued", Mail.run_after <= utc_now(), Mail.channel.in_(channels))
            .limit(1)
        )
        is not None
    )


def note_sent(session: Session, mail_id: str, *, blank: bool) -> None:
    """The server took it. `blank` empties the body: nobody needs a copy of a code."""
    values: dict[str, Any] = {"state": "sent", "sent_at": utc_now(), "last_error": None}
    if blank:
        values |= {"body": "", "attachment": None}
    session.execute(update(Mail).where(Mail.id == mail_id).values(**values))


def note_failed(session: Session, mail_id: str, reason: str, *, for_good: bool) -> None:
    """The server did not take it: again after 2, 4, 8 … seconds, or never."""
    mail = session.get_one(Mail, mail_id)
    mail.last_error = reason[:200]
    if for_good or mail.attempts >= MOST_ATTEMPTS:
        mail.state, mail.body, mail.attachment = "dead", "", None
    else:
        mail.run_after = utc_now() + min(timedelta(seconds=2**mail.attempts), LONGEST_PAUSE)


def newest_mails(session: Session, limit: int = 100) -> list[Mail]:
    """What the demo mailbox shows, newest first."""
    return list(session.scalars(select(Mail).order_by(Mail.created_at.desc(), Mail.id).limit(limit)))


def remove_outdated(session: Session, before: datetime) -> int:
    """Delete mails made before `before` that are done with; tells how many."""
    done = delete(Mail).where(Mail.created_at < before, Mail.state != "queued")
    return cast("CursorResult[Any]", session.execute(done)).rowcount
