"""The desk's calls of the backend: staff directory, log-in, and a customer's data as an agent may see them.

One method a call, one instance for one log-in; every call carries its token, and the backend decides and audits.
Raises BackendRefused (a fact: `status`, `error`, `detail`) and BackendUnavailable, as the gateway's own client does.
"""

from datetime import datetime
from typing import Any, Literal

import httpx
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from connectors.care.permissions import Role
from connectors.core.backend_client import BackendClient, BackendUnavailable

TOKEN_HEADER = "X-Staff-Token"  # noqa: S105


class _Told(BaseModel):
    model_config = ConfigDict(extra="ignore")


class Member(_Told):
    """A row of the directory. Colleagues' rows may leave out what concerns administrators only."""

    staff_id: str
    username: str = ""
    name: str
    role: Role
    languages: list[str] = []
    markets: list[str] = []
    limit: int = 1
    disabled: bool = False
    has_totp: bool = False
    has_password: bool = False


class LoginStep(_Told):
    """The password was right; `otpauth_uri` and `secret` only where the one-time password is to be set up."""

    ticket: str
    step: Literal["totp", "enrol"]
    otpauth_uri: str | None = None
    secret: str | None = None


class StaffLogin(_Told):
    token: str
    expires_at: datetime
    member: Member


class StaffSession(_Told):
    member: Member
    expires_at: datetime
    idle_expires_at: datetime


class Invitation(_Told):
    username: str
    name: str
    kind: Literal["invite", "reset"]


class Invited(_Told):
    """A member, and the token of the one-time link that lets them choose a password."""

    member: Member
    invitation_url_token: str


class File(BaseModel):
    """A customer's document; `content` has been examined, and re-made where it is an image."""

    media_type: str
    content: bytes


class SentFile(_Told):
    """A file on its way to a customer; whoever has the token can fetch it."""

    filename: str
    kind: Literal["image", "pdf"]
    media_type: str
    size: int
    token: str


_MEMBERS = TypeAdapter(list[Member])


