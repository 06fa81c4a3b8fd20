"""Until when agents see that the customer is writing."""

import sqlalchemy as sa
from alembic import op

from connectors.database import UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("handovers", sa.Column("customer_typing_until", UtcDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("handovers", "customer_typing_until")
