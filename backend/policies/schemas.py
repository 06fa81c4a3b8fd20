"""What the backend tells about policies and benefits."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from backend.money import Money
from backend.people.family import Relation


class PremiumOut(BaseModel):
    """How the premium stands; `amount` is what is overdue, or else the next open instalment."""

    status: Literal["paid", "due", "overdue"]
    amount: Money | None
    due_date: date | None


class PolicyMemberOut(BaseModel):
    person_id: str
    full_name: str
    relation: Relation
    member_number: str


class PolicyOut(BaseModel):
    """A policy with those of its members the person may see."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "policy_number": "IT-10000001-8",
                    "policy_type": "health",
                    "product": "Salute in Famiglia",
                    "status": "active",
                    "valid_from": "2026-01-01",
                    "valid_to": "2026-12-31",
                    "holder_name": "Mario Rossi",
                    "is_group": False,
                    "premium": {
                        "status": "due",
                        "amount": {"amount": "460.00", "currency": "EUR"},
                        "due_date": "2026-12-01",
                    },
                    "members": [
                        {
                            "person_id": "3f0c0d5e9a1b4c2d8e7f60718293a4b5",
                            "full_name": "Mario Rossi",
                            "relation": "self",
                            "member_number": "1000-0000-18",
                        }
                    ],
                }
            ]
        }
    )

    policy_number: str
    policy_type: str
    product: str
    status: Literal["active", "lapsed", "suspended", "ended"]
    valid_from: date
    valid_to: date
    holder_name: str
    is_group: bool
    premium: PremiumOut | None = Field(description="null for anybody but the holder, and in group policies")
    members: list[PolicyMemberOut]


class BenefitOut(BaseModel):
    """What one policy pays one member for one benefit type in the present policy year."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "policy_number": "IT-10000001-8",
                    "product": "Salute in Famiglia",
                    "person_id": "3f0c0d5e9a1b4c2d8e7f60718293a4b5",
                    "benefit_type": "outpatient",
                    "covered": True,
                    "limit": {"amount": "2500.00", "currency": "EUR"},
                    "used": {"amount": "320.00", "currency": "EUR"},
                    "left": {"amount": "2180.00", "currency": "EUR"},
                    "visits_limit": None,
                    "visits_left": None,
                    "co_payment_percent": 20,
                    "co_payment": {"amount": "0.00", "currency": "EUR"},
                    "period_start": "2026-01-01",
                    "period_end": "2026-12-31",
                    "waiting_until": None,
                    "service": "cardiology_visit",
                    "service_covered": True,
                    "direct_care": True,
                }
            ]
        }
    )

    policy_number: str
    product: str
    person_id: str
    benefit_type: str
    covered: bool = Field(
        description="false where the product lacks the benefit or the policy is not in force"
    )
    limit: Money | None = Field(description="null: no limit of its own, or not covered")
    used: Money
    left: Money | None
    visits_limit: int | None
    visits_left: int | None
    co_payment_percent: int
    co_payment: Money
    period_start: date
    period_end: date
    waiting_until: date | None = Field(description="the day the benefit begins to pay, while that is to come")
    service: str | None
    service_covered: bool | None = Field(description="null when no service was asked for")
    direct_care: bool
