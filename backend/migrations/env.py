"""How Alembic finds the database and the tables. Batch mode, because SQLite alters by copying."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection, TypeDecorator

from backend.database import create_database_engine
from backend.settings import get_settings
from backend.tables import metadata

VERSION_TABLE = "backend_alembic_version"


def render_item(type_: str, item: Any, autogen_context: AutogenContext) -> str | Literal[False]:
    """Our own column types are written as what they are stored as: a migration must not change with code."""
    if type_ == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl!r}"
    return False


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        version_table=VERSION_TABLE,
        render_as_batch=True,
        render_item=render_item,
        compare_type=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    engine = create_database_engine(get_settings().database_url)
    with engine.connect() as opened:
        migrate(opened)
    engine.dispose()
