"""when a listing was shown last in a show"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("lineup") as batch:
        batch.add_column(sa.Column("shown_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("lineup") as batch:
        batch.drop_column("shown_at")
