"""Steps of a request that are no change of status: documents that came later.

Revision: 0003, after 0002.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column(
        "request_timeline",
        sa.Column("event", sa.String(20), nullable=False, server_default="status"),
    )


def downgrade() -> None:
    with op.batch_alter_table("request_timeline") as table:
        table.drop_column("event")
