"""Mobile numbers that are proven by a code, and text messages beside mails.

Revision: 0010, after 0009.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # Not in a batch: SQLite would make the table anew and forget that its index is a partial one.
    op.add_column("login_links", sa.Column("phone", sa.String(20), nullable=True))
    op.add_column("mails", sa.Column("channel", sa.String(4), nullable=False, server_default="mail"))


def downgrade() -> None:
    op.execute("delete from mails where channel <> 'mail'")
    op.drop_column("mails", "channel")
    op.execute(
        "delete from one_time_codes where login_link_id in (select id from login_links where task = 'contact')"
    )
    op.execute("delete from login_links where task = 'contact'")
    op.drop_column("login_links", "phone")
