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
    sa.Column("until", sa.BigInteger, index=True),  # Unix milliseconds at which the role ends; null: with the show
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

recordings = sa.Table(
    "recordings",
    metadata,
    sa.Column("show_id", sa.String(32), sa.ForeignKey(shows.c.show_id), primary_key=True),
    sa.Column("server_id", sa.String(32), nullable=False),  # whose data folder has the files
    sa.Column("state", sa.String(12), nullable=False, index=True),  # recording, ready, deleted
    sa.Column("bytes", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("media_ms", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("ready_at", sa.BigInteger),
    sa.Column("deleted_at", sa.BigInteger),
)

clips = sa.Table(
    "clips",
    metadata,
    sa.Column("clip_id", sa.String(32), primary_key=True),
    sa.Column("show_id", sa.String(32), sa.ForeignKey(shows.c.show_id), nullable=False, index=True),
    sa.Column("by_id", sa.String(32), nullable=False),
    sa.Column("listing_id", sa.String(32)),  # what it shows, if a seller or host said so
    sa.Column("title", sa.String(120), nullable=False),
    sa.Column("state", sa.String(8), nullable=False),  # making, ready, failed
    sa.Column("starts_ms", sa.BigInteger, nullable=False),  # show clock
    sa.Column("ends_ms", sa.BigInteger, nullable=False),
    sa.Column("bytes", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("width", sa.Integer, nullable=False, server_default="0"),
    sa.Column("height", sa.Integer, nullable=False, server_default="0"),
    sa.Column("created_at", sa.BigInteger, nullable=False),
)

caption_tracks = sa.Table(
    "caption_tracks",
    metadata,
    sa.Column("show_id", sa.String(32), sa.ForeignKey(shows.c.show_id), primary_key=True),
    sa.Column("language", sa.String(35), primary_key=True),  # BCP 47
    sa.Column("name", sa.String(60), nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
)

caption_cues = sa.Table(
    "caption_cues",
    metadata,
    sa.Column("show_id", sa.String(32), primary_key=True),
    sa.Column("language", sa.String(35), primary_key=True),
    sa.Column("starts_ms", sa.BigInteger, primary_key=True, autoincrement=False),  # show clock
    sa.Column("ends_ms", sa.BigInteger, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.ForeignKeyConstraint(["show_id", "language"], ["caption_tracks.show_id", "caption_tracks.language"]),
)

trailers = sa.Table(
    "trailers",
    metadata,
    sa.Column("show_id", sa.String(32), sa.ForeignKey(shows.c.show_id), primary_key=True),
    sa.Column("file", sa.String(48), nullable=False),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("width", sa.Integer, nullable=False),
    sa.Column("height", sa.Integer, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
)

bookmarks = sa.Table(
    "bookmarks",
    metadata,
    sa.Column("account_id", sa.String(32), primary_key=True),  # who wants to be told when it starts
    sa.Column("show_id", sa.String(32), sa.ForeignKey(shows.c.show_id), primary_key=True, index=True),
    sa.Column("created_at", sa.BigInteger, nullable=False),
)
