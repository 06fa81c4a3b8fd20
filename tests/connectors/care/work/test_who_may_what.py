"""Role × action × whose conversation, every cell through the pages: allowed is answered, anything else refused."""

import itertools
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from connectors.core.conversations import Voice, open_conversation
from connectors.core.handover.models import AgentPresence, Handover
from connectors.database import utc_now
from tests.connectors.care.work.floor import Floor

FIELD = {"draft_id": "d1", "question": "treatment_date", "item": "", "value": "2026-11-03"}
# What is asked for, and with what.
ACTIONS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "read": ("GET", "", {}),
    "take": ("POST", "/take", {}),
    "take_over": ("POST", "/take-over", {}),
    "answer": ("POST", "/answer", {"answer_id": "z" * 12, "text": "Eccomi"}),
    "typing": ("POST", "/typing", {}),
    "note": ("POST", "/note", {"text": "nota"}),
    "transfer": ("POST", "/transfer", {"to": "queue", "note": "per favore"}),
    "hand_back": ("POST", "/hand-back", {"resume": "1"}),
    "close": ("POST", "/close", {"outcome": "solved"}),
    "unmask": ("POST", "/unmask", {"fields": ["name"], "reason": "richiamata"}),
    "view_file": ("POST", "/files/doc1", {}),
    "fill_field": ("POST", "/proposals", FIELD),
}
WHOSE = ("own", "past", "waiting", "left", "other", "foreign")
# For whom the action is there; everything that is not named is refused.
AGENT = {
    "read": "own past waiting",
    "take": "own waiting",
    "take_over": "left",
    "answer": "own",
    "typing": "own",
    "note": "own past",
    "transfer": "own",
    "hand_back": "own",
    "close": "own",
    "unmask": "own",
    "view_file": "own",
    "fill_field": "own",
}
SUPERVISOR = AGENT | {
    "read": "own past waiting left other",
    "take_over": "left other",
    "note": "own past waiting left other",
    "unmask": "own left other",
    "view_file": "own left other",
}
ALLOWED: dict[str, dict[str, str]] = {"agent": AGENT, "supervisor": SUPERVISOR, "administrator": {}}


def place(floor: Floor, whose: str, staff_id: str) -> int:
    """A conversation that stands like this to somebody; returns its hand-over."""
    now = utc_now()

    def work(session: Session) -> int:
        conversation, _ = open_conversation(
            session, channel="website", market="it", voice=Voice("it"), page_language=None, now=now, hours=24
        )
        session.flush()
        floor.desk.logged_in.add(conversation.id)
        owner = staff_id if whose in {"own", "past"} else f"colleague-{whose}"
        # Gone long enough to be taken over, not so long that the gateway puts the customer back into the queue.
        seen = now - timedelta(minutes=5) if whose == "left" else now
        session.merge(
            AgentPresence(
                agent_id=owner,
                name="Marco",
                role="agent",
                languages=["it"],
                markets=["it"],
                status="online",
                limit=4,
                seen_at=seen,
            )
        )
        if whose == "waiting":
            owner = None
        state = {"past": "ended", "waiting": "waiting"}.get(whose, "taken")
        conversation.speaker = {"ended": "bot", "waiting": "queue"}.get(state, "agent")
        handover = Handover(
            conversation_id=conversation.id, state=state, kind="live", reason="asked", urgent=False,
            market="rs" if whose == "foreign" else "it", language="it", script="Latn", facts={},
            requested_at=now, agent_id=owner, agent_name=owner and "Marco", owned_since=now,
            ended_at=now if state == "ended" else None,
        )  # fmt: skip
        session.add(handover)
        session.flush()
        return handover.id

    with Session(floor.world.app.state.gateway.database.engine) as session, session.begin():
        return work(session)


@pytest.mark.parametrize("role", ALLOWED)
async def test_every_cell(floor: Floor, role: str) -> None:
    member = floor.agent(role, limit=200)
    wrong = []
    for (action, (method, path, body)), whose in itertools.product(ACTIONS.items(), WHOSE):
        address = f"/conversations/{place(floor, whose, member.staff_id)}{path}"
        answer = await (member.get(address) if method == "GET" else member.post(address, data=body))
        allowed = whose in ALLOWED[role].get(action, "").split()
        # Not theirs and not there are one answer.
        refusals = {404} if whose == "foreign" and role != "administrator" else {403, 404, 409}
        if answer.status_code >= 400 if allowed else answer.status_code not in refusals:
            wrong.append((action, whose, answer.status_code))
    assert wrong == []
