"""The list of benefits of everybody somebody may see, filtered by member, policy, benefit type or service."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from backend.errors import NotFound
from backend.markets.service import today_in
from backend.people.models import Person
from backend.policies.benefits import Used, benefit_left, policy_year, use_of_benefits, waiting_until
from backend.policies.catalogue import IdUnknown, catalogue
from backend.policies.models import Membership
from backend.policies.products import ProductBenefit, product_of
from backend.policies.service import in_force
from backend.policies.visibility import visible_memberships


@dataclass(frozen=True)
class MemberBenefit:
    """One benefit type of one membership. `benefit` is None where it is not covered."""

    membership: Membership
    benefit_type: str
    benefit: ProductBenefit | None
    used: Used
    left: Decimal | None
    visits_left: int | None
    period: tuple[date, date]
    waiting_until: date | None
    service_covered: bool | None


def benefits_overview(
    session: Session,
    person: Person,
    *,
    member_id: str | None = None,
    benefit_type: str | None = None,
    service_id: str | None = None,
    policy_number: str | None = None,
) -> list[MemberBenefit]:
    """What the members have, ordered by policy, member, benefit type.

    Policies without any benefit (motor, life) are left out. Raises NotFound for a member or policy that is
    not visible, IdUnknown for ids outside the catalogue.
    """
    types = _benefit_types(benefit_type, service_id)
    today = today_in(person.market)
    memberships = visible_memberships(session, person, today)
    if member_id is not None:
        memberships = [row for row in memberships if row.person_id == member_id]
        if not memberships and member_id != person.id:
            raise NotFound()
    if policy_number is not None:
        memberships = [row for row in memberships if row.policy_number == policy_number]
        if not memberships:
            raise NotFound()
    else:
        memberships = [row for row in memberships if in_force(row.policy, row, today)]
    years = {row.policy_number: policy_year(row.policy, today) for row in memberships}
    used = use_of_benefits(session, memberships, years)

    found = []
    for membership in memberships:
        product = product_of(membership.policy.product_code)
        if not product.benefits:
            continue
        alive = in_force(membership.policy, membership, today)
        for name in types:
            benefit = product.benefits.get(name) if alive else None
            taken = used.get((membership.id, name), Used())
            left, visits_left = (None, None) if benefit is None else benefit_left(benefit, taken)
            begins = None if benefit is None else waiting_until(membership, benefit)
            found.append(
                MemberBenefit(
                    membership=membership,
                    benefit_type=name,
                    benefit=benefit,
                    used=taken,
                    left=left,
                    visits_left=visits_left,
                    period=years[membership.policy_number],
                    waiting_until=begins if begins is not None and begins > today else None,
                    service_covered=None if service_id is None else alive and product.covers(service_id),
                )
            )
    return found


def _benefit_types(benefit_type: str | None, service_id: str | None) -> tuple[str, ...]:
    """The benefit types asked for, in the catalogue's order."""
    ids = catalogue()
    if benefit_type is not None and benefit_type not in ids.benefit_type:
        raise IdUnknown(field="benefit_type")
    if service_id is not None:
        if service_id not in ids.service:
            raise IdUnknown(field="service")
        resolved = ids.service[service_id].benefit
        if benefit_type not in (None, resolved):
            raise IdUnknown(field="service")
        return (resolved,)
    return ids.benefit_type if benefit_type is None else (benefit_type,)
