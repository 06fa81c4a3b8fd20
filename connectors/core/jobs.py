"""Tables as queues: the next job of each conversation is claimed with a lease, in order, by one worker at a time.

A job is claimable when it is the oldest open one of its conversation, its time has come and nobody holds it.
Whoever dies holding it loses it when the lease runs out; whoever lost it cannot finish it any more.
Nothing here knows what the jobs are.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ForeignKey, Integer, String, and_, bindparam, exists, select, update
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column
from sqlalchemy.sql.dml import ReturningUpdate

from connectors.database import UtcDateTime

OPEN_STATES = ("waiting", "working")
# Seconds before the next attempt; the last one repeats.
PAUSES = (1, 2, 5, 10, 30)


class LeaseLost(Exception):
    """Somebody else works on this job now: whatever was done here must not be stored."""


class Job:
    """Columns of a table whose rows are worked in order, one at a time per conversation."""

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    run_after: Mapped[datetime] = mapped_column(UtcDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_error: Mapped[str | None] = mapped_column(String(60))


@dataclass(frozen=True)
class Lease:
    """The right to finish one job. `attempt` fences off workers that lost it."""

    job_id: int
    attempt: int


def claim[J: Job](session: Session, model: type[J], now: datetime, lease_seconds: float) -> J | None:
    """Take the next job that may be worked, or None. Safe with several processes."""
    until = now + timedelta(seconds=lease_seconds)
    claimed: J | None = session.execute(
        claim_statement(model),  # type: ignore[arg-type]  # a class is hashable
        {"now": now, "until": until},
        execution_options={"synchronize_session": False},
    ).scalar_one_or_none()
    return claimed


@lru_cache
def claim_statement(model: type[Job]) -> ReturningUpdate[Any]:
    """Built once a table: it runs several times a turn."""
    now = bindparam("now", type_=UtcDateTime)
    earlier = aliased(model)
    held = and_(model.state == "working", model.lease_until > now)
    oldest = ~exists(
        select(earlier.id).where(
            earlier.conversation_id == model.conversation_id,
            earlier.id < model.id,
            earlier.state.in_(OPEN_STATES),
        )
    )
    candidate = (
        select(model.id)
        .where(model.state.in_(OPEN_STATES), ~held, model.run_after <= now, oldest)
        .order_by(model.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    return (
        update(model)
        .where(model.id == candidate)
        .values(
            state="working",
            attempts=model.attempts + 1,
            lease_until=bindparam("until", type_=UtcDateTime),
        )
        .returning(model)
    )


def renew(session: Session, model: type[Job], lease: Lease, until: datetime) -> None:
    """Hold the job longer; raises LeaseLost."""
    _change(session, model, lease, lease_until=until)


def finish(session: Session, model: type[Job], lease: Lease, now: datetime, state: str = "done") -> None:
    """Close the job in the transaction that stores its result; raises LeaseLost, which undoes both."""
    _change(session, model, lease, state=state, finished_at=now, lease_until=None)


def postpone(session: Session, model: type[Job], lease: Lease, run_after: datetime, error: str) -> None:
    """Put the job back for later; raises LeaseLost."""
    _change(
        session,
        model,
        lease,
        state="waiting",
        run_after=run_after,
        lease_until=None,
        last_error=error[:60],
    )


def pause_after(attempt: int) -> int:
    """Seconds to wait after the `attempt`-th failure in a row, counted from 1."""
    return PAUSES[min(attempt, len(PAUSES)) - 1]


def _change(session: Session, model: type[Job], lease: Lease, **values: object) -> None:
    changed = session.execute(
        update(model)
        .where(model.id == lease.job_id, model.state == "working", model.attempts == lease.attempt)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise LeaseLost
