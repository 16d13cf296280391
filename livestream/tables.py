"""Tables of this package: shows, their moderators and their timelines."""

from __future__ import annotations

import sqlalchemy as sa

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = sa.MetaData(naming_convention=NAMING)

shows = sa.Table(
    "shows",
    metadata,
    sa.Column("show_id", sa.String(32), primary_key=True),
    sa.Column("host_id", sa.String(32), nullable=False, index=True),  # an account; people live in a neighbour package
    sa.Column("title", sa.String(120), nullable=False),
    sa.Column("description", sa.Text, nullable=False, server_default=""),
    sa.Column("state", sa.String(16), nullable=False, index=True),
    sa.Column("starts_at", sa.BigInteger, nullable=False),  # Unix milliseconds, like every *_at
    sa.Column("started_at", sa.BigInteger),
    sa.Column("interrupted_at", sa.BigInteger),
    sa.Column("ended_at", sa.BigInteger),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("stream_key", sa.String(64), nullable=False),
    sa.Column("poster", sa.String(64)),
    sa.Column("epoch", sa.String(16), nullable=False),  # of the timeline: another epoch means reload
    sa.Column("last_offset", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("server_id", sa.String(32)),  # the server that carries the publication, while there is one
)

servers = sa.Table(
    "servers",
    metadata,
    sa.Column("server_id", sa.String(32), primary_key=True),
    sa.Column("seen_at", sa.BigInteger, nullable=False),  # a server that carries shows says so every few seconds
)

moderators = sa.Table(
    "moderators",
    metadata,
    sa.Column("show_id", sa.String(32), sa.ForeignKey(shows.c.show_id), primary_key=True),
    sa.Column("account_id", sa.String(32), primary_key=True),
    sa.Column("named_at", sa.BigInteger, nullable=False),
)

events = sa.Table(
    "events",
    metadata,
    sa.Column("show_id", sa.String(32), sa.ForeignKey(shows.c.show_id), primary_key=True),
    sa.Column("offset", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", sa.BigInteger, nullable=False),  # show clock, milliseconds
    sa.Column("time", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("by_id", sa.String(32)),
    sa.Column("data", sa.LargeBinary, nullable=False),  # msgpack
)
