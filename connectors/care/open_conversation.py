"""One hand-over, opened by somebody at the desk: found, and checked for what they may do with it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import Path
from sqlalchemy.orm import Session

from connectors.care.access import NotFound, StaffMember, check
from connectors.care.permissions import Action, Whose
from connectors.core.backend_client import BackendRefused, BackendUnavailable, Market
from connectors.core.conversations import Voice, voice_of
from connectors.core.gateway import Gateway
from connectors.core.handover.models import TAKEN, Handover
from connectors.core.handover.ownership import is_gone
from connectors.core.models import Conversation
from connectors.core.outbox import has_kept
from connectors.database import utc_now

# Free text is taken for so long after the customer's last word, where a channel has such a rule.
WINDOW_HOURS = {"whatsapp": 24}
HandoverId = Annotated[int, Path(ge=1, le=2**31 - 1)]


@dataclass(frozen=True)
class Opened:
    """A hand-over with its conversation, as it stands to one member."""

    handover: Handover
    conversation: Conversation
    whose: Whose
    # Something waits for the customer's next word already.
    has_kept: bool = False

    @property
    def id(self) -> int:
        return self.handover.id

    @property
    def voice(self) -> Voice:
        """How the customer is spoken to."""
        return voice_of(self.conversation)

    @property
    def version(self) -> str:
        """Another one: somebody else owns it now, or it is over."""
        return f"{self.handover.state}-{self.handover.agent_id or ''}-{self.handover.kind}"

    @property
    def window_until(self) -> datetime | None:
        """Until when free text is taken; None where there is no such rule."""
        hours = WINDOW_HOURS.get(self.conversation.channel)
        if hours is None:
            return None
        heard = self.conversation.last_heard_at or self.conversation.created_at
        return heard + timedelta(hours=hours)

    def is_closed(self, now: datetime) -> bool:
        """Whether free text waits for the customer to write; the vendor's word is more than the clock's."""
        until = self.window_until
        return until is not None and (self.has_kept or until <= now)


def find(
    session: Session, agent: StaffMember, handover_id: int, action: Action, gone: timedelta, now: datetime
) -> Opened:
    """The hand-over, if the member may do this with it; raises NotFound, NotAllowed."""
    handover = session.get(Handover, handover_id)
    if handover is None:
        raise NotFound
    whose = agent.relation_to(
        market=handover.market,
        language=handover.language,
        state=handover.state,
        agent_id=handover.agent_id,
        abandoned=handover.state == TAKEN and is_gone(session, handover, gone, now),
    )
    check(agent, action, whose)
    conversation = session.get_one(Conversation, handover.conversation_id)
    return Opened(handover, conversation, whose, has_kept(session, conversation.id))


async def open_it(gateway: Gateway, agent: StaffMember, handover_id: int, action: Action) -> Opened:
    """The hand-over for this action; raises NotFound, NotAllowed."""
    gone = timedelta(minutes=gateway.settings.care_gone_minutes)
    return await gateway.database.read(
        lambda session: find(session, agent, handover_id, action, gone, utc_now())
    )


async def market_of(gateway: Gateway, market: str) -> Market | None:
    """The market's pack; None while the backend cannot tell: the desk works on."""
    try:
        return await gateway.backend.get_market(market)
    except (BackendRefused, BackendUnavailable):
        return None


def zone_of(market: Market | None) -> tzinfo:
    """The clock that customers of the market live by."""
    try:
        return ZoneInfo(market.timezone) if market is not None else UTC
    except (ZoneInfoNotFoundError, ValueError):
        return UTC
