"""The only door to the backend: markets, conversations, log-in links, codes, documents.

Exceptions:
    BackendUnavailable      no answer, or a broken one; nothing is known about what happened
    BackendRefused          a fact the backend states: `status`, `error`, `detail` (docs/interfaces.md)
"""

import time
from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Any

import httpx
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

MARKET_LIFE_SECONDS = 300


class BackendUnavailable(Exception):
    """No answer that can be used; `reason` is a fact for the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class BackendRefused(Exception):
    """The backend said no, and why."""

    def __init__(self, status: int, error: str, detail: dict[str, Any]) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.detail = detail


class CareDesk(BaseModel):
    model_config = ConfigDict(extra="ignore")

    phones: list[str] = []
    email: str | None = None
    hours: list[dict[str, Any]] = []


class Market(BaseModel):
    """What the gateway needs of a market's pack."""

    model_config = ConfigDict(extra="ignore")

    market: str
    languages: list[str]
    timezone: str
    insurer_name: str
    care: CareDesk = CareDesk()
    emergency: list[dict[str, Any]] = []
    files: dict[str, Any] = {}


class Login(BaseModel):
    model_config = ConfigDict(extra="ignore")

    state: str
    first_name: str | None = None
    masked_email: str | None = None
    code_expires_at: datetime | None = None
    # A code typed in the chat is looked at: of a log-in, or of a new e-mail or mobile number.
    awaits_code: bool = False
    # What a code proved, where it was no log-in's.
    contact: str | None = None


class LoginLink(BaseModel):
    model_config = ConfigDict(extra="ignore")

    conversation_id: str
    market: str
    language: str
    script: str = "Latn"
    state: str
    masked_email: str | None = None
    code_expires_at: datetime | None = None
    expires_at: datetime


class AccountPage(BaseModel):
    """What the secure page of an account's task shows now (docs/interfaces.md)."""

    model_config = ConfigDict(extra="ignore")

    conversation_id: str
    market: str
    language: str
    script: str = "Latn"
    task: str
    step: str
    fields: list[str] = []
    optional: list[str] = []
    shortest_password: int = 10
    consent: str | None = None
    chooses_username: bool = False
    username: str | None = None
    masked_email: str | None = None


class CardCheck(BaseModel):
    model_config = ConfigDict(extra="ignore")

    valid: bool
    initials: str | None = None
    valid_to: date | None = None
    insurer: str | None = None


class News(BaseModel):
    """Something to be told: the text `news_<kind>`, and the wish behind the button below it."""

    model_config = ConfigDict(extra="ignore")

    news_id: str
    conversation_id: str
    kind: str
    variables: dict[str, str] = {}
    opens: dict[str, Any] | None = None


_NEWS = TypeAdapter(list[News])


