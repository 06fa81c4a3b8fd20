"""The event stream of a running gateway: live, replayed after Last-Event-ID, with nothing lost or doubled."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from connectors.settings import Settings
from tests.connectors.gateway_world import PATIENCE, World
from tests.connectors.live_gateway import serve


class Customer:
    def __init__(self, address: str) -> None:
        self.http = httpx.Client(base_url=address, timeout=PATIENCE)
        opened = self.http.post("/api/website/conversations", json={"market": "it"}).json()
        self.path = f"/api/website/conversations/{opened['conversation_id']}"
        self.headers = {"Authorization": f"Bearer {opened['token']}"}

    def post(self, text: str) -> None:
        body = {"client_message_id": text, "text": text}
        self.http.post(f"{self.path}/messages", json=body, headers=self.headers).raise_for_status()

    def events(self, last: int | None = None) -> Iterator[tuple[str, str | None, Any]]:
        headers = dict(self.headers)
        if last is not None:
            headers["Last-Event-ID"] = str(last)
        with self.http.stream("GET", f"{self.path}/events", headers=headers) as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            event: dict[str, str] = {}
            for line in stream.iter_lines():
                name, _, value = line.partition(": ")
                if line == "" and "data" in event:
                    yield event.get("event", ""), event.get("id"), json.loads(event["data"])
                    event = {}
                elif name in {"event", "id", "data"}:
                    event[name] = value

    def texts_until(self, wanted: str, last: int | None = None) -> list[str]:
        found = []
        for kind, _, data in self.events(last):
            if kind == "message":
                found.append(data["text"])
                if data["text"] == wanted:
                    return found
        raise AssertionError("the stream ended")


@pytest.fixture
def customer(settings: Settings) -> Iterator[Customer]:
    world = World(settings)
    with serve(world.app) as address:
        yield Customer(address)


def test_the_stream_replays_and_goes_on_live(customer: Customer) -> None:
    customer.post("uno")
    kinds = []
    for kind, number, data in customer.events():
        kinds.append(kind)
        if kind == "message" and data["text"] == "echo: uno":
            assert number == "2"
            customer.post("due")
        if kind == "message" and data["text"] == "echo: due":
            assert number == "4"
            break
    assert {"message", "typing", "status"} <= set(kinds)


def test_after_a_break_only_what_was_missed_comes(customer: Customer) -> None:
    customer.post("uno")
    assert customer.texts_until("echo: uno") == ["uno", "echo: uno"]
    customer.post("due")
    assert customer.texts_until("echo: due", last=2) == ["due", "echo: due"]
