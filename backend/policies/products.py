"""Products: what a policy of each covers, as data in products/<market>.yml.

A product that is no longer sold stays in its file as long as a policy of it exists.
"""

from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from backend.money import Amount
from backend.policies.catalogue import catalogue

PRODUCTS_FOLDER = Path(__file__).parent / "products"


class ProductBenefit(BaseModel):
    """What a product pays for one benefit type, per insured person and policy year."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    limit: Amount | None = Field(description="null: no limit of its own")
    visits_limit: int | None = Field(default=None, ge=1)
    co_payment_percent: int = Field(default=0, ge=0, le=100)
    co_payment: Amount = Decimal("0.00")
    waiting_days: int = Field(default=0, ge=0, description="counted from the day the member joined")
    excluded_services: tuple[str, ...] = ()
    direct_care: bool = Field(description="partner providers may bill the insurer directly")


class Product(BaseModel):
    """What is sold under one name. `code` never changes, the name may."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    market: str
    currency: str
    name: str
    policy_type: str
    is_group: bool = False
    yearly_premium: Amount
    instalments: int = Field(ge=1, le=12)
    benefits: dict[str, ProductBenefit] = Field(default_factory=dict)

    @model_validator(mode="after")
    def refuse_unknown_ids(self) -> Self:
        ids = catalogue()
        if self.policy_type not in ids.policy_type:
            raise ValueError(f"product {self.code}: unknown policy type {self.policy_type}")
        for benefit_type, benefit in self.benefits.items():
            if benefit_type not in ids.benefit_type:
                raise ValueError(f"product {self.code}: unknown benefit {benefit_type}")
            stray = set(benefit.excluded_services) - set(ids.services_of(benefit_type))
            if stray:
                raise ValueError(f"product {self.code}: {sorted(stray)} are no services of {benefit_type}")
        return self

    def covers(self, service_id: str) -> bool:
        """Whether some benefit of the product pays for the service."""
        benefit = self.benefits.get(catalogue().service[service_id].benefit)
        return benefit is not None and service_id not in benefit.excluded_services


@lru_cache
def all_products() -> dict[str, Product]:
    """Every product of every market by its code."""
    products: dict[str, Product] = {}
    for path in sorted(PRODUCTS_FOLDER.glob("*.yml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        for code, fields in content["products"].items():
            if code in products:
                raise ValueError(f"{path.name}: product {code} is defined twice")
            products[code] = Product(code=code, market=path.stem, currency=content["currency"], **fields)
    return products


def product_of(code: str) -> Product:
    """The product of a policy; a policy of an unknown product is a broken installation."""
    return all_products()[code]
