"""Provider and place look-up; needs a service token, no login."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from backend.database import DatabaseSession
from backend.errors import NotFound, faults
from backend.policies.catalogue import IdUnknown
from backend.providers.schemas import PlaceOut, ProviderOut, ProvidersFound
from backend.providers.search import Criteria
from backend.providers.service import get_provider, list_places, search_providers

router = APIRouter(tags=["providers"])

MarketCode = Annotated[str, Path(pattern="^[a-z]{2}$", examples=["it"])]
Words = Annotated[str | None, Query(max_length=120)]
Id = Annotated[str | None, Query(max_length=40)]


@router.get(
    "/markets/{market}/providers", response_model=ProvidersFound, responses=faults(NotFound, IdUnknown)
)
def find_providers(
    market: MarketCode,
    session: DatabaseSession,
    q: Annotated[str | None, Query(max_length=120, description="a town, a name or a doctor")] = None,
    city: Words = None,
    postal_code: Annotated[
        str | None, Query(pattern=r"^[0-9]{1,5}$", description="may be a beginning")
    ] = None,
    doctor: Words = None,
    specialty: Id = None,
    service: Id = None,
    name: Words = None,
    kind: Id = None,
    lat: Annotated[float | None, Query(ge=-90, le=90)] = None,
    lon: Annotated[float | None, Query(ge=-180, le=180)] = None,
    limit: Annotated[int, Query(ge=1, le=50)] = 5,
    offset: Annotated[int, Query(ge=0, le=10_000)] = 0,
) -> ProvidersFound:
    """Providers for which all criteria hold, nearest first when a point is given.

    Misspelt towns, names and doctors are found and named in `matched.fuzzy`; a place without any gives the
    nearest ones with `matched.nearest`. 422 `value_invalid` for an unknown id or half a point.
    """
    if (lat is None) != (lon is None):
        raise IdUnknown(field="lat" if lat is None else "lon")
    criteria = Criteria(
        q=q or None,
        city=city or None,
        postal_code=postal_code,
        doctor=doctor or None,
        name=name or None,
        specialty=specialty,
        service=service,
        kind=kind,
        near=(lat, lon) if lat is not None and lon is not None else None,
    )
    return search_providers(session, market, criteria, limit, offset)


@router.get("/markets/{market}/places", response_model=list[PlaceOut], responses=faults(NotFound))
def find_places(
    market: MarketCode,
    q: Annotated[str, Query(max_length=120)] = "",
    limit: Annotated[int, Query(ge=1, le=100)] = 10,
) -> list[PlaceOut]:
    """Towns and postal districts that begin with the text; a misspelt town is found."""
    return [
        PlaceOut(
            name=place.name,
            postal_code=place.postal_code,
            province=place.province,
            lat=place.lat,
            lon=place.lon,
        )
        for place in list_places(market, q, limit)
    ]


@router.get("/providers/{provider_id}", response_model=ProviderOut, responses=faults(NotFound))
def read_provider(
    provider_id: Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,32}$")], session: DatabaseSession
) -> ProviderOut:
    """One provider with its doctors."""
    return get_provider(session, provider_id)
