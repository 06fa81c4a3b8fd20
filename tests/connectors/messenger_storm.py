"""Webhooks as the vendors post them, by the thousand: signed, repeated, shuffled, some a week late; and forged."""

import hashlib
import hmac
import json
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

MARKETS = ("id", "rs", "it")
TELEGRAM = [
    {
        "name": market,
        "market": market,
        "language": language,
        "token": f"70000{number}:storm-telegram-token-of-{market}-0123",
        "webhook_secret": f"storm-telegram-webhook-secret-{market}",
    }
    for number, (market, language) in enumerate(zip(MARKETS, ("id", "sr", "it"), strict=True))
]
WHATSAPP = [
    {
        "name": market,
        "market": market,
        "language": language,
        "phone_number_id": f"10000000000000{number}",
        "access_token": f"storm-whatsapp-access-token-{market}",
        "app_secret": f"storm-whatsapp-app-secret-{market}",
        "verify_token": f"storm-whatsapp-verify-token-{market}",
    }
    for number, (market, language) in enumerate(zip(MARKETS, ("id", "sr", "it"), strict=True))
]


@dataclass(frozen=True)
class Event:
    """One message of a customer as a webhook; `text` is unlike every other."""

    vendor: str
    account: int
    customer: int
    number: int
    sent_at: int
    text: str

    @property
    def chat(self) -> tuple[str, int, int]:
        return self.vendor, self.account, self.customer

    @property
    def webhook(self) -> "Webhook":
        body = json.dumps(telegram_body(self) if self.vendor == "telegram" else whatsapp_body(self)).encode()
        return sign(self.vendor, self.account, body)


@dataclass(frozen=True)
class Webhook:
    """One POST."""

    path: str
    body: bytes
    headers: dict[str, str]


