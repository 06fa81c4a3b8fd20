"""Policies and what they pay for. Visibility is decided in visibility.py; sums per benefit in benefits.py."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.errors import NotFound
from backend.markets.service import today_in
from backend.people.models import Person
from backend.policies.benefits import Used, benefit_left, policy_year, use_of_benefits, waiting_until
from backend.policies.catalogue import Catalogue, catalogue
from backend.policies.models import Membership, Policy, PremiumInstalment
from backend.policies.products import ProductBenefit, product_of
from backend.policies.visibility import visible_memberships

__all__ = [
    "Catalogue",
    "CoveredPolicy",
    "Premium",
    "catalogue",
    "get_policy_for",
    "in_force",
    "policies_covering",
    "premium_of",
    "status_on",
    "visible_policies",
]

PolicyStatus = Literal["active", "lapsed", "suspended", "ended"]
PremiumStatus = Literal["paid", "due", "overdue"]

# An open instalment is announced this long before it is due.
ANNOUNCED_DAYS = 30


@dataclass(frozen=True)
class CoveredPolicy:
    """A policy that pays for a service, with the membership it pays for and what is left of the benefit.

    `left` and `visits_left` are of the policy year of the treatment; None means without limit.
    """

    policy: Policy
    membership: Membership
    benefit_type: str
    benefit: ProductBenefit
    left: Decimal | None
    visits_left: int | None


@dataclass(frozen=True)
class Premium:
    """How the premium stands. `amount` is overdue in all, or the next open instalment's."""

    status: PremiumStatus
    amount: Decimal | None
    due_date: date | None


def status_on(policy: Policy, day: date) -> PolicyStatus:
    """The status of the policy on a day: a decision (lapsed, suspended, ended) or the end of its term."""
    if policy.status_since is not None and day >= policy.status_since:
        return cast(PolicyStatus, policy.status)  # a check constraint keeps the column to these
    return "ended" if day > policy.valid_to else "active"


def in_force(policy: Policy, membership: Membership, day: date) -> bool:
    """Whether the policy insures the member on the day."""
    return (
        status_on(policy, day) == "active"
        and max(policy.valid_from, membership.joined_on) <= day
        and (membership.left_on is None or day <= membership.left_on)
    )


def visible_policies(
    session: Session, person: Person, member_id: str | None = None
) -> list[tuple[Policy, list[Membership]]]:
    """The policies the person may see with the memberships they may see, those in force first.

    `member_id` keeps the policies that insure that member; raises NotFound for anybody not visible.
    """
    today = today_in(person.market)
    memberships: dict[str, list[Membership]] = defaultdict(list)
    policies: dict[str, Policy] = {}
    for membership in visible_memberships(session, person, today):
        policies[membership.policy_number] = membership.policy
        memberships[membership.policy_number].append(membership)
    # A holder who is not insured by the policy sees it too.
    for policy in session.scalars(select(Policy).where(Policy.holder_id == person.id)):
        policies.setdefault(policy.number, policy)
    if member_id is not None:
        policies = {
            number: policy
            for number, policy in policies.items()
            if any(membership.person_id == member_id for membership in memberships[number])
        }
        if not policies and member_id != person.id:
            raise NotFound()
    ordered = sorted(
        policies.values(),
        key=lambda policy: (
            status_on(policy, today) != "active",
            policy.policy_type,
            policy.valid_from,
            policy.number,
        ),
    )
    return [(policy, memberships[policy.number]) for policy in ordered]


def get_policy_for(session: Session, person: Person, policy_number: str) -> Policy:
    """The policy with this number if the person may see it; raises NotFound otherwise."""
    for policy, _ in visible_policies(session, person):
        if policy.number == policy_number:
            return policy
    raise NotFound()


def policies_covering(
    session: Session, person: Person, member_id: str, service_id: str, on: date
) -> list[CoveredPolicy]:
    """The policies that pay for a service a member had on a day; raises NotFound for a member not visible.

    Left out: policies not in force on the day, excluded services, benefits still in their waiting time. A
    benefit that is used up stays in, with nothing left: refusing a claim is not decided here.
    """
    service = catalogue().service.get(service_id)
    today = today_in(person.market)
    memberships = [row for row in visible_memberships(session, person, today) if row.person_id == member_id]
    if service is None or (not memberships and member_id != person.id):
        raise NotFound()
    covering = []
    for membership in memberships:
        product = product_of(membership.policy.product_code)
        benefit = product.benefits.get(service.benefit)
        if (
            benefit is None
            or not product.covers(service_id)
            or not in_force(membership.policy, membership, on)
        ):
            continue
        if waiting_until(membership, benefit) > on:
            continue
        year = {membership.policy_number: policy_year(membership.policy, on)}
        used = use_of_benefits(session, [membership], year).get((membership.id, service.benefit), Used())
        left, visits_left = benefit_left(benefit, used)
        covering.append(
            CoveredPolicy(membership.policy, membership, service.benefit, benefit, left, visits_left)
        )
    return covering


def premium_of(policy: Policy, person: Person, today: date) -> Premium | None:
    """How the premium stands, for the holder only: it is nobody else's business."""
    if policy.holder_id != person.id:
        return None
    unpaid = [row for row in policy.instalments if row.paid_on is None]
    overdue = [row for row in unpaid if row.due_date < today]
    if overdue:
        return Premium("overdue", sum((row.amount for row in overdue), Decimal(0)), overdue[0].due_date)
    if not unpaid:
        return Premium("paid", None, None)
    following: PremiumInstalment = unpaid[0]
    announced = (following.due_date - today).days <= ANNOUNCED_DAYS
    return Premium("due" if announced else "paid", following.amount, following.due_date)
