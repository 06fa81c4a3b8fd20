"""Passages of the guides over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from backend.database import DatabaseSession
from backend.errors import InputInvalid, NotFound, faults
from backend.guides.service import find_passage
from backend.markets.service import get_market

router = APIRouter(tags=["guides"])


class PassageView(BaseModel):
    """`score` is the share of the question that the passage covers."""

    title: str
    language: str
    page: int
    text: str
    score: float


class Answer(BaseModel):
    passage: PassageView | None


@router.get("/markets/{market}/guide-passages", responses=faults(NotFound, InputInvalid))
def read_passage(
    market: str, session: DatabaseSession, q: Annotated[str, Query(min_length=1, max_length=2000)]
) -> Answer:
    """What the market's guides say of a question, if anything."""
    get_market(market)
    found = find_passage(session, market, q)
    return Answer(passage=PassageView(**found.__dict__) if found else None)
