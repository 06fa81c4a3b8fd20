"""The states of a request, and the only function that changes one."""

from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.audit.service import record
from backend.database import utc_now
from backend.requests.faults import TransitionNotAllowed
from backend.requests.models import Request, TimelineEntry
from backend.requests.timing import expected_day

TRANSITIONS: dict[str, frozenset[str]] = {
    "submitted": frozenset({"in_review", "documents_needed", "withdrawn"}),
    "in_review": frozenset({"documents_needed", "approved", "partly_approved", "rejected", "withdrawn"}),
    "documents_needed": frozenset({"in_review", "rejected", "withdrawn"}),
    "approved": frozenset({"paid"}),
    "partly_approved": frozenset({"paid"}),
    "rejected": frozenset(),
    "paid": frozenset(),
    "withdrawn": frozenset(),
}
DECISIONS = ("approved", "partly_approved")
# Not decided: documents may come, and the customer may take it back.
OPEN = frozenset(status for status, to in TRANSITIONS.items() if "withdrawn" in to)


def move_request(
    session: Session,
    request: Request,
    to: str,
    actor: str,
    note: str | None = None,
    *,
    decided_amount: Decimal | None = None,
    conversation_id: str | None = None,
) -> None:
    """Bring the request to another status, with its timeline and audit. Raises TransitionNotAllowed.

    An approval of a sum names what is paid; where no sum was asked for (an authorisation, a damage) it may.
    `note` is shown to the customer.
    """
    session.execute(
        select(Request)
        .where(Request.number == request.number)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    before = request.status
    if to not in TRANSITIONS[before]:
        raise TransitionNotAllowed(status=before, to=to)
    if decided_amount is not None and to not in DECISIONS:
        raise ValueError("only an approval comes with a decided amount")
    if decided_amount is None and to in DECISIONS and request.amount is not None:
        raise ValueError("an approval of a sum comes with a decided amount")
    request.status = to
    if to not in ("submitted", "in_review"):
        # The insurer waits, or has decided: nothing is promised for a day.
        request.expected_by = None
    elif before == "documents_needed":
        request.expected_by = expected_day(request)
    if decided_amount is not None:
        request.decided_amount = decided_amount
    enter_status(request, actor, note)
    record(
        session,
        actor=actor,
        action="request_moved",
        subject=f"request:{request.number}",
        conversation_id=conversation_id,
        details={"from": before, "to": to},
    )


def enter_status(request: Request, actor: str, note: str | None = None, event: str = "status") -> None:
    """Write a step into the timeline, with the present status."""
    request.timeline.append(
        TimelineEntry(status=request.status, at=utc_now(), actor=actor, note=note, event=event)
    )
