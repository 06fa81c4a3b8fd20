"""What the backend tells about providers and places."""

from pydantic import BaseModel, ConfigDict, Field, JsonValue

_EXAMPLE: dict[str, JsonValue] = {
    "provider_id": "b5a4938271607fe8d2c4b1a9e5d0c0f3",
    "name": "Casa di Cura San Carlo",
    "kind": "hospital",
    "street": "Via Garibaldi 14",
    "city": "Milano",
    "postal_code": "20121",
    "lat": 45.4721,
    "lon": 9.1904,
    "phone": "+390255501234",
    "specialties": ["cardiology", "orthopaedics"],
    "services": ["cardiology_visit", "ecg"],
    "doctors": [{"name": "Giulia Bianchi", "specialty": "cardiology"}],
    "distance_km": None,
    "partner": True,
}


class DoctorOut(BaseModel):
    model_config = ConfigDict(frozen=True)

    name: str
    specialty: str


class ProviderOut(BaseModel):
    """A place of care; Serbian names and addresses are in Cyrillic."""

    model_config = ConfigDict(frozen=True, json_schema_extra={"examples": [_EXAMPLE]})

    provider_id: str
    name: str
    kind: str
    street: str
    city: str
    postal_code: str
    lat: float
    lon: float
    phone: str
    specialties: list[str]
    services: list[str]
    doctors: list[DoctorOut]
    distance_km: float | None = Field(default=None, description="from the point or town searched near to")
    partner: bool


class Matched(BaseModel):
    """How the words of the search were understood."""

    city: str | None = Field(default=None, description="the town, in its own spelling")
    fuzzy: list[str] = Field(default_factory=list, description="criteria found misspelt: city, name, doctor")
    nearest: bool = Field(
        default=False, description="nothing in the place itself: the nearest ones are given"
    )


class ProvidersFound(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "total": 1,
                    "matched": {"city": "Milano", "fuzzy": ["city"], "nearest": False},
                    "items": [_EXAMPLE],
                }
            ]
        }
    )

    total: int
    matched: Matched
    items: list[ProviderOut]


class PlaceOut(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"name": "Milano", "postal_code": "20121", "province": "MI", "lat": 45.472, "lon": 9.192}
            ]
        }
    )

    name: str
    postal_code: str
    province: str
    lat: float
    lon: float
