"""The named sources that market packs use: options, suggestions and needed documents.

A source gets the answers bound to its parameters, None where one is not given yet, and then answers for
everything that is still possible. A new source is a function here with its name in one of the three tables;
conditions and warnings are in predicates.py.
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from backend.documents.models import Document
from backend.people.models import BankAccount
from backend.people.service import Member, bank_accounts_of, is_adult, mask_email, mask_phone
from backend.policies.benefits import waiting_until
from backend.policies.products import ProductBenefit, product_of
from backend.policies.service import CoveredPolicy, catalogue, in_force, status_on, visible_policies
from backend.providers.index import GARAGE
from backend.providers.search import Criteria
from backend.providers.service import search_providers
from backend.requests.kinds import Option
from backend.requests.person_facts import PersonFacts
from backend.requests.questionnaire import Suggestion

SELF = "self"
MOST_GARAGES = 4
# What can exist before the treatment; a report or a bill comes after it.
BEFORE_TREATMENT = ("referral", "prescription")


def _members(facts: PersonFacts, given: dict[str, Any]) -> list[Option]:
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
        for member in facts.members()
    ]


def _services(facts: PersonFacts, given: dict[str, Any]) -> list[Option]:
    """The services that some policy of the member (of any, while nobody is chosen) pays for on the day.

    The same rule as policies.service.policies_covering, asked for the whole catalogue at once.
    """
    return _services_of(facts, given, lambda benefit_type, benefit: True)


def _direct_services(facts: PersonFacts, given: dict[str, Any]) -> list[Option]:
    """Those of the services that a partner may bill to the insurer; of one branch where that is asked."""

    def is_wanted(benefit_type: str, benefit: ProductBenefit) -> bool:
        branch = given.get("branch")
        return benefit.direct_care and (
            branch is None or (branch == "hospital") == (benefit_type in catalogue().hospital_benefit)
        )

    return _services_of(facts, given, is_wanted)


def _services_of(
    facts: PersonFacts, given: dict[str, Any], is_wanted: Callable[[str, ProductBenefit], bool]
) -> list[Option]:
    day = date.fromisoformat(given["day"]) if given.get("day") else facts.today
    chosen = [facts.member(given["member"])] if given.get("member") else list(facts.members())
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


def covering(facts: PersonFacts, given: dict[str, Any]) -> list[CoveredPolicy]:
    """The policies that pay for the given member's service on the day; none before both are known."""
    member, service = given["member"], given["service"]
    if not member or not service or facts.member(member) is None or service not in catalogue().service:
        return []
    day = date.fromisoformat(given["day"]) if given.get("day") else facts.today
    return facts.covering(member, service, day)


def _policies_covering(facts: PersonFacts, given: dict[str, Any]) -> list[Option]:
    return [_show_covered(facts, covered) for covered in covering(facts, given)]


def _policies_paying_directly(facts: PersonFacts, given: dict[str, Any]) -> list[Option]:
    return [
        _show_covered(facts, covered) for covered in covering(facts, given) if covered.benefit.direct_care
    ]


def _motor_policies(facts: PersonFacts, given: dict[str, Any]) -> list[Option]:
    """The motor policies that were in force on the day (today, while it is not known)."""
    day = date.fromisoformat(given["day"]) if given.get("day") else facts.today
    return [
        Option(value=policy.number, label=f"{product_of(policy.product_code).name} · {policy.number}")
        for policy, _ in visible_policies(facts.session, facts.person)
        if policy.policy_type == "motor" and policy.valid_from <= day and status_on(policy, day) == "active"
    ]


def _centre_doctors(facts: PersonFacts, given: dict[str, Any]) -> list[Option]:
    """The doctors of the chosen centre in the field of the service; another name may be written all the same."""
    centre = facts.provider(given["centre"]) if given["centre"] else None
    service = catalogue().service.get(given["service"] or "")
    if centre is None or service is None:
        return []
    return [
        Option(value=doctor.name, label=doctor.name)
        for doctor in centre.doctors
        if doctor.specialty == service.specialty
    ]


def _garages_near(facts: PersonFacts, given: dict[str, Any]) -> list[Option]:
    """Partner garages in or nearest to the town that a place in free words names; others may be written."""
    if not given["place"]:
        return []
    criteria = Criteria(q=given["place"], kind=GARAGE)
    found = search_providers(facts.session, facts.market.market, criteria, MOST_GARAGES, 0)
    return [
        Option(value=f"{garage.name}, {garage.street}, {garage.city}", label=f"{garage.name}, {garage.city}")
        for garage in found.items
    ]


def _show_covered(facts: PersonFacts, covered: CoveredPolicy) -> Option:
    currency = facts.market.currency
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


def grown_up_relative(facts: PersonFacts, member_id: str | None) -> Member | None:
    """The member if it is somebody else and of full age."""
    member = facts.member(member_id)
    if member is None or member.person.id == facts.person.id:
        return None
    return member if is_adult(member.person, facts.today) else None


