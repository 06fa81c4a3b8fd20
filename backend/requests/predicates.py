"""Conditions and warnings: the predicates that market packs name.

A predicate gets the answers bound to its parameters, None where one is not given yet. A new predicate is a
function here with its name in the table.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from backend.accounts.contact_codes import is_contact_proven
from backend.people.models import Person
from backend.policies.service import catalogue
from backend.requests.bills import (
    amount_differs,
    bills_of,
    is_claimed,
    service_differs,
    somebody_elses,
    sum_differs,
)
from backend.requests.person_facts import PersonFacts
from backend.requests.sources import SELF, covering, documents_given, grown_up_relative


def _adult_relative_paid_to_self(facts: PersonFacts, given: dict[str, Any]) -> bool:
    return given["recipient"] == SELF and grown_up_relative(facts, given["member"]) is not None


def _unproved(facts: PersonFacts, given: dict[str, Any]) -> bool:
    """Whether a typed e-mail or number is neither the known one nor proven by a code."""
    address = given["address"]
    if not isinstance(address, str) or address in (facts.person.email, facts.person.phone):
        return False
    return not is_contact_proven(facts.session, facts.person.id, address)


def _over_limit(facts: PersonFacts, given: dict[str, Any]) -> bool:
    """Whether the bills add up to more than the benefit has left. `amounts` is a list of Money."""
    total = sum((Decimal(money["amount"]) for money in given["amounts"] or []), Decimal(0))
    return any(
        covered.policy.number == given["policy"] and covered.left is not None and total > covered.left
        for covered in covering(facts, given)
    )


def _amount_differs(facts: PersonFacts, given: dict[str, Any]) -> bool:
    return amount_differs(documents_given(facts, given), given["amounts"] or [])


def _bill_claimed_before(facts: PersonFacts, given: dict[str, Any]) -> bool:
    bills = bills_of(given["issuers"] or [], given["numbers"] or [], given["amounts"] or [])
    return is_claimed(facts.session, facts.person.id, bills, documents_given(facts, given))


def _sum_differs(facts: PersonFacts, given: dict[str, Any]) -> bool:
    return sum_differs(documents_given(facts, given))


def _service_differs(facts: PersonFacts, given: dict[str, Any]) -> bool:
    return service_differs(documents_given(facts, given), given["service"])


def _bill_of_somebody_else(facts: PersonFacts, given: dict[str, Any]) -> bool:
    member = facts.session.get(Person, given["member"]) if given["member"] else None
    people = [facts.person, *([member] if member is not None else [])]
    return somebody_elses(documents_given(facts, given), people)


def _insurer_books(facts: PersonFacts, given: dict[str, Any]) -> bool:
    """Guide 002: a check-up is booked by the insurer, on one of the days the customer prefers."""
    service = catalogue().service.get(given["service"] or "")
    return service is not None and service.benefit == "checkup"


def _customer_books(facts: PersonFacts, given: dict[str, Any]) -> bool:
    return not _insurer_books(facts, given)


PREDICATES: dict[str, Callable[[PersonFacts, dict[str, Any]], bool]] = {
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
