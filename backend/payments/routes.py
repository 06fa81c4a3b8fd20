"""Premium over HTTP: open instalments, a checkout, the provider's call-back."""

import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request, status
from pydantic import BaseModel, ConfigDict, Field

from backend.accounts.access import CurrentPerson, LoginExpired, LoginRequired
from backend.accounts.routes import CurrentSettings
from backend.accounts.schemas import Moment
from backend.callers import ActionsOnly, ConnectorsOnly
from backend.database import DatabaseSession
from backend.errors import Forbidden, InputInvalid, NotFound, faults
from backend.markets.service import today_in
from backend.money import Money
from backend.payments import service
from backend.payments.provider import CallbackForged, PaymentsUnavailable, provider_of
from backend.policies.products import product_of

router = APIRouter(tags=["premium"])


class InstalmentView(BaseModel):
    instalment_id: str
    policy_number: str
    product: str
    amount: Money
    due_date: datetime.date
    overdue: bool


class PaymentBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    instalment_id: Annotated[str, Field(max_length=32)]


class PaymentView(BaseModel):
    payment_id: str
    checkout_url: str
    amount: Money
    expires_at: Moment


class CallbackTaken(BaseModel):
    state: str


@router.get(
    "/conversations/{conversation_id}/instalments", responses=faults(LoginRequired, LoginExpired, NotFound)
)
def list_instalments(person: CurrentPerson, session: DatabaseSession) -> list[InstalmentView]:
    """Open instalments of policies the person holds, the oldest first."""
    today = today_in(person.market)
    return [
        InstalmentView(
            instalment_id=row.id,
            policy_number=row.policy_number,
            product=product_of(row.policy.product_code).name,
            amount=Money(amount=row.amount, currency=row.policy.currency),
            due_date=row.due_date,
            overdue=row.due_date < today,
        )
        for row in service.open_instalments(session, person)
    ]


@router.post(
    "/conversations/{conversation_id}/payments",
    status_code=status.HTTP_201_CREATED,
    responses=faults(
        LoginRequired,
        LoginExpired,
        Forbidden,
        NotFound,
        service.InstalmentPaid,
        InputInvalid,
        PaymentsUnavailable,
    ),
)
def begin_payment(
    conversation_id: str,
    body: PaymentBody,
    person: CurrentPerson,
    session: DatabaseSession,
    settings: CurrentSettings,
    _: ActionsOnly,
) -> PaymentView:
    """Where to pay an instalment; asked again the same, while it is open."""
    payment = service.begin_payment(session, person, conversation_id, body.instalment_id, settings)
    return PaymentView(
        payment_id=payment.id,
        checkout_url=payment.checkout_url,
        amount=Money(amount=payment.amount, currency=payment.currency),
        expires_at=payment.expires_at,
    )


async def raw_body(request: Request) -> bytes:
    """The bytes that were signed."""
    return await request.body()


@router.post("/payment-callbacks", responses=faults(CallbackForged, Forbidden, NotFound, PaymentsUnavailable))
def take_callback(
    body: Annotated[bytes, Depends(raw_body)],
    session: DatabaseSession,
    settings: CurrentSettings,
    _: ConnectorsOnly,
    signature: Annotated[str, Header(alias="X-Signature", max_length=200)] = "",
) -> CallbackTaken:
    """The provider's word on a payment, passed on by the gateway byte for byte."""
    event = provider_of(settings).read_callback(body, signature)
    return CallbackTaken(state=service.settle(session, event).state)
