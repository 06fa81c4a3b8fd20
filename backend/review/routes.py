"""Unsure and corrected turns over HTTP: the actions write them, `make review` reads the table."""

import re
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field, field_validator

from backend.accounts.routes import CurrentSettings
from backend.accounts.tokens import keyed_hash
from backend.callers import ActionsOnly
from backend.database import DatabaseSession
from backend.errors import Forbidden, InputInvalid, NotFound, faults
from backend.markets.service import get_market
from backend.review import service

router = APIRouter(tags=["review"])

Intent = Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,40}(/[a-z0-9_]{1,40})?$", examples=["find_provider"])]
TurnId = Annotated[str, Path(pattern=r"^[\w.:-]{1,100}$")]


def key_of(turn_id: TurnId, settings: CurrentSettings) -> str:
    """Under which a turn is kept: ids are counted, so a plain hash could be tried out."""
    return keyed_hash(settings.hash_key, "review", turn_id)


Key = Annotated[str, Depends(key_of)]
# What no stored text may hold, whoever sends it.
PERSONAL = re.compile(r"\d|@|://")


class Understood(BaseModel):
    intent: Intent
    confidence: Annotated[float, Field(ge=0, le=1)]


class ReviewBody(BaseModel):
    """A turn without personal data."""

    model_config = ConfigDict(extra="forbid")

    market: str
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")]
    reason: Literal["unsure", "corrected", "stopped"]
    text: Annotated[str, Field(min_length=1, max_length=500)]
    understood: Annotated[list[Understood], Field(max_length=3)]
    picked: Intent | None = None

    @field_validator("text")
    @classmethod
    def refuse_personal_data(cls, text: str) -> str:
        """Whoever calls has to take it out before."""
        if PERSONAL.search(text):
            raise ValueError("digits and addresses are to be taken out")
        return text


class PickedBody(BaseModel):
    """What was meant, and how it came out."""

    model_config = ConfigDict(extra="forbid")

    intent: Intent
    reason: Literal["picked", "rephrased", "corrected"]


@router.put("/review-turns/{turn_id}", status_code=204, responses=faults(Forbidden, NotFound, InputInvalid))
def put_review_turn(key: Key, body: ReviewBody, session: DatabaseSession, _: ActionsOnly) -> None:
    """A turn that was not understood surely, or that the customer corrected; twice is once."""
    get_market(body.market)
    service.keep_turn(session, key, body.model_dump())


@router.put(
    "/review-turns/{turn_id}/picked", status_code=204, responses=faults(Forbidden, NotFound, InputInvalid)
)
def put_picked(key: Key, body: PickedBody, session: DatabaseSession, _: ActionsOnly) -> None:
    """What the customer meant by it."""
    service.note_picked(session, key, body.intent, body.reason)
