"""What a member has of each benefit in a policy year: limit, used, left, waiting time."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.policies.catalogue import catalogue
from backend.policies.models import BenefitUse, Membership, Policy
from backend.policies.products import ProductBenefit


@dataclass
class Used:
    """What was taken from one benefit in one policy year."""

    amount: Decimal = Decimal("0.00")
    visits: int = 0


def policy_year(policy: Policy, day: date) -> tuple[date, date]:
    """First and last day of the year of the policy that holds `day`; limits start anew with each.

    Days outside of the policy's term belong to its first or last year.
    """
    day = min(max(day, policy.valid_from), policy.valid_to)
    start = _anniversary(policy.valid_from, day.year)
    if start > day:
        start = _anniversary(policy.valid_from, day.year - 1)
    end = _anniversary(policy.valid_from, start.year + 1) - timedelta(days=1)
    return start, min(end, policy.valid_to)


def _anniversary(first: date, year: int) -> date:
    try:
        return first.replace(year=year)
    except ValueError:  # 29 February in a common year
        return date(year, 3, 1)


def waiting_until(membership: Membership, benefit: ProductBenefit) -> date:
    """The first day on which the benefit pays for the member."""
    return membership.joined_on + timedelta(days=benefit.waiting_days)


def use_of_benefits(
    session: Session, memberships: Iterable[Membership], years: Mapping[str, tuple[date, date]]
) -> Mapping[tuple[str, str], Used]:
    """What was used by membership id and benefit type, each within its policy's year in `years`."""
    used: defaultdict[tuple[str, str], Used] = defaultdict(Used)
    year_of = {membership.id: years[membership.policy_number] for membership in memberships}
    for row in session.scalars(select(BenefitUse).where(BenefitUse.membership_id.in_(year_of))):
        first, last = year_of[row.membership_id]
        if first <= row.used_on <= last:
            sums = used[row.membership_id, row.benefit_type]
            sums.amount += row.amount
            sums.visits += row.visits
    return used


def take_from_benefit(
    session: Session,
    policy_number: str,
    person_id: str,
    service_id: str,
    on: date,
    amount: Decimal,
    request_number: str,
) -> None:
    """Note that a treatment was paid from the benefit of its service; once a request, the caller sees to that."""
    membership = session.scalars(
        select(Membership).where(Membership.policy_number == policy_number, Membership.person_id == person_id)
    ).one()
    session.add(
        BenefitUse(
            membership_id=membership.id,
            benefit_type=catalogue().service[service_id].benefit,
            service=service_id,
            used_on=on,
            amount=amount,
            request_number=request_number,
        )
    )


def benefit_left(benefit: ProductBenefit, used: Used) -> tuple[Decimal | None, int | None]:
    """Amount and visits left, never negative; None where there is no limit."""
    left = None if benefit.limit is None else max(benefit.limit - used.amount, Decimal("0.00"))
    visits_left = None if benefit.visits_limit is None else max(benefit.visits_limit - used.visits, 0)
    return left, visits_left
