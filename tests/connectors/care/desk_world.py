"""The gateway with its desk, a fake directory behind it, and browsers in front."""

import re
from typing import Any

import httpx

from connectors.app import create_app
from connectors.care.csrf import csrf_of
from connectors.settings import Settings
from tests.connectors.care.directory_fake import FakeDirectory
from tests.connectors.gateway_fakes import FakeRasa

HOST = "https://desk.test"


class Desk:
    """The gateway under test; `browser()` opens a fresh one, `at_desk(member)` one that is logged in."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.rasa = FakeRasa()
        self.backend = FakeDirectory()
        self.app = create_app(
            settings,
            rasa_transport=httpx.ASGITransport(self.rasa.app),
            backend_transport=httpx.ASGITransport(self.backend.asgi),
        )

    def browser(self) -> "Browser":
        return Browser(self.app)

    def at_desk(self, role: str = "agent", username: str | None = None, **values: Any) -> "Browser":
        """Somebody of that role, new in the directory and logged in."""
        member = self.backend.add(username or role, role, **values)
        browser = self.browser()
        browser.member = member
        browser.http.cookies.set("__Host-care", self.backend.log_in(member), domain="desk.test")
        return browser


class Browser:
    """One browser: cookies, forms with the proof of the page they stand on."""

    def __init__(self, app: Any) -> None:
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url=HOST
        )
        self.member: dict[str, Any] = {}

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.http.get(path, headers=_named(headers))

    def proof(self) -> str:
        """What the pages of whoever is logged in carry."""
        return csrf_of(str(self.http.cookies["__Host-care"]))

    async def csrf(self, page: str = "/care/login") -> str:
        found = re.search(r'name="csrf" (?:value|content)="([0-9a-f]{64})"', (await self.get(page)).text)
        assert found is not None, page
        return found.group(1)

    async def send(self, path: str, page: str | None = None, **fields: Any) -> httpx.Response:
        """A form as the page `page` has it; without one as any page of whoever is logged in has it."""
        proof = await self.csrf(page) if page else self.proof()
        return await self.http.post(path, data={"csrf": proof, **fields})


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
