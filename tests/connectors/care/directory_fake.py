"""The backend's staff directory as the desk sees it: speaks docs/interfaces.md over HTTP and remembers calls."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.connectors.gateway_fakes import FakeBackend

PASSWORD = "tri-nevesele-kruske"


def refuse(status: int, error: str, **detail: Any) -> Response:
    return JSONResponse({"error": error, "detail": detail}, status)


class FakeDirectory(FakeBackend):
    """A backend with a directory; `add` puts somebody into it, `log_in` gives a token as the log-in would."""

    def __init__(self) -> None:
        super().__init__()
        self.members: dict[str, dict[str, Any]] = {}
        self.secrets: dict[str, str] = {}
        self.passwords: dict[str, str] = {}
        self.tickets: dict[str, str] = {}
        self.tokens: dict[str, str] = {}
        self.invitations: dict[str, str] = {}
        self.subjects: dict[str, str] = {}
        self.used_codes: set[tuple[str, str]] = set()
        self.addresses: list[str] = []
        self.loud_reads = 0
        self.quiet_reads = 0
        self.tries = 5
        self.refuse_next: tuple[int, str, dict[str, Any]] | None = None
        self.app.router.routes.extend(
            [
                Route("/staff/logins", self.begin, methods=["POST"]),
                Route("/staff/logins/totp", self.code, methods=["POST"]),
                Route("/staff/oidc-logins", self.oidc, methods=["POST"]),
                Route("/staff/session", self.session, methods=["GET", "DELETE"]),
                Route("/staff/invitations/{token}", self.invitation, methods=["GET", "POST"]),
                Route("/staff/members", self.directory, methods=["GET", "POST"]),
                Route("/staff/members/{id}", self.change, methods=["PATCH"]),
                Route("/staff/members/{id}/invitation", self.reset, methods=["POST"]),
            ]
        )

    def add(self, username: str, role: str = "agent", **values: Any) -> dict[str, Any]:
        """Somebody who has a password and a phone with their secret."""
        member = {
            "staff_id": secrets.token_hex(16),
            "username": username,
            "name": username.title(),
            "role": role,
            "languages": [] if role == "administrator" else ["it"],
            "markets": [] if role == "administrator" else ["it"],
            "limit": 4,
            "disabled": False,
            "has_totp": True,
            "has_password": True,
            **values,
        }
        self.members[member["staff_id"]] = member
        self.passwords[member["staff_id"]] = PASSWORD
        self.secrets[member["staff_id"]] = pyotp.random_base32()
        return member

    def log_in(self, member: dict[str, Any]) -> str:
        token = secrets.token_urlsafe(32)
        self.tokens[token] = member["staff_id"]
        return token

    def code_of(self, member: dict[str, Any]) -> str:
        return pyotp.TOTP(self.secrets[member["staff_id"]]).now()

    def _named(self, username: str) -> dict[str, Any] | None:
        return next((one for one in self.members.values() if one["username"] == username), None)

    def _asking(self, request: Request) -> dict[str, Any] | None:
        assert request.headers["authorization"] == "Bearer demo-connectors-token"
        member = self.members.get(self.tokens.get(request.headers.get("x-staff-token", ""), ""))
        return None if member is None or member["disabled"] else member

    def _started(self, member: dict[str, Any]) -> Response:
        expires = (datetime.now(UTC) + timedelta(hours=8)).isoformat()
        return JSONResponse({"token": self.log_in(member), "expires_at": expires, "member": member})

    async def begin(self, request: Request) -> Response:
        body = await request.json()
        self.addresses.append(body["address"])
        if body["username"] == "blocked":
            return refuse(429, "too_many_attempts", retry_after=540)
        member = self._named(body["username"])
        if member is None or member["disabled"] or self.passwords.get(member["staff_id"]) != body["password"]:
            return refuse(401, "credentials_wrong")
        ticket = secrets.token_urlsafe(32)
        self.tickets[ticket] = member["staff_id"]
        if member["has_totp"]:
            return JSONResponse({"ticket": ticket, "step": "totp"})
        secret = self.secrets[member["staff_id"]]
        uri = pyotp.TOTP(secret).provisioning_uri(name=member["username"], issuer_name="CARE")
        return JSONResponse({"ticket": ticket, "step": "enrol", "otpauth_uri": uri, "secret": secret})

    async def code(self, request: Request) -> Response:
        body = await request.json()
        staff_id = self.tickets.get(body["ticket"])
        if staff_id is None:
            return refuse(404, "not_found")
        used = (staff_id, body["code"])
        if not pyotp.TOTP(self.secrets[staff_id]).verify(body["code"], valid_window=1) or (
            used in self.used_codes
        ):
            self.tries -= 1
            if self.tries == 0:
                del self.tickets[body["ticket"]]
            return refuse(422, "code_wrong", tries_left=self.tries)
        self.used_codes.add(used)
        del self.tickets[body["ticket"]]
        self.members[staff_id]["has_totp"] = True
        return self._started(self.members[staff_id])

    async def oidc(self, request: Request) -> Response:
        body = await request.json()
        member = self._named(body["username"])
        if member is None or member["disabled"]:
            return refuse(401, "credentials_wrong")
        if self.subjects.setdefault(member["staff_id"], body["subject"]) != body["subject"]:
            return refuse(401, "credentials_wrong")
        return self._started(member)

    async def session(self, request: Request) -> Response:
        member = self._asking(request)
        if member is None:
            return refuse(401, "staff_login_required")
        if request.method == "DELETE":
            del self.tokens[request.headers["x-staff-token"]]
            return Response(status_code=204)
        if request.query_params.get("quiet") == "1":
            self.quiet_reads += 1
        else:
            self.loud_reads += 1
        until = (datetime.now(UTC) + timedelta(minutes=15)).isoformat()
        return JSONResponse({"member": member, "expires_at": until, "idle_expires_at": until})

    def invite(self, member: dict[str, Any]) -> str:
        token = secrets.token_urlsafe(32)
        self.invitations[token] = member["staff_id"]
        member.update(has_password=False, has_totp=False)
        return token

    async def invitation(self, request: Request) -> Response:
        token = request.path_params["token"]
        member = self.members.get(self.invitations.get(token, ""))
        if member is None:
            return refuse(404, "not_found")
        if request.method == "GET":
            return JSONResponse({"username": member["username"], "name": member["name"], "kind": "invite"})
        password = (await request.json())["password"]
        if password == "passwordpassword":
            return refuse(422, "password_common")
        self.passwords[member["staff_id"]] = password
        member["has_password"] = True
        del self.invitations[token]
        return Response(status_code=204)

    async def directory(self, request: Request) -> Response:
        asking = self._asking(request)
        if asking is None:
            return refuse(401, "staff_login_required")
        if request.method == "GET":
            return JSONResponse(list(self.members.values()))
        if asking["role"] != "administrator":
            return refuse(403, "role_not_allowed")
        body = await request.json()
        if self._named(body["username"]) is not None:
            return refuse(409, "username_taken")
        member = self.add(**body)
        token = self.invite(member)
        return JSONResponse({"member": member, "invitation_url_token": token}, 201)

    async def change(self, request: Request) -> Response:
        asking, member = self._asking(request), self.members.get(request.path_params["id"])
        if asking is None:
            return refuse(401, "staff_login_required")
        if asking["role"] != "administrator":
            return refuse(403, "role_not_allowed")
        if member is None:
            return refuse(404, "not_found")
        if self.refuse_next is not None:
            status, error, detail = self.refuse_next
            return refuse(status, error, **detail)
        if member is asking:
            return refuse(409, "own_account")
        member.update(await request.json())
        return JSONResponse(member)

    async def reset(self, request: Request) -> Response:
        asking, member = self._asking(request), self.members.get(request.path_params["id"])
        if asking is None or asking["role"] != "administrator":
            return refuse(403, "role_not_allowed")
        if member is None:
            return refuse(404, "not_found")
        if member is asking:
            return refuse(409, "own_account")
        return JSONResponse({"member": member, "invitation_url_token": self.invite(member)}, 201)
