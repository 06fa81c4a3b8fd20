"""Every documented call with generated input: never a 5xx, only documented answers of the documented form.

One gateway for all calls; calls of a conversation go to one that is open, with its token.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck
from hypothesis import settings as examples
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from connectors.app import create_app
from connectors.migrate import migrate
from connectors.settings import Settings
from tests.connectors.gateway_world import World

# The document needs no database: this app never opens one.
schema = schemathesis.openapi.from_dict(
    create_app(Settings(_env_file=None, database_url="sqlite://")).openapi()
)


@dataclass
class OpenGateway:
    app: FastAPI
    conversation_id: str
    token: str


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> OpenGateway:
    url = f"sqlite:///{tmp_path_factory.mktemp('openapi')}/connectors.db"
    migrate(url)
    unlimited = {"messages_per_minute": 0, "requests_per_minute": 0, "conversations_per_minute": 0}
    world = World(Settings(_env_file=None, database_url=url, **unlimited))
    # An event stream would never end.
    world.app.state.gateway.stop()
    # Each call would start the gateway and end it for good.
    world.app.router.lifespan_context = already_running
    chat = asyncio.run(world.open())
    return OpenGateway(world.app, chat.id, chat.headers["Authorization"].removeprefix("Bearer "))


@contextlib.asynccontextmanager
async def already_running(app: FastAPI) -> AsyncIterator[None]:
    yield


@schema.parametrize()
@examples(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_every_call_answers_as_documented(case: schemathesis.Case, gateway: OpenGateway) -> None:
    if "conversation_id" in case.path_parameters:
        case.path_parameters["conversation_id"] = gateway.conversation_id
    case.call_and_validate(
        app=gateway.app,
        headers={"Authorization": f"Bearer {gateway.token}"},
        checks=[not_a_server_error, status_code_conformance, response_schema_conformance],
    )


@pytest.mark.parametrize("number", ["²", "٣", "-1", "1" * 30, "x", "", "99999999999"])
async def test_a_made_up_last_event_id_is_no_error(gateway: OpenGateway, number: str) -> None:
    headers = {b"authorization": f"Bearer {gateway.token}".encode(), b"last-event-id": number.encode()}
    path = f"/api/website/conversations/{gateway.conversation_id}/events"
    transport = httpx.ASGITransport(gateway.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://chat.test") as http:
        assert (await http.get(path, headers=headers)).status_code == 200


def test_every_operation_says_what_it_does_and_how_it_fails(gateway: OpenGateway) -> None:
    for path, operations in gateway.app.openapi()["paths"].items():
        for method, operation in operations.items():
            assert operation.get("description"), f"{method} {path} has no description"
            if path.startswith("/api/"):
                assert {"413", "422", "429"} <= operation["responses"].keys(), f"{method} {path}"
                assert "HTTPValidationError" not in json.dumps(operation), f"{method} {path}"
            if "{conversation_id}" in path:
                assert "401" in operation["responses"], f"{method} {path} does not say 401"
                assert operation["security"], f"{method} {path} needs no token"
