"""`python -m connectors.migrate`: bring the gateway's database to the newest form."""

from pathlib import Path

from alembic import command
from alembic.config import Config

from connectors.settings import get_settings


def migrate(database_url: str | None = None) -> None:
    """Upgrade the database of the settings, or the one given."""
    config = Config(Path(__file__).parent / "alembic.ini")
    config.attributes["database_url"] = database_url or get_settings().database_url
    command.upgrade(config, "head")


if __name__ == "__main__":
    migrate()
