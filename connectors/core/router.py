"""Answers one turn: asks whoever speaks in the conversation, and stores the answers and "done" as one.

A crash before that transaction leaves the turn open: it is worked again under the same message id, which the
dialogue answers the same without executing it twice.
"""

import asyncio
import contextlib
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.orm import Session

from connectors.core import inbox, jobs
from connectors.core.answers import ReadAnswer, read_answer
from connectors.core.backend_client import BackendClient, BackendRefused, BackendUnavailable, Market
from connectors.core.channel import Channel, DeliveryFailed, MediaRefused
from connectors.core.conversations import note_login_state, read_voice, voice_of
from connectors.core.corrections import vendors_id
from connectors.core.handover.customers import Customers, PayloadHandler
from connectors.core.handover.overheard import Overheard, is_unread
from connectors.core.handover.ownership import HANDED_BACK
from connectors.core.jobs import Lease, LeaseLost
from connectors.core.media import Courier
from connectors.core.messages import Draft, Writing, append, forget_links, lock
from connectors.core.models import BOT, Conversation, Turn
from connectors.core.rasa_client import DialogueUnavailable, RasaClient, TurnAnswer, TurnRequest
from connectors.core.refusals import clean_filename, refusal_text
from connectors.core.wakeups import CARE_DESK, Wakeups
from connectors.database import Database, utc_now
from connectors.settings import Settings

log = structlog.get_logger()
# Shown that long at least by every vendor, and shown again as long as it takes.
TYPING_SECONDS = 4.5
# How long a remembered log-in state is believed, as long as the backend keeps it; afterwards it is asked.
STATE_LIFE = {"link_sent": timedelta(minutes=5), "code_sent": timedelta(minutes=15)}