class BackendClient:
    """Speaks to the backend as "connectors"; `transport` lets tests put an app in its place."""

    def __init__(
        self, url: str, token: str, timeout: float = 5, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._http = httpx.AsyncClient(
            base_url=url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=httpx.Timeout(timeout, connect=2),
            transport=transport,
            trust_env=False,
        )
        self._markets: dict[str, tuple[float, Market]] = {}

    async def list_markets(self) -> list[str]:
        response = await self._call("GET", "/markets")
        return [str(market) for market in response.json()]

    async def get_market(self, market: str) -> Market:
        """The pack, remembered for some minutes; raises BackendRefused (404) for an unknown one."""
        known = self._markets.get(market)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        try:
            response = await self._call("GET", f"/markets/{market}")
        except BackendUnavailable:
            # A time zone does not change while the backend restarts.
            if known is not None:
                return known[1]
            raise
        found = self._read(Market, response)
        self._markets[market] = (time.monotonic() + MARKET_LIFE_SECONDS, found)
        return found

    async def put_conversation(self, conversation_id: str, market: str, channel: str, language: str) -> None:
        body = {"market": market, "channel": channel, "language": language}
        await self._call("PUT", f"/conversations/{conversation_id}", json=body)

    async def get_login(self, conversation_id: str) -> Login:
        response = await self._call("GET", f"/conversations/{conversation_id}")
        try:
            return Login.model_validate(response.json()["login"])
        except (KeyError, ValueError, TypeError) as error:
            raise BackendUnavailable("answer_malformed") from error

    async def note_use(self, conversation_id: str) -> None:
        """The customer is there, though no action asks for them: a log-in that holds does not idle."""
        await self._call("PUT", f"/conversations/{conversation_id}/login/used")

    async def create_login_link(self, conversation_id: str, language: str, script: str) -> str:
        """The token of a new secure page; an older open one of the conversation dies."""
        body = {"language": language, "script": script}
        response = await self._call("POST", f"/conversations/{conversation_id}/login-links", json=body)
        try:
            return str(response.json()["token"])
        except (KeyError, ValueError, TypeError) as error:
            raise BackendUnavailable("answer_malformed") from error

    async def get_login_link(self, token: str) -> LoginLink:
        """Reading consumes nothing; raises BackendRefused (404) when unknown or expired."""
        return self._read(LoginLink, await self._call("GET", f"/login-links/{token}"))

    async def give_password(self, token: str, username: str, password: str) -> Login:
        body = {"username": username, "password": password}
        return self._read(Login, await self._call("POST", f"/login-links/{token}/password", json=body))

    async def verify_code(self, conversation_id: str, code: str) -> Login:
        path = f"/conversations/{conversation_id}/codes/verify"
        return self._read(Login, await self._call("POST", path, json={"code": code}))

    async def get_account_page(self, token: str) -> AccountPage:
        """Reading consumes nothing; raises BackendRefused (404) when unknown or expired."""
        return self._read(AccountPage, await self._call("GET", f"/account-links/{token}"))

    async def give_details(self, token: str, values: dict[str, str], consent: bool) -> AccountPage:
        body = {"values": values, "consent": consent}
        return self._read(AccountPage, await self._call("POST", f"/account-links/{token}/details", json=body))

    async def send_account_code(self, token: str) -> AccountPage:
        return self._read(AccountPage, await self._call("POST", f"/account-links/{token}/codes"))

    async def prove_account_code(self, token: str, code: str) -> AccountPage:
        path = f"/account-links/{token}/code"
        return self._read(AccountPage, await self._call("POST", path, json={"code": code}))

    async def set_password(self, token: str, password: str, username: str, old_password: str) -> str:
        """The last step; tells the user name."""
        body = {"password": password, "username": username, "old_password": old_password}
        response = await self._call("POST", f"/account-links/{token}/password", json=body)
        try:
            return str(response.json()["username"])
        except (KeyError, ValueError, TypeError) as error:
            raise BackendUnavailable("answer_malformed") from error

    async def store_document(
        self, conversation_id: str, filename: str, media_type: str, content: AsyncIterator[bytes]
    ) -> dict[str, Any]:
        """Pass a file through as it arrives; returns the backend's Document."""
        response = await self._call(
            "POST",
            f"/conversations/{conversation_id}/documents",
            params={"filename": filename},
            content=content,
            headers={"Content-Type": media_type},
            # A phone on a slow line sends for minutes, and the file is examined afterwards.
            timeout=httpx.Timeout(60, connect=2),
        )
        try:
            document: dict[str, Any] = response.json()
            return {"document_id": str(document["document_id"]), **document}
        except (KeyError, ValueError, TypeError) as error:
            raise BackendUnavailable("answer_malformed") from error

    async def claim_news(self) -> list[News]:
        """What is to be told now; what is not noted as told comes again."""
        response = await self._call("POST", "/news/claim")
        try:
            return _NEWS.validate_json(response.content)
        except ValidationError:
            raise BackendUnavailable("answer_malformed") from None

    async def note_told(self, news_id: str, told: bool) -> None:
        await self._call("POST", f"/news/{news_id}/told", json={"told": told})

    async def postpone_news(self, news_id: str) -> None:
        """Not now; it comes again a little later."""
        await self._call("POST", f"/news/{news_id}/postponed")

    async def fetch_card(self, token: str, form: str) -> bytes:
        """A card's picture or PDF; raises BackendRefused (404) when it may not be shown any more."""
        return (await self._call("GET", f"/card-links/{token}/{form}")).content

    async def fetch_sent_file(self, token: str) -> bytes:
        """A file that an agent sent; raises BackendRefused (404) when its link is not good any more."""
        return (await self._call("GET", f"/sent-files/{token}")).content

    async def check_card(self, code: str) -> CardCheck:
        """What a card's code is worth now."""
        return self._read(CardCheck, await self._call("GET", f"/card-checks/{code}"))

    async def pass_payment_callback(self, body: bytes, signature: str) -> None:
        """The provider's word on a payment, byte for byte; raises BackendRefused."""
        await self._call("POST", "/payment-callbacks", content=body, headers={"X-Signature": signature})

    async def get_calendar(self, token: str) -> bytes:
        """An event as a calendar file; raises BackendRefused (404)."""
        return (await self._call("GET", f"/calendar/{token}")).content

    async def close(self) -> None:
        await self._http.aclose()

    async def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Any call, for clients of parts of the backend that live elsewhere; raises as the named calls do."""
        return await self._call(method, path, **options)

    async def _call(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            response = await self._http.request(method, path, **options)
        except httpx.HTTPError as error:
            raise BackendUnavailable(type(error).__name__) from error
        if response.status_code < 400:
            return response
        try:
            body = response.json()
            error_name, detail = str(body["error"]), dict(body.get("detail") or {})
        except (KeyError, ValueError, TypeError):
            raise BackendUnavailable(f"status_{response.status_code}") from None
        # Not having a valid service token is our failure, never the customer's.
        if response.status_code >= 500 or error_name in {"service_token_wrong", "forbidden"}:
            raise BackendUnavailable(error_name)
        raise BackendRefused(response.status_code, error_name, detail)

    def _read[M: BaseModel](self, model: type[M], response: httpx.Response) -> M:
        try:
            return model.model_validate_json(response.content)
        except ValidationError:
            # Without the cause: it would carry the answer's values into a log.
            raise BackendUnavailable("answer_malformed") from None
