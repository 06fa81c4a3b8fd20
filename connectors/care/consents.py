"""The customer's yes or no to a value that an agent proposes: asked with buttons, carried out by the gateway.

A button press comes as any turn, in the order of the conversation, whoever speaks. The backend takes the value with
the grant that it gave when it was proposed; no agent's log-in is kept for it.
"""

from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from connectors.care import field_proposals, wording
from connectors.care.backend_desk import DeskBackend
from connectors.care.field_proposals import (
    ACCEPTED,
    APPLIED,
    EXPIRED,
    FAILED,
    LIFE,
    REFUSED,
    FieldProposal,
)
from connectors.core.backend_client import BackendRefused
from connectors.core.conversations import Voice, voice_of
from connectors.core.gateway import Gateway
from connectors.core.handover.agents import Agent
from connectors.core.handover.facts import HandoverRefused
from connectors.core.handover.telling import make_payload
from connectors.core.messages import Draft, DraftButton
from connectors.core.models import Conversation
from connectors.core.wakeups import CARE_DESK
from connectors.database import utc_now

CONSENT = "care_consent"


async def ask(
    gateway: Gateway,
    agent: Agent,
    handover_id: int,
    conversation: Conversation,
    proposed: dict[str, Any],
    *,
    draft_id: str,
    kind: str,
    market: str,
    value: Any,
) -> None:
    """Ask the customer whether the value may be filled in; `proposed` is the backend's ProposedAnswer.

    Raises HandoverUnknown, NotOwner: nothing was asked then.
    """
    voice = voice_of(conversation)
    now = utc_now()
    answer = proposed["proposal"]
    label = wording.question_name(voice, kind, answer["question"], market)
    until = datetime.fromisoformat(proposed["expires_at"])
    proposal = FieldProposal(
        handover_id=handover_id,
        conversation_id=conversation.id,
        draft_id=draft_id,
        question=answer["question"],
        item=answer.get("item"),
        label=label[:200],
        value=value,
        grant=proposed["grant"],
        agent_id=agent.staff_id,
        asked_at=now,
        expires_at=min(until, now + LIFE),
    )
    kept = await gateway.database.write(lambda session: field_proposals.add(session, proposal, now))
    text = voice.say("desk_consent_question", field=label, value=wording.answer_shown(voice, answer))
    buttons = [_button(voice, kept.id, yes=True), _button(voice, kept.id, yes=False)]
    draft = Draft("agent", text, buttons, client_message_id=f"desk-proposal-{kept.id}")
    try:
        await gateway.handovers.say(handover_id, agent, draft)
    except HandoverRefused:
        void = partial(field_proposals.make_void, number=kept.id, now=utc_now())
        await gateway.database.write(void)
        raise
    await gateway.handovers.record(handover_id, agent, "field_asked", question=answer["question"])


def _button(voice: Voice, number: int, *, yes: bool) -> DraftButton:
    title = voice.say("desk_consent_yes" if yes else "desk_consent_no")
    return DraftButton(title, make_payload(CONSENT, id=number, yes=yes))


class Consents:
    """Answers the buttons of `ask`."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def answer(self, conversation: Conversation, values: dict[str, Any], turn_name: str) -> list[Draft]:
        """What the customer is told; raises BackendUnavailable: the press is worked again then."""
        yes = values.get("yes") is True
        proposal = await self._gateway.database.write(
            lambda session: field_proposals.decide(
                session, conversation.id, values.get("id"), yes, turn_name, utc_now()
            )
        )
        if proposal is not None and proposal.state == ACCEPTED:
            proposal = await self._fill(proposal)
        await self._gateway.wakeups.publish(CARE_DESK)
        voice = voice_of(conversation)
        if proposal is None or proposal.state == EXPIRED:
            return [Draft("system", voice.say("desk_consent_over"))]
        if proposal.state == REFUSED:
            return [Draft("system", voice.say("desk_consent_refused"))]
        key = "desk_consent_done" if proposal.state == APPLIED else "desk_consent_failed"
        return [Draft("system", voice.say(key, field=proposal.label))]

    async def _fill(self, proposal: FieldProposal) -> FieldProposal:
        error = None
        try:
            await DeskBackend(self._gateway.backend).fill_field(
                proposal.conversation_id,
                proposal.draft_id,
                proposal.question,
                proposal.value,
                consent=str(proposal.consent_number),
                key=f"field-proposal-{proposal.id}",
                item=proposal.item,
                grant=proposal.grant or "",
            )
        except BackendRefused as refused:
            error = refused.error

        def finish(session: Session) -> FieldProposal:
            found = session.get_one(FieldProposal, proposal.id)
            if found.state == ACCEPTED:
                field_proposals.settle(found, FAILED if error else APPLIED, utc_now())
                found.error = error[:60] if error else None
            return found

        return await self._gateway.database.write(finish)
