"""The language-neutral ids of benefits, services and specialties, read from data/catalogue/ids.yml.

Their names in each language are the bot's business and are not read here.
"""

from functools import lru_cache
from pathlib import Path
from typing import Self

import yaml
from pydantic import BaseModel, ConfigDict, model_validator

from backend.errors import Fault

CATALOGUE_FILE = Path(__file__).parents[2] / "data" / "catalogue" / "ids.yml"


class IdUnknown(Fault):
    """An id of a benefit type, service, specialty or kind that the catalogue does not have."""

    status = 422
    code = "value_invalid"
    example = {"field": "service"}


class Service(BaseModel):
    """A medical service: which benefit pays for it, whose field it is, what a claim needs beside the bill."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    benefit: str
    specialty: str
    documents: tuple[str, ...]


class Catalogue(BaseModel):
    """All ids. A service without a known benefit, specialty or document type is refused at load."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    benefit_type: tuple[str, ...]
    hospital_benefit: tuple[str, ...]
    standard_service: dict[str, str]
    specialty: tuple[str, ...]
    policy_type: tuple[str, ...]
    document_type: tuple[str, ...]
    family_member: tuple[str, ...]
    language: tuple[str, ...]
    provider_kind: tuple[str, ...]
    service: dict[str, Service]

    @model_validator(mode="after")
    def refuse_unknown_ids(self) -> Self:
        for name, service in self.service.items():
            unknown = {service.benefit} - set(self.benefit_type)
            unknown |= {service.specialty} - set(self.specialty)
            unknown |= set(service.documents) - set(self.document_type)
            if unknown:
                raise ValueError(f"service {name} names unknown ids: {sorted(unknown)}")
        for benefit, name in self.standard_service.items():
            if name not in self.services_of(benefit):
                raise ValueError(f"{name} is no service that {benefit} pays for")
        return self

    def services_of(self, benefit_type: str) -> list[str]:
        """Ids of the services that `benefit_type` pays for."""
        return [name for name, service in self.service.items() if service.benefit == benefit_type]


@lru_cache
def catalogue() -> Catalogue:
    """The catalogue of this process."""
    return Catalogue.model_validate(yaml.safe_load(CATALOGUE_FILE.read_text(encoding="utf-8")))
