"""The way out to WhatsApp: pieces of messages in order, within its rates and its 24 hours, none of them twice."""

import contextlib
import re
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import structlog

from connectors.core.backend_client import BackendClient, BackendRefused, BackendUnavailable
from connectors.core.channel import (
    ApprovedText,
    Channel,
    CustomerGone,
    DeliveryFailed,
    MediaRef,
    MediaRefused,
    Parcel,
    WindowClosed,
)
from connectors.core.messages import Message
from connectors.core.own_files import fetch_own_file, gone_key
from connectors.core.pace import Pace, Rate
from connectors.database import utc_now
from connectors.settings import Settings
from connectors.whatsapp.formatting import split
from connectors.whatsapp.graph_client import FileGone, GraphClient, GraphRefused, GraphUnavailable
from connectors.whatsapp.rendering import LONGEST_TEXT, Part, Upload, merge, render
from connectors.whatsapp.templates import NOT_WANTED_NOW, TEMPLATE_WRONG, Chosen, choose, for_agents

if TYPE_CHECKING:
    from connectors.core.reception import Reception

log = structlog.get_logger()
WHATSAPP = "whatsapp"
# Free text is taken for 24 hours; a minute less, because a message is on its way for a while.
WINDOW = timedelta(hours=24) - timedelta(minutes=1)
# A pair of business and customer: one message in six seconds, 45 at once after a rest.
PAIR_SECONDS, PAIR_BURST = 6, 45
# With fewer than so many left at once, waiting messages are joined.
JOIN_BELOW = 15
# Eighty messages a second of one number.
NUMBER_SECONDS, NUMBER_BURST = 1 / 80, 80
LONGEST_WAIT = 5
# What a person has to put right is not right again within seconds.
A_PERSONS_WORK_SECONDS = 60
# Meta may have taken it although nobody answered: its status tells within this time.
UNSURE_SECONDS = 20
# Numbers of the pieces that templates are: beyond those of any message.
TOLD_BY_TEMPLATE, HINTED_BY_TEMPLATE = 900, 901
USER_ID = re.compile(r"^[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}$")
GONE = frozenset({131026, 131021, 131030})
# Our account is locked, not paid for or its number not registered: no customer's fault, and none is given up for it.
ACCOUNT_WRONG = frozenset({368, 131031, 131042, 131045, 133010})
WINDOW_OVER = frozenset({131047, 470})
TOO_FAST = frozenset({4, 80007, 130429, 131048, 131056})
# What it is made of is wrong: the same again would be refused again.
CONTENT_WRONG = frozenset({100, 131008, 131009, 131051, 131052, 131053, 131062})
# For an attempt or two; then it is asked anew whether the file may still be shown.
UPLOAD_LIFE = timedelta(minutes=10)
KEPT_UPLOADS = 500
KEPT_HINTS = 10_000
Key = tuple[int, int]


