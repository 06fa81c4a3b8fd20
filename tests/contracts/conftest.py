"""The real backend in process with the demo data, as each of its two callers' own clients see it."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from backend.demo.fill import PASSWORD
from backend.settings import Settings
from tests.backend.conftest import (
    actions,
    app,
    backend,
    cheap_hashes,
    database,
    database_url,
    log_in,
    newest_code,
    open_link,
    settings,
    template_database,
    unconfigured_app,
)
from tests.backend.demo_data import clock

__all__ = [
    "actions",
    "app",
    "backend",
    "cheap_hashes",
    "clock",
    "database",
    "database_url",
    "log_in",
    "newest_code",
    "open_link",
    "settings",
    "template_database",
    "unconfigured_app",
]

# What an answer must have: keys with forms of their own; None where any value will do; [form] for a list with
# something in it, (form,) for one that may be empty.
type Form = dict[str, Any] | list[Any] | tuple[Any] | None


@pytest.fixture
def transport(app: FastAPI, backend: TestClient, clock: object, settings: Settings) -> httpx.ASGITransport:
    """What a client speaks through: the running backend, on the day of the demo data."""
    return httpx.ASGITransport(app)


@pytest.fixture
def mario(log_in: Callable[..., str], transport: httpx.ASGITransport) -> str:
    """The conversation in which Mario Rossi is logged in."""
    return log_in("c-mario", "mario.rossi", "it", "it", PASSWORD)


@pytest.fixture
def nobody(open_link: Callable[..., str], transport: httpx.ASGITransport) -> str:
    """A conversation that the backend knows and in which nobody is logged in."""
    open_link("c-nobody", "it", "it", "Latn")
    return "c-nobody"


@pytest.fixture
def upload(backend: TestClient) -> Callable[[str, bytes], str]:
    """Hands in a PDF as the gateway does; tells the document's id."""

    def upload(conversation_id: str, content: bytes) -> str:
        path = f"/conversations/{conversation_id}/documents"
        answer = backend.post(path, content=content, params={"filename": "fattura.pdf"})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["document_id"])

    return upload


def missing_of(answer: Any, form: Form, place: str = "answer") -> list[str]:
    """The places where an answer lacks what its form names."""
    if form is None:
        return []
    if isinstance(form, list | tuple):
        if not isinstance(answer, list) or not (answer or isinstance(form, tuple)):
            return [f"{place} is no list with something in it"]
        return [miss for n, item in enumerate(answer) for miss in missing_of(item, form[0], f"{place}[{n}]")]
    if not isinstance(answer, dict):
        return [f"{place} is {type(answer).__name__}"]
    return [
        miss
        for key, inner in form.items()
        for miss in (
            missing_of(answer[key], inner, f"{place}.{key}") if key in answer else [f"{place}.{key}"]
        )
    ]
