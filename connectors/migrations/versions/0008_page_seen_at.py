"""When the page of a customer who waits was last open; those who wait already count from their wish."""

import sqlalchemy as sa
from alembic import op

from connectors.database import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("handovers", sa.Column("page_seen_at", UtcDateTime(), nullable=True))
    op.execute(
        "UPDATE handovers SET page_seen_at = requested_at WHERE state != 'ended' AND conversation_id IN"
        " (SELECT id FROM conversations WHERE address IS NULL)"
    )


def downgrade() -> None:
    op.drop_column("handovers", "page_seen_at")
