"""Past requests of the named people, in several statuses, and the benefits that paid ones have used."""

from datetime import UTC, date, datetime, time, timedelta
from random import Random

from sqlalchemy.orm import Session

from backend.demo.families import Kin
from backend.demo.identity import make_id
from backend.demo.recipe import PastRequest, Recipe
from backend.policies.catalogue import catalogue
from backend.policies.models import BenefitUse, Membership, Policy
from backend.requests.models import Request, TimelineEntry
from locales.house_numbers import generate_request_number

# The way a request went to its status; each step is some days after the one before.
WAYS = {
    "submitted": ["submitted"],
    "in_review": ["submitted", "in_review"],
    "documents_needed": ["submitted", "in_review", "documents_needed"],
    "approved": ["submitted", "in_review", "approved"],
    "rejected": ["submitted", "in_review", "rejected"],
    "paid": ["submitted", "in_review", "approved", "paid"],
}
DAYS_BETWEEN = 2
# From the treatment to the request.
DAYS_BEFORE = 6
# What the insurer aims at, from the request to the decision.
DAYS_TO_DECIDE = 20


class RequestMaker:
    """Makes the past requests of one market."""

    def __init__(self, session: Session, market: str, recipe: Recipe, chooser: Random, today: date) -> None:
        self.session = session
        self.market = market
        self.recipe = recipe
        self.chooser = chooser
        self.today = today

    def past(self, kin: dict[str, Kin], policies: dict[str, Policy]) -> None:
        for past in self.recipe.requests:
            policy = policies[past.policy]
            member = kin[past.member].person
            membership = next(row for row in policy.memberships if row.person_id == member.id)
            request = self._request(past, kin[past.by].person.id, member.id, policy)
            self.session.add(request)
            if request.status in ("approved", "paid"):
                self.session.add(self._use(request, membership))
        self.session.flush()

    def _request(self, past: PastRequest, person_id: str, member_id: str, policy: Policy) -> Request:
        submitted = datetime.combine(self.today - timedelta(days=past.days_ago), time(9, 30), UTC)
        timeline = [
            TimelineEntry(
                status=status,
                at=submitted + timedelta(days=index * DAYS_BETWEEN),
                actor="customer" if status == "submitted" else "claims",
            )
            for index, status in enumerate(WAYS[past.status])
        ]
        waiting = past.status in ("submitted", "in_review", "documents_needed")
        return Request(
            number=generate_request_number(self.market, self.chooser),
            person_id=person_id,
            member_id=member_id,
            market=self.market,
            kind="claim",
            status=past.status,
            service=past.service,
            policy_number=policy.number,
            treatment_date=submitted.date() - timedelta(days=DAYS_BEFORE),
            currency=policy.currency,
            amount=past.amount,
            decided_amount=past.decided,
            missing_documents=past.missing,
            expected_by=submitted.date() + timedelta(days=DAYS_TO_DECIDE) if waiting else None,
            submitted_at=submitted,
            updated_at=timeline[-1].at,
            timeline=timeline,
        )

    def _use(self, request: Request, membership: Membership) -> BenefitUse:
        if request.decided_amount is None or request.treatment_date is None or request.service is None:
            raise ValueError(f"a request that is {request.status} has been decided")
        return BenefitUse(
            id=make_id(self.chooser),
            membership_id=membership.id,
            benefit_type=catalogue().service[request.service].benefit,
            service=request.service,
            used_on=request.treatment_date,
            amount=request.decided_amount,
            request_number=request.number,
        )
