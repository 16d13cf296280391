"""Tables of this package: messages, the sanctions in force, and what keeps a show's chat in order. ``*_at``: Unix ms."""

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
    # visible, held (waits for a moderator), rejected, shadow (only the author and moderators see it)
    sa.Column("state", sa.String(8), nullable=False, server_default="visible"),
    sa.Column("held_for", sa.String(16)),  # why it was held: link, word, chorus
    sa.Column("extra", sa.LargeBinary),  # msgpack: mentions, reply and the like, as in its event
    sa.Column("question", sa.String(8)),  # open or done, if it asks the host something
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

# From every show of a host, those to come as well.
closet_bans = sa.Table(
    "closet_bans",
    metadata,
    sa.Column("host_id", sa.String(32), primary_key=True),
    sa.Column("account_id", sa.String(32), primary_key=True),
    sa.Column("until", sa.BigInteger),  # null: until lifted
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("by_id", sa.String(32), nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
)

house_rules = sa.Table(
    "house_rules",
    metadata,
    sa.Column("show_id", sa.String(32), primary_key=True),
    sa.Column("host_id", sa.String(32), nullable=False),
    sa.Column("version", sa.String(16), nullable=False),  # another one: read the words again
    sa.Column("rules", sa.LargeBinary, nullable=False),  # msgpack of HouseRules
    sa.Column("changed_at", sa.BigInteger, nullable=False),
    sa.Index(None, "host_id", "changed_at"),
)

# The audit: every act of order, who, when, to whom, why, and whether it was undone.
acts = sa.Table(
    "acts",
    metadata,
    sa.Column("act_id", sa.String(32), primary_key=True),
    sa.Column("show_id", sa.String(32), nullable=False),
    sa.Column("time", sa.BigInteger, nullable=False),
    sa.Column("act", sa.String(16), nullable=False),
    sa.Column("by_id", sa.String(32)),  # null: the server itself
    sa.Column("account_id", sa.String(32)),
    sa.Column("message_id", sa.String(32)),
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
    sa.Column("detail", sa.LargeBinary, nullable=False),  # msgpack: what undoing needs
    sa.Column(
        "copied_at", sa.BigInteger
    ),  # the offset of an event that repeats messages' texts, should they be deleted later
    sa.Column("undone_at", sa.BigInteger),
    sa.Column("undone_by", sa.String(32)),
    sa.Index(None, "show_id", "time"),
    sa.Index(None, "account_id", "time"),
)

reports = sa.Table(
    "reports",
    metadata,
    sa.Column("message_id", sa.String(32), primary_key=True),
    sa.Column("by_id", sa.String(32), primary_key=True),  # one report per person and message
    sa.Column("show_id", sa.String(32), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("settled_at", sa.BigInteger),
    sa.Index(None, "show_id", "settled_at"),
)

appeals = sa.Table(
    "appeals",
    metadata,
    sa.Column("appeal_id", sa.String(32), primary_key=True),
    sa.Column("show_id", sa.String(32), nullable=False),
    sa.Column("account_id", sa.String(32), nullable=False),
    sa.Column("sanctioned_at", sa.BigInteger, nullable=False),  # with the account: which sanction
    sa.Column("sanctioned_by", sa.String(32), nullable=False),
    sa.Column("kind", sa.String(8), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),  # of the sanction
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("verdict", sa.String(8)),  # lifted or kept
    sa.Column("answer", sa.Text, nullable=False, server_default=""),
    sa.Column("settled_at", sa.BigInteger),
    sa.Column("settled_by", sa.String(32)),
    sa.UniqueConstraint("show_id", "account_id", "sanctioned_at"),
)

polls = sa.Table(
    "polls",
    metadata,
    sa.Column("poll_id", sa.String(32), primary_key=True),
    sa.Column("show_id", sa.String(32), nullable=False),
    sa.Column("question", sa.Text, nullable=False),
    sa.Column("options", sa.LargeBinary, nullable=False),  # msgpack: list of texts
    sa.Column("by_id", sa.String(32), nullable=False),
    sa.Column("opened_at", sa.BigInteger, nullable=False),
    sa.Column("until", sa.BigInteger),
    sa.Column("closed_at", sa.BigInteger),
    sa.Index(None, "show_id", "closed_at"),
    sa.Index(None, "closed_at", "until"),
)

poll_votes = sa.Table(
    "poll_votes",
    metadata,
    sa.Column("poll_id", sa.String(32), sa.ForeignKey(polls.c.poll_id), primary_key=True),
    sa.Column("account_id", sa.String(32), primary_key=True),
    sa.Column("choice", sa.Integer, nullable=False),
)
