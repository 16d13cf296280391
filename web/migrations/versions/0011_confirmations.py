"""confirmations, refunds that the provider began"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("payments", schema=None) as batch_op:
        batch_op.add_column(sa.Column("confirmation", sa.Text(), nullable=True))
    with op.batch_alter_table("refunds", schema=None) as batch_op:
        batch_op.alter_column("by_id", existing_type=sa.String(length=32), nullable=True)
        batch_op.add_column(sa.Column("reference", sa.String(length=128), nullable=True))
        batch_op.create_index(batch_op.f("ix_refunds_reference"), ["reference"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("refunds", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_refunds_reference"))
        batch_op.drop_column("reference")
        batch_op.alter_column("by_id", existing_type=sa.String(length=32), nullable=False)
    with op.batch_alter_table("payments", schema=None) as batch_op:
        batch_op.drop_column("confirmation")