def _recipients(facts: PersonFacts, given: dict[str, Any]) -> list[Option]:
    """Guide 002: oneself, or the relative of full age who was treated."""
    relative = grown_up_relative(facts, given["member"])
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


def _emails(facts: PersonFacts, given: dict[str, Any]) -> list[Option]:
    masked = mask_email(facts.person.email)
    return [Option(value={"known": "profile"}, label=masked, is_default=True)] if masked else []


def _phones(facts: PersonFacts, given: dict[str, Any]) -> list[Option]:
    masked = mask_phone(facts.person.phone)
    return [Option(value={"known": "profile"}, label=masked, is_default=True)] if masked else []


def _account_holders(facts: PersonFacts, given: dict[str, Any]) -> list[Option]:
    """Oneself, or a relative of full age whose insurance one may see: money goes to nobody else."""
    return [
        Option(
            value=member.person.id,
            label=member.person.full_name,
            detail={"relation": member.relation, "first_name": member.person.first_name},
        )
        for member in facts.members()
        if member.relation == "self" or is_adult(member.person, facts.today)
    ]


def _bank_accounts(facts: PersonFacts, given: dict[str, Any]) -> list[Option]:
    """The person's own accounts. A relative's are nobody else's business, not even masked."""
    if given.get("recipient", SELF) not in (SELF, None):
        return []
    rules = facts.market.accounts
    return [
        Option(
            value={"known": account.id},
            label=mask_account(account.iban, account.bank, account.number),
            is_default=account.is_default,
        )
        for account in bank_accounts_of(facts.session, facts.person.id)
        if account.kind in rules.kinds
    ]


def mask_account(iban: str | None, bank: str | None, number: str | None) -> str:
    """`IT60 •••• 3456`, `BCA •••• 7890`: enough for the owner to recognise the account."""
    if iban:
        return f"{iban[:4]} •••• {iban[-4:]}"
    return " ".join(part for part in (bank, "••••", (number or "")[-4:]) if part)


def read_known_account(facts: PersonFacts, account_id: str) -> dict[str, str]:
    """The account behind `{"known": id}`, in the form of a new one."""
    account = facts.session.get_one(BankAccount, account_id)
    if account.iban:
        return {"iban": account.iban}
    return {name: value for name, value in (("bank", account.bank), ("number", account.number)) if value}


def find_options(facts: PersonFacts, name: str, given: dict[str, Any]) -> list[Option]:
    """What can be chosen, by the name of the source; asked once."""
    return facts.once("options", name, given, lambda: OPTIONS[name](facts, given))


def _suggest_default(source: str) -> Callable[[PersonFacts, dict[str, Any]], Suggestion | None]:
    def suggest(facts: PersonFacts, given: dict[str, Any]) -> Suggestion | None:
        options = find_options(facts, source, given)
        usual = next((option for option in options if option.is_default), None)
        return Suggestion(usual.value, "profile") if usual else None

    return suggest


def _suggest_from_document(name: str) -> Callable[[PersonFacts, dict[str, Any]], Suggestion | None]:
    def suggest(facts: PersonFacts, given: dict[str, Any]) -> Suggestion | None:
        document = facts.document(given["document"]) if given["document"] else None
        value = document.extracted.get(name) if document else None
        return Suggestion(value, "document", document.id) if document and value else None

    return suggest


def documents_given(facts: PersonFacts, given: dict[str, Any]) -> list[Document | None]:
    """The documents that the given answers name, None for one that is gone."""
    return [facts.document(document_id) for document_id in given["documents"] or []]


def _suggest_service(facts: PersonFacts, given: dict[str, Any]) -> Suggestion | None:
    """The one service that the draft's bills name, or those sent lately that belong to nothing yet."""
    documents = documents_given(facts, given) or facts.loose_documents()
    read = [(d.id, d.extracted.get("services") or []) for d in documents if d is not None]
    named = {service for _, services in read for service in services}
    if len(named) != 1:
        return None
    service = named.pop()
    return Suggestion(service, "document", next(id_ for id_, services in read if service in services))


def _suggest_answered(facts: PersonFacts, given: dict[str, Any]) -> Suggestion | None:
    return Suggestion(given["answer"], "profile") if given["answer"] else None


def _service_documents(facts: PersonFacts, given: dict[str, Any]) -> list[str]:
    """What the catalogue says a claim for the service needs beside the bill."""
    service = catalogue().service.get(given["service"] or "")
    return list(service.documents) if service else []


def _documents_before_treatment(facts: PersonFacts, given: dict[str, Any]) -> list[str]:
    return [kind for kind in _service_documents(facts, given) if kind in BEFORE_TREATMENT]


OPTIONS: dict[str, Callable[[PersonFacts, dict[str, Any]], list[Option]]] = {
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
SUGGESTIONS: dict[str, Callable[[PersonFacts, dict[str, Any]], Suggestion | None]] = {
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
NEEDS: dict[str, Callable[[PersonFacts, dict[str, Any]], list[str]]] = {
    "service_documents": _service_documents,
    "documents_before_treatment": _documents_before_treatment,
}
