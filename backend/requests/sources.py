"""Where options, conditions, suggestions and needed documents come from: the names that market packs use.

A source gets the answers bound to its parameters, None where one is not given yet, and then answers for
everything that is still possible. A new source is a function here with its name in one of the four tables.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.accounts.contact_codes import is_contact_proven
from backend.database import utc_now
from backend.documents.models import Document
from backend.documents.service import find_document_of
from backend.markets.schema import MarketPack
from backend.markets.service import get_market, today_in
from backend.people.models import BankAccount, Person
from backend.people.service import Member, bank_accounts_of, is_adult, mask_email, mask_phone, visible_members
from backend.policies.benefits import waiting_until
from backend.policies.products import ProductBenefit, product_of
from backend.policies.service import (
    CoveredPolicy,
    catalogue,
    in_force,
    policies_covering,
    status_on,
    visible_policies,
)
from backend.providers.index import GARAGE
from backend.providers.schemas import ProviderOut
from backend.providers.search import Criteria
from backend.providers.service import find_provider, search_providers
from backend.requests.bills import (
    FREED_STATUSES,
    amount_differs,
    bills_of,
    is_claimed,
    service_differs,
    somebody_elses,
    sum_differs,
)
from backend.requests.kinds import Option
from backend.requests.models import Draft, DraftAnswer, Request, RequestDocument
from backend.requests.questionnaire import Suggestion

SELF = "self"
# How long a file that was sent before its turn is thought to belong to what is claimed now.
LATELY = timedelta(hours=24)
MOST_GARAGES = 4
# What can exist before the treatment; a report or a bill comes after it.
BEFORE_TREATMENT = ("referral", "prescription")


@dataclass
class PersonLookups:
    """Everything the questionnaire asks the world, for one person and one transaction; remembers answers."""

    session: Session
    person: Person
    market: MarketPack = field(init=False)
    today: date = field(init=False)
    _answers: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.market = get_market(self.person.market)
        self.today = today_in(self.person.market)

    def options(self, name: str, given: dict[str, Any]) -> list[Option]:
        """What can be chosen."""
        return self._once("options", name, given, lambda: OPTIONS[name](self, given))

    def holds(self, name: str, given: dict[str, Any]) -> bool:
        """Whether a predicate holds."""
        return self._once("holds", name, given, lambda: PREDICATES[name](self, given))

    def suggest(self, name: str, given: dict[str, Any]) -> Suggestion | None:
        """What is known already."""
        return self._once("suggest", name, given, lambda: SUGGESTIONS[name](self, given))

    def needs(self, name: str, given: dict[str, Any]) -> list[str]:
        """Which document types have to be handed in."""
        return self._once("needs", name, given, lambda: NEEDS[name](self, given))

    def has_document(self, document_id: str) -> bool:
        return self.document(document_id) is not None

    def known_contact(self, contact: str) -> str | None:
        return self.person.email if contact == "email" else self.person.phone

    def provider(self, provider_id: str) -> ProviderOut | None:
        """A partner of the person's market, or None."""
        return self._once(
            "provider",
            "",
            {"id": provider_id},
            lambda: find_provider(self.session, self.market.market, provider_id),
        )

    def has_provider(self, provider_id: str) -> bool:
        return self.provider(provider_id) is not None

    def provider_label(self, provider_id: str) -> str:
        """`Centro Medico Aurora, Torino`; empty for one that is gone."""
        provider = self.provider(provider_id)
        return f"{provider.name}, {provider.city}" if provider else ""

    def is_used_up(self, document_id: str, question_id: str, others: list[str]) -> bool:
        document = self.document(document_id)
        if document is None:
            return False
        siblings = [self.document(other) for other in others]
        if any(other is not None and other.upload_sha256 == document.upload_sha256 for other in siblings):
            return True
        return self._once(
            "used",
            question_id,
            {"sha256": document.upload_sha256},
            lambda: self._in_request(document, question_id),
        )

    def document(self, document_id: str) -> Document | None:
        """The person's document, or None."""
        return self._once(
            "document",
            "",
            {"id": document_id},
            lambda: find_document_of(self.session, self.person.id, document_id),
        )

    def loose_documents(self) -> list[Document]:
        """What the person sent lately that is in no request and no draft: sent before it was asked for."""
        return self._once("loose", "", {}, self._find_loose_documents)

    def members(self) -> list[Member]:
        """Those the person may claim for."""
        return self._once("members", "", {}, lambda: visible_members(self.session, self.person))

    def member(self, member_id: str | None) -> Member | None:
        """One of `members`."""
        return next((member for member in self.members() if member.person.id == member_id), None)

    def covering(self, member_id: str, service: str, day: date) -> list[CoveredPolicy]:
        """The policies that pay for the service on the day."""
        given = {"member": member_id, "service": service, "day": day.isoformat()}
        return self._once(
            "covering",
            "",
            given,
            lambda: policies_covering(self.session, self.person, member_id, service, day),
        )

    def _in_request(self, document: Document, question_id: str) -> bool:
        found = self.session.scalar(
            select(Request.number)
            .join(RequestDocument, RequestDocument.request_number == Request.number)
            .join(Document, Document.id == RequestDocument.document_id)
            .where(
                Request.person_id == self.person.id,
                RequestDocument.question == question_id,
                Document.upload_sha256 == document.upload_sha256,
                Request.status.not_in(FREED_STATUSES),
            )
            .limit(1)
        )
        return found is not None

    def _find_loose_documents(self) -> list[Document]:
        sent = self.session.scalars(
            select(Document)
            .where(
                Document.person_id == self.person.id,
                Document.created_at > utc_now() - LATELY,
                Document.id.not_in(select(RequestDocument.document_id)),
            )
            .order_by(Document.created_at, Document.id)
        ).all()
        if not sent:
            return []
        open_drafts = select(Draft.id).where(Draft.person_id == self.person.id, Draft.status == "open")
        answers = self.session.scalars(select(DraftAnswer.value).where(DraftAnswer.draft_id.in_(open_drafts)))
        # A document stands in an answer alone, or in a list with its type.
        entries = [entry for value in answers for entry in (value if isinstance(value, list) else [value])]
        taken = [entry.get("document_id") if isinstance(entry, dict) else entry for entry in entries]
        return [document for document in sent if document.id not in taken]

    def _once[T](self, table: str, name: str, given: dict[str, Any], find: Callable[[], T]) -> T:
        key = json.dumps([table, name, given], sort_keys=True)
        if key not in self._answers:
            self._answers[key] = find()
        found: T = self._answers[key]
        return found


