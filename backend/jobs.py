"""Work beside the requests: sending mail and throwing away what has served. Safe in several processes."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta

import structlog
from sqlalchemy.orm import Session, sessionmaker

from backend import idempotency
from backend.accounts import attempts
from backend.accounts import service as accounts
from backend.database import utc_now
from backend.documents.jobs import remove_old_sent_files, remove_unadopted
from backend.feedback import service as feedback
from backend.news import service as news
from backend.notifications import service as notifications
from backend.notifications.worker import send_mails
from backend.requests.jobs import remove_forgotten_documents, remove_idle_drafts
from backend.review import service as review
from backend.settings import Settings
from backend.staff import sessions as staff

log = structlog.get_logger()
HOUSEKEEPING_EVERY = timedelta(minutes=10)
LINKS_KEPT = timedelta(days=2)
ATTEMPTS_KEPT = timedelta(days=2)
ANSWERS_KEPT = timedelta(days=7)
MAILS_KEPT = timedelta(days=30)
NEWS_KEPT = timedelta(days=30)
FEEDBACK_KEPT = timedelta(days=730)
STAFF_SESSIONS_KEPT = timedelta(days=30)


@contextlib.asynccontextmanager
async def background_work(factory: sessionmaker[Session], settings: Settings) -> AsyncIterator[None]:
    """Runs while the app does; ends cleanly with it."""
    tasks = [asyncio.create_task(keep_house(factory, settings))]
    if settings.smtp_url is not None or settings.sms_url is not None:
        tasks.append(asyncio.create_task(send_mails(factory, settings)))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def keep_house(factory: sessionmaker[Session], settings: Settings) -> None:
    """Every ten minutes, for ever."""
    while True:
        try:
            await asyncio.to_thread(remove_outdated, factory, settings)
        except Exception as error:
            log.error("housekeeping_failed", error_type=type(error).__name__)
        await asyncio.sleep(HOUSEKEEPING_EVERY.total_seconds())


def remove_outdated(factory: sessionmaker[Session], settings: Settings) -> None:
    """Each feature forgets in a transaction of its own, so that no lock is held long."""
    now = utc_now()
    with factory.begin() as session:
        accounts.remove_outdated(session, now - LINKS_KEPT)
    with factory.begin() as session:
        attempts.remove_outdated(session, now - ATTEMPTS_KEPT)
    with factory.begin() as session:
        idempotency.remove_outdated(session, now - ANSWERS_KEPT)
    with factory.begin() as session:
        notifications.remove_outdated(session, now - MAILS_KEPT)
    with factory.begin() as session:
        news.remove_outdated(session, now - NEWS_KEPT)
    with factory.begin() as session:
        feedback.remove_outdated(session, now - FEEDBACK_KEPT)
    with factory.begin() as session:
        review.remove_outdated(session, now - timedelta(days=settings.review_days))
    with factory.begin() as session:
        staff.remove_outdated(session, now - STAFF_SESSIONS_KEPT)
    with factory.begin() as session:
        remove_idle_drafts(session, now)
    remove_unadopted(factory, settings.files_folder, now)
    remove_old_sent_files(factory, settings.files_folder, now)
    remove_forgotten_documents(factory, settings.files_folder, now)
