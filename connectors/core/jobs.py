"""Tables as queues: the next job of each conversation is claimed with a lease, in order, by one worker at a time.

A job is claimable when it is the first open one of its conversation, its time has come and nobody holds it.
What was begun stands first, also when something arrives that was written earlier.
Whoever dies holding it loses it when the lease runs out; whoever lost it cannot finish it any more.
Nothing here knows what the jobs are.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Integer,
    Select,
    String,
    Update,
    and_,
    bindparam,
    exists,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import Mapped, Session, aliased, declared_attr, mapped_column, relationship
from sqlalchemy.sql.dml import ReturningUpdate

from connectors.database import UtcDateTime

if TYPE_CHECKING:
    from connectors.core.models import Conversation

OPEN_STATES = ("waiting", "working")
# Seconds before the next attempt; the last one repeats.
PAUSES = (1, 2, 5, 10)


class LeaseLost(Exception):
    """Somebody else works on this job now: whatever was done here must not be stored."""


class Job:
    """Columns of a table whose rows are worked in order, one at a time per conversation."""

    # Columns that say which job of a conversation comes first.
    order: ClassVar[tuple[str, ...]] = ("id",)
    # The column by which jobs are divided among workers, where one kind must not hold up another.
    lane: ClassVar[str | None] = None

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    run_after: Mapped[datetime] = mapped_column(UtcDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_error: Mapped[str | None] = mapped_column(String(60))

    @declared_attr
    def conversation(cls) -> "Mapped[Conversation]":
        return relationship("Conversation")


@dataclass(frozen=True)
class Lease:
    """The right to finish one job. `attempt` fences off workers that lost it."""

    job_id: int
    attempt: int


def claim[J: Job](
    session: Session, model: type[J], now: datetime, lease_seconds: float, lane: str | None = None
) -> J | None:
    """Take the next job that may be worked, of this lane or of all, or None. Safe with several processes."""
    until = now + timedelta(seconds=lease_seconds)
    claimed: J | None = session.execute(
        claim_statement(model, lane is not None),  # type: ignore[arg-type]  # a class is hashable
        {"now": now, "until": until} | _lane_value(lane),
        execution_options={"synchronize_session": False},
    ).scalar_one_or_none()
    if claimed is not None:
        # Whoever works the job needs it, and has no session to load it in.
        session.refresh(claimed, ["conversation"])
    return claimed


def is_any_due(session: Session, model: type[Job], now: datetime, lane: str | None = None) -> bool:
    """Whether there is something to claim: looking costs no writer's turn."""
    statement = due_statement(model, lane is not None)  # type: ignore[arg-type]
    return session.execute(statement, {"now": now} | _lane_value(lane)).first() is not None


def is_any_open(session: Session, model: type[Job], conversation_id: str) -> bool:
    """Whether a new job of the conversation would have to wait behind another one."""
    return session.execute(open_statement(model), {"conversation_id": conversation_id}).first() is not None  # type: ignore[arg-type]


@lru_cache
def open_statement(model: type[Job]) -> Select[int]:
    """One open job of a conversation."""
    columns = model.__table__.c  # type: ignore[attr-defined]
    return (
        select(columns.id)
        .where(columns.conversation_id == bindparam("conversation_id"), columns.state.in_(OPEN_STATES))
        .limit(1)
    )


@lru_cache
def due_statement(model: type[Job], of_lane: bool) -> Select[int]:
    """The oldest job that may be worked. Statements are built once a table: building costs more than running."""
    jobs = model.__table__  # type: ignore[attr-defined]
    conditions = [claimable(jobs.c, jobs.alias().c, model.order), *_in_lane(jobs.c, model, of_lane)]
    return select(jobs.c.id).where(*conditions).order_by(jobs.c.id).limit(1)


def claimable(job: Any, other: Any, order: tuple[str, ...]) -> ColumnElement[bool]:
    """Columns of a job and of the same table once more: open, its time has come, held by nobody, the first."""
    now = bindparam("now", type_=UtcDateTime)
    held = and_(job.state == "working", job.lease_until > now)
    begun, other_begun = job.attempts > 0, other.attempts > 0
    first = tuple_(*(getattr(other, name) for name in order)) < tuple_(
        *(getattr(job, name) for name in order)
    )
    before = select(other.id).where(
        other.conversation_id == job.conversation_id,
        other.state.in_(OPEN_STATES),
        or_(and_(other_begun, ~begun), and_(or_(other_begun, ~begun), first)),
    )
    return and_(job.state.in_(OPEN_STATES), ~held, job.run_after <= now, ~exists(before))


@lru_cache
def claim_statement(model: type[Job], of_lane: bool) -> ReturningUpdate[Any]:
    """Takes the oldest claimable job."""
    candidate = (
        select(model.id)
        .where(claimable(model, aliased(model), model.order), *_in_lane(model, model, of_lane))
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


def _lane_value(lane: str | None) -> dict[str, Any]:
    return {} if lane is None else {"lane": lane}


def _in_lane(job: Any, model: type[Job], of_lane: bool) -> list[ColumnElement[bool]]:
    return [getattr(job, model.lane) == bindparam("lane")] if of_lane and model.lane is not None else []


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
    statement = change_statement(model, tuple(values))  # type: ignore[arg-type]
    held = {"held_id": lease.job_id, "held_attempt": lease.attempt}
    changed = session.execute(statement, held | values)
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise LeaseLost


@lru_cache
def change_statement(model: type[Job], names: tuple[str, ...]) -> Update:
    """Changes a job that is still held under the lease."""
    jobs = model.__table__  # type: ignore[attr-defined]
    return (
        update(jobs)
        .where(
            jobs.c.id == bindparam("held_id"),
            jobs.c.state == "working",
            jobs.c.attempts == bindparam("held_attempt"),
        )
        .values({name: bindparam(name, type_=jobs.c[name].type) for name in names})
    )
