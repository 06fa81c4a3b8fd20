"""Secure pages for accounts beside the log-in, and consents.

Revision: 0007, after 0006.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # Not in a batch: SQLite would make the table anew and forget that its index is a partial one.
    op.add_column("login_links", sa.Column("task", sa.String(20), nullable=False, server_default="login"))
    op.add_column("login_links", sa.Column("email", sa.String(254), nullable=True))
    op.add_column("login_links", sa.Column("code_subject", sa.String(100), nullable=True))
    op.add_column("login_links", sa.Column("proven_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("one_time_codes") as batch:
        batch.alter_column("person_id", existing_type=sa.String(32), nullable=True)
    op.create_table(
        "consents",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("person_id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("version", sa.String(20), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_consents_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index("ix_consents_person_id_kind", "consents", ["person_id", "kind"])


def downgrade() -> None:
    op.drop_table("consents")
    op.execute("delete from one_time_codes where person_id is null")
    with op.batch_alter_table("one_time_codes") as batch:
        batch.alter_column("person_id", existing_type=sa.String(32), nullable=False)
    op.execute("delete from login_links where task <> 'login'")
    for column in ("proven_at", "code_subject", "email", "task"):
        op.drop_column("login_links", column)
