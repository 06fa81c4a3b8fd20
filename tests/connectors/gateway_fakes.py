"""Rasa and the backend as the gateway sees them: two small apps that speak docs/interfaces.md and remember calls."""

import asyncio
import contextlib
import json
import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

CODE = "123456"
REFUSED_TYPES = {"txt": "text", "heic": "heic", "webp": "webp"}
MARKETS = {
    "it": {
        "languages": ["it"],
        "timezone": "Europe/Rome",
        "insurer_name": "Aurora Assicurazioni",
        "currency": "EUR",
        "emergency": [{"service": "general", "number": "112"}, {"service": "ambulance", "number": "118"}],
    },
    "rs": {
        "languages": ["sr", "it"],
        "timezone": "Europe/Belgrade",
        "insurer_name": "Зора осигурање",
        "currency": "RSD",
    },
    "id": {
        "languages": ["id"],
        "timezone": "Asia/Jakarta",
        "insurer_name": "Fajar Asuransi",
        "currency": "IDR",
    },
}


def echo(turn: dict[str, Any]) -> dict[str, Any]:
    return {"language": "it", "script": "Latn", "messages": [{"text": f"echo: {turn['text']}"}]}


class FakeRasa:
    """Executes a turn once per message_id and answers it the same ever after."""

    def __init__(self) -> None:
        self.turns: list[dict[str, Any]] = []
        self.executed: dict[str, dict[str, Any]] = {}
        self.answer: Callable[[dict[str, Any]], dict[str, Any]] = echo
        self.fail_next = 0
        self.fail_status = 500
        self.seconds = 0.0
        self._is_thinking = False
        self.running: dict[str, int] = {}
        self.most_at_once: dict[str, int] = {}
        self.parallel = 0
        self.most_parallel = 0
        # What words mean outside of a dialogue: (intent, confidence) by text.
        self.meanings: dict[str, tuple[str, float]] = {}
        self.app = Starlette(
            routes=[
                Route("/webhooks/gateway/turn", self.turn, methods=["POST"]),
                Route("/webhooks/gateway/understand", self.understand, methods=["POST"]),
            ]
        )

    async def understand(self, request: Request) -> Response:
        assert request.headers["authorization"] == "Bearer demo-channel-token"
        asked = await request.json()
        assert {"market", "language", "today"} <= asked["metadata"].keys()
        if self.fail_next:
            self.fail_next -= 1
            return JSONResponse({"error": "text_not_understood"}, self.fail_status)
        name, confidence = self.meanings.get(asked["text"], ("inform", 0.9))
        return JSONResponse({"ranking": [{"name": name, "confidence": confidence}]})

    async def turn(self, request: Request) -> Response:
        assert request.headers["authorization"] == "Bearer demo-channel-token"
        turn = await request.json()
        self.turns.append(turn)
        if self.fail_next:
            self.fail_next -= 1
            return JSONResponse({"error": "backend_unavailable"}, self.fail_status)
        cid = turn["conversation_id"]
        self.running[cid] = self.running.get(cid, 0) + 1
        self.parallel += 1
        self.most_parallel = max(self.most_parallel, self.parallel)
        self.most_at_once[cid] = max(self.most_at_once.get(cid, 0), self.running[cid])
        try:
            await asyncio.sleep(self.seconds)
            # No asyncio.Event: tests with a browser run this app in a thread of its own.
            while self._is_thinking:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        finally:
            self.running[cid] -= 1
            self.parallel -= 1
        key = f"{cid}/{turn['message_id']}"
        if key not in self.executed:
            self.executed[key] = self.answer(turn)
        return JSONResponse({"message_id": turn["message_id"], **self.executed[key]})

    @contextlib.contextmanager
    def thinking(self) -> Iterator[None]:
        """No turn is answered before the end, however slow the machine is."""
        self._is_thinking = True
        try:
            yield
        finally:
            self._is_thinking = False

    async def is_at_work(self) -> bool:
        """Whether a turn is being answered."""
        return self.parallel > 0

    @property
    def texts(self) -> list[str]:
        return [turn["text"] for turn in self.turns]


