"""How Alembic reaches the gateway's database. Its version table is its own: databases may be shared."""

from alembic import context

from connectors.care import field_proposals  # noqa: F401
from connectors.core import models  # noqa: F401  (fills the metadata)
from connectors.core.handover import models as handover_models  # noqa: F401
from connectors.database import Base, create_database_engine
from connectors.settings import get_settings

VERSION_TABLE = "connectors_alembic_version"

url = context.config.attributes.get("database_url") or get_settings().database_url
engine = create_database_engine(url)
with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        version_table=VERSION_TABLE,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
engine.dispose()
