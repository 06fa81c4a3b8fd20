"""The stand-in's own side: a page to pay, to be refused or to leave, and signed call-backs. Demo profile only."""

import asyncio
import json
import secrets
from html import escape
from typing import Annotated

import httpx
import structlog
from fastapi import APIRouter, BackgroundTasks, Depends, Form, Request
from fastapi.responses import HTMLResponse

from backend.accounts.routes import CurrentSettings
from backend.database import DatabaseSession
from backend.errors import NotFound, faults
from backend.notifications.routes import HEADERS, only_in_demo
from backend.payments.models import Payment
from backend.payments.provider import StandIn

log = structlog.get_logger()
router = APIRouter(
    tags=["demo payments"],
    dependencies=[Depends(only_in_demo)],
    responses=faults(NotFound),
    include_in_schema=False,
)
TRIES = 5
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Demo payment</title><style>
:root {{ color-scheme: light dark; }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 26rem; margin: 3rem auto; padding: 0 1rem; }}
button {{ font: inherit; width: 100%; min-height: 48px; margin: .4rem 0; border-radius: .6rem; }}
</style></head><body><h1>Demo payment</h1>{body}</body></html>"""
FORM = """<p>No money moves here. Amount: <strong>{amount} {currency}</strong></p>
<form method="post"><button name="outcome" value="paid">Pay</button>
<button name="outcome" value="failed">Have the card refused</button></form>
<p>Or simply close this page.</p>"""
# As the mailbox's, and the form goes back to where it came from.
PAGE_HEADERS = {
    **HEADERS,
    "Content-Security-Policy": HEADERS["Content-Security-Policy"] + "; form-action 'self'",
}


@router.get("/demo-payments/{payment_id}", response_class=HTMLResponse)
def show_checkout(payment_id: str, session: DatabaseSession) -> HTMLResponse:
    """The page a customer is sent to."""
    payment = session.get(Payment, payment_id)
    if payment is None:
        raise NotFound()
    form = FORM.format(amount=escape(str(payment.amount)), currency=escape(payment.currency))
    return HTMLResponse(PAGE.format(body=form), headers=PAGE_HEADERS)


@router.post("/demo-payments/{payment_id}", response_class=HTMLResponse)
def pay(
    payment_id: str,
    outcome: Annotated[str, Form(pattern="^(paid|failed)$")],
    request: Request,
    session: DatabaseSession,
    settings: CurrentSettings,
    later: BackgroundTasks,
) -> HTMLResponse:
    """Like a provider: shows a result at once and calls back on its own. Pressed twice, it takes the money twice."""
    payment = session.get(Payment, payment_id)
    if payment is None:
        raise NotFound()
    body = json.dumps(
        {
            "payment_id": payment.id,
            "reference": f"DEMO-{secrets.token_hex(6).upper()}",
            "outcome": outcome,
            "amount": {"amount": str(payment.amount), "currency": payment.currency},
        }
    ).encode()
    later.add_task(call_back, settings.payment_callback_url, body, StandIn(settings).sign(body))
    said = "Paid." if outcome == "paid" else "The card was refused."
    return HTMLResponse(PAGE.format(body=f"<p>{said} You can close this page."), headers=PAGE_HEADERS)


async def call_back(url: str, body: bytes, signature: str) -> None:
    """Until it is taken, with growing pauses, as providers do."""
    async with httpx.AsyncClient(timeout=10, trust_env=False) as http:
        for attempt in range(TRIES):
            try:
                answer = await http.post(url, content=body, headers={"X-Signature": signature})
                if answer.status_code < 500:
                    return
            except httpx.HTTPError as error:
                log.info("demo_callback_failed", error_type=type(error).__name__)
            await asyncio.sleep(2**attempt)
