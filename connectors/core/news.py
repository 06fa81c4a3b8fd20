"""Tells in the chat what happened outside it: the backend keeps the news, this writes it into the conversation.

The message and a finished turn named after the news are written as one: told again after a crash, it is known.
While an agent speaks to the customer nothing is told in between: the agent reads that there is news, and the backend
is asked to bring it again, so that what may be said of it is decided when it is said.
"""

import json
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.orm import Session

from connectors.core import inbox, messages
from connectors.core.backend_client import BackendClient, BackendUnavailable, News
from connectors.core.conversations import voice_of
from connectors.core.handover.story import NEWS_WAITS, find_open, list_events, record
from connectors.core.messages import Draft, DraftButton
from connectors.core.models import AGENT, Conversation
from connectors.core.router import Router
from connectors.core.wakeups import Wakeups
from connectors.database import Database, utc_now
from locales import texts

log = structlog.get_logger()


class NewsTeller:
    """Asks the backend for news and tells it. Several processes may do so at once."""

    def __init__(self, database: Database, backend: BackendClient, router: Router, wakeups: Wakeups) -> None:
        self._database = database
        self._backend = backend
        self._router = router
        self._wakeups = wakeups

    async def tell_what_is_due(self) -> None:
        """Once; a silent backend is asked again at the next round."""
        try:
            due = await self._backend.claim_news()
        except BackendUnavailable:
            return
        for news in due:
            try:
                await self._tell(news)
            except Exception as error:
                # One that cannot be told must not hold up the others; it comes again.
                log.error("news_not_told", news=news.news_id, kind=news.kind, error_type=type(error).__name__)

    async def _tell(self, news: News) -> None:
        told = await self._database.write(lambda session: self._write(session, news))
        await self._wakeups.publish(news.conversation_id)
        if told is None:
            await self._backend.postpone_news(news.news_id)
        else:
            await self._backend.note_told(news.news_id, told)

    def _write(self, session: Session, news: News) -> bool | None:
        """Whether it stands in the conversation now; False when that is not ours any more, None when it has to wait."""
        if session.get(Conversation, news.conversation_id) is None:
            return False
        conversation = messages.lock(session, news.conversation_id)
        message_id = f"news:{news.news_id}"
        if inbox.find_turn(session, conversation.id, message_id) is not None:
            return True
        now, voice = utc_now(), voice_of(conversation)
        if conversation.speaker == AGENT:
            _show_agent(session, news, now)
            return None
        key = f"news_{news.kind}"
        buttons = [
            DraftButton(button.title, button.payload)
            for button in texts.buttons(key, voice.language, voice.script)
        ]
        if news.opens is not None:
            buttons.append(DraftButton(voice.say("news_open"), _payload(news.opens)))
        draft = Draft("bot", voice.say(key, **news.variables), buttons)
        draft.news, draft.news_values = news.kind, news.variables
        messages.append(session, conversation, draft, voice.tag, self._router.writing(conversation, now))
        inbox.store_turn(session, conversation, message_id, "", now, internal=True, answered=True)
        return True


def _show_agent(session: Session, news: News, now: datetime) -> None:
    """Once in the story of each hand-over, however often the news comes again."""
    handover = find_open(session, news.conversation_id)
    if handover is None:
        return
    shown = [event.detail for event in list_events(session, handover.id) if event.kind == NEWS_WAITS]
    if not any(detail["news_id"] == news.news_id and detail["kind"] == news.kind for detail in shown):
        record(
            session,
            handover,
            NEWS_WAITS,
            now,
            news_id=news.news_id,
            kind=news.kind,
            variables=news.variables,
        )


def _payload(opens: dict[str, Any]) -> str:
    entities = opens.get("entities")
    return f"/{opens['intent']}{json.dumps(entities, ensure_ascii=False) if entities else ''}"
