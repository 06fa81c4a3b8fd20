"""Other names of a messenger's customer: the phone number beside the user id."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "customer_aliases",
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("alias", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("channel", "alias", name=op.f("pk_customer_aliases")),
    )
    op.create_index("ix_customer_aliases_address", "customer_aliases", ["channel", "address"], unique=False)


def downgrade() -> None:
    op.drop_table("customer_aliases")
