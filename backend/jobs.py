"""Work beside the requests: sending mail and throwing away what has served. Safe in several processes."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime, timedelta

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
    """Each feature forgets in a transaction of its own, so that no lock is held long and no failure is all's."""
    now, folder = utc_now(), settings.files_folder
    tables: list[tuple[Callable[[Session, datetime], object], timedelta]] = [
        (accounts.remove_outdated, LINKS_KEPT),
        (attempts.remove_outdated, ATTEMPTS_KEPT),
        (idempotency.remove_outdated, ANSWERS_KEPT),
        (notifications.remove_outdated, MAILS_KEPT),
        (news.remove_outdated, NEWS_KEPT),
        (feedback.remove_outdated, FEEDBACK_KEPT),
        (review.remove_outdated, timedelta(days=settings.review_days)),
        (staff.remove_outdated, STAFF_SESSIONS_KEPT),
        (remove_idle_drafts, timedelta()),
    ]
    for remove, kept in tables:
        with _told_when_it_fails(remove), factory.begin() as session:
            remove(session, now - kept)
    for remove_files in (remove_unadopted, remove_old_sent_files, remove_forgotten_documents):
        with _told_when_it_fails(remove_files):
            remove_files(factory, folder, now)


@contextlib.contextmanager
def _told_when_it_fails(job: Callable[..., object]) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        name = f"{job.__module__}.{job.__name__}"
        log.error("housekeeping_failed", job=name, error_type=type(error).__name__)
