"""Sends queued mails over SMTP and text messages through an HTTP gateway. Runs beside the web server; any number of processes may run it."""

import asyncio
from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from urllib.parse import unquote, urlsplit

import aiosmtplib
import httpx
import structlog
from sqlalchemy.orm import Session, sessionmaker

from backend.database import begin_reading, utc_now
from backend.notifications.models import Mail
from backend.notifications.service import anything_due, claim_mails, note_failed, note_sent
from backend.notifications.sms import send_sms
from backend.settings import Settings

log = structlog.get_logger()
IDLE_SECONDS = 0.5
SMTP_TIMEOUT = 20
# In all, over every answer of the server: less than LEASE, after which another worker takes the mail.
LONGEST_SENDING = timedelta(seconds=50)


async def send_mails(factory: sessionmaker[Session], settings: Settings) -> None:
    """Send what is due, for ever. Failures of the mail server or the database cost time, not mails."""
    while True:
        try:
            sent = await send_due_mails(factory, settings)
        except Exception as error:
            log.error("mail_worker_failed", error_type=type(error).__name__)
            sent = 0
            await asyncio.sleep(5)
        if not sent:
            await asyncio.sleep(IDLE_SECONDS)


async def send_due_mails(factory: sessionmaker[Session], settings: Settings) -> int:
    """Try every mail that is due once, all at the same time; tells how many were tried."""
    mails = await asyncio.to_thread(_claim, factory, open_channels(settings))
    tried = (_send_and_note(factory, mail, settings) for mail in mails)
    # Each to its end: what was sent is noted even when the note of another failed.
    for outcome in await asyncio.gather(*tried, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome
    return len(mails)


async def _send_and_note(factory: sessionmaker[Session], mail: Mail, settings: Settings) -> None:
    reason, for_good = await _try(mail, settings)
    await asyncio.to_thread(_note, factory, mail, reason, for_good, settings)
    log.info("mail_failed" if reason else "mail_sent", mail=mail.id, key=mail.key, reason=reason or None)


async def _try(mail: Mail, settings: Settings) -> tuple[str, bool]:
    """Why it could not be sent, empty if it was, and whether another try is of no use."""
    try:
        async with asyncio.timeout(LONGEST_SENDING.total_seconds()):
            await (send_sms if mail.channel == "sms" else _send)(mail, settings)
    except aiosmtplib.SMTPRecipientsRefused as error:
        return "recipient refused", all(500 <= each.code < 600 for each in error.recipients)
    except aiosmtplib.SMTPResponseException as error:
        return f"server answered {error.code}", 500 <= error.code < 600
    except httpx.HTTPStatusError as error:
        status = error.response.status_code
        return f"gateway answered {status}", 400 <= status < 500 and status not in (408, 429)
    except Exception as error:
        # Whatever it is, it is this mail's alone: it counts as a try, and the others are sent.
        return type(error).__name__, False
    return "", False


def compose(mail: Mail, sender: str) -> EmailMessage:
    """The mail as a message; addresses are parsed, so no header can be smuggled in."""
    message = EmailMessage()
    name, address = parseaddr(sender)
    message["From"] = Address(display_name=name, addr_spec=address)
    message["To"] = Address(addr_spec=mail.recipient)
    message["Subject"] = " ".join(mail.subject.split())
    message["Date"] = format_datetime(utc_now())
    # The same mail tried twice has the same id: a server may drop the second.
    message["Message-ID"] = f"<{mail.id}@{address.partition('@')[2]}>"
    message["Content-Language"] = mail.language
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.body)
    if mail.attachment is not None:
        message.add_attachment(
            mail.attachment, maintype="application", subtype="pdf", filename=mail.attachment_name
        )
    return message


async def _send(mail: Mail, settings: Settings) -> None:
    assert settings.smtp_url is not None
    server = urlsplit(settings.smtp_url.get_secret_value())
    await aiosmtplib.send(
        compose(mail, settings.mail_from),
        hostname=server.hostname,
        port=server.port,
        username=unquote(server.username) if server.username else None,
        password=unquote(server.password) if server.password else None,
        use_tls=server.scheme == "smtps",
        # Outside the demo a server that does not offer TLS is not given a code.
        start_tls=None if settings.demo else server.scheme != "smtps",
        timeout=SMTP_TIMEOUT,
    )


def open_channels(settings: Settings) -> tuple[str, ...]:
    """What can be sent; the rest stays in the demo mailbox."""
    ways = {"mail": settings.smtp_url, "sms": settings.sms_url}
    return tuple(channel for channel, way in ways.items() if way is not None)


def _claim(factory: sessionmaker[Session], channels: tuple[str, ...]) -> list[Mail]:
    with factory() as session:
        begin_reading(session)
        if not anything_due(session, channels):
            return []
    with factory.begin() as session:
        return claim_mails(session, channels=channels)


def _note(
    factory: sessionmaker[Session], mail: Mail, reason: str, for_good: bool, settings: Settings
) -> None:
    with factory.begin() as session:
        if reason:
            note_failed(session, mail.id, reason, for_good=for_good)
        else:
            note_sent(session, mail.id, blank=not settings.demo)
