"""What is odd about the bills of a draft: said to the customer before submitting, never in the way of it."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from rapidfuzz import fuzz
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from backend.documents.models import Document
from backend.people.models import Person
from backend.requests.models import Request, RequestDocument
from locales.script import normalise

# A bill of a request that came to nothing may be handed in again.
FREED_STATUSES = ("rejected", "withdrawn")
# The questions about one bill, the same in every market's claim.
_ISSUER, _NUMBER, _AMOUNT = "expense_issuer", "invoice_number", "expense_amount"

# VAT of the three markets is at most 22 %; a stamp of 2 euros weighs little.
MOST_TAXES = Decimal("1.25")
LIKE_ENOUGH = 80

# Issuer, invoice number and amount: what makes two pieces of paper the same bill.
type Bill = tuple[str, str, Decimal]


def amount_differs(documents: list[Document | None], amounts: list[dict[str, str]]) -> bool:
    """Whether some amount is not the total read from its bill; what could not be read is no difference.

    While some bill has no amount yet nobody knows which amount belongs to which bill.
    """
    if len(documents) != len(amounts):
        return False
    return any(
        document is not None and _differ(document.extracted.get("amount"), amount)
        for document, amount in zip(documents, amounts, strict=True)
    )


def _differ(printed: dict[str, str] | None, amount: dict[str, str]) -> bool:
    # A bill in another currency is paid converted.
    if printed is None or printed["currency"] != amount["currency"]:
        return False
    return Decimal(printed["amount"]) != Decimal(amount["amount"])


def sum_differs(documents: list[Document | None]) -> bool:
    """Whether the items of some bill do not add up to its own total.

    Taxes and stamps are no items; so a total may exceed the items by what such lines usually make, but an item
    never exceeds the total.
    """
    for document in documents:
        read = document.extracted if document is not None else {}
        total, items = read.get("amount"), read.get("lines_total")
        if total and items and total["currency"] == items["currency"]:
            ratio = Decimal(total["amount"]) / Decimal(items["amount"])
            if not 1 <= ratio <= MOST_TAXES:
                return True
    return False


def service_differs(documents: list[Document | None], service: str | None) -> bool:
    """Whether a bill names services, and not the one that is claimed."""
    named = [document.extracted.get("services") for document in documents if document is not None]
    return service is not None and any(services and service not in services for services in named)


def somebody_elses(documents: list[Document | None], people: list[Person]) -> bool:
    """Whether a bill is made out to none of `people`, by its name and by its tax code.

    A bill for a child is often made out to the parent who paid: the customer is one of `people`.
    """
    return any(_is_others(document.extracted, people) for document in documents if document is not None)


def _is_others(read: dict[str, Any], people: list[Person]) -> bool:
    ids, patient = read.get("national_ids"), read.get("patient")
    if ids and any(person.national_id in ids for person in people):
        return False
    if patient:
        return not any(_is_name_of(patient, person) for person in people)
    return bool(ids)


def _is_name_of(printed: str, person: Person) -> bool:
    """Whether both names stand there, in any order and script, a letter misread or left out."""
    words = normalise(printed).split()
    return all(
        any(fuzz.ratio(part, word) >= LIKE_ENOUGH for word in words)
        for name in (person.first_name, person.last_name)
        for part in normalise(name).split()
    )


def bills_of(
    issuers: Iterable[str | None],
    numbers: Iterable[str | None],
    amounts: Iterable[dict[str, str] | None],
) -> set[Bill]:
    """The bills that have a number; empty while the answers do not belong together yet."""
    columns = list(issuers), list(numbers), list(amounts)
    if len({len(column) for column in columns}) != 1:
        return set()
    return {
        (_plain(issuer), _plain(number), Decimal(amount["amount"]))
        for issuer, number, amount in zip(*columns, strict=True)
        if issuer and number and amount
    }


def is_claimed(session: Session, person_id: str, bills: set[Bill], documents: list[Document | None]) -> bool:
    """Whether one of the bills, or the very file, is in a request that the person submitted, or that is for them.

    What a relative submitted for somebody else is not looked at: a hint would tell of others' treatments.
    """
    theirs = (
        or_(Request.person_id == person_id, Request.member_id == person_id),
        Request.status.not_in(FREED_STATUSES),
    )
    files = {document.upload_sha256 for document in documents if document is not None}
    same_file = (
        select(Request.number)
        .join(RequestDocument, RequestDocument.request_number == Request.number)
        .join(Document, Document.id == RequestDocument.document_id)
        # The same referral belongs to many requests, the same bill to one.
        .where(*theirs, RequestDocument.question == "expense_document", Document.upload_sha256.in_(files))
        .limit(1)
    )
    if files and session.scalar(same_file) is not None:
        return True
    if not bills:
        return False
    submitted = session.scalars(select(Request.answers).where(*theirs, Request.kind == "claim"))
    return any(bills & _submitted_bills(answers) for answers in submitted)


def _submitted_bills(answers: list[dict[str, Any]]) -> set[Bill]:
    values: dict[tuple[str, int | None], Any] = {
        (answer["question"], answer["item"]): answer["value"] for answer in answers
    }
    items = [item for question, item in values if question == _NUMBER]
    return bills_of(
        [values.get((_ISSUER, item)) for item in items],
        [values.get((_NUMBER, item)) for item in items],
        [values.get((_AMOUNT, item)) for item in items],
    )


def _plain(text: str) -> str:
    """`FA-77 / 2026` and `fa 77/2026` are one number, Поликлиника and Poliklinika one issuer."""
    return "".join(letter for letter in normalise(text) if letter.isalnum())
