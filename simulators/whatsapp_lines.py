"""The line from Meta's servers to the assistant: signed webhooks about messages and about what became of ours.

What the webhook does not take with a 200 is posted again, byte for byte, as Meta does for seven days.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import httpx

from simulators.accounts import WhatsAppAccount
from simulators.chats import Account, ChatKey, Chats, Entry

Json = dict[str, Any]
SIGNATURE_HEADER = "X-Hub-Signature-256"
# Pauses before what the webhook did not take is posted again.
AGAIN_AFTER = (0.5, 1, 2, 4, 8, 15, 30)
# A business-scoped user id: a country, perhaps ENT, and up to 128 letters and digits.
USER_ID = re.compile(r"^[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}$")
NAMES = ("Rina", "Marko", "Chiara", "Budi", "Jelena", "Paolo")


def user_id_of(account: WhatsAppAccount, customer: str) -> str:
    """The business-scoped id of a phone number; a customer named by one hides the number."""
    if USER_ID.match(customer):
        return customer
    digits = int.from_bytes(hashlib.sha256(f"{account.market}/{customer}".encode()).digest()[:7])
    return f"{account.market.upper()}.{digits}"


class Lines:
    """The accounts of one installation and what is on its way to them.

    `hides_user_id` makes the webhooks those of before 2026, with phone numbers alone.
    """

    vendor = "whatsapp"

    def __init__(
        self,
        accounts: Sequence[WhatsAppAccount],
        chats: Chats,
        gateway_url: str,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.chats = chats
        self.known = {account.name: account for account in accounts}
        self.gateway_url = gateway_url
        self.hides_user_id = False
        self.http = httpx.AsyncClient(transport=transport, trust_env=False, timeout=30)
        # What was posted about an entry, for `redeliver`.
        self.posted: dict[tuple[ChatKey, str], tuple[str, bytes]] = {}
        self._customers: dict[tuple[str, str], str] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def accounts(self) -> list[Account]:
        return [account.shown for account in self.known.values()]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Nothing more is posted when this is left."""
        try:
            yield
        finally:
            await self.close()

    async def close(self) -> None:
        """Stop posting again what was not taken."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.http.aclose()

    async def settled(self) -> None:
        """Wait until all that is on its way was posted."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
            # A finished task leaves the set in the loop's next round.
            await asyncio.sleep(0)

    def key(self, account: str, customer: str) -> ChatKey:
        """The chat of a customer, who becomes findable by the user id too."""
        self._customers[account, user_id_of(self.known[account], customer)] = customer
        return ChatKey(self.vendor, account, customer)

    def customer_of(self, account: str, addressed: str) -> str:
        """Whom a phone number or a user id means."""
        return self._customers.get((account, addressed), addressed)

    def new_id(self) -> str:
        """An id as WhatsApp gives one to each message."""
        return f"wamid.HBgL{secrets.token_hex(16).upper()}AA=="

    def envelope(self, account: str, **value: Any) -> Json:
        """One change of one account, as Meta posts it."""
        whom = self.known[account]
        metadata = {"display_phone_number": "15550783881", "phone_number_id": whom.phone_number_id}
        content = {"messaging_product": "whatsapp", "metadata": metadata, **value}
        return {
            "object": "whatsapp_business_account",
            "entry": [{"id": "102290129340398", "changes": [{"value": content, "field": "messages"}]}],
        }

    def contact(self, account: str, customer: str) -> Json:
        """Who writes."""
        found: Json = {"profile": {"name": NAMES[sum(customer.encode()) % len(NAMES)]}}
        if not USER_ID.match(customer):
            found["wa_id"] = customer
        if not self.hides_user_id or USER_ID.match(customer):
            found["user_id"] = user_id_of(self.known[account], customer)
        return found

    def message(self, account: str, customer: str, entry_id: str, at: datetime, content: Json) -> Json:
        """A message as it stands in a webhook; `content` is its type and what goes with it."""
        found: Json = {"id": entry_id, "timestamp": str(int(at.timestamp()))}
        if not USER_ID.match(customer):
            found["from"] = customer
        if not self.hides_user_id or USER_ID.match(customer):
            found["from_user_id"] = user_id_of(self.known[account], customer)
        return {**found, **content}

    async def tell(self, key: ChatKey, entry: Entry, content: Json) -> str:
        """Show what the customer did, then post it; returns the entry's id."""
        self.chats.add(key, entry)
        message = self.message(key.account, key.customer, entry.id, entry.at, content)
        await self.tell_message(key, entry.id, message)
        return entry.id

    async def tell_message(self, key: ChatKey, entry_id: str, message: Json) -> None:
        """Post one message about an entry and remember it for `redeliver`."""
        contacts = [self.contact(key.account, key.customer)]
        body = json.dumps(self.envelope(key.account, contacts=contacts, messages=[message])).encode()
        self.posted[key, entry_id] = key.account, body
        status = await self.post(key.account, body)
        self._note(key, entry_id, status == 200)
        if status != 200:
            self.start(self._post_again(key, entry_id, body))

    async def tell_status(
        self, key: ChatKey, entry_id: str, status: str, errors: list[Json] | None = None, opaque: str = ""
    ) -> None:
        """Post what became of a message of ours."""
        found: Json = {
            "id": entry_id,
            "status": status,
            "timestamp": str(int(datetime.now().timestamp())),
            "recipient_user_id": user_id_of(self.known[key.account], key.customer),
        }
        if not USER_ID.match(key.customer):
            found["recipient_id"] = key.customer
        if opaque:
            found["biz_opaque_callback_data"] = opaque
        if errors:
            found["errors"] = errors
        await self.post(key.account, json.dumps(self.envelope(key.account, statuses=[found])).encode())

    def sign(self, account: str, body: bytes) -> str:
        """The signature over the raw bytes, as the header carries it."""
        secret = self.known[account].app_secret.get_secret_value().encode()
        return "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()

    async def post(self, account: str, body: bytes, signature: str | None = None) -> int:
        """Post a webhook; the answer's status, 0 when nobody answered."""
        headers = {
            "Content-Type": "application/json",
            SIGNATURE_HEADER: self.sign(account, body) if signature is None else signature,
        }
        try:
            url = f"{self.gateway_url}/webhooks/whatsapp/{account}"
            return (await self.http.post(url, content=body, headers=headers)).status_code
        except httpx.HTTPError:
            return 0

    async def verify(self, account: str) -> bool:
        """Ask the webhook to prove that it knows the verify token, as on setting it up."""
        challenge = secrets.token_hex(8)
        asked = {
            "hub.mode": "subscribe",
            "hub.challenge": challenge,
            "hub.verify_token": self.known[account].verify_token.get_secret_value(),
        }
        answer = await self.http.get(f"{self.gateway_url}/webhooks/whatsapp/{account}", params=asked)
        return answer.status_code == 200 and answer.text == challenge

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something beside the call in hand."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _post_again(self, key: ChatKey, entry_id: str, body: bytes) -> None:
        for pause in AGAIN_AFTER:
            await asyncio.sleep(pause)
            if await self.post(key.account, body) == 200:
                self._note(key, entry_id, True)
                return

    def _note(self, key: ChatKey, entry_id: str, taken: bool) -> None:
        entry = self.chats.chat(key).entries.get(entry_id)
        if entry is not None and entry.author == "customer":
            self.chats.change(key, entry_id, status="delivered" if taken else "failed")
