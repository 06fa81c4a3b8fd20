"""The demo data as they are on one day, for the tests that need many people: a filled template database.

A folder's conftest imports these fixtures by name; nothing here is a test.
"""

import shutil
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from argon2 import PasswordHasher
from fastapi.testclient import TestClient
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from backend.accounts import passwords
from backend.database import create_database_engine, session_factory
from backend.demo.fill import PASSWORD, fill

TODAY = date(2026, 11, 20)
# market, language, the person with the rich family, the spouse, a stranger
MAIN = {
    "id": ("id", "budi.santoso", "siti.rahayu", "dewi.lestari"),
    "rs": ("sr", "milica.jovanovic", "nenad.jovanovic", "vladimir.markovic"),
    "it": ("it", "mario.rossi", "laura.bianchi", "elena.conti"),
}
MARKETS = sorted(MAIN)
Ask = Callable[..., Any]


@pytest.fixture(scope="session")
def template_database(template_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The empty template of all backend tests, copied and filled."""
    empty = make_url(template_database)
    if empty.get_backend_name() == "sqlite":
        assert empty.database is not None
        path = tmp_path_factory.mktemp("filled") / "filled.db"
        shutil.copy(empty.database, path)
        _fill(f"sqlite:///{path}")
        yield f"sqlite:///{path}"
        return
    name = f"filled_{uuid.uuid4().hex}"
    server = create_engine(
        empty.set(drivername="postgresql+psycopg", database="postgres"), isolation_level="AUTOCOMMIT"
    )
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {empty.database}"))
    url = empty.set(database=name).render_as_string(hide_password=False)
    _fill(url)
    yield url
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


def _fill(url: str) -> None:
    engine = create_database_engine(url)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        with session_factory(engine).begin() as session:
            assert fill(session, TODAY)
    engine.dispose()


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """It is the day the data were made for; `clock.move_to(…)` for another."""
    with time_machine.travel(datetime(2026, 11, 20, 10, tzinfo=UTC), tick=True) as traveller:
        yield traveller


@pytest.fixture
def ask_as(clock: time_machine.Traveller, log_in: Callable[..., str], actions: TestClient) -> Ask:
    """`ask_as("mario.rossi", "policies", person_id=…)`: what the actions are told in a log-in of that name."""
    conversations: dict[str, str] = {}
    markets = {name: (market, row[0]) for market, row in MAIN.items() for name in row[1:]}

    def ask(username: str, path: str, *, status: int = 200, **query: str) -> Any:
        market, language = markets[username]
        if username not in conversations:
            conversation_id = f"c-{username.replace('.', '-')}"
            conversations[username] = log_in(conversation_id, username, market, language, PASSWORD)
        answer = actions.get(f"/conversations/{conversations[username]}/{path}", params=query)
        assert answer.status_code == status, answer.text
        return answer.json()

    def forget() -> None:
        conversations.clear()

    ask.forget = forget  # type: ignore[attr-defined]
    return ask