def _members(lookups: PersonLookups, given: dict[str, Any]) -> list[Option]:
    return [
        Option(
            value=member.person.id,
            label=member.person.full_name,
            detail={
                "relation": member.relation,
                "first_name": member.person.first_name,
                "member_numbers": [membership.member_number for membership in member.memberships],
            },
        )
        for member in lookups.members()
    ]


def _services(lookups: PersonLookups, given: dict[str, Any]) -> list[Option]:
    """The services that some policy of the member (of any, while nobody is chosen) pays for on the day.

    The same rule as policies.service.policies_covering, asked for the whole catalogue at once.
    """
    return _services_of(lookups, given, lambda benefit_type, benefit: True)


def _direct_services(lookups: PersonLookups, given: dict[str, Any]) -> list[Option]:
    """Those of the services that a partner may bill to the insurer; of one branch where that is asked."""

    def is_wanted(benefit_type: str, benefit: ProductBenefit) -> bool:
        branch = given.get("branch")
        return benefit.direct_care and (
            branch is None or (branch == "hospital") == (benefit_type in catalogue().hospital_benefit)
        )

    return _services_of(lookups, given, is_wanted)


def _services_of(
    lookups: PersonLookups, given: dict[str, Any], is_wanted: Callable[[str, ProductBenefit], bool]
) -> list[Option]:
    day = date.fromisoformat(given["day"]) if given.get("day") else lookups.today
    chosen = [lookups.member(given["member"])] if given.get("member") else list(lookups.members())
    memberships = [membership for member in chosen if member for membership in member.memberships]
    alive = [
        (row, product_of(row.policy.product_code)) for row in memberships if in_force(row.policy, row, day)
    ]
    return [
        Option(value=name, label_key=f"service.{name}", detail={"benefit_type": service.benefit})
        for name, service in catalogue().service.items()
        if any(
            product.covers(name)
            and is_wanted(service.benefit, product.benefits[service.benefit])
            and waiting_until(membership, product.benefits[service.benefit]) <= day
            for membership, product in alive
        )
    ]


