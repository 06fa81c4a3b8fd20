"""One directory of staff for the CARE desk and the back office: roles, skills, one-time passwords, invitations.

Whoever was let into the back office before is an administrator, and sets up one-time passwords at the next log-in.

Revision: 0016, after 0015.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # The log-ins of before name no token: whoever is in logs in again. First of all, because SQLite makes the table
    # that they refer to anew.
    op.drop_table("staff_sessions")
    with op.batch_alter_table("staff") as batch:
        batch.add_column(sa.Column("name", sa.String(100), nullable=False, server_default=""))
        batch.add_column(sa.Column("role", sa.String(20), nullable=False, server_default="administrator"))
        batch.add_column(sa.Column("languages", sa.JSON(), nullable=False, server_default="[]"))
        batch.add_column(sa.Column("markets", sa.JSON(), nullable=False, server_default="[]"))
        batch.add_column(sa.Column("conversation_limit", sa.Integer(), nullable=False, server_default="4"))
        batch.add_column(sa.Column("totp_secret", sa.Text(), nullable=True))
        batch.add_column(sa.Column("totp_step", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("oidc_issuer", sa.String(200), nullable=True))
        batch.add_column(sa.Column("oidc_subject", sa.String(200), nullable=True))
        batch.alter_column("password_hash", existing_type=sa.String(200), nullable=True)
        batch.create_unique_constraint("uq_staff_oidc_issuer", ["oidc_issuer", "oidc_subject"])
    op.execute("update staff set name = username")

    op.create_table(
        "staff_sessions",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("staff_id", sa.String(32), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_sessions_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_staff_sessions_token_hash")),
    )
    op.create_index(op.f("ix_staff_sessions_started_at"), "staff_sessions", ["started_at"])
    op.create_index(op.f("ix_staff_sessions_staff_id"), "staff_sessions", ["staff_id"])
    op.create_table(
        "staff_tickets",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("staff_id", sa.String(32), nullable=False),
        sa.Column("totp_secret", sa.Text(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_tickets_staff_id_staff")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_staff_tickets")),
    )
    op.create_index(op.f("ix_staff_tickets_staff_id"), "staff_tickets", ["staff_id"])
    op.create_index(op.f("ix_staff_tickets_expires_at"), "staff_tickets", ["expires_at"])
    op.create_table(
        "staff_invitations",
        sa.Column("staff_id", sa.String(32), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_invitations_staff_id_staff")),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_staff_invitations")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_staff_invitations_token_hash")),
    )
    op.create_index(op.f("ix_staff_invitations_expires_at"), "staff_invitations", ["expires_at"])


def downgrade() -> None:
    op.drop_table("staff_invitations")
    op.drop_table("staff_tickets")
    op.drop_table("staff_sessions")
    # Only administrators could come in before; the others, and whoever has no password, could not.
    op.execute("delete from staff where password_hash is null or role <> 'administrator'")
    with op.batch_alter_table("staff") as batch:
        batch.drop_constraint("uq_staff_oidc_issuer", type_="unique")
        batch.alter_column("password_hash", existing_type=sa.String(200), nullable=False)
        for column in (
            "oidc_subject",
            "oidc_issuer",
            "totp_step",
            "totp_secret",
            "conversation_limit",
            "markets",
            "languages",
            "role",
            "name",
        ):
            batch.drop_column(column)
    op.create_table(
        "staff_sessions",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("staff_id", sa.String(32), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_sessions_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_sessions")),
    )
    op.create_index(op.f("ix_staff_sessions_started_at"), "staff_sessions", ["started_at"])
