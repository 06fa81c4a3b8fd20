"""Providers and places of a market. No login: whom the insurer works with is public."""

from functools import lru_cache
from pathlib import Path

import yaml
from sqlalchemy.orm import Session

from backend.errors import NotFound
from backend.markets.service import get_market
from backend.policies.catalogue import IdUnknown, catalogue
from backend.providers.index import GARAGE, index_of, tell
from backend.providers.models import Provider
from backend.providers.places import Place, places_of
from backend.providers.schemas import Matched, ProviderOut, ProvidersFound
from backend.providers.search import Criteria, Search

IGNORED_WORDS_FILE = Path(__file__).parents[2] / "data" / "places" / "ignored_words.yml"


def search_providers(
    session: Session, market: str, criteria: Criteria, limit: int, offset: int
) -> ProvidersFound:
    """Providers for which all criteria hold; raises NotFound (market), IdUnknown."""
    get_market(market)
    ids = catalogue()
    for field, value, known in (
        ("kind", criteria.kind, ids.provider_kind),
        ("specialty", criteria.specialty, ids.specialty),
        ("service", criteria.service, ids.service),
    ):
        if value is not None and value not in known:
            raise IdUnknown(field=field)
    index = index_of(session, market, garages=criteria.kind == GARAGE)
    found = Search(index, places_of(market), ignored_words()).run(criteria)
    page = found.entries[offset : offset + limit]
    return ProvidersFound(
        total=len(found.entries),
        matched=Matched(city=found.city, fuzzy=found.fuzzy, nearest=found.nearest),
        items=[
            entry.told if distance is None else entry.told.model_copy(update={"distance_km": distance})
            for entry, distance in page
        ],
    )


def get_provider(session: Session, provider_id: str) -> ProviderOut:
    """One provider; raises NotFound."""
    provider = session.get(Provider, provider_id)
    if provider is None:
        raise NotFound()
    return tell(provider)


def find_provider(session: Session, market: str, provider_id: str) -> ProviderOut | None:
    """A partner of the market, or None: also for one of another market or no longer a partner."""
    provider = session.get(Provider, provider_id)
    if provider is None or provider.market != market or not provider.partner:
        return None
    return tell(provider)


def list_places(market: str, text: str, limit: int) -> list[Place]:
    """Places that begin with the text, or the one meant by a misspelt name; raises NotFound (market)."""
    get_market(market)
    return places_of(market).listing(text, limit)


@lru_cache
def ignored_words() -> frozenset[str]:
    """Titles of doctors and words for "hospital", in all languages: they tell nobody apart."""
    content = yaml.safe_load(IGNORED_WORDS_FILE.read_text(encoding="utf-8"))
    return frozenset(word for words in content.values() for word in words)
