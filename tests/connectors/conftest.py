"""A whole gateway for each test, with fakes that speak HTTP in the places of Rasa and the backend."""

import os
import shutil
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from connectors.migrate import migrate
from connectors.settings import Settings
from tests.connectors.gateway_world import World, alive


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database to copy: migrating one takes longer than most tests."""
    path = tmp_path_factory.mktemp("migrated") / "connectors.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def database_url(tmp_path: Path, migrated_file: Path) -> Iterator[str]:
    """A migrated database of the test's own: SQLite, or PostgreSQL where TEST_DATABASE_URL names a server."""
    server = os.environ.get("TEST_DATABASE_URL")
    if server is None:
        shutil.copy(migrated_file, tmp_path / "connectors.db")
        yield f"sqlite:///{tmp_path}/connectors.db"
        return
    name = f"connectors_{uuid.uuid4().hex}"
    administer(server, f"CREATE DATABASE {name}")
    url = make_url(server).set(database=name).render_as_string(hide_password=False)
    migrate(url)
    yield url
    administer(server, f"DROP DATABASE {name} WITH (FORCE)")


def administer(server: str, statement: str) -> None:
    engine = create_engine(
        make_url(server).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings(
        _env_file=None,
        database_url=database_url,
        turn_lease_seconds=10,
        messages_per_minute=0,
        news_seconds=0.1,
    )


@pytest_asyncio.fixture
async def world(settings: Settings) -> AsyncIterator[World]:
    world = World(settings)
    async with alive(world.app), world.http:
        yield world
