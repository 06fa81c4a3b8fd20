"""Secure pages about an account, as the gateway drives them, and somebody insured who has no account yet."""

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session, sessionmaker

from backend.people.models import Person
from tests.backend.requests.conftest import insure

__all__ = ["insure"]
JMBG = "1403985715018"
NEW_PASSWORD = "plavi voz kasni zimi"


class Page:
    """A customer's secure page, as the gateway drives it."""

    def __init__(self, backend: TestClient, token: str) -> None:
        self.backend = backend
        self.path = f"/account-links/{token}"

    def view(self) -> dict[str, Any]:
        return dict(self.backend.get(self.path).json())

    def details(self, consent: bool = True, **values: str) -> httpx.Response:
        return self.backend.post(f"{self.path}/details", json={"values": values, "consent": consent})

    def code(self, code: str) -> httpx.Response:
        return self.backend.post(f"{self.path}/code", json={"code": code})

    def password(self, password: str = NEW_PASSWORD, **more: str) -> httpx.Response:
        return self.backend.post(f"{self.path}/password", json={"password": password, **more})


@pytest.fixture
def open_page(backend: TestClient, actions: TestClient) -> Callable[..., Page]:
    def open_page(task: str, market: str = "rs", conversation_id: str = "c1") -> Page:
        language = {"rs": "sr"}.get(market, market)
        body = {"market": market, "channel": "website", "language": language}
        backend.put(f"/conversations/{conversation_id}", json=body)
        answer = actions.post(
            f"/conversations/{conversation_id}/account-links",
            json={"task": task, "language": language, "script": "Latn"},
        )
        assert answer.status_code == 201, answer.text
        return Page(backend, answer.json()["token"])

    return open_page


@pytest.fixture
def jelena(
    add_person: Callable[..., str], insure: Callable[..., str], database: sessionmaker[Session]
) -> str:
    """Insured in Serbia, without an account; tells her policy number."""
    person_id = add_person("Јелена", "Петровић", "rs", national_id=JMBG)
    with database.begin() as session:
        session.get_one(Person, person_id).email = "jelena@example.org"
    return insure("rs", "RSD", "rs-zdravlje-porodica", [person_id])


def mails(backend: TestClient, to: str) -> list[dict[str, str]]:
    return [mail for mail in backend.get("/mailbox.json").json() if mail["to"] == to]


def code_in(backend: TestClient, to: str) -> str:
    for mail in mails(backend, to):
        if mail["key"] == "account_code":
            found = re.search(r"\b\d{6}\b", mail["body"])
            assert found is not None
            return found[0]
    raise AssertionError(f"no code was mailed to {to}")
