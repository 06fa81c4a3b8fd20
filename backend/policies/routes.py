"""Policies and benefits of the person logged in and of the members they may see."""

from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query

from backend.accounts.access import CurrentPerson, LoginExpired, LoginRequired
from backend.database import DatabaseSession
from backend.errors import NotFound, faults
from backend.markets.service import today_in
from backend.money import Money
from backend.people.family import relations_of
from backend.policies.catalogue import IdUnknown
from backend.policies.models import Policy
from backend.policies.overview import MemberBenefit, benefits_overview
from backend.policies.products import product_of
from backend.policies.schemas import BenefitOut, PolicyMemberOut, PolicyOut, PremiumOut
from backend.policies.service import Premium, premium_of, status_on, visible_policies

router = APIRouter(
    prefix="/conversations/{conversation_id}",
    tags=["policies"],
    responses=faults(LoginRequired, LoginExpired),
)

PersonFilter = Annotated[str | None, Query(max_length=32, description="only what insures this member")]


@router.get("/policies", response_model=list[PolicyOut], responses=faults(NotFound))
def read_policies(
    person: CurrentPerson, session: DatabaseSession, person_id: PersonFilter = None
) -> list[PolicyOut]:
    """Policies the person may see, those in force first; 404 for a member they may not see."""
    today = today_in(person.market)
    relations = relations_of(session, person)
    return [
        PolicyOut(
            policy_number=policy.number,
            policy_type=policy.policy_type,
            product=product_of(policy.product_code).name,
            status=status_on(policy, today),
            valid_from=policy.valid_from,
            valid_to=policy.valid_to,
            holder_name=policy.holder_name,
            is_group=policy.is_group,
            premium=_premium(policy, premium_of(policy, person, today)),
            members=[
                PolicyMemberOut(
                    person_id=membership.person_id,
                    full_name=membership.person.full_name,
                    relation=relations[membership.person_id],
                    member_number=membership.member_number,
                )
                for membership in memberships
            ],
        )
        for policy, memberships in visible_policies(session, person, person_id)
    ]


@router.get("/benefits", response_model=list[BenefitOut], responses=faults(NotFound, IdUnknown))
def read_benefits(
    person: CurrentPerson,
    session: DatabaseSession,
    person_id: PersonFilter = None,
    benefit_type: Annotated[str | None, Query(max_length=40)] = None,
    service: Annotated[str | None, Query(max_length=40, description="resolves to its benefit type")] = None,
    policy_number: Annotated[str | None, Query(max_length=20)] = None,
) -> list[BenefitOut]:
    """Limit, used and left per policy, member and benefit type, in the present policy year.

    Without `policy_number` only policies in force are told of. 404 for a member or a policy the person may
    not see, 422 `value_invalid` for an unknown benefit type or service.
    """
    found = benefits_overview(
        session,
        person,
        member_id=person_id,
        benefit_type=benefit_type,
        service_id=service,
        policy_number=policy_number,
    )
    return [_benefit(row, service) for row in found]


def _premium(policy: Policy, premium: Premium | None) -> PremiumOut | None:
    if premium is None:
        return None
    return PremiumOut(
        status=premium.status,
        amount=None if premium.amount is None else Money(amount=premium.amount, currency=policy.currency),
        due_date=premium.due_date,
    )


def _benefit(row: MemberBenefit, service: str | None) -> BenefitOut:
    policy = row.membership.policy

    def money(amount: Decimal) -> Money:
        return Money(amount=amount, currency=policy.currency)

    benefit = row.benefit
    return BenefitOut(
        policy_number=policy.number,
        product=product_of(policy.product_code).name,
        person_id=row.membership.person_id,
        benefit_type=row.benefit_type,
        covered=benefit is not None,
        limit=None if benefit is None or benefit.limit is None else money(benefit.limit),
        used=money(row.used.amount),
        left=None if row.left is None else money(row.left),
        visits_limit=None if benefit is None else benefit.visits_limit,
        visits_left=row.visits_left,
        co_payment_percent=0 if benefit is None else benefit.co_payment_percent,
        co_payment=money(Decimal("0.00") if benefit is None else benefit.co_payment),
        period_start=row.period[0],
        period_end=row.period[1],
        waiting_until=row.waiting_until,
        service=service,
        service_covered=row.service_covered,
        direct_care=benefit is not None and benefit.direct_care,
    )
