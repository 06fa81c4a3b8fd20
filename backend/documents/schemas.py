"""Documents as they travel (docs/interfaces.md)."""

import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from backend.money import Money


class Extracted(BaseModel):
    """What the file itself says, as far as it says it unmistakably. A suggestion, never a fact."""

    model_config = ConfigDict(extra="forbid")

    amount: Money | None = None
    date: datetime.date | None = None
    issuer: str | None = None
    invoice_number: str | None = None
    tax_code: str | None = Field(default=None, description="of the issuer: partita IVA, PIB, NPWP")
    lines_total: Money | None = Field(default=None, description="what the lines before the total add up to")
    services: list[str] | None = Field(default=None, description="ids of the services it names")
    patient: str | None = Field(default=None, description="whose bill it says it is")
    national_ids: list[str] | None = Field(
        default=None, description="codice fiscale, JMBG or NIK, with right check digits"
    )


class DocumentView(BaseModel):
    """A document without its content."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "document_id": "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
                    "filename": "fattura.pdf",
                    "kind": "pdf",
                    "media_type": "application/pdf",
                    "size": 48213,
                    "pages": 1,
                    "extracted": {"amount": {"amount": "85.50", "currency": "EUR"}, "date": "2026-11-03"},
                    "created_at": "2026-11-20T09:00:00Z",
                }
            ]
        }
    )

    document_id: str
    filename: str
    kind: Literal["image", "pdf"]
    media_type: str
    size: int = Field(description="bytes as stored; an image is encoded anew")
    pages: int
    extracted: Extracted
    created_at: datetime.datetime
