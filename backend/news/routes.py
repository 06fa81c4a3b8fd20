"""News for customers over HTTP: the gateway takes it, tells it and says so."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, status
from pydantic import BaseModel, ConfigDict, Field

from backend.callers import ConnectorsOnly
from backend.database import DatabaseSession
from backend.errors import Forbidden, NotFound, faults
from backend.news import service

router = APIRouter(tags=["news"])


class NewsView(BaseModel):
    """`kind` names the text `news_<kind>`; `opens` the wish behind the button below it."""

    news_id: str
    conversation_id: str
    kind: Annotated[str, Field(examples=["request_approved"])]
    variables: Annotated[dict[str, str], Field(examples=[{"number": "RS-7QK2M9"}])]
    opens: dict[str, Any] | None = None


class ToldBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    told: Annotated[bool, Field(description="False when the gateway does not know the conversation")]


@router.post("/news/claim", responses=faults(Forbidden))
def claim_news(request: Request, session: DatabaseSession, _: ConnectorsOnly) -> list[NewsView]:
    """News to be told now, oldest first. What is not reported as told within 30 seconds comes again."""
    return [
        NewsView(
            news_id=telling.news.id,
            conversation_id=telling.conversation_id,
            kind=telling.kind,
            variables=telling.variables,
            opens=telling.news.opens,
        )
        for telling in service.claim_news(session, request.app.state.settings)
    ]


@router.post(
    "/news/{news_id}/told", status_code=status.HTTP_204_NO_CONTENT, responses=faults(Forbidden, NotFound)
)
def note_told(
    news_id: Annotated[str, Path(max_length=32)], body: ToldBody, session: DatabaseSession, _: ConnectorsOnly
) -> None:
    """It was told, or never will be. Again is fine."""
    if not service.note_told(session, news_id, body.told):
        raise NotFound()


@router.post(
    "/news/{news_id}/postponed", status_code=status.HTTP_204_NO_CONTENT, responses=faults(Forbidden, NotFound)
)
def postpone_news(
    news_id: Annotated[str, Path(max_length=32)], session: DatabaseSession, _: ConnectorsOnly
) -> None:
    """Not now: a person speaks to the customer. It comes again a little later; news told already stays told."""
    if not service.postpone(session, news_id):
        raise NotFound()
