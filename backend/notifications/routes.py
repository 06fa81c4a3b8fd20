"""The demo mailbox: every mail of the system on one page. Answers 404 in any profile but demo."""

from html import escape

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from backend.database import DatabaseSession
from backend.errors import NotFound, faults
from backend.notifications.models import Mail
from backend.notifications.schemas import MailView
from backend.notifications.service import newest_mails

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="3">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Demo mailbox</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 42rem; margin: 2rem auto; padding: 0 1rem; }}
article {{ border: 1px solid #8888; border-radius: .5rem; padding: .75rem 1rem; margin: 1rem 0; }}
h2 {{ font-size: 1.1rem; margin: 0; }} .about {{ opacity: .75; font-size: .9rem; }}
pre {{ font: inherit; white-space: pre-wrap; overflow-wrap: anywhere; margin: .5rem 0 0; }}
</style></head><body><h1>Demo mailbox</h1>{mails}</body></html>"""
MAIL = """<article lang="{language}"><h2>{subject}</h2>
<div class="about">{to} · <time datetime="{at}">{at}</time></div><pre>{body}</pre>{attachment}</article>"""
ATTACHMENT = """<p><a href="mailbox/{id}/attachment">{name}</a></p>"""
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def only_in_demo(request: Request) -> None:
    """Raises NotFound where real mails exist."""
    if not request.app.state.settings.demo:
        raise NotFound()


# Not behind a service token: a person opens it in a browser, on loopback.
router = APIRouter(tags=["demo mailbox"], dependencies=[Depends(only_in_demo)], responses=faults(NotFound))


@router.get("/mailbox", response_class=HTMLResponse)
def show_mailbox(session: DatabaseSession) -> HTMLResponse:
    """The mails as a page, newest first; it reloads itself."""
    mails = "".join(_show(mail) for mail in newest_mails(session))
    return HTMLResponse(PAGE.format(mails=mails or "<p>No mail yet.</p>"), headers=HEADERS)


@router.get("/mailbox.json")
def read_mailbox(session: DatabaseSession) -> list[MailView]:
    """The mails for programs, newest first."""
    return [
        MailView(
            id=mail.id,
            to=mail.recipient,
            key=mail.key,
            language=mail.language,
            subject=mail.subject,
            body=mail.body,
            attachment=mail.attachment_name,
            state=mail.state,
            created_at=mail.created_at,
        )
        for mail in newest_mails(session)
    ]


@router.get(
    "/mailbox/{mail_id}/attachment",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}}},
)
def read_attachment(mail_id: str, session: DatabaseSession) -> Response:
    """The PDF that went with a mail."""
    mail = session.get(Mail, mail_id)
    if mail is None or mail.attachment is None:
        raise NotFound()
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{mail.attachment_name}"'}
    return Response(mail.attachment, media_type="application/pdf", headers=headers)


def _show(mail: Mail) -> str:
    return MAIL.format(
        language=escape(mail.language),
        subject=escape(mail.subject),
        to=escape(mail.recipient),
        at=mail.created_at.isoformat(timespec="seconds"),
        body=escape(mail.body),
        attachment=ATTACHMENT.format(id=mail.id, name=escape(mail.attachment_name))
        if mail.attachment_name
        else "",
    )
