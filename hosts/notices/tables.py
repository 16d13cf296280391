"""Tables of notices. ``*_at`` are Unix milliseconds by the database."""

from __future__ import annotations

import sqlalchemy as sa

from hosts.tables import accounts, metadata

notices = sa.Table(
    "notices",
    metadata,
    # Grows: what a bell has not shown yet is what lies above the number it knows.
    sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("account_id", sa.String(32), sa.ForeignKey(accounts.c.account_id), nullable=False),
    sa.Column("kind", sa.String(24), nullable=False),
    sa.Column("about", sa.String(128), nullable=False),  # what it is about: nobody is told the same twice
    sa.Column("path", sa.String(200), nullable=False),  # the page that a tap opens
    sa.Column("title", sa.String(120), nullable=False, server_default=""),
    sa.Column("name", sa.String(60), nullable=False, server_default=""),
    sa.Column("amount", sa.BigInteger),
    sa.Column("currency", sa.String(3)),
    sa.Column("ends_at", sa.BigInteger),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("read_at", sa.BigInteger),
    # When it goes out by push and mail; null: it has, or nobody wants it. A worker that takes it moves this ahead, so that
    # another one tries again should this one die.
    sa.Column("deliver_at", sa.BigInteger, index=True),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.UniqueConstraint("account_id", "kind", "about"),
    sa.Index(None, "account_id", "number"),
)

# What somebody chose for a kind, where it differs from the rule.
notice_choices = sa.Table(
    "notice_choices",
    metadata,
    sa.Column("account_id", sa.String(32), sa.ForeignKey(accounts.c.account_id), primary_key=True),
    sa.Column("kind", sa.String(24), primary_key=True),
    sa.Column("push", sa.Boolean, nullable=False),
    sa.Column("email", sa.Boolean, nullable=False),
)

# The language in which somebody is written to.
notice_languages = sa.Table(
    "notice_languages",
    metadata,
    sa.Column("account_id", sa.String(32), sa.ForeignKey(accounts.c.account_id), primary_key=True),
    sa.Column("language", sa.String(8), nullable=False),
)

# Browsers that take pushes. One belongs to whoever signed in last in it.
push_subscriptions = sa.Table(
    "push_subscriptions",
    metadata,
    sa.Column("endpoint_hash", sa.String(64), primary_key=True),  # SHA-256 of the endpoint
    sa.Column("account_id", sa.String(32), sa.ForeignKey(accounts.c.account_id), nullable=False, index=True),
    sa.Column("endpoint", sa.Text, nullable=False),
    sa.Column("p256dh", sa.String(128), nullable=False),
    sa.Column("auth", sa.String(64), nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
)

# What went out, for the caps per person; forgotten after a day.
notice_sent = sa.Table(
    "notice_sent",
    metadata,
    sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("account_id", sa.String(32), sa.ForeignKey(accounts.c.account_id), nullable=False),
    sa.Column("channel", sa.String(8), nullable=False),
    sa.Column("urgent", sa.Boolean, nullable=False),
    sa.Column("sent_at", sa.BigInteger, nullable=False, index=True),
    sa.Index(None, "account_id", "sent_at"),
)

# The key with which push services know this shop (VAPID, RFC 8292); in the database, since servers that share it also
# share the browsers that subscribed with it.
push_keys = sa.Table(
    "push_keys",
    metadata,
    sa.Column("key_id", sa.Integer, primary_key=True),
    sa.Column("private_pem", sa.Text, nullable=False),
)