def _covering(lookups: PersonLookups, given: dict[str, Any]) -> list[CoveredPolicy]:
    member, service = given["member"], given["service"]
    if not member or not service or lookups.member(member) is None or service not in catalogue().service:
        return []
    day = date.fromisoformat(given["day"]) if given.get("day") else lookups.today
    return lookups.covering(member, service, day)


def _policies_covering(lookups: PersonLookups, given: dict[str, Any]) -> list[Option]:
    return [_show_covered(lookups, covered) for covered in _covering(lookups, given)]


def _policies_paying_directly(lookups: PersonLookups, given: dict[str, Any]) -> list[Option]:
    return [
        _show_covered(lookups, covered)
        for covered in _covering(lookups, given)
        if covered.benefit.direct_care
    ]


def _motor_policies(lookups: PersonLookups, given: dict[str, Any]) -> list[Option]:
    """The motor policies that were in force on the day (today, while it is not known)."""
    day = date.fromisoformat(given["day"]) if given.get("day") else lookups.today
    return [
        Option(value=policy.number, label=f"{product_of(policy.product_code).name} · {policy.number}")
        for policy, _ in visible_policies(lookups.session, lookups.person)
        if policy.policy_type == "motor" and policy.valid_from <= day and status_on(policy, day) == "active"
    ]


def _centre_doctors(lookups: PersonLookups, given: dict[str, Any]) -> list[Option]:
    """The doctors of the chosen centre in the field of the service; another name may be written all the same."""
    centre = lookups.provider(given["centre"]) if given["centre"] else None
    service = catalogue().service.get(given["service"] or "")
    if centre is None or service is None:
        return []
    return [
        Option(value=doctor.name, label=doctor.name)
        for doctor in centre.doctors
        if doctor.specialty == service.specialty
    ]


def _garages_near(lookups: PersonLookups, given: dict[str, Any]) -> list[Option]:
    """Partner garages in or nearest to the town that a place in free words names; others may be written."""
    if not given["place"]:
        return []
    criteria = Criteria(q=given["place"], kind=GARAGE)
    found = search_providers(lookups.session, lookups.market.market, criteria, MOST_GARAGES, 0)
    return [
        Option(value=f"{garage.name}, {garage.street}, {garage.city}", label=f"{garage.name}, {garage.city}")
        for garage in found.items
    ]


def _show_covered(lookups: PersonLookups, covered: CoveredPolicy) -> Option:
    currency = lookups.market.currency
    product = product_of(covered.policy.product_code).name
    return Option(
        value=covered.policy.number,
        label=f"{product} · {covered.policy.number}",
        detail={
            "product": product,
            "policy_number": covered.policy.number,
            "member_number": covered.membership.member_number,
            "benefit_type": covered.benefit_type,
            "left": None if covered.left is None else _money(covered.left, currency),
            "visits_left": covered.visits_left,
            "co_payment_percent": covered.benefit.co_payment_percent,
            "co_payment": _money(covered.benefit.co_payment, currency),
        },
    )


def _money(amount: Decimal, currency: str) -> dict[str, str]:
    return {"amount": f"{amount:.2f}", "currency": currency}


def _is_grown_up_relative(lookups: PersonLookups, member_id: str | None) -> Member | None:
    member = lookups.member(member_id)
    if member is None or member.person.id == lookups.person.id:
        return None
    return member if is_adult(member.person, lookups.today) else None


def _recipients(lookups: PersonLookups, given: dict[str, Any]) -> list[Option]:
    """Guide 002: oneself, or the relative of full age who was treated."""
    relative = _is_grown_up_relative(lookups, given["member"])
    options = [Option(value=SELF, label_key="recipient.self", is_default=True)]
    if relative is not None:
        options.append(
            Option(
                value=relative.person.id,
                label=relative.person.full_name,
                detail={"relation": relative.relation},
            )
        )
    return options


def _adult_relative_paid_to_self(lookups: PersonLookups, given: dict[str, Any]) -> bool:
    return given["recipient"] == SELF and _is_grown_up_relative(lookups, given["member"]) is not None


