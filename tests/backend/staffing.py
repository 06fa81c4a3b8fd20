"""Staff for tests: `hire` is the short way for features that need somebody logged in; `Desk` is the way of the gateway."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import pyotp
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session, sessionmaker

from backend.accounts.passwords import hash_password
from backend.settings import Settings
from backend.staff.access import Role
from backend.staff.members import create_member
from backend.staff.sessions import start_session
from backend.staff.totp import new_secret, seal

PASSWORD = "quiet harbour 49 lanterns"


def hire(
    database: sessionmaker[Session],
    settings: Settings,
    username: str = "agente.it",
    role: Role = "agent",
    markets: Sequence[str] = ("it",),
    languages: Sequence[str] = ("it",),
) -> dict[str, str]:
    """Somebody new who is logged in: the header to call with. `X-Staff-Id` is for the test to look at."""
    with database.begin() as session:
        staff = create_member(
            session, username, username, role, languages=languages, markets=markets, actor="operator"
        )
        _, token = start_session(session, staff, settings, "totp")
        return {"X-Staff-Token": token, "X-Staff-Id": staff.id}


@dataclass
class Authenticator:
    """A phone that never shows the same code twice; two codes in half a minute are within the tolerance."""

    secret: str
    last_step: int = 0

    def code(self) -> str:
        self.last_step = max(self.last_step + 1, int(time.time()) // 30)
        return pyotp.TOTP(self.secret).generate_otp(self.last_step)


@dataclass
class Desk:
    """The gateway's calls for one member of staff, in front of one browser."""

    backend: TestClient
    username: str
    password: str = PASSWORD
    address: str = "192.0.2.7"
    phone: Authenticator = field(default_factory=lambda: Authenticator(""))
    token: str = ""

    def call(self, method: str, path: str, body: Any = None) -> httpx.Response:
        headers = {"X-Staff-Token": self.token} if self.token else {}
        return self.backend.request(method, f"/staff{path}", json=body, headers=headers)

    def choose_password(self, invitation: str) -> httpx.Response:
        return self.call("POST", f"/invitations/{invitation}", {"password": self.password})

    def prove_password(self, password: str | None = None) -> httpx.Response:
        body = {
            "username": self.username,
            "password": password or self.password,
            "address": self.address,
        }
        return self.call("POST", "/logins", body)

    def prove_code(self, ticket: str, code: str) -> httpx.Response:
        return self.call("POST", "/logins/totp", {"ticket": ticket, "code": code})

    def log_in(self) -> dict[str, Any]:
        """Both steps, with the set-up where it is due; tells what the log-in answered."""
        opened = self.prove_password().json()
        if opened["step"] == "enrol":
            self.phone = Authenticator(opened["secret"])
        started = self.prove_code(opened["ticket"], self.phone.code())
        assert started.status_code == 200, started.text
        self.token = started.json()["token"]
        return dict(started.json())

    def lasts(self) -> bool:
        return self.call("GET", "/session").status_code == 200


def hire_administrator(database: sessionmaker[Session], settings: Settings, username: str) -> Authenticator:
    """A new administrator with PASSWORD, and the phone with which they log in."""
    secret = new_secret()
    with database.begin() as session:
        staff = create_member(session, username, username, "administrator", actor="operator")
        staff.password_hash, staff.totp_secret = hash_password(PASSWORD), seal(secret, settings)
    return Authenticator(secret)
