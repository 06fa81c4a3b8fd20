"""The backend's staff directory as the desk sees it: members by the token of their log-in; remembers who asked what."""

from dataclasses import dataclass, field
from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.care.csrf import csrf_of
from tests.connectors.gateway_fakes import FakeBackend, refuse

FOREVER = "2099-01-01T00:00:00Z"


@dataclass
class Colleague:
    """A browser of somebody who is logged in at the desk."""

    http: httpx.AsyncClient
    token: str
    staff_id: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Cookie": f"__Host-care={self.token}", "Accept-Language": "it"}

    async def get(self, path: str, **options: Any) -> httpx.Response:
        return await self.http.get(f"/care{path}", headers=self.headers, **options)

    async def post(self, path: str, **options: Any) -> httpx.Response:
        headers = {**self.headers, "X-CSRF-Token": csrf_of(self.token), "HX-Request": "true"}
        return await self.http.post(f"/care{path}", headers=headers, **options)


@dataclass
class FakeStaff:
    """Answers `/staff/session` on the fake backend."""

    backend: FakeBackend
    members: dict[str, dict[str, Any]] = field(default_factory=dict)
    # Whose log-in was read, and whether quietly.
    asked: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.backend.app.router.routes.append(
            Route("/staff/session", self.session, methods=["GET", "DELETE"])
        )
        self.backend.app.router.routes.append(Route("/staff/members", self.list_members))

    def log_in(self, http: httpx.AsyncClient, role: str, **values: Any) -> Colleague:
        """Somebody of the role, of the Italian market and language unless said otherwise."""
        staff_id = f"{role}-{len(self.members) + 1}"
        member = {
            "staff_id": staff_id,
            "username": staff_id,
            "name": f"Ana {staff_id}",
            "role": role,
            "languages": ["it"],
            "markets": ["it"],
            "limit": 4,
            "disabled": False,
            **values,
        }
        token = f"token-of-{staff_id}-{'x' * 24}"
        self.members[token] = member
        return Colleague(http, token, staff_id)

    async def session(self, request: Request) -> Response:
        member = self.members.get(request.headers.get("x-staff-token", ""))
        if member is None:
            return refuse(401, "staff_login_required")
        if request.method == "DELETE":
            del self.members[request.headers["x-staff-token"]]
            return Response(status_code=204)
        self.asked.append((member["staff_id"], "quiet" if request.query_params.get("quiet") else ""))
        return JSONResponse({"member": member, "expires_at": FOREVER, "idle_expires_at": FOREVER})

    async def list_members(self, request: Request) -> Response:
        return JSONResponse(list(self.members.values()))