def _emails(lookups: PersonLookups, given: dict[str, Any]) -> list[Option]:
    masked = mask_email(lookups.person.email)
    return [Option(value={"known": "profile"}, label=masked, is_default=True)] if masked else []


def _phones(lookups: PersonLookups, given: dict[str, Any]) -> list[Option]:
    masked = mask_phone(lookups.person.phone)
    return [Option(value={"known": "profile"}, label=masked, is_default=True)] if masked else []


def _account_holders(lookups: PersonLookups, given: dict[str, Any]) -> list[Option]:
    """Oneself, or a relative of full age whose insurance one may see: money goes to nobody else."""
    return [
        Option(
            value=member.person.id,
            label=member.person.full_name,
            detail={"relation": member.relation, "first_name": member.person.first_name},
        )
        for member in lookups.members()
        if member.relation == "self" or is_adult(member.person, lookups.today)
    ]


def _bank_accounts(lookups: PersonLookups, given: dict[str, Any]) -> list[Option]:
    """The person's own accounts. A relative's are nobody else's business, not even masked."""
    if given.get("recipient", SELF) not in (SELF, None):
        return []
    rules = lookups.market.accounts
    return [
        Option(
            value={"known": account.id},
            label=mask_account(account.iban, account.bank, account.number),
            is_default=account.is_default,
        )
        for account in bank_accounts_of(lookups.session, lookups.person.id)
        if account.kind in rules.kinds
    ]


def mask_account(iban: str | None, bank: str | None, number: str | None) -> str:
    """`IT60 •••• 3456`, `BCA •••• 7890`: enough for the owner to recognise the account."""
    if iban:
        return f"{iban[:4]} •••• {iban[-4:]}"
    return " ".join(part for part in (bank, "••••", (number or "")[-4:]) if part)


def read_known_account(lookups: PersonLookups, account_id: str) -> dict[str, str]:
    """The account behind `{"known": id}`, in the form of a new one."""
    account = lookups.session.get_one(BankAccount, account_id)
    if account.iban:
        return {"iban": account.iban}
    return {name: value for name, value in (("bank", account.bank), ("number", account.number)) if value}


def _suggest_default(source: str) -> Callable[[PersonLookups, dict[str, Any]], Suggestion | None]:
    def suggest(lookups: PersonLookups, given: dict[str, Any]) -> Suggestion | None:
        options = lookups.options(source, given)
        usual = next((option for option in options if option.is_default), None)
        return Suggestion(usual.value, "profile") if usual else None

    return suggest


def _suggest_from_document(name: str) -> Callable[[PersonLookups, dict[str, Any]], Suggestion | None]:
    def suggest(lookups: PersonLookups, given: dict[str, Any]) -> Suggestion | None:
        document = lookups.document(given["document"]) if given["document"] else None
        value = document.extracted.get(name) if document else None
        return Suggestion(value, "document", document.id) if document and value else None

    return suggest


def _suggest_service(lookups: PersonLookups, given: dict[str, Any]) -> Suggestion | None:
    """The one service that the draft's bills name, or those sent lately that belong to nothing yet."""
    documents = _documents(lookups, given) or lookups.loose_documents()
    read = [(d.id, d.extracted.get("services") or []) for d in documents if d is not None]
    named = {service for _, services in read for service in services}
    if len(named) != 1:
        return None
    service = named.pop()
    return Suggestion(service, "document", next(id_ for id_, services in read if service in services))


def _suggest_answered(lookups: PersonLookups, given: dict[str, Any]) -> Suggestion | None:
    return Suggestion(given["answer"], "profile") if given["answer"] else None


def _service_documents(lookups: PersonLookups, given: dict[str, Any]) -> list[str]:
    """What the catalogue says a claim for the service needs beside the bill."""
    service = catalogue().service.get(given["service"] or "")
    return list(service.documents) if service else []


def _documents_before_treatment(lookups: PersonLookups, given: dict[str, Any]) -> list[str]:
    return [kind for kind in _service_documents(lookups, given) if kind in BEFORE_TREATMENT]


