"""`python -m backend.migrate`: bring the database to the present revision, or create it."""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config

from backend.database import create_database_engine
from backend.settings import get_settings


def upgrade(database_url: str) -> None:
    """Apply what is missing. Doing it twice does nothing."""
    run(database_url, command.upgrade, "head")


def run(database_url: str, step: Callable[[Config, str], None], revision: str) -> None:
    """Run a command of Alembic on this database, wherever the process was started."""
    engine = create_database_engine(database_url)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        step(config, revision)
        connection.commit()
    engine.dispose()


if __name__ == "__main__":
    upgrade(get_settings().database_url)
