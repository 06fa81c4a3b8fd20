"""Electronic health cards.

Revision: 0011, after 0010.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "ecards",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("membership_id", sa.String(32), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("issue", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state in ('active', 'deactivated')", name=op.f("ck_ecards_state")),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["memberships.id"], name=op.f("fk_ecards_membership_id_memberships")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ecards")),
        sa.UniqueConstraint("membership_id", name=op.f("uq_ecards_membership_id")),
    )


def downgrade() -> None:
    op.drop_table("ecards")
