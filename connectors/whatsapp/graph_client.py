"""The only door to Meta's Graph API: send a message, mark as read, put files up and get them.

Exceptions:
    GraphUnavailable        no answer, or a broken one; `maybe_taken` when Meta may have taken the message
    GraphRefused            an error of the API; decide by `code` (developers.facebook.com, "Error codes")
"""

import contextlib
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import structlog

from connectors.settings import WhatsAppAccount

log = structlog.get_logger()
Json = dict[str, Any]
# Where Meta's links to files point, beside the API's own address.
FILE_HOSTS = (".fbsbx.com", ".whatsapp.net", ".fbcdn.net")
META = "graph.facebook.com"
API_VERSION = "v25.0"
WRONG_TOKEN = frozenset({0, 3, 10, 190, *range(200, 300)})


class GraphUnavailable(Exception):
    """Nothing is known about what happened, unless `maybe_taken` is False: then nothing happened."""

    def __init__(self, reason: str, maybe_taken: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.maybe_taken = maybe_taken


class GraphRefused(Exception):
    """Meta said no."""

    def __init__(self, status: int, code: int, retry_after: float | None = None) -> None:
        super().__init__(f"{status}/{code}")
        self.status = status
        self.code = code
        self.retry_after = retry_after

    @property
    def token_wrong(self) -> bool:
        """Our access token is not valid or may not do this: a person must look at it."""
        return self.code in WRONG_TOKEN


class FileGone(Exception):
    """Meta does not have the file any more, or never had it."""


class GraphClient:
    """Speaks for one account; `transport` lets tests put an app in Meta's place."""

    def __init__(
        self,
        account: WhatsAppAccount,
        url: str,
        transport: httpx.AsyncBaseTransport | None = None,
        timeout: float = 10,
    ) -> None:
        self.account = account
        self._url = f"{url}/{API_VERSION}"
        self._http = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {account.access_token.get_secret_value()}"},
            timeout=httpx.Timeout(timeout, connect=5),
            transport=transport,
            trust_env=False,
        )

    async def send(self, message: Json) -> str:
        """Send a message; returns WhatsApp's id of it."""
        answer = await self._call("POST", f"{self.account.phone_number_id}/messages", json=message)
        try:
            return str(answer["messages"][0]["id"])
        except (KeyError, IndexError, TypeError):
            raise GraphUnavailable("answer_malformed", maybe_taken=True) from None

    async def show_typing(self, message_id: str) -> None:
        """Two blue ticks at the customer's message, and that we are writing."""
        await self._call(
            "POST",
            f"{self.account.phone_number_id}/messages",
            json={
                "messaging_product": "whatsapp",
                "status": "read",
                "message_id": message_id,
                "typing_indicator": {"type": "text"},
            },
        )

    async def upload(self, filename: str, media_type: str, content: bytes) -> str:
        """Put a file up; returns its id, valid for 30 days."""
        answer = await self._call(
            "POST",
            f"{self.account.phone_number_id}/media",
            data={"messaging_product": "whatsapp", "type": media_type},
            files={"file": (filename, content, media_type)},
        )
        return str(answer.get("id", ""))

    async def look_up_number(self) -> Json:
        """What Meta shows of the business number; whoever sets the account up sees that the token is right."""
        fields = "verified_name,display_phone_number,quality_rating"
        return await self._call("GET", self.account.phone_number_id, params={"fields": fields})

    async def look_up_webhook(self) -> Json:
        """`{webhook_configuration: {phone_number?, whatsapp_business_account?, application?}}`, addresses."""
        return await self._call(
            "GET", self.account.phone_number_id, params={"fields": "webhook_configuration"}
        )

    async def set_webhook(self, url: str) -> None:
        """Have this number's messages posted to the address; Meta asks there for the verify token at once."""
        override = {
            "override_callback_uri": url,
            "verify_token": self.account.verify_token.get_secret_value(),
        }
        await self._call("POST", self.account.phone_number_id, json={"webhook_configuration": override})

    @contextlib.asynccontextmanager
    async def open_file(self, media_id: str) -> AsyncIterator[AsyncIterator[bytes]]:
        """A customer's file as it arrives. A link lives five minutes: an expired one is asked for anew.

        Raises FileGone besides GraphUnavailable and GraphRefused.
        """
        async with contextlib.AsyncExitStack() as stack:
            response = await self._get_file(stack, media_id)
            if response.status_code in {401, 403, 404, 410}:
                response = await self._get_file(stack, media_id)
            if response.status_code in {404, 410}:
                raise FileGone
            if response.status_code != 200:
                raise GraphUnavailable(f"file_status_{response.status_code}")
            yield _chunks(response)

    async def _get_file(self, stack: contextlib.AsyncExitStack, media_id: str) -> httpx.Response:
        try:
            found = await self._call(
                "GET", media_id, params={"phone_number_id": self.account.phone_number_id}
            )
        except GraphRefused as refused:
            # Of an id that does not exist or belongs to somebody else.
            if refused.code in {100, 131052}:
                raise FileGone from None
            raise
        url = str(found.get("url", ""))
        if not self._is_vendors(url):
            # The bearer token is the key to the account: no stranger gets it.
            log.error("whatsapp_file_elsewhere", account=self.account.name, host=urlsplit(url).hostname)
            raise FileGone
        request = self._http.build_request("GET", url, timeout=httpx.Timeout(30, connect=5))
        try:
            response = await self._http.send(request, stream=True, follow_redirects=False)
        except httpx.HTTPError as error:
            raise GraphUnavailable(type(error).__name__) from error
        stack.push_async_callback(response.aclose)
        return response

    def _is_vendors(self, url: str) -> bool:
        own, given = urlsplit(self._url), urlsplit(url)
        if (given.scheme, given.netloc) == (own.scheme, own.netloc):
            return True
        host = given.hostname or ""
        return own.hostname == META and given.scheme == "https" and host.endswith(FILE_HOSTS)

    async def close(self) -> None:
        await self._http.aclose()

    async def _call(self, method: str, path: str, **options: Any) -> Json:
        try:
            response = await self._http.request(method, f"{self._url}/{path}", **options)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise GraphUnavailable(type(error).__name__) from error
        except httpx.HTTPError as error:
            raise GraphUnavailable(type(error).__name__, maybe_taken=True) from error
        try:
            answer = response.json()
        except ValueError:
            answer = None
        if response.status_code < 300 and isinstance(answer, dict):
            return answer
        fault = answer.get("error") if isinstance(answer, dict) else None
        if isinstance(fault, dict) and isinstance(fault.get("code"), int):
            refused = GraphRefused(response.status_code, fault["code"], _retry_after(response))
            if refused.token_wrong:
                log.error("whatsapp_token_refused", account=self.account.name, code=refused.code)
            raise refused
        raise GraphUnavailable(f"status_{response.status_code}", maybe_taken=response.status_code >= 500)


async def _chunks(response: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for chunk in response.aiter_bytes():
            yield chunk
    except httpx.HTTPError as error:
        raise GraphUnavailable(type(error).__name__) from error


def _retry_after(response: httpx.Response) -> float | None:
    value = response.headers.get("retry-after", "")
    return float(value) if value.isascii() and value.isdecimal() else None
