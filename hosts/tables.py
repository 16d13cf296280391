"""Tables of this package. ``*_at`` are Unix milliseconds by the database, prices integer minor units."""

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


def _key(length: int) -> sa.types.TypeEngine[str]:
    """Text that is compared by code points on both databases, so that a range of it is a prefix."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("account_id", sa.String(32), primary_key=True),
    sa.Column("email", sa.String(254), nullable=False),  # as it was typed
    sa.Column("email_key", sa.String(254), nullable=False, unique=True),  # folded: see fields.email_key
    sa.Column("handle", sa.String(24), nullable=False, unique=True),  # always lower case
    sa.Column("name", sa.String(60), nullable=False),
    sa.Column("bio", sa.Text, nullable=False, server_default=""),
    sa.Column("avatar", sa.String(32)),  # a picture's id
    sa.Column("featuring_allowed", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("password_hash", sa.String(255), nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Index(None, "created_at"),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("token_hash", sa.String(64), primary_key=True),  # SHA-256 of the token; the token itself is kept nowhere
    sa.Column("account_id", sa.String(32), sa.ForeignKey(accounts.c.account_id), nullable=False, index=True),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("expires_at", sa.BigInteger, nullable=False, index=True),
)

listings = sa.Table(
    "listings",
    metadata,
    sa.Column("listing_id", sa.String(32), primary_key=True),
    sa.Column("seller_id", sa.String(32), sa.ForeignKey(accounts.c.account_id), nullable=False),
    sa.Column("title", sa.String(80), nullable=False),
    sa.Column("story", sa.Text, nullable=False, server_default=""),
    sa.Column("brand", sa.String(40), nullable=False, server_default=""),
    sa.Column("brand_key", _key(40), nullable=False, server_default=""),  # folded for the filter: see words.py
    sa.Column("size", sa.String(40), nullable=False, server_default=""),
    sa.Column("size_key", _key(40), nullable=False, server_default=""),
    sa.Column("category", sa.String(24), nullable=False),
    sa.Column("condition", sa.String(16), nullable=False),
    sa.Column("price", sa.BigInteger, nullable=False),
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column(
        "weight", sa.Integer, nullable=False, server_default="0"
    ),  # grams, packed; 0: what is usual for its category
    # Of ``quantity`` pieces some are held and some sold; what is left can be claimed. Only stock_store.py changes these.
    sa.Column("quantity", sa.Integer, nullable=False),
    sa.Column("held", sa.Integer, nullable=False, server_default="0"),
    sa.Column("sold", sa.Integer, nullable=False, server_default="0"),
    sa.Column("held_until", sa.BigInteger),  # when the first hold ends, as selling last said
    sa.Column("featuring_allowed", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("withdrawn_at", sa.BigInteger),
    sa.CheckConstraint("held >= 0 AND sold >= 0 AND held + sold <= quantity", name="stock"),
    # Every list is newest first: all closets, one closet, one category, one brand, one size.
    sa.Index(None, "created_at", "listing_id"),
    sa.Index(None, "seller_id", "created_at"),
    sa.Index(None, "category", "created_at"),
    sa.Index(None, "brand_key", "created_at"),
    sa.Index(None, "size_key", "created_at"),
    sa.Index(None, "price"),
)

listing_photos = sa.Table(
    "listing_photos",
    metadata,
    sa.Column("photo_id", sa.String(32), primary_key=True),
    sa.Column("listing_id", sa.String(32), sa.ForeignKey(listings.c.listing_id), nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Index(None, "listing_id", "position"),
)

# The words of every listing, folded: a word of a search is a range of this index.
listing_words = sa.Table(
    "listing_words",
    metadata,
    sa.Column("word", _key(40), primary_key=True),
    sa.Column("listing_id", sa.String(32), sa.ForeignKey(listings.c.listing_id), primary_key=True, index=True),
)

follows = sa.Table(
    "follows",
    metadata,
    sa.Column("follower_id", sa.String(32), sa.ForeignKey(accounts.c.account_id), primary_key=True),
    sa.Column("followed_id", sa.String(32), sa.ForeignKey(accounts.c.account_id), primary_key=True, index=True),
    sa.Column("created_at", sa.BigInteger, nullable=False),
)

likes = sa.Table(
    "likes",
    metadata,
    sa.Column("account_id", sa.String(32), sa.ForeignKey(accounts.c.account_id), primary_key=True),
    sa.Column("listing_id", sa.String(32), sa.ForeignKey(listings.c.listing_id), primary_key=True, index=True),
    sa.Column("created_at", sa.BigInteger, nullable=False),
)
