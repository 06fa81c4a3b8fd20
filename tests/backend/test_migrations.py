"""The migrations make exactly the tables that the code expects, and can be taken back."""

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from backend import migrate
from backend.audit.service import record
from backend.database import create_database_engine
from backend.tables import metadata
from tests.backend.conftest import empty_database


@pytest.fixture
def migrated(tmp_path: Path) -> object:
    with empty_database(tmp_path) as url:
        migrate.upgrade(url)
        yield url


def test_the_migrated_database_is_what_the_code_expects(migrated: str) -> None:
    engine = create_database_engine(migrated)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": "backend_alembic_version", "compare_type": True}
        )
        assert compare_metadata(context, metadata) == [], 'run: alembic revision --autogenerate -m "..."'
    engine.dispose()


def test_migrating_twice_does_nothing(migrated: str) -> None:
    migrate.upgrade(migrated)


def test_the_migrated_database_refuses_to_change_the_audit(migrated: str) -> None:
    engine = create_database_engine(migrated)
    with Session(engine) as session, session.begin():
        record(session, actor="test", action="noted", subject="thing:1")
    for statement in ("UPDATE audit_entries SET actor = 'x'", "DELETE FROM audit_entries"):
        with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
            connection.execute(text(statement))
    engine.dispose()


def test_every_migration_can_be_taken_back(migrated: str) -> None:
    try:
        migrate.run(migrated, command.downgrade, "base")
    except CommandError as error:
        pytest.fail(str(error))
    engine = create_database_engine(migrated)
    assert inspect(engine).get_table_names() == ["backend_alembic_version"]
    engine.dispose()
