"""Feedback over HTTP."""

from typing import Annotated, Self

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field, model_validator

from backend.accounts.access import CurrentConversation
from backend.callers import ActionsOnly
from backend.database import DatabaseSession
from backend.errors import Forbidden, InputInvalid, NotFound, faults
from backend.feedback import service

router = APIRouter(tags=["feedback"])


class FeedbackBody(BaseModel):
    """A score, a comment, or both."""

    model_config = ConfigDict(extra="forbid")

    score: Annotated[int | None, Field(ge=1, le=5)] = None
    comment: Annotated[str | None, Field(max_length=2000)] = None

    @model_validator(mode="after")
    def refuse_nothing(self) -> Self:
        if self.score is None and not self.comment:
            raise ValueError("a score or a comment")
        return self


class FeedbackView(BaseModel):
    journey: str
    score: int | None
    comment: str | None


@router.put(
    "/conversations/{conversation_id}/feedback/{journey}", responses=faults(Forbidden, NotFound, InputInvalid)
)
def put_feedback(
    conversation: CurrentConversation,
    journey: Annotated[str, Path(pattern=r"^[a-z][a-z_]{0,39}$", examples=["claim"])],
    body: FeedbackBody,
    session: DatabaseSession,
    _: ActionsOnly,
) -> FeedbackView:
    """What is said of a journey in this conversation; a comment may come after its score."""
    kept = service.keep_feedback(session, conversation, journey, body.score, body.comment)
    return FeedbackView(journey=kept.journey, score=kept.score, comment=kept.comment)
