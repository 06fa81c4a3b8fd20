"""What the insurer publishes, over HTTP."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse

from backend.accounts.access import ConversationId, CurrentPerson, LoginExpired, LoginRequired
from backend.callers import ActionsOnly, ConnectorsOnly
from backend.content import service
from backend.content.models import Article, Event
from backend.database import DatabaseSession
from backend.errors import Forbidden, IdempotencyKeyReused, NotFound, faults
from backend.idempotency import IdempotencyKey, hash_body, remember
from backend.markets.service import get_market

router = APIRouter(tags=["content"])
MarketId = Annotated[str, Path(max_length=8, examples=["id"])]
Language = Annotated[str, Query(pattern="^[a-z]{2}$", description="Of the customer")]


class EventView(BaseModel):
    """Times with the offset of the market; `calendar` is a path of the gateway."""

    event_id: str
    language: str
    title: str
    summary: str
    starts_at: datetime
    ends_at: datetime
    place: str | None
    online_url: str | None
    calendar: str


class ArticleView(BaseModel):
    article_id: str
    language: str
    title: str
    body: str
    topics: list[str]


class TestimonialView(BaseModel):
    language: str
    author: str
    text: str


class ConsentGiven(BaseModel):
    given: bool
    language: Annotated[str, Field(pattern="^[a-z]{2}$")]


class ConsentView(BaseModel):
    given: bool
    version: str


@router.get("/markets/{market}/events", responses=faults(NotFound, Forbidden))
def list_events(market: MarketId, session: DatabaseSession, _: ActionsOnly) -> list[EventView]:
    """Events that are not over, the next first, in whatever language they are held."""
    return [_event(event) for event in service.list_events(session, get_market(market).market)]


@router.get(
    "/calendar/{token}",
    responses=faults(NotFound, Forbidden) | {200: {"content": {"text/calendar": {}}}},
    response_class=Response,
)
def show_calendar(
    token: Annotated[str, Path(max_length=64)], session: DatabaseSession, _: ConnectorsOnly
) -> Response:
    """The calendar file of an event, for whoever has the link."""
    return Response(service.calendar_of(session, token), media_type="text/calendar")


@router.get("/markets/{market}/articles", responses=faults(NotFound, Forbidden))
def list_articles(
    market: MarketId,
    language: Language,
    session: DatabaseSession,
    _: ActionsOnly,
    topic: Annotated[list[str] | None, Query(max_length=10)] = None,
) -> list[ArticleView]:
    """Articles on any of the topics (ids of services, specialties, benefit types), or general ones."""
    found = service.list_articles(session, get_market(market).market, language, topic or [])
    return [_article(article) for article in found]


@router.get(
    "/conversations/{conversation_id}/articles",
    responses=faults(LoginRequired, LoginExpired, NotFound, Forbidden, service.ConsentNeeded),
)
def list_fitting_articles(
    person: CurrentPerson, language: Language, session: DatabaseSession, _: ActionsOnly
) -> list[ArticleView]:
    """Articles that fit the person's own claims; `409 consent_needed` before they agreed to it."""
    return [_article(article) for article in service.articles_for(session, person, language)]


@router.put(
    "/conversations/{conversation_id}/consents/health-articles",
    responses=faults(LoginRequired, LoginExpired, NotFound, Forbidden, IdempotencyKeyReused)
    | {200: {"model": ConsentView}},
    response_model=None,
)
def put_consent(
    conversation_id: ConversationId,
    body: ConsentGiven,
    key: IdempotencyKey,
    person: CurrentPerson,
    session: DatabaseSession,
    _: ActionsOnly,
) -> JSONResponse:
    """Give the consent to choose articles by claims, or take it back."""

    def work() -> tuple[int, BaseModel]:
        service.set_consent(session, person, conversation_id, body.given, body.language)
        return 200, ConsentView(given=body.given, version=service.CONSENT_VERSION)

    call = hash_body("consent health-articles", body)
    return remember(session, conversation_id, person.id, key, call, work)


@router.get("/markets/{market}/testimonials", responses=faults(NotFound, Forbidden))
def list_testimonials(
    market: MarketId, language: Language, session: DatabaseSession, _: ActionsOnly
) -> list[TestimonialView]:
    """What customers let us publish, the newest first."""
    found = service.list_testimonials(session, get_market(market).market, language)
    return [TestimonialView(language=t.language, author=t.author, text=t.text) for t in found]


def _event(event: Event) -> EventView:
    zone = get_market(event.market).zone
    return EventView(
        event_id=event.id,
        language=event.language,
        title=event.title,
        summary=event.summary,
        starts_at=datetime.combine(event.day, event.starts, zone),
        ends_at=datetime.combine(event.day, event.ends, zone),
        place=event.place,
        online_url=event.online_url,
        calendar=f"/calendar/{event.token}.ics",
    )


def _article(article: Article) -> ArticleView:
    return ArticleView(
        article_id=article.id,
        language=article.language,
        title=article.title,
        body=article.body,
        topics=sorted(service.topics_of(article)),
    )