def _insurer_books(lookups: PersonLookups, given: dict[str, Any]) -> bool:
    """Guide 002: a check-up is booked by the insurer, on one of the days the customer prefers."""
    service = catalogue().service.get(given["service"] or "")
    return service is not None and service.benefit == "checkup"


def _customer_books(lookups: PersonLookups, given: dict[str, Any]) -> bool:
    return not _insurer_books(lookups, given)


def _unproved(lookups: PersonLookups, given: dict[str, Any]) -> bool:
    """Whether a typed e-mail or number is neither the known one nor proven by a code."""
    address = given["address"]
    if not isinstance(address, str) or address in (lookups.person.email, lookups.person.phone):
        return False
    return not is_contact_proven(lookups.session, lookups.person.id, address)


def _over_limit(lookups: PersonLookups, given: dict[str, Any]) -> bool:
    """Whether the bills add up to more than the benefit has left. `amounts` is a list of Money."""
    total = sum((Decimal(money["amount"]) for money in given["amounts"] or []), Decimal(0))
    return any(
        covered.policy.number == given["policy"] and covered.left is not None and total > covered.left
        for covered in _covering(lookups, given)
    )


def _documents(lookups: PersonLookups, given: dict[str, Any]) -> list[Document | None]:
    return [lookups.document(document_id) for document_id in given["documents"] or []]


def _amount_differs(lookups: PersonLookups, given: dict[str, Any]) -> bool:
    return amount_differs(_documents(lookups, given), given["amounts"] or [])


def _bill_claimed_before(lookups: PersonLookups, given: dict[str, Any]) -> bool:
    bills = bills_of(given["issuers"] or [], given["numbers"] or [], given["amounts"] or [])
    return is_claimed(lookups.session, lookups.person.id, bills, _documents(lookups, given))


def _sum_differs(lookups: PersonLookups, given: dict[str, Any]) -> bool:
    return sum_differs(_documents(lookups, given))


def _service_differs(lookups: PersonLookups, given: dict[str, Any]) -> bool:
    return service_differs(_documents(lookups, given), given["service"])


def _bill_of_somebody_else(lookups: PersonLookups, given: dict[str, Any]) -> bool:
    member = lookups.session.get(Person, given["member"]) if given["member"] else None
    people = [lookups.person, *([member] if member is not None else [])]
    return somebody_elses(_documents(lookups, given), people)


OPTIONS: dict[str, Callable[[PersonLookups, dict[str, Any]], list[Option]]] = {
    "members": _members,
    "services": _services,
    "direct_services": _direct_services,
    "policies_covering": _policies_covering,
    "policies_paying_directly": _policies_paying_directly,
    "motor_policies": _motor_policies,
    "centre_doctors": _centre_doctors,
    "garages_near": _garages_near,
    "recipients": _recipients,
    "emails": _emails,
    "phones": _phones,
    "account_holders": _account_holders,
    "bank_accounts": _bank_accounts,
}
PREDICATES: dict[str, Callable[[PersonLookups, dict[str, Any]], bool]] = {
    "adult_relative_paid_to_self": _adult_relative_paid_to_self,
    "unproved": _unproved,
    "over_limit": _over_limit,
    "amount_differs": _amount_differs,
    "bill_claimed_before": _bill_claimed_before,
    "sum_differs": _sum_differs,
    "service_differs": _service_differs,
    "bill_of_somebody_else": _bill_of_somebody_else,
    "insurer_books": _insurer_books,
    "customer_books": _customer_books,
}
SUGGESTIONS: dict[str, Callable[[PersonLookups, dict[str, Any]], Suggestion | None]] = {
    "known_email": _suggest_default("emails"),
    "known_phone": _suggest_default("phones"),
    "known_bank_account": _suggest_default("bank_accounts"),
    "document_date": _suggest_from_document("date"),
    "document_amount": _suggest_from_document("amount"),
    "document_issuer": _suggest_from_document("issuer"),
    "document_invoice_number": _suggest_from_document("invoice_number"),
    "document_service": _suggest_service,
    "answered": _suggest_answered,
}
NEEDS: dict[str, Callable[[PersonLookups, dict[str, Any]], list[str]]] = {
    "service_documents": _service_documents,
    "documents_before_treatment": _documents_before_treatment,
}
