"""Conversations, hand-overs and messages that a test states to have happened."""

from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from connectors.core.handover.models import Handover
from connectors.core.models import Conversation, TranscriptMessage

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def at(moment: str) -> datetime:
    """`2026-03-28 23:30` UTC."""
    return datetime.fromisoformat(moment).replace(tzinfo=UTC)


class Happenings:
    """Writes rows as the gateway leaves them."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def conversation(
        self, name: str, *, market: str = "it", language: str = "it", channel: str = "website"
    ) -> str:
        self.session.add(
            Conversation(id=name, channel=channel, market=market, language=language, created_at=LONG_AGO)
        )
        self.session.flush()
        return name

    def wrote(self, name: str, *moments: str, author: str = "customer") -> None:
        conversation = self.session.get_one(Conversation, name)
        for moment in moments:
            conversation.last_number += 1
            self.session.add(
                TranscriptMessage(
                    conversation_id=name,
                    number=conversation.last_number,
                    at=at(moment),
                    author=author,
                    language=conversation.language,
                    text="…",
                )
            )
        self.session.flush()

    def handover(
        self,
        name: str,
        requested: str,
        *,
        taken: int | None = None,
        answered: int | None = None,
        ended: int | None = None,
        **values: object,
    ) -> Handover:
        """`taken`, `answered`, `ended`: seconds after the wish."""
        conversation = self.session.get_one(Conversation, name)

        def after(seconds: int | None) -> datetime | None:
            return None if seconds is None else at(requested) + timedelta(seconds=seconds)

        given = {
            "state": "ended" if ended is not None else "taken" if taken is not None else "waiting",
            "kind": "live",
            "market": conversation.market,
            "language": conversation.language,
            "reason": "asked",
            "agent_id": "a1" if taken is not None else None,
            "ended_by": "agent" if ended is not None else None,
            **values,
        }
        handover = Handover(
            conversation_id=name,
            requested_at=at(requested),
            taken_at=after(taken),
            first_answer_at=after(answered),
            ended_at=after(ended),
            **given,
        )
        self.session.add(handover)
        self.session.flush()
        return handover
