"""The gateway's migrations make exactly the tables that the code expects, and can be taken back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import Engine, inspect

import connectors
from connectors.care import field_proposals  # noqa: F401
from connectors.core import models  # noqa: F401  (fills the metadata)
from connectors.core.handover import models as handover_models  # noqa: F401
from connectors.database import Base, create_database_engine
from connectors.migrate import migrate


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A migrated database."""
    engine = create_database_engine(database_url)
    yield engine
    engine.dispose()


def test_the_migrated_database_is_what_the_code_expects(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": "connectors_alembic_version", "compare_type": True}
        )
        assert compare_metadata(context, Base.metadata) == [], (
            'run: alembic -c connectors/alembic.ini revision --autogenerate -m "..."'
        )


def test_migrating_twice_does_nothing(database_url: str, engine: Engine) -> None:
    migrate(database_url)


def test_every_migration_can_be_taken_back(database_url: str, engine: Engine) -> None:
    config = Config(Path(connectors.__file__).parent / "alembic.ini")
    config.attributes["database_url"] = database_url
    try:
        command.downgrade(config, "base")
    except CommandError as error:
        pytest.fail(str(error))
    assert inspect(engine).get_table_names() == ["connectors_alembic_version"]
