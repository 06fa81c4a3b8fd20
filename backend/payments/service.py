"""Open instalments, paying one, and what happens when the provider calls back: once, whatever comes how often."""

import uuid
from collections.abc import Sequence
from datetime import timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from backend.audit.service import record
from backend.database import utc_now
from backend.errors import Fault, NotFound
from backend.markets.service import get_market, today_in
from backend.money import Money
from backend.news.service import announce
from backend.notifications.service import Pdf
from backend.payments.models import Payment
from backend.payments.provider import Event, provider_of
from backend.payments.receipt import Receipt, draw_receipt
from backend.people.letters import write_to
from backend.people.models import Person
from backend.policies.models import Policy, PremiumInstalment
from backend.policies.products import product_of
from backend.settings import Settings
from locales import formats

log = structlog.get_logger()
# An open checkout of the instalment is used again for so long, so that nobody pays in two windows.
CHECKOUT_LIFE = timedelta(minutes=30)
# Instalments further away are no bill yet.
SHOWN_AHEAD = timedelta(days=120)


class InstalmentPaid(Fault):
    """Paid already."""

    status = 409
    code = "instalment_paid"


def open_instalments(session: Session, person: Person) -> Sequence[PremiumInstalment]:
    """Unpaid instalments of the policies the person holds, the oldest first; nobody else's business."""
    return session.scalars(
        select(PremiumInstalment)
        .join(Policy)
        .options(joinedload(PremiumInstalment.policy))
        .where(
            Policy.holder_id == person.id,
            PremiumInstalment.paid_on.is_(None),
            PremiumInstalment.due_date <= today_in(person.market) + SHOWN_AHEAD,
        )
        .order_by(PremiumInstalment.due_date, PremiumInstalment.id)
    ).all()


def begin_payment(
    session: Session, person: Person, conversation_id: str, instalment_id: str, settings: Settings
) -> Payment:
    """A checkout for an instalment, the open one if there is one. Raises NotFound, InstalmentPaid."""
    if get_market(person.market).journeys["premium"] != "offered":
        raise NotFound()
    instalment = _lock_instalment(session, instalment_id)
    if instalment is None or instalment.policy.holder_id != person.id:
        raise NotFound()
    if instalment.paid_on is not None:
        raise InstalmentPaid()
    now = utc_now()
    known = session.scalar(
        select(Payment)
        .where(Payment.instalment_id == instalment.id, Payment.state == "open", Payment.expires_at > now)
        .limit(1)
    )
    if known is not None:
        known.conversation_id = conversation_id
        return known
    payment_id, currency = uuid.uuid4().hex, instalment.policy.currency
    payment = Payment(
        id=payment_id,
        instalment_id=instalment.id,
        person_id=person.id,
        conversation_id=conversation_id,
        amount=instalment.amount,
        currency=currency,
        checkout_url=provider_of(settings).checkout_url(payment_id, instalment.amount, currency),
        expires_at=now + CHECKOUT_LIFE,
    )
    session.add(payment)
    session.flush()
    record(
        session,
        actor=f"person:{person.id}",
        action="payment_begun",
        subject=f"payment:{payment.id}",
        conversation_id=conversation_id,
    )
    return payment


def settle(session: Session, event: Event) -> Payment:
    """What a genuine call-back changes. The same again changes nothing; raises NotFound for an unknown payment.

    A late one counts: the money was taken. Money that belongs to no open instalment is to be given back.
    """
    known = session.get(Payment, event.payment_id)
    if known is None:
        raise NotFound()
    # The instalment first, as where a payment begins.
    instalment = _lock_instalment(session, known.instalment_id)
    assert instalment is not None
    payment = session.scalars(
        select(Payment)
        .where(Payment.id == event.payment_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if event.outcome == "failed":
        if payment.state == "open":
            payment.state, payment.reference = "failed", event.reference
            _tell(session, payment, "payment_failed")
        return payment
    if payment.state in ("paid", "to_refund"):
        if payment.reference == event.reference:
            return payment
        again = _paid_again(session, payment, event.reference)
        if again.state != "open":
            return again
        payment = again
    exact = (event.amount.amount, event.amount.currency) == (payment.amount, payment.currency)
    payment.reference, payment.settled_at = event.reference, utc_now()
    # What came is what is told and given back, whatever was asked for.
    payment.amount, payment.currency = event.amount.amount, event.amount.currency
    if exact and instalment.paid_on is None:
        person = session.get_one(Person, payment.person_id)
        payment.state, instalment.paid_on = "paid", today_in(person.market)
        _tell(session, payment, "payment_received")
    else:
        payment.state = "to_refund"
        log.warning("payment_to_refund", payment=payment.id, exact=exact)
        _tell(session, payment, "payment_to_refund")
    record(
        session, actor="payment_provider", action=f"payment_{payment.state}", subject=f"payment:{payment.id}"
    )
    return payment


def _paid_again(session: Session, payment: Payment, reference: str) -> Payment:
    """The money of a settled checkout that came once more, under another reference: a payment of its own."""
    known = session.scalar(
        select(Payment).where(Payment.instalment_id == payment.instalment_id, Payment.reference == reference)
    )
    if known is not None:
        return known
    again = Payment(
        id=uuid.uuid4().hex,
        instalment_id=payment.instalment_id,
        person_id=payment.person_id,
        conversation_id=payment.conversation_id,
        amount=payment.amount,
        currency=payment.currency,
        state="open",
        checkout_url=payment.checkout_url,
        expires_at=payment.expires_at,
    )
    session.add(again)
    session.flush()
    return again


def _lock_instalment(session: Session, instalment_id: str) -> PremiumInstalment | None:
    """Held until the transaction ends: two payments of one instalment are settled one after the other."""
    return session.scalar(
        select(PremiumInstalment)
        .where(PremiumInstalment.id == instalment_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _tell(session: Session, payment: Payment, key: str) -> None:
    """In the chat, and what concerns money also by mail: the receipt."""
    person = session.get_one(Person, payment.person_id)
    variables = {
        "amount": formats.money(payment.amount, payment.currency, person.language),
        "policy": payment.instalment.policy_number,
        "due": formats.day(payment.instalment.due_date, person.language),
        "reference": payment.reference or payment.id,
        "name": person.full_name,
        "day": formats.day(today_in(person.market), person.language),
    }
    opens = {"intent": "pay_premium"} if key == "payment_failed" else None
    announce(
        session,
        person_id=person.id,
        kind=key,
        variables=variables,
        opens=opens,
        conversation_id=payment.conversation_id,
    )
    if key != "payment_failed":
        receipt = _receipt(payment, person) if key == "payment_received" else None
        write_to(session, person, key, variables, attachment=receipt)


def _receipt(payment: Payment, person: Person) -> Pdf:
    policy = payment.instalment.policy
    receipt = Receipt(
        insurer=get_market(person.market).insurer_name,
        payer=person.full_name,
        product=product_of(policy.product_code).name,
        policy_number=policy.number,
        due_date=payment.instalment.due_date,
        amount=Money(amount=payment.amount, currency=payment.currency),
        paid_on=payment.instalment.paid_on or today_in(person.market),
        reference=payment.reference or payment.id,
        language=person.language,
        script=person.script,
    )
    return Pdf(receipt.filename, draw_receipt(receipt))