def sign(vendor: str, account: int, body: bytes) -> Webhook:
    """As the vendor proves that it is the sender."""
    if vendor == "telegram":
        proof = {"X-Telegram-Bot-Api-Secret-Token": TELEGRAM[account]["webhook_secret"]}
        return Webhook(f"/webhooks/telegram/{TELEGRAM[account]['name']}", body, proof)
    secret = WHATSAPP[account]["app_secret"].encode()
    proof = {"X-Hub-Signature-256": "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()}
    return Webhook(f"/webhooks/whatsapp/{WHATSAPP[account]['name']}", body, proof)


def telegram_body(event: Event) -> dict[str, Any]:
    person = {"id": event.customer, "first_name": "Prova", "is_bot": False, "language_code": "it"}
    return {
        "update_id": 500_000_000 + event.number,
        "message": {
            "message_id": event.number,
            "from": person,
            "chat": {"id": event.customer, "first_name": "Prova", "type": "private"},
            "date": event.sent_at,
            "text": event.text,
        },
    }


def whatsapp_body(event: Event) -> dict[str, Any]:
    who = f"39333{event.customer:07}"
    message = {
        "from": who,
        "id": f"wamid.storm{event.number}",
        "timestamp": str(event.sent_at),
        "type": "text",
        "text": {"body": event.text},
    }
    value = {
        "messaging_product": "whatsapp",
        "metadata": {
            "display_phone_number": "390000",
            "phone_number_id": WHATSAPP[event.account]["phone_number_id"],
        },
        "contacts": [{"profile": {"name": "Prova"}, "wa_id": who}],
        "messages": [message],
    }
    change = {"field": "messages", "value": value}
    return {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}


def make_events(chats: int, each: int, begin: int) -> list[Event]:
    """Messages of chats of both vendors, a second apart in each."""
    numbers = count(1)
    return [
        Event(
            vendor=("telegram", "whatsapp")[chat % 2],
            account=chat // 2 % 3,
            customer=1000 + chat,
            number=(number := next(numbers)),
            sent_at=begin + step,
            text=f"messaggio n{number:05}",
        )
        for chat in range(chats)
        for step in range(each)
    ]


class Vendors:
    """Telegram and WhatsApp as far as sending goes; they remember what they brought to whom."""

    def __init__(self) -> None:
        self.brought: Counter[str] = Counter()
        self._numbers = count(1)
        self.app = Starlette(
            routes=[
                Route("/bot{token}/{method}", self.telegram, methods=["GET", "POST"]),
                Route("/{path:path}", self.whatsapp, methods=["GET", "POST"]),
            ]
        )

    async def telegram(self, request: Request) -> Response:
        if request.path_params["method"] != "sendMessage":
            return JSONResponse({"ok": True, "result": True})
        form = await request.form()
        self.brought[str(form["text"])] += 1
        chat = {"id": int(str(form["chat_id"])), "type": "private"}
        message = {"message_id": next(self._numbers), "date": int(time.time()), "chat": chat, "text": "x"}
        return JSONResponse({"ok": True, "result": message})

    async def whatsapp(self, request: Request) -> Response:
        body = await request.json()
        if "status" in body:
            return JSONResponse({"success": True})
        self.brought[json.dumps(body, ensure_ascii=False)] += 1
        sent = [{"id": f"wamid.out{next(self._numbers)}"}]
        return JSONResponse({"messaging_product": "whatsapp", "contacts": [], "messages": sent})


def forge(genuine: Webhook, other: Webhook, chance: random.Random) -> tuple[str, Webhook]:
    """What somebody without the secrets could post instead; `other` is genuine for another account."""
    [header] = genuine.headers
    proof = genuine.headers[header]
    at = chance.randrange(len(genuine.body))
    flipped = bytes([genuine.body[at] ^ (1 << chance.randrange(8))])
    signs_body = header == "X-Hub-Signature-256"
    ways: dict[str, Callable[[], Webhook]] = {
        "no proof": lambda: replace(genuine, headers={}),
        "an empty proof": lambda: replace(genuine, headers={header: ""}),
        "the start of the proof": lambda: replace(
            genuine, headers={header: proof[: chance.randrange(len(proof))]}
        ),
        "more than the proof": lambda: replace(genuine, headers={header: proof + chance.choice("0 x")}),
        "one letter of the proof changed": lambda: replace(
            genuine, headers={header: _changed(proof, chance)}
        ),
        "the proof of another account": lambda: replace(genuine, headers=other.headers),
        "the other vendor's header": lambda: replace(genuine, headers={"X-Signature": proof}),
        "an account that is not there": lambda: replace(
            genuine, path=genuine.path.rpartition("/")[0] + f"/nobody{chance.randrange(100)}"
        ),
        "the address of another account": lambda: replace(genuine, path=other.path),
        "far too much": lambda: replace(genuine, body=genuine.body + b" " * (5 * 1024 * 1024)),
        "no JSON, no proof": lambda: replace(genuine, body=chance.randbytes(300), headers={}),
    }
    if signs_body:
        ways |= {
            "one bit of the body changed": lambda: replace(
                genuine, body=genuine.body[:at] + flipped + genuine.body[at + 1 :]
            ),
            "the proof of other bytes": lambda: replace(genuine, body=other.body),
            "a blank behind the body": lambda: replace(genuine, body=genuine.body + b" "),
            "the proof under another name": lambda: replace(
                genuine, headers={"X-Hub-Signature": proof.replace("sha256=", "sha1=")}
            ),
        }
    name = chance.choice(sorted(ways))
    # What is larger than any webhook costs time to move about: a few of them are enough.
    if name == "far too much" and chance.random() < 0.9:
        name = "no proof"
    return name, ways[name]()


def _changed(proof: str, chance: random.Random) -> str:
    at = chance.randrange(len(proof))
    letter = chance.choice([letter for letter in "0123456789abcdef" if letter != proof[at]])
    return proof[:at] + letter + proof[at + 1 :]