class FakeBackend:
    """Conversations, one account (`marko` / `Sunce2020!`), links, codes, documents."""

    def __init__(self) -> None:
        self.conversations: dict[str, dict[str, Any]] = {}
        self.links: dict[str, dict[str, Any]] = {}
        self.documents: list[dict[str, Any]] = []
        self.received_bytes = 0
        self.sent_files: dict[str, bytes] = {}
        self.callbacks: list[bytes] = []
        self.account_pages: dict[str, dict[str, Any]] = {}
        self.account_steps: list[tuple[str, Any]] = []
        self.account_refusal: tuple[int, str, dict[str, Any]] | None = None
        # Handed out until they are noted as told, as after a lease that ran out.
        self.news: list[dict[str, Any]] = []
        self.told: dict[str, bool] = {}
        self.deaf_to_told = 0
        self.postponed: list[str] = []
        self.verified: list[str] = []
        # Where a customer showed that they are there, once a message.
        self.used: list[str] = []
        self.down = False
        self.tries = 3
        self.asks_code = True
        routes = [
            Route("/markets", self.list_markets),
            Route("/markets/{market}", self.get_market),
            Route("/conversations/{cid}", self.put_conversation, methods=["PUT"]),
            Route("/conversations/{cid}", self.get_conversation, methods=["GET"]),
            Route("/conversations/{cid}/login/used", self.note_use, methods=["PUT"]),
            Route("/conversations/{cid}/codes/verify", self.verify, methods=["POST"]),
            Route("/conversations/{cid}/documents", self.store, methods=["POST"]),
            Route("/conversations/{cid}/login-links", self.create_link, methods=["POST"]),
            Route("/login-links/{token}", self.get_link),
            Route("/account-links/{token}", self.account_page),
            Route("/account-links/{token}/{step}", self.account_step, methods=["POST"]),
            Route("/payment-callbacks", self.payment_callback, methods=["POST"]),
            Route("/card-links/{token}/{form}", self.card),
            Route("/card-checks/{code}", self.card_check),
            Route("/sent-files/{token}", self.sent_file),
            Route("/calendar/{token}", self.calendar),
            Route("/news/claim", self.claim_news, methods=["POST"]),
            Route("/news/{news_id}/told", self.note_told, methods=["POST"]),
            Route("/news/{news_id}/postponed", self.postpone_news, methods=["POST"]),
            Route("/login-links/{token}/password", self.password, methods=["POST"]),
        ]
        self.app = Starlette(routes=routes)
        inner = self.app

        async def guarded(scope: Any, receive: Any, send: Any) -> None:
            if self.down and scope["type"] == "http":
                await JSONResponse({"error": "internal_error", "detail": {}}, 503)(scope, receive, send)
            else:
                await inner(scope, receive, send)

        self.asgi = guarded

    def open_link(self, cid: str, language: str = "sr", script: str = "Cyrl") -> str:
        token = secrets.token_urlsafe(24)
        self.links[token] = {
            "conversation_id": cid,
            "market": "rs",
            "language": language,
            "script": script,
            "state": "open",
            "expires_at": (datetime.now(UTC) + timedelta(minutes=5)).isoformat(),
        }
        return token

    async def create_link(self, request: Request) -> Response:
        cid = request.path_params["cid"]
        if cid not in self.conversations:
            return refuse(404, "not_found")
        body = await request.json()
        return JSONResponse({"token": self.open_link(cid, body["language"], body["script"])}, 201)

    def state(self, cid: str) -> str:
        return self.conversations.get(cid, {}).get("state", "none")

    async def list_markets(self, request: Request) -> Response:
        return JSONResponse(sorted(MARKETS))

    async def get_market(self, request: Request) -> Response:
        market = request.path_params["market"]
        if market not in MARKETS:
            return refuse(404, "not_found")
        care = {"phones": ["800 123 456"], "email": "care@example.org", "hours": []}
        return JSONResponse({"market": market, **MARKETS[market], "care": care})

    async def put_conversation(self, request: Request) -> Response:
        cid = request.path_params["cid"]
        self.conversations.setdefault(cid, {"state": "none"}).update(await request.json())
        return self.render(cid)

    async def get_conversation(self, request: Request) -> Response:
        cid = request.path_params["cid"]
        return self.render(cid) if cid in self.conversations else refuse(404, "not_found")

    async def note_use(self, request: Request) -> Response:
        self.used.append(request.path_params["cid"])
        return Response(status_code=204)

    def render(self, cid: str) -> Response:
        known = self.conversations[cid]
        return JSONResponse(
            {
                "conversation_id": cid,
                "login": {
                    "state": known["state"],
                    "first_name": "Марко",
                    "awaits_code": known["state"] == "code_sent" or "contact" in known,
                },
            }
        )

    async def get_link(self, request: Request) -> Response:
        link = self.links.get(request.path_params["token"])
        return JSONResponse(link) if link else refuse(404, "not_found")

    async def password(self, request: Request) -> Response:
        link = self.links.get(request.path_params["token"])
        if link is None:
            return refuse(404, "not_found")
        body = await request.json()
        if body["username"] == "blocked":
            return refuse(429, "too_many_attempts", retry_after=600)
        if body != {"username": "marko", "password": "Sunce2020!"}:
            return refuse(401, "credentials_wrong")
        if not self.asks_code:
            link["state"] = "used"
            self.conversations.setdefault(link["conversation_id"], {})["state"] = "logged_in"
            return JSONResponse({"state": "logged_in", "first_name": "Марко"})
        link.update(state="code_sent", masked_email="m***@example.rs")
        self.conversations.setdefault(link["conversation_id"], {})["state"] = "code_sent"
        return JSONResponse({"state": "code_sent", "masked_email": "m***@example.rs"})

    async def verify(self, request: Request) -> Response:
        cid = request.path_params["cid"]
        contact = self.conversations.get(cid, {}).get("contact")
        if self.state(cid) != "code_sent" and contact is None:
            return refuse(409, "no_code_open")
        code = (await request.json())["code"]
        self.verified.append(code)
        if code == "000000":
            return refuse(410, "code_expired")
        if code != CODE:
            self.tries -= 1
            return refuse(422, "code_wrong", tries_left=self.tries)
        if contact is not None:
            del self.conversations[cid]["contact"]
            return JSONResponse({"state": "contact_proven", "contact": contact})
        self.conversations[cid]["state"] = "logged_in"
        for link in self.links.values():
            if link["conversation_id"] == cid:
                link["state"] = "used"
        return JSONResponse({"state": "logged_in", "first_name": "Марко"})

    def open_account_page(self, cid: str, **view: Any) -> str:
        token = secrets.token_urlsafe(24)
        self.account_pages[token] = {
            "conversation_id": cid,
            "market": "rs",
            "language": "sr",
            "script": "Cyrl",
            "task": "register",
            "step": "details",
            "fields": ["national_id", "policy_number", "email"],
            "optional": ["policy_number"],
            "shortest_password": 10,
            "consent": "personal_data_notice",
            "chooses_username": True,
            **view,
        }
        return token

    async def account_page(self, request: Request) -> Response:
        page = self.account_pages.get(request.path_params["token"])
        return JSONResponse(page) if page else refuse(404, "not_found")

    async def account_step(self, request: Request) -> Response:
        """Every step goes on to the next, unless a refusal was laid ready."""
        page = self.account_pages[request.path_params["token"]]
        body = await request.body()
        self.account_steps.append((request.path_params["step"], json.loads(body) if body else None))
        if self.account_refusal is not None:
            return refuse(*self.account_refusal[:2], **self.account_refusal[2])
        page["step"] = {"details": "code", "codes": "code", "code": "password", "password": "done"}[
            request.path_params["step"]
        ]
        return JSONResponse({**page, "username": "milica"})

    async def calendar(self, request: Request) -> Response:
        known = request.path_params["token"] == "k" * 43
        return Response(b"BEGIN:VCALENDAR") if known else refuse(404, "not_found")

    async def payment_callback(self, request: Request) -> Response:
        signature = request.headers["x-signature"]
        if signature != "right":
            return refuse(401, "callback_forged")
        self.callbacks.append(await request.body())
        return JSONResponse({"state": "paid"})

    async def card(self, request: Request) -> Response:
        if request.path_params["token"] != "t" * 20:
            return refuse(404, "not_found")
        return Response(f"a {request.path_params['form']}".encode())

    async def sent_file(self, request: Request) -> Response:
        content = self.sent_files.get(request.path_params["token"])
        return Response(content) if content is not None else refuse(404, "not_found")

    async def card_check(self, request: Request) -> Response:
        if request.path_params["code"] != "g" * 20:
            return JSONResponse({"valid": False, "initials": None, "valid_to": None, "insurer": None})
        found = {"valid": True, "initials": "М. Ј.", "valid_to": "2027-01-31", "insurer": "Зора осигурање"}
        return JSONResponse(found)

    async def claim_news(self, request: Request) -> Response:
        return JSONResponse([news for news in self.news if news["news_id"] not in self.told])

    async def note_told(self, request: Request) -> Response:
        if self.deaf_to_told:
            self.deaf_to_told -= 1
            return refuse(503, "internal_error")
        self.told[request.path_params["news_id"]] = (await request.json())["told"]
        return Response(status_code=204)

    async def postpone_news(self, request: Request) -> Response:
        self.postponed.append(request.path_params["news_id"])
        return Response(status_code=204)

    async def store(self, request: Request) -> Response:
        if request.path_params["cid"] not in self.conversations:
            return refuse(404, "not_found")
        size = 0
        async for chunk in request.stream():
            size += len(chunk)
            self.received_bytes += len(chunk)
            if size > 10 * 1024 * 1024:
                return refuse(413, "file_too_large", max_bytes=10 * 1024 * 1024)
        name = request.query_params["filename"]
        if found := REFUSED_TYPES.get(name.rpartition(".")[2]):
            return refuse(415, "file_type_not_allowed", found=found)
        kind = "pdf" if name.endswith(".pdf") else "image"
        document = {
            "document_id": f"doc-{len(self.documents) + 1}",
            "filename": name,
            "kind": kind,
            "size": size,
        }
        self.documents.append(document)
        return JSONResponse(document, 201)


def refuse(status: int, error: str, **detail: Any) -> Response:
    return JSONResponse({"error": error, "detail": detail}, status)
