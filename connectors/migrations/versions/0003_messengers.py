"""What messengers need: the vendor's times, files that wait at the vendor, parts sent, statuses, erasures."""

import sqlalchemy as sa
from alembic import op

from connectors.database import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("conversations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("last_heard_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("late_told_at", UtcDateTime(), nullable=True))
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.add_column(sa.Column("status", sa.String(length=10), nullable=True))
    with op.batch_alter_table("turns", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sent_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("media", sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column("shown_number", sa.Integer(), nullable=True))
    op.execute("UPDATE turns SET sent_at = created_at")
    with op.batch_alter_table("turns", schema=None) as batch_op:
        batch_op.alter_column("sent_at", existing_type=UtcDateTime(), nullable=False)
        batch_op.alter_column(
            "message_id",
            existing_type=sa.String(length=100),
            type_=sa.String(length=200),
            existing_nullable=False,
        )

    op.create_table(
        "sent_parts",
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("message_number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("vendor_message_id", sa.String(length=200), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_sent_parts_conversation_id_conversations"),
        ),
        sa.PrimaryKeyConstraint("conversation_id", "message_number", "part", name=op.f("pk_sent_parts")),
    )
    op.create_index("ix_sent_parts_at", "sent_parts", ["at"], unique=False)
    op.create_index(
        "ix_sent_parts_vendor_message_id", "sent_parts", ["channel", "vendor_message_id"], unique=False
    )
    op.create_table(
        "vendor_statuses",
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("vendor_message_id", sa.String(length=200), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("error", sa.String(length=60), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "vendor_message_id", name=op.f("pk_vendor_statuses")),
    )
    op.create_index("ix_vendor_statuses_at", "vendor_statuses", ["at"], unique=False)
    op.create_table(
        "erasures",
        sa.Column("message_id", sa.String(length=200), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("run_after", UtcDateTime(), nullable=False),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("last_error", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_erasures_conversation_id_conversations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
    )
    op.create_index("ix_erasures_state", "erasures", ["state", "id"], unique=False)
    op.create_index(
        "ix_erasures_conversation_state", "erasures", ["conversation_id", "state", "id"], unique=False
    )


def downgrade() -> None:
    op.drop_table("erasures")
    op.drop_table("vendor_statuses")
    op.drop_table("sent_parts")
    with op.batch_alter_table("turns", schema=None) as batch_op:
        batch_op.alter_column(
            "message_id",
            existing_type=sa.String(length=200),
            type_=sa.String(length=100),
            existing_nullable=False,
        )
        batch_op.drop_column("shown_number")
        batch_op.drop_column("media")
        batch_op.drop_column("sent_at")
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.drop_column("status")
    # Not as a batch: SQLite would copy a table that others refer to.
    op.drop_column("conversations", "late_told_at")
    op.drop_column("conversations", "last_heard_at")
