"""Feedback of customers.

Revision: 0006, after 0005.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "feedback",
        sa.Column("conversation_id", sa.String(64), nullable=False),
        sa.Column("journey", sa.String(40), nullable=False),
        sa.Column("market", sa.String(2), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("score between 1 and 5", name=op.f("ck_feedback_score")),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.conversation_id"],
            name=op.f("fk_feedback_conversation_id_conversations"),
        ),
        sa.PrimaryKeyConstraint("conversation_id", "journey", name=op.f("pk_feedback")),
    )
    op.create_index(op.f("ix_feedback_updated_at"), "feedback", ["updated_at"])


def downgrade() -> None:
    op.drop_table("feedback")