class WhatsAppChannel(Channel):
    """All WhatsApp accounts. Transports may be replaced by tests."""

    name = WHATSAPP
    pushes = True
    most_at_once = 10

    def __init__(
        self,
        settings: Settings,
        graph_transport: httpx.AsyncBaseTransport | None = None,
        backend_transport: httpx.AsyncBaseTransport | None = None,
        pace: Pace | None = None,
    ) -> None:
        self._public_url = settings.public_url
        self._clients = {
            account.name: GraphClient(account, settings.whatsapp_api_url, graph_transport)
            for account in settings.whatsapp_accounts
        }
        self._backend = BackendClient(
            settings.backend_url, settings.backend_token.get_secret_value(), transport=backend_transport
        )
        self._pace = pace or Pace()
        # Files put up lately, so that a second attempt needs no second upload.
        self._uploads: OrderedDict[tuple[str, str], tuple[str, datetime]] = OrderedDict()
        # Who was asked to write to us, and when: once is enough until they do.
        self._hinted: OrderedDict[str, datetime] = OrderedDict()

    @contextlib.asynccontextmanager
    async def running(self, reception: "Reception") -> AsyncIterator[None]:
        """Clients are closed at the end."""
        try:
            yield
        finally:
            for client in self._clients.values():
                await client.close()
            await self._backend.close()

    async def deliver(self, parcel: Parcel) -> None:
        """Send what was not sent before. Raises DeliveryFailed, CustomerGone, WindowClosed."""
        client, user = self._find(parcel.address)
        told = {number for number, part in parcel.done_parts if part == TOLD_BY_TEMPLATE}
        messages = [message for message in parcel.messages if message.id not in told]
        heard = parcel.last_heard_at
        if heard is None or utc_now() - heard > WINDOW:
            await self._deliver_late(client, user, parcel, messages)
            return
        pieces = [
            ((message.id, number), part)
            for message in messages
            for number, part in enumerate(render(message, self._public_url))
            if (message.id, number) not in parcel.done_parts
        ]
        sends = merge(pieces) if self._is_tight(parcel.address) else [([key], part) for key, part in pieces]
        for keys, part in sends:
            try:
                sent = await self._send_part(client, user, parcel, keys, part)
            except GraphRefused as refused:
                if refused.code not in WINDOW_OVER:
                    raise self._fault(parcel.address, refused) from refused
                left = {number for number, _ in keys}
                await self._deliver_late(client, user, parcel, [m for m in messages if m.id >= min(left)])
                return
            for number, piece in keys:
                await parcel.note_part(number, piece, sent)

    async def _send_part(
        self, client: GraphClient, user: str, parcel: Parcel, keys: Sequence[Key], part: Part
    ) -> str:
        """Send one piece, in plain words where WhatsApp does not take its form. Raises GraphRefused."""
        try:
            media_id = await self._put_up(client, part.file) if part.file is not None else None
            return await self._post(client, user, parcel, keys, part.payload(media_id))
        except BackendRefused:
            # It may not be shown any more: its owner has logged out, or it is too old.
            gone = gone_key(part.file.url if part.file else "", self._public_url)
            log.info("whatsapp_file_not_sent", conversation_id=parcel.conversation_id)
            return await self._post_plainly(client, user, parcel, keys, parcel.voice.say(gone))
        except GraphRefused as refused:
            if refused.code not in CONTENT_WRONG:
                raise
            log.error(
                "whatsapp_content_refused",
                conversation_id=parcel.conversation_id,
                code=refused.code,
                kind=part.kind,
            )
            if part.kind == "text" or not part.plainly.strip():
                return await self._give_up(parcel, refused)
            return await self._post_plainly(client, user, parcel, keys, part.plainly)

    async def _post_plainly(
        self, client: GraphClient, user: str, parcel: Parcel, keys: Sequence[Key], text: str
    ) -> str:
        sent = ""
        for piece in split(text, LONGEST_TEXT):
            try:
                sent = await self._post(client, user, parcel, keys, Part("text", piece).payload())
            except GraphRefused as refused:
                if refused.code not in CONTENT_WRONG:
                    raise
                return await self._give_up(parcel, refused)
        return sent

    async def _give_up(self, parcel: Parcel, refused: GraphRefused) -> str:
        """A plain text that is refused for what it is would hold up everything after it."""
        log.error("whatsapp_piece_lost", conversation_id=parcel.conversation_id, code=refused.code)
        return f"refused-{refused.code}"

    async def _post(
        self, client: GraphClient, user: str, parcel: Parcel, keys: Sequence[Key], payload: dict[str, Any]
    ) -> str:
        """Send when its rates allow it; raises GraphRefused, DeliveryFailed."""
        rates = (self._pair(parcel.address), Rate(client.account.name, NUMBER_SECONDS, NUMBER_BURST))
        wait = self._pace.delay(*rates)
        if wait > LONGEST_WAIT:
            raise DeliveryFailed("pair_rate", retry_after=wait)
        await self._pace.wait(*rates)
        whom = {"recipient": user} if USER_ID.match(user) else {"to": user}
        base = {"messaging_product": "whatsapp", "recipient_type": "individual", **whom}
        # Comes back with every status: so a piece is known as taken even if its answer was lost.
        marked = {"biz_opaque_callback_data": write_mark(parcel.conversation_id, keys)}
        try:
            return await client.send({**base, **payload, **marked})
        except GraphUnavailable as error:
            pause = UNSURE_SECONDS if error.maybe_taken else None
            raise DeliveryFailed(error.reason, retry_after=pause) from error

    async def _deliver_late(
        self, client: GraphClient, user: str, parcel: Parcel, messages: Sequence[Message]
    ) -> None:
        """More than 24 hours after the customer last wrote: approved templates, the rest is kept."""
        left = False
        for message in messages:
            chosen = choose(client.account, message)
            tells_all = chosen is not None and chosen.template.tells_all
            sent = False
            if chosen is not None and (tells_all or not self._was_hinted(parcel)):
                part = TOLD_BY_TEMPLATE if tells_all else HINTED_BY_TEMPLATE
                sent = await self._send_template(client, user, parcel, message, chosen, part)
            if sent and (message.approved is not None or not tells_all):
                # Whoever has just heard from an agent need not be asked to write as well.
                _keep(self._hinted, parcel.address, utc_now(), KEPT_HINTS)
            left |= not (tells_all and (sent or message.approved is not None))
        if left:
            raise WindowClosed

    def _was_hinted(self, parcel: Parcel) -> bool:
        if any(part == HINTED_BY_TEMPLATE for _, part in parcel.done_parts):
            return True
        hinted = self._hinted.get(parcel.address)
        return hinted is not None and (parcel.last_heard_at is None or hinted > parcel.last_heard_at)

    async def _send_template(
        self, client: GraphClient, user: str, parcel: Parcel, message: Message, chosen: Chosen, part: int
    ) -> bool:
        """Whether WhatsApp took it; a template that is not right is an alarm, and the message is kept."""
        key = (message.id, part)
        try:
            sent = await self._post(client, user, parcel, [key], chosen.payload(message))
        except GraphRefused as refused:
            if refused.code in TEMPLATE_WRONG | CONTENT_WRONG:
                log.error("whatsapp_template_refused", template=chosen.template.name, code=refused.code)
            if refused.code in NOT_WANTED_NOW | WINDOW_OVER | TEMPLATE_WRONG | CONTENT_WRONG:
                if message.approved is not None:
                    # The agent is told at once, and chooses something else: later it would be out of place.
                    await parcel.note_refused(*key, str(refused.code))
                return False
            raise self._fault(parcel.address, refused) from refused
        await parcel.note_part(*key, sent)
        return True

    async def _put_up(self, client: GraphClient, file: Upload) -> str:
        """WhatsApp's id of a file of ours; raises BackendRefused when it may not be shown any more."""
        key = (client.account.name, file.url)
        known = self._uploads.get(key)
        if known is not None and known[1] > utc_now():
            return known[0]
        try:
            fetched = await fetch_own_file(self._backend, file.url, self._public_url)
            media_id = await client.upload(file.filename, fetched.media_type, fetched.content)
        except BackendUnavailable as error:
            raise DeliveryFailed(error.reason) from error
        except GraphUnavailable as error:
            raise DeliveryFailed(error.reason) from error
        _keep(self._uploads, key, (media_id, utc_now() + UPLOAD_LIFE), KEPT_UPLOADS)
        return media_id

    def _fault(self, address: str, refused: GraphRefused) -> Exception:
        """What an error means for the outbox; decided by its code."""
        if refused.code in GONE:
            return CustomerGone()
        if refused.code in TOO_FAST:
            pause = refused.retry_after or 2 * PAIR_SECONDS
            self._pace.hold(address, pause)
            return DeliveryFailed(f"rate_{refused.code}", retry_after=pause)
        if refused.token_wrong:
            # The alarm is in the log already; the messages wait until somebody has put a new token in.
            return DeliveryFailed(f"token_{refused.code}", retry_after=A_PERSONS_WORK_SECONDS)
        if refused.code in ACCOUNT_WRONG:
            log.error("whatsapp_account_refused", account=address.partition(":")[0], code=refused.code)
            return DeliveryFailed(f"account_{refused.code}", retry_after=A_PERSONS_WORK_SECONDS)
        return DeliveryFailed(f"refused_{refused.code}", retry_after=refused.retry_after)

    def _pair(self, address: str, burst: int = PAIR_BURST) -> Rate:
        return Rate(address, PAIR_SECONDS, burst)

    def _is_tight(self, address: str) -> bool:
        return self._pace.delay(self._pair(address, PAIR_BURST - JOIN_BELOW)) > 0

    def _find(self, address: str) -> tuple[GraphClient, str]:
        account, _, user = address.partition(":")
        client = self._clients.get(account)
        if client is None:
            raise DeliveryFailed("account_not_configured", retry_after=A_PERSONS_WORK_SECONDS)
        if not user or user.startswith("!"):
            # A number that its owner gave up.
            raise CustomerGone
        return client, user

    def approved_texts(self, address: str, tag: str) -> Sequence[ApprovedText]:
        """The account's templates for agents."""
        client = self._clients.get(address.partition(":")[0])
        return for_agents(client.account, tag) if client is not None else ()

    async def show_typing(self, address: str, message_id: str | None) -> None:
        """Mark what is being answered as read and show that we write, in one call."""
        if message_id is not None and message_id.startswith("wamid."):
            client, _ = self._find(address)
            await client.show_typing(message_id)

    @contextlib.asynccontextmanager
    async def fetch(self, address: str, media: MediaRef) -> AsyncIterator[AsyncIterator[bytes]]:
        """A customer's file from WhatsApp's servers. Raises MediaRefused, DeliveryFailed."""
        client, _ = self._find(address)
        try:
            async with client.open_file(media.vendor_id) as content:
                yield content
        except FileGone:
            raise MediaRefused("file_gone") from None
        except GraphUnavailable as error:
            raise DeliveryFailed(error.reason) from error
        except GraphRefused as refused:
            raise self._fault(address, refused) from refused


def _keep[K, V](known: OrderedDict[K, V], key: K, value: V, most: int) -> None:
    """Remember the newest ones."""
    known[key] = value
    known.move_to_end(key)
    if len(known) > most:
        known.popitem(last=False)


def write_mark(conversation_id: str, keys: Iterable[Key]) -> str:
    """Names pieces of messages, for Meta to give back with their statuses."""
    return f"{conversation_id}/" + ",".join(f"{number}.{part}" for number, part in keys)


def read_mark(mark: str) -> tuple[str, list[Key]] | None:
    """What `write_mark` wrote; None for anything else."""
    found = re.fullmatch(r"([A-Za-z0-9_-]{1,64})/((?:\d{1,9}\.\d{1,4},?)+)", mark)
    if found is None:
        return None
    pairs = [pair.split(".") for pair in found[2].strip(",").split(",")]
    return found[1], [(int(number), int(part)) for number, part in pairs]
