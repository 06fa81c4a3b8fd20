"""A whole backend for each test: its own database, a few people, and the two programs that call it.

On SQLite by default; on PostgreSQL where TEST_DATABASE_URL names a server on which databases may be made.
"""

import contextlib
import os
import re
import shutil
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest
import time_machine
from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import event, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session, sessionmaker

from backend.accounts import passwords
from backend.accounts.service import create_account
from backend.app import configure, create_app
from backend.database import create_database_engine
from backend.people.models import Person
from backend.settings import Settings
from backend.tables import metadata

PASSWORD = "correct horse battery"
LogIn = Callable[..., str]
TODAY = datetime.now(UTC).date()


@pytest.fixture(autouse=True)
def midday() -> Iterator[None]:
    """Every test begins when it is the same day in all markets, and none sees a day end.

    What happens around a market's midnight has tests of its own, which travel there.
    """
    with time_machine.travel(datetime.combine(TODAY, time(11), UTC)):
        yield


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Real Argon2id, but not as slow as it has to be against guessing."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    passwords.nobodys_hash.cache_clear()


@pytest.fixture(scope="session")
def template_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of an empty database with all tables, copied for each test."""
    with empty_database(tmp_path_factory.mktemp("template")) as url:
        engine = create_database_engine(url)
        metadata.create_all(engine)
        engine.dispose()
        yield url


@contextlib.contextmanager
def copy_database(template_url: str, folder: Path) -> Iterator[str]:
    """A copy of the template, gone afterwards; tells its URL."""
    template = make_url(template_url).database
    assert template is not None
    server = os.environ.get("TEST_DATABASE_URL")
    if server is None:
        shutil.copy(template, folder / "backend.db")
        yield f"sqlite:///{folder}/backend.db"
        return
    with _database_on(server, f"TEMPLATE {template}") as url:
        yield url


@contextlib.contextmanager
def empty_database(folder: Path) -> Iterator[str]:
    """A database without tables, gone afterwards; tells its URL."""
    server = os.environ.get("TEST_DATABASE_URL")
    if server is None:
        yield f"sqlite:///{folder}/empty.db"
        return
    with _database_on(server) as url:
        yield url


@pytest.fixture
def database_url(template_database: str, tmp_path: Path) -> Iterator[str]:
    """A database of the test's own."""
    with copy_database(template_database, tmp_path) as url:
        yield url


