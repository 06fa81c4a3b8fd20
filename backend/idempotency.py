"""Confirmed writes happen once: the first answer to an `Idempotency-Key` is stored and given again.

A key belongs to one person in one conversation. The answer is stored in the transaction of the write itself.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import Header
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy import JSON, String, delete
from sqlalchemy.orm import Mapped, Session, mapped_column

from backend.database import Base, UtcDateTime, insert_if_absent, utc_now
from backend.errors import IdempotencyKeyReused


class IdempotentAnswer(Base):
    """The answer given to a key; without a status while the first call is still at work."""

    __tablename__ = "idempotent_answers"

    conversation_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    key: Mapped[str] = mapped_column(String(128), primary_key=True)
    body_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int | None]
    body: Mapped[Any] = mapped_column(JSON, nullable=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, index=True)


IdempotencyKey = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=128,
        pattern=r"^[\x21-\x7e]+$",
        description="The same key with the same body gives the first answer again",
        examples=["b7c1f1f0-claim-submit"],
    ),
]


def hash_body(call: str, body: BaseModel | None = None) -> str:
    """What makes two calls the same call: `call` names the route and its ids ("submit <draft id>")."""
    content = body.model_dump(mode="json") if body is not None else None
    return hashlib.sha256(json.dumps([call, content], sort_keys=True).encode()).hexdigest()


def remember(
    session: Session,
    conversation_id: str,
    person_id: str,
    key: str,
    body_hash: str,
    work: Callable[[], tuple[int, BaseModel]],
) -> JSONResponse:
    """Do `work` the first time and answer what it returns (status, body); afterwards only repeat the answer.

    Two parallel calls do not both work: the second waits at the insert until the first is stored.
    Raises IdempotencyKeyReused for another body.
    """
    first = insert_if_absent(
        session,
        IdempotentAnswer,
        conversation_id=conversation_id,
        person_id=person_id,
        key=key,
        body_hash=body_hash,
        created_at=utc_now(),
    )
    stored = session.get_one(IdempotentAnswer, (conversation_id, person_id, key))
    if not first:
        if stored.body_hash != body_hash:
            raise IdempotencyKeyReused()
        assert stored.status is not None, "the first call committed without an answer"
        return JSONResponse(stored.body, stored.status)
    stored.status, answer = work()
    stored.body = answer.model_dump(mode="json")
    return JSONResponse(stored.body, stored.status)


def remove_outdated(session: Session, before: datetime) -> None:
    """Forget answers given before `before`; a retry that late is a new call."""
    session.execute(delete(IdempotentAnswer).where(IdempotentAnswer.created_at < before))
