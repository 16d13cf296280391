"""Tables of the ways to sell: flash prices, auctions, offers, giveaways, drops, waitlists. As in ``tables``."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from cart.tables import metadata as metadata  # one schema with the tables there
from hosts.tables import accounts, listings


def _id(name: str, **options: Any) -> sa.Column[str]:
    return sa.Column(name, sa.String(32), **options)


def _account(name: str, **options: Any) -> sa.Column[str]:
    return sa.Column(name, sa.String(32), sa.ForeignKey(accounts.c.account_id), **options)


def _listing(**options: Any) -> sa.Column[str]:
    return sa.Column("listing_id", sa.String(32), sa.ForeignKey(listings.c.listing_id), **options)


def _money(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=nullable)


def _time(name: str, *, nullable: bool = False, **options: Any) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=nullable, **options)


# What a seller allows for one listing; without a row: offers yes, no limit, and no host lowers its price.
selling_terms = sa.Table(
    "selling_terms",
    metadata,
    _listing(primary_key=True),
    _money("lowest", nullable=True),  # hosts may discount or auction it down to this; null: they may not
    sa.Column("offers", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("per_buyer", sa.Integer),  # pieces one buyer may have of it; null: no limit of its own
)

flash_prices = sa.Table(
    "flash_prices",
    metadata,
    _id("flash_id", primary_key=True),
    _id("show_id", nullable=False, index=True),
    _listing(nullable=False),
    _money("price"),
    _money("was"),
    sa.Column("per_buyer", sa.Integer, nullable=False),
    _time("created_at"),
    _time("ends_at"),
    _time("ended_at", nullable=True),  # null: running, or over and not yet told
    sa.Index(None, "listing_id", "ended_at"),
    sa.Index(None, "ended_at", "ends_at"),
)

auctions = sa.Table(
    "auctions",
    metadata,
    _id("auction_id", primary_key=True),
    _id("show_id", nullable=False, index=True),
    _listing(nullable=False, index=True),
    _account("host_id", nullable=False),
    _account("seller_id", nullable=False),
    sa.Column("currency", sa.String(3), nullable=False),
    _money("start_price"),
    _money("step"),  # 0: by the table of steps
    sa.Column("sudden_death", sa.Boolean, nullable=False),
    sa.Column("state", sa.String(10), nullable=False),  # see cart/auctions/rules.py
    _time("created_at"),
    _time("ends_at"),
    _time("announced_end"),  # counter-bids move ends_at
    _time("closed_at", nullable=True),
    _money("price"),  # the standing price; before the first bid the starting price
    _account("leader_id"),
    sa.Column("bids", sa.Integer, nullable=False, server_default="0"),
    sa.Column("head", sa.String(64), nullable=False),  # the last hash of the bid log
    _id("hold_id"),
    sa.Column("left_out", sa.Text),  # JSON: who led at the hammer and was banned by then; null: nobody
    sa.Index(None, "state", "ends_at"),
)

bids = sa.Table(
    "bids",
    metadata,
    sa.Column("auction_id", sa.String(32), sa.ForeignKey(auctions.c.auction_id), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    _account("bidder_id", nullable=False),
    sa.Column("key", sa.String(64), nullable=False),
    _money("amount"),
    _money("maximum"),
    _time("received_at"),
    sa.Column("lag_ms", sa.Integer, nullable=False),
    _time("made_at"),
    sa.Column("sealed", sa.Boolean, nullable=False),
    sa.Column("salt", sa.String(32), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Index(None, "auction_id", "bidder_id", "key", unique=True),
)

offers = sa.Table(
    "offers",
    metadata,
    _id("offer_id", primary_key=True),
    _listing(nullable=False),
    _account("buyer_id", nullable=False),
    _account("seller_id", nullable=False),
    _id("show_id"),
    _money("amount"),
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("state", sa.String(10), nullable=False),  # see cart/offers/rules.py
    sa.Column("turn", sa.String(6), nullable=False),
    sa.Column("moves", sa.Integer, nullable=False),
    _time("created_at"),
    _time("changed_at"),
    _time("until"),
    _id("hold_id"),
    sa.Index(None, "buyer_id", "changed_at"),
    sa.Index(None, "seller_id", "changed_at"),
    sa.Index(None, "listing_id", "state"),
    sa.Index(None, "state", "until"),
)

offer_moves = sa.Table(
    "offer_moves",
    metadata,
    sa.Column("offer_id", sa.String(32), sa.ForeignKey(offers.c.offer_id), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("by", sa.String(6), nullable=False),  # buyer, seller or server
    sa.Column("did", sa.String(10), nullable=False),
    _money("amount"),
    _time("time"),
)

giveaways = sa.Table(
    "giveaways",
    metadata,
    _id("giveaway_id", primary_key=True),
    _id("show_id", nullable=False, index=True),
    _account("host_id", nullable=False),
    _listing(nullable=False),
    sa.Column("rule", sa.String(10), nullable=False),  # see cart/giveaways/rules.py
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("commitment", sa.String(64), nullable=False),
    sa.Column("seed", sa.String(64), nullable=False),  # secret until the draw
    _time("created_at"),
    _time("ends_at"),
    _time("drawn_at", nullable=True),
    _account("winner_id"),
    sa.Column("entrants", sa.Integer, nullable=False, server_default="0"),  # who was present at the draw
    _id("hold_id"),
    sa.Index(None, "state", "ends_at"),
    sa.Index(None, "listing_id", "state"),
)

giveaway_entries = sa.Table(
    "giveaway_entries",
    metadata,
    sa.Column("giveaway_id", sa.String(32), sa.ForeignKey(giveaways.c.giveaway_id), primary_key=True),
    _account("account_id", primary_key=True),
    sa.Column("salt", sa.String(64), nullable=False),  # chosen by the entrant
    _time("entered_at"),
    _time("seen_at"),
    sa.Column("present", sa.Boolean, nullable=False, server_default=sa.false()),  # decided at the draw
)

drops = sa.Table(
    "drops",
    metadata,
    _id("drop_id", primary_key=True),
    _id("show_id", nullable=False, index=True),
    _account("host_id", nullable=False),
    sa.Column("title", sa.String(80), nullable=False),
    sa.Column("per_buyer", sa.Integer, nullable=False),
    _time("created_at"),
    _time("opens_at"),
    _time("closed_at", nullable=True),
)

drop_listings = sa.Table(
    "drop_listings",
    metadata,
    sa.Column("drop_id", sa.String(32), sa.ForeignKey(drops.c.drop_id), primary_key=True),
    _listing(primary_key=True, index=True),
    sa.Column("position", sa.Integer, nullable=False),
)

waitlist = sa.Table(
    "waitlist",
    metadata,
    _listing(primary_key=True),
    _account("buyer_id", primary_key=True, index=True),
    _id("show_id"),
    sa.Column("ticket", sa.BigInteger, nullable=False),  # who stands before whom
    _time("joined_at"),
    sa.Index(None, "listing_id", "ticket"),
)
