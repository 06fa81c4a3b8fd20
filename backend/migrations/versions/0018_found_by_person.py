"""Log-ins are found by their person (news, log-out everywhere, the desk), requests by who was treated.

Revision: 0018, after 0017.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_index(op.f("ix_logins_person_id"), "logins", ["person_id"])
    op.create_index(op.f("ix_requests_member_id"), "requests", ["member_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_requests_member_id"), table_name="requests")
    op.drop_index(op.f("ix_logins_person_id"), table_name="logins")