class Router:
    """Works turns; the worker gives them one at a time per conversation."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        rasa: RasaClient,
        backend: BackendClient,
        wakeups: Wakeups,
        pushing: Mapping[str, Channel],
    ) -> None:
        self._settings = settings
        self._database = database
        self._rasa = rasa
        self._backend = backend
        self._wakeups = wakeups
        self._pushing = pushing
        self._courier = Courier(database, backend, pushing, self.register)
        self._customers = Customers(
            self.writing, settings.care_ticket_hours, settings.page_gone, settings.care_desk
        )

    @property
    def care_payloads(self) -> dict[str, PayloadHandler]:
        """Buttons of the desk's own by name: what answers them (see `handover.customers`)."""
        return self._customers.payloads

    def writing(self, conversation: Conversation, now: datetime) -> Writing:
        """How messages are written into this conversation."""
        return Writing(now, self._settings.button_hours, conversation.channel in self._pushing)

    async def work(self, turn: Turn, lease: Lease) -> None:
        """Answer the turn or put it back; raises LeaseLost when another worker has it now."""
        try:
            if not (self._customers.concerns(turn) and await self._settle(turn, lease)):
                with self._typing(turn):
                    await self._answer(turn, turn.conversation, lease)
        except LeaseLost:
            raise
        except MediaRefused as refused:
            fault = refused
            await self._database.write(lambda s: self._refuse_file(s, turn, lease, fault))
        except (DialogueUnavailable, BackendUnavailable, DeliveryFailed) as error:
            await self._fail(turn, lease, error.reason)
        except BackendRefused as error:
            await self._fail(turn, lease, error.error)
        except Exception as error:
            # A fault of ours: tried again, but not for ever, or nothing behind it would be answered.
            kind = type(error).__name__
            log.error("turn_broken", conversation_id=turn.conversation_id, error_type=kind, exc_info=error)
            await self._fail(turn, lease, kind)
        await self._wakeups.publish(turn.conversation_id)

    async def _settle(self, turn: Turn, lease: Lease) -> bool:
        """A turn that is not the dialogue's, or may not be; False when it is after all."""
        if turn.media is not None and not turn.attachments and turn.conversation.speaker != BOT:
            # Whoever speaks: a file of the customer's goes where all of them are.
            await self._courier.bring(turn)
        if turn.conversation.speaker != BOT and not turn.internal:
            await self._keep_login(turn.conversation_id)
        drafts = await self._customers.ask_desk(turn)
        overheard = await self._overhear(turn)
        settled = await self._database.write(
            lambda session: self._customers.settle(session, turn, lease, drafts, utc_now(), overheard)
        )
        await self._wakeups.publish(CARE_DESK)
        return settled

    async def _overhear(self, turn: Turn) -> Overheard | None:
        """What somebody writes whom nobody reads at once; None where it cannot be told."""
        conversation = turn.conversation
        if not is_unread(turn):
            return None
        try:
            market = await self._backend.get_market(conversation.market)
            meanings = await self._rasa.understand(turn.text, self._known_of(conversation, market))
        except (DialogueUnavailable, BackendUnavailable) as error:
            # What was written stays to be read by people, as all that is written now.
            log.warning("not_overheard", conversation_id=conversation.id, reason=error.reason)
            return None
        return Overheard(meanings, market)

    @staticmethod
    def _known_of(conversation: Conversation, market: Market) -> dict[str, Any]:
        """What is told with every text that is to be understood."""
        return {
            "market": conversation.market,
            "channel": conversation.channel,
            # What is spoken here so far, at first the page's: a hint until the customer has written.
            "language": conversation.language,
            "script": conversation.script,
            "today": utc_now().astimezone(ZoneInfo(market.timezone)).date().isoformat(),
        }

    async def _keep_login(self, conversation_id: str) -> None:
        """While people talk no action asks the backend for the customer, whose log-in would idle under them."""
        try:
            await self._backend.note_use(conversation_id)
        except (BackendUnavailable, BackendRefused) as error:
            # At worst the customer logs in again.
            log.info("login_not_kept", conversation_id=conversation_id, error_type=type(error).__name__)

    async def _answer(self, turn: Turn, conversation: Conversation, lease: Lease) -> None:
        if turn.media is not None and not turn.attachments:
            await self._courier.bring(turn)
        request = await self._request(turn, conversation)
        answer = await self._rasa.send(request)
        if await self._database.write(lambda session: self._store(session, turn, lease, answer)):
            await self._wakeups.publish(CARE_DESK)

    @contextlib.contextmanager
    def _typing(self, turn: Turn) -> Iterator[None]:
        """While a turn is worked the customer sees that an answer is on its way, where the channel can show it."""
        channel = self._pushing.get(turn.conversation.channel)
        if channel is None or turn.conversation.address is None:
            yield
            return
        showing = asyncio.create_task(self._show_typing(channel, turn.conversation.address, turn))
        try:
            yield
        finally:
            showing.cancel()

    async def _show_typing(self, channel: Channel, address: str, turn: Turn) -> None:
        message_id = None if turn.internal else vendors_id(turn.message_id)
        while True:
            try:
                async with asyncio.timeout(TYPING_SECONDS):
                    await channel.show_typing(address, message_id)
            except Exception as error:
                log.info("typing_not_shown", channel=channel.name, error_type=type(error).__name__)
            await asyncio.sleep(TYPING_SECONDS)

    def _refuse_file(self, session: Session, turn: Turn, lease: Lease, refused: MediaRefused) -> None:
        """Say why the customer's file was not taken; the dialogue is not told."""
        now = utc_now()
        conversation = lock(session, turn.conversation_id)
        jobs.finish(session, Turn, lease, now)
        conversation.last_turn_done_at = now
        voice = voice_of(conversation)
        filename = str((turn.media or {}).get("filename", ""))
        text = refusal_text(voice, clean_filename(filename), refused.error, refused.detail)
        append(session, conversation, Draft("system", text), voice.tag, self.writing(conversation, now))

    async def register(self, conversation: Conversation) -> None:
        """Make the backend know the conversation and its language; raises BackendUnavailable."""
        language = conversation.language
        if conversation.registered_language == language:
            return
        identity = (conversation.id, conversation.market, conversation.channel)
        try:
            await self._backend.put_conversation(*identity, language)
        except BackendRefused as refused:
            if refused.error != "language_unknown":
                raise
            # Spoken here, not in this market: its mails and pages come in the market's own language.
            market = await self._backend.get_market(conversation.market)
            await self._backend.put_conversation(*identity, market.languages[0])

        def remember(session: Session) -> None:
            session.get_one(Conversation, conversation.id).registered_language = language

        await self._database.write(remember)

    async def _request(self, turn: Turn, conversation: Conversation) -> TurnRequest:
        market = await self._backend.get_market(conversation.market)
        await self.register(conversation)
        return TurnRequest(
            conversation_id=conversation.id,
            message_id=turn.rasa_message_id,
            text=turn.text,
            metadata={
                **self._known_of(conversation, market),
                # Without a desk nobody is to be called, and the dialogue must not say so.
                "care_desk": self._settings.care_desk,
                "attachments": turn.attachments,
                "notice": turn.notice,
                "detail": turn.detail,
            },
        )

    def _store(self, session: Session, turn: Turn, lease: Lease, answer: TurnAnswer) -> bool:
        """Whether the desk has news of it."""
        now = utc_now()
        conversation = lock(session, turn.conversation_id)
        jobs.finish(session, Turn, lease, now)
        read = read_answer(answer.messages, self._settings.public_url, now, conversation.id)
        conversation.last_turn_done_at = now
        self._note_login(session, conversation, read, now)
        if conversation.speaker != BOT:
            # Somebody took the conversation while this was being computed.
            self._customers.drop_answer(session, conversation, turn, now)
            return True
        voice = read_voice(f"{answer.language}-{answer.script}", voice_of(conversation))
        conversation.language, conversation.script = voice.language, voice.script
        # Who was just given the floor does not pass it on in the same breath, and may have nothing to say.
        handed_back = turn.notice == HANDED_BACK
        wish = None if handed_back else read.wish
        if not (read.drafts or turn.internal or handed_back or wish):
            log.error("turn_without_answer", conversation_id=conversation.id, turn=turn.id)
            read.drafts.append(Draft("system", voice.say("system_no_answer")))
        writing = self.writing(conversation, now)
        for draft in read.drafts:
            append(session, conversation, draft, voice.tag, writing)
        if wish is not None:
            self._customers.begin(session, conversation, wish, writing)
        return wish is not None

    def _note_login(
        self, session: Session, conversation: Conversation, read: ReadAnswer, now: datetime
    ) -> None:
        if read.login_state is None:
            return
        life = STATE_LIFE.get(read.login_state)
        note_login_state(conversation, read.login_state, now + life if life else None)
        if read.login_state == "logged_in":
            forget_links(session, now, conversation.id)

    async def _fail(self, turn: Turn, lease: Lease, reason: str) -> None:
        log.warning("turn_failed", conversation_id=turn.conversation_id, attempt=turn.attempts, reason=reason)
        now = utc_now()
        oldest = inbox.too_old(now, self._settings.turn_give_up_seconds)
        pause = jobs.pause_after(turn.attempts)

        def put_back(session: Session) -> None:
            conversation = lock(session, turn.conversation_id)
            if turn.created_at > oldest:
                jobs.postpone(session, Turn, lease, now + timedelta(seconds=pause), reason)
            else:
                jobs.finish(session, Turn, lease, now, state="dead")
                inbox.give_up(session, conversation, oldest, self.writing(conversation, now))
                log.error("turn_given_up", conversation_id=conversation.id, turn=turn.id, reason=reason)

        await self._database.write(put_back)

    async def apologise_where_due(self) -> None:
        """One honest message wherever an answer takes longer than a customer waits."""
        since = utc_now() - timedelta(seconds=self._settings.turn_patience_seconds)
        for conversation_id in await self._database.read(lambda s: inbox.find_impatient(s, since)):

            def tell(session: Session, conversation_id: str = conversation_id) -> bool:
                conversation = lock(session, conversation_id)
                return inbox.apologise(session, conversation_id, since, self.writing(conversation, utc_now()))

            if await self._database.write(tell):
                log.warning("apologised_for_delay", conversation_id=conversation_id)
                await self._wakeups.publish(conversation_id)
