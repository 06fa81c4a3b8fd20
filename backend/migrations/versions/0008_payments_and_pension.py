"""Payments of premiums, and the pension fund.

Revision: 0008, after 0007.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "payments",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("instalment_id", sa.String(32), nullable=False),
        sa.Column("person_id", sa.String(32), nullable=False),
        sa.Column("conversation_id", sa.String(64), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("checkout_url", sa.String(300), nullable=False),
        sa.Column("reference", sa.String(64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state in ('open', 'paid', 'failed', 'to_refund')", name=op.f("ck_payments_state")
        ),
        sa.ForeignKeyConstraint(
            ["instalment_id"],
            ["premium_instalments.id"],
            name=op.f("fk_payments_instalment_id_premium_instalments"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_payments_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
    )
    op.create_index("ix_payments_instalment_id_state", "payments", ["instalment_id", "state"])
    op.create_index(op.f("ix_payments_person_id"), "payments", ["person_id"])
    op.create_table(
        "pension_contributions",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("policy_number", sa.String(20), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("paid_by", sa.String(160), nullable=False),
        sa.ForeignKeyConstraint(
            ["policy_number"],
            ["policies.number"],
            name=op.f("fk_pension_contributions_policy_number_policies"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pension_contributions")),
    )
    op.create_index(
        op.f("ix_pension_contributions_policy_number"), "pension_contributions", ["policy_number"]
    )
    op.create_table(
        "pension_unit_values",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("product_code", sa.String(40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pension_unit_values")),
        sa.UniqueConstraint("product_code", "day", name="uq_pension_unit_values_product_day"),
    )


def downgrade() -> None:
    for table in ("pension_unit_values", "pension_contributions", "payments"):
        op.drop_table(table)
