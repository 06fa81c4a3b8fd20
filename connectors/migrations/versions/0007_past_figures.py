"""Figures of days and hand-overs that are forgotten, and an index for the reports."""

import sqlalchemy as sa
from alembic import op

from connectors.database import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "past_contacts",
        sa.Column("market", sa.String(length=8), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("contacts", sa.Integer(), nullable=False),
        sa.Column("with_person", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("market", "day", "language", "channel", name=op.f("pk_past_contacts")),
    )
    op.create_table(
        "past_handovers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("market", sa.String(length=8), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.Column("requested_at", UtcDateTime(), nullable=False),
        sa.Column("taken_at", UtcDateTime(), nullable=True),
        sa.Column("first_answer_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_past_handovers")),
    )
    op.create_index("ix_past_handovers_requested_at", "past_handovers", ["market", "requested_at"])
    op.create_index("ix_handovers_requested_at", "handovers", ["market", "requested_at"])


def downgrade() -> None:
    op.drop_index("ix_handovers_requested_at", "handovers")
    op.drop_table("past_handovers")
    op.drop_table("past_contacts")
