"""What the demo data of a market are made of: the schema of markets/<market>.yml."""

from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from backend.money import Amount

RECIPES_FOLDER = Path(__file__).parent / "markets"

Range = tuple[int, int]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NamedPerson(Part):
    """Somebody the demonstration is told with; kinship is given by `parents` and `spouse`."""

    first: str
    last: str
    sex: Literal["f", "m"]
    born: date
    birth_place: str
    city: str
    username: str | None = None
    parents: list[str] = []
    spouse: str | None = None


class NamedPolicy(Part):
    """A policy of named people. `months_ago`: it began on the first day of that month."""

    product: str
    holder: str | None = None
    company: str | None = None
    principal: str | None = None
    members: list[str]
    months_ago: int
    ended_months_ago: int | None = None
    premium: Literal["regular", "overdue"] = "regular"


class PastRequest(Part):
    """A request made `days_ago`, treated some days before."""

    by: str
    member: Annotated[str, Field(alias="for")]
    policy: str
    service: str
    days_ago: int
    amount: Amount
    decided: Amount | None = None
    status: str
    missing: list[str] = []


class Patterns(Part):
    """Products that families without a name in the recipe have."""

    family: str
    individual: str
    group: str
    others: list[str]


class KnownProvider(Part):
    name: str
    kind: str
    city: str
    postal_code: str


class Recipe(Part):
    language: str
    script: Literal["Latn", "Cyrl"]
    # Either by name or as a template, see `fill_number`: the digits are drawn until the checks fit.
    accounts: str
    national_id: str | None = None
    spouses_share_surname: bool
    mobile: str
    surnames: list[str]
    male: list[str]
    female: list[str]
    towns: list[str]
    birth_places: list[str]
    companies: list[str]
    banks: list[list[str]]
    patterns: Patterns
    phone_country: str
    phone_areas: dict[str, str]
    streets: list[str]
    density: dict[str, Range]
    provider_names: dict[str, list[str]]
    # Names of partner garages, where the market insures cars.
    garages: list[str] = []
    saint: list[str]
    flower: list[str]
    known: list[KnownProvider]
    people: dict[str, NamedPerson]
    policies: dict[str, NamedPolicy]
    requests: list[PastRequest]


@lru_cache
def load_recipes() -> dict[str, Recipe]:
    """The recipe of every market that has demo data."""
    return {
        path.stem: Recipe.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        for path in sorted(RECIPES_FOLDER.glob("*.yml"))
    }


def split_evenly(amount: Decimal, parts: int) -> list[Decimal]:
    """The amount in `parts` that add up to it to the cent, the first ones larger."""
    cents = int(amount * 100)
    each, rest = divmod(cents, parts)
    return [Decimal(each + (index < rest)).scaleb(-2) for index in range(parts)]