class DeskBackend:
    """`token` is empty before the log-in."""

    def __init__(self, client: BackendClient, token: str = "") -> None:
        self._client = client
        self._headers = {TOKEN_HEADER: token} if token else {}

    # Log-in

    async def begin_login(self, username: str, password: str, address: str) -> LoginStep:
        """401 `credentials_wrong`, 429 `too_many_attempts` `{retry_after}`."""
        body = {"username": username, "password": password, "address": address}
        return self._read(LoginStep, await self._call("POST", "/staff/logins", json=body))

    async def give_code(self, ticket: str, code: str) -> StaffLogin:
        """422 `code_wrong` `{tries_left}`, 404 the ticket is gone."""
        body = {"ticket": ticket, "code": code}
        return self._read(StaffLogin, await self._call("POST", "/staff/logins/totp", json=body))

    async def log_in_by_oidc(self, issuer: str, subject: str, username: str) -> StaffLogin:
        """The provider has proven who it is; 401 when nobody in the directory is."""
        body = {"issuer": issuer, "subject": subject, "username": username}
        return self._read(StaffLogin, await self._call("POST", "/staff/oidc-logins", json=body))

    async def read_session(self, *, quiet: bool = False) -> StaffSession:
        """Renews the idle time unless quiet; 401 `staff_login_required`."""
        params = {"quiet": "1"} if quiet else {}
        return self._read(StaffSession, await self._call("GET", "/staff/session", params=params))

    async def log_out(self) -> None:
        await self._call("DELETE", "/staff/session")

    async def get_invitation(self, token: str) -> Invitation:
        """Reading consumes nothing; 404 unknown, used or expired."""
        return self._read(Invitation, await self._call("GET", f"/staff/invitations/{token}"))

    async def accept_invitation(self, token: str, password: str) -> None:
        """422 `password_too_short` / `password_common`; 404."""
        await self._call("POST", f"/staff/invitations/{token}", json={"password": password})

    # The directory

    async def list_members(self) -> list[Member]:
        response = await self._call("GET", "/staff/members")
        try:
            return _MEMBERS.validate_json(response.content)
        except ValidationError:
            raise BackendUnavailable("answer_malformed") from None

    async def add_member(self, values: dict[str, Any]) -> Invited:
        """`values`: username, name, role, languages, markets, limit."""
        return self._read(Invited, await self._call("POST", "/staff/members", json=values))

    async def change_member(self, staff_id: str, values: dict[str, Any]) -> Member:
        """`values`: any of name, role, languages, markets, limit, disabled."""
        return self._read(Member, await self._call("PATCH", f"/staff/members/{staff_id}", json=values))

    async def invite_again(self, staff_id: str) -> Invited:
        """Password and one-time password begin anew."""
        response = await self._call("POST", f"/staff/members/{staff_id}/invitation")
        return self._read(Invited, response)

    # A customer's data, as far as the conversation's log-in proves them

    async def view(self, conversation_id: str, handover: dict[str, Any]) -> dict[str, Any]:
        """`{login, person, policies, drafts, requests, documents, other_conversations}`, masked; audited."""
        path = f"/desk/conversations/{conversation_id}/view"
        return self._json(await self._call("POST", path, json={"handover": handover}))

    async def unmask(
        self, conversation_id: str, handover: dict[str, Any], fields: list[str], reason: str
    ) -> dict[str, Any]:
        """The values by field; audited with the reason."""
        body = {"handover": handover, "fields": fields, "reason": reason}
        path = f"/desk/conversations/{conversation_id}/unmask"
        return self._json(await self._call("POST", path, json=body))

    async def view_file(self, conversation_id: str, handover: dict[str, Any], document_id: str) -> File:
        """Audited; 404."""
        path = f"/desk/conversations/{conversation_id}/documents/{document_id}/view"
        body = {"handover": handover}
        response = await self._call("POST", path, json=body, timeout=httpx.Timeout(30, connect=2))
        kind = response.headers.get("content-type", "application/octet-stream").partition(";")[0]
        return File(media_type=kind, content=response.content)

    async def propose_field(
        self, conversation_id: str, draft_id: str, question: str, value: Any, item: int | None = None
    ) -> dict[str, Any]:
        """`{proposal, drops, grant, expires_at}`: the value holds; 422 and 409 as of an answer. Stores nothing."""
        body: dict[str, Any] = {"value": value}
        if item is not None:
            body["item"] = item
        path = f"/desk/conversations/{conversation_id}/drafts/{draft_id}/answers/{question}/proposals"
        return self._json(await self._call("POST", path, json=body))

    async def fill_field(
        self,
        conversation_id: str,
        draft_id: str,
        question: str,
        value: Any,
        *,
        consent: str,
        key: str,
        grant: str,
        item: int | None = None,
    ) -> dict[str, Any]:
        """The draft afterwards; `consent` is the number of the customer's yes in the transcript, `key` makes it once.

        `grant` is of the agent who proposed it: the customer's yes may come when nobody is at the desk.
        """
        body: dict[str, Any] = {"value": value, "consent": consent, "grant": grant}
        if item is not None:
            body["item"] = item
        path = f"/desk/conversations/{conversation_id}/drafts/{draft_id}/answers/{question}"
        return self._json(await self._call("PUT", path, json=body, headers={"Idempotency-Key": key}))

    async def care_hours(self, market: str) -> dict[str, Any]:
        """`{open, closes_at, opens_at, holiday}`."""
        return self._json(await self._call("GET", f"/markets/{market}/care-hours"))

    async def send_file(
        self, conversation_id: str, handover: dict[str, Any], filename: str, content: bytes, key: str
    ) -> SentFile:
        """A file to the customer, examined like theirs; the same file under the same `key` is sent once. Audited.

        413 `file_too_large`, 415 `file_type_not_allowed`, 422 what is wrong with it, 429 `too_many_files`.
        """
        response = await self._call(
            "POST",
            f"/desk/conversations/{conversation_id}/files",
            params={
                "filename": filename,
                "handover_id": handover["id"],
                "requested_at": handover["requested_at"],
            },
            content=content,
            headers={"Idempotency-Key": key, "Content-Type": "application/octet-stream"},
            timeout=httpx.Timeout(60, connect=2),
        )
        return self._read(SentFile, response)

    async def _call(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {**self._headers, **options.pop("headers", {})}
        return await self._client.call(method, path, headers=headers, **options)

    def _read[M: BaseModel](self, model: type[M], response: httpx.Response) -> M:
        try:
            return model.model_validate_json(response.content)
        except ValidationError:
            # Without the cause: it would carry the answer's values into a log.
            raise BackendUnavailable("answer_malformed") from None

    @staticmethod
    def _json(response: httpx.Response) -> dict[str, Any]:
        try:
            found: dict[str, Any] = response.json()
        except ValueError:
            raise BackendUnavailable("answer_malformed") from None
        return found
