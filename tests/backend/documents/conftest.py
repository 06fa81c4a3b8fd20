"""A conversation that hands in files."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

Upload = Callable[..., httpx.Response]


@pytest.fixture
def conversation(backend: TestClient) -> str:
    """A conversation in which nobody is logged in."""
    body = {"market": "it", "channel": "website", "language": "it"}
    assert backend.put("/conversations/c1", json=body).status_code == 200
    return "c1"


@pytest.fixture
def upload(backend: TestClient) -> Upload:
    """Hands in a file: `upload("c1", content, "fattura.pdf")`."""

    def upload(
        conversation_id: str, content: Any, filename: str = "fattura.pdf", **more: Any
    ) -> httpx.Response:
        return backend.post(
            f"/conversations/{conversation_id}/documents",
            content=content,
            params={"filename": filename},
            headers={"Content-Type": "application/octet-stream"} | more.get("headers", {}),
        )

    return upload