@pytest.fixture
def settings(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Demo settings that nothing on the machine can change. Override the fixture to try others."""
    for name in list(os.environ):
        if name.startswith("BACKEND_"):
            monkeypatch.delenv(name)
    return Settings(
        _env_file=None, database_url=database_url, files_folder=tmp_path / "files", background_work=False
    )


@pytest.fixture(scope="session")
def unconfigured_app() -> FastAPI:
    """The routes, which take longer to build than most tests to run."""
    return create_app(Settings(_env_file=None, database_url="sqlite://", background_work=False))


@pytest.fixture
def app(unconfigured_app: FastAPI, settings: Settings) -> FastAPI:
    """The app on the test's own database."""
    configure(unconfigured_app, settings)
    if make_url(settings.database_url).get_backend_name() == "sqlite":
        # A test's database need not outlive a power cut.
        event.listen(
            unconfigured_app.state.engine, "connect", lambda c, _: c.execute("PRAGMA synchronous=OFF")
        )
    return unconfigured_app


@pytest.fixture
def backend(app: FastAPI, settings: Settings) -> Iterator[TestClient]:
    """The running backend as `connectors` calls it."""
    with TestClient(app, raise_server_exceptions=False) as client:
        client.headers["Authorization"] = f"Bearer {settings.connectors_token.get_secret_value()}"
        yield client


@pytest.fixture
def actions(app: FastAPI, settings: Settings, backend: TestClient) -> TestClient:
    """The same backend as the dialogue's actions call it."""
    client = TestClient(app, raise_server_exceptions=False)
    client.headers["Authorization"] = f"Bearer {settings.actions_token.get_secret_value()}"
    return client


@pytest.fixture
def database(app: FastAPI) -> sessionmaker[Session]:
    """For what a test arranges: `with database.begin() as session:`."""
    factory: sessionmaker[Session] = app.state.session_factory
    return factory


@pytest.fixture
def add_person(database: sessionmaker[Session]) -> Callable[..., str]:
    """Adds a person (with an account, if a username is given) and tells the id."""

    def add(
        first_name: str,
        last_name: str,
        market: str,
        *,
        username: str | None = None,
        birth_date: date = date(1985, 3, 14),
        sex: str = "f",
        national_id: str | None = None,
    ) -> str:
        language = {"id": "id", "rs": "sr", "it": "it"}[market]
        with database.begin() as session:
            person = Person(
                market=market,
                first_name=first_name,
                last_name=last_name,
                birth_date=birth_date,
                sex=sex,
                national_id=national_id or uuid.uuid4().hex[:16],
                email=f"{username or uuid.uuid4().hex[:8]}@example.org",
                phone="+381641234567",
                language=language,
                script="Cyrl" if language == "sr" else "Latn",
                city="Београд" if market == "rs" else "Milano",
            )
            session.add(person)
            session.flush()
            if username is not None:
                create_account(session, person, username, PASSWORD)
            return person.id

    return add


@pytest.fixture
def milica(add_person: Callable[..., str]) -> str:
    """A person of the Serbian market; log-in `milica`."""
    return add_person("Милица", "Јовановић", "rs", username="milica")


@pytest.fixture
def mario(add_person: Callable[..., str]) -> str:
    """A person of the Italian market; log-in `mario`."""
    return add_person("Mario", "Rossi", "it", username="mario", sex="m")


@pytest.fixture
def budi(add_person: Callable[..., str]) -> str:
    """A person of the Indonesian market; log-in `budi`."""
    return add_person("Budi", "Santoso", "id", username="budi", sex="m")


@pytest.fixture
def open_link(backend: TestClient, actions: TestClient) -> LogIn:
    """Makes a conversation known and opens a log-in link in it; tells the token."""

    def open_link(
        conversation_id: str, market: str = "rs", language: str = "sr", script: str = "Cyrl"
    ) -> str:
        body = {"market": market, "channel": "website", "language": language}
        assert backend.put(f"/conversations/{conversation_id}", json=body).status_code == 200
        answer = actions.post(
            f"/conversations/{conversation_id}/login-links", json={"language": language, "script": script}
        )
        assert answer.status_code == 201, answer.text
        return str(answer.json()["token"])

    return open_link


@pytest.fixture
def newest_code(backend: TestClient) -> Callable[[], str]:
    """The code in the newest mail of the demo mailbox."""

    def read() -> str:
        for mail in backend.get("/mailbox.json").json():
            if mail["key"] == "code":
                found = re.search(r"\b\d{6}\b", mail["body"])
                assert found is not None
                return found[0]
        raise AssertionError("no code was mailed")

    return read


@pytest.fixture
def log_in(backend: TestClient, open_link: LogIn, newest_code: Callable[[], str]) -> LogIn:
    """The whole log-in, as a customer does it: `log_in("c1", "milica")`; tells the conversation."""

    def log_in(
        conversation_id: str,
        username: str,
        market: str = "rs",
        language: str = "sr",
        password: str = PASSWORD,
    ) -> str:
        token = open_link(conversation_id, market, language)
        proven = backend.post(
            f"/login-links/{token}/password", json={"username": username, "password": password}
        )
        assert proven.json()["state"] == "code_sent", proven.text
        verified = backend.post(
            f"/conversations/{conversation_id}/codes/verify", json={"code": newest_code()}
        )
        assert verified.json()["state"] == "logged_in", verified.text
        return conversation_id

    return log_in


@contextlib.contextmanager
def _database_on(server: str, how: str = "") -> Iterator[str]:
    name = f"test_{uuid.uuid4().hex}"
    _administer(server, f"CREATE DATABASE {name} {how}")
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


def _administer(server: str, statement: str) -> None:
    engine = create_database_engine(server).execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
