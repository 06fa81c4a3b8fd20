"""Indexes that find what is to be forgotten."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_messages_at", "messages", ["at"], unique=False)
    op.create_index("ix_turns_finished_at", "turns", ["finished_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_turns_finished_at", "turns")
    op.drop_index("ix_messages_at", "messages")
