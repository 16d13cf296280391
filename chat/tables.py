"""Tables of this package: messages and the sanctions in force."""

from __future__ import annotations

import sqlalchemy as sa

from livestream.tables import NAMING

metadata = sa.MetaData(naming_convention=NAMING)

messages = sa.Table(
    "messages",
    metadata,
    sa.Column("message_id", sa.String(32), primary_key=True),
    sa.Column("show_id", sa.String(32), nullable=False),
    sa.Column("offset", sa.BigInteger, nullable=False),  # of its `said` event
    sa.Column("at", sa.BigInteger, nullable=False),  # show clock, milliseconds
    sa.Column("time", sa.BigInteger, nullable=False),  # Unix milliseconds by the database
    sa.Column("account_id", sa.String(32), nullable=False),
    sa.Column("role", sa.String(16)),  # what the author was in the show at that moment
    sa.Column("key", sa.String(64), nullable=False),  # the client's own id of it
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("deleted_at", sa.BigInteger),
    sa.Column("deleted_by", sa.String(32)),
    # The history is read backwards by offset; a resend is found by its key.
    sa.UniqueConstraint("show_id", "offset"),
    sa.UniqueConstraint("account_id", "show_id", "key"),
)

sanctions = sa.Table(
    "sanctions",
    metadata,
    sa.Column("show_id", sa.String(32), primary_key=True),
    sa.Column("account_id", sa.String(32), primary_key=True),
    sa.Column("kind", sa.String(8), nullable=False),
    sa.Column("until", sa.BigInteger),  # Unix milliseconds; null: until lifted
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("by_id", sa.String(32), nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
)
