"""A conversation that hands in files."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

CONVERSATIONS = {"it": "c1", "rs": "rs1", "id": "id1"}
Upload = Callable[..., httpx.Response]


@pytest.fixture
def open_market(backend: TestClient) -> Callable[[str], str]:
    """Opens a conversation of a market in which nobody is logged in."""

    def open_market(market: str) -> str:
        body = {"market": market, "channel": "website", "language": {"rs": "sr"}.get(market, market)}
        assert backend.put(f"/conversations/{CONVERSATIONS[market]}", json=body).status_code == 200
        return CONVERSATIONS[market]

    return open_market


@pytest.fixture
def conversation(open_market: Callable[[str], str]) -> str:
    """An Italian one."""
    return open_market("it")


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
