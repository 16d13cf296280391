"""Tables of this package. Money is integer minor units, ``*_at`` and ``until`` are Unix milliseconds by the database."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from hosts.tables import accounts, listings
from livestream.tables import NAMING

metadata = sa.MetaData(naming_convention=NAMING)


def _id(name: str, **options: Any) -> sa.Column[str]:
    return sa.Column(name, sa.String(32), **options)


def _account(name: str, **options: Any) -> sa.Column[str]:
    return sa.Column(name, sa.String(32), sa.ForeignKey(accounts.c.account_id), **options)


def _listing(**options: Any) -> sa.Column[str]:
    return sa.Column("listing_id", sa.String(32), sa.ForeignKey(listings.c.listing_id), **options)


def _money(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False)


lineup = sa.Table(
    "lineup",
    metadata,
    _id("show_id", primary_key=True),
    _listing(primary_key=True, index=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("added_at", sa.BigInteger, nullable=False),
    sa.Column("featured_at", sa.BigInteger),  # null: not shown right now
    sa.Column("shown_at", sa.BigInteger),  # show clock at which it was last put on the screen; null: never was
)

holds = sa.Table(
    "holds",
    metadata,
    _id("hold_id", primary_key=True),
    _account("buyer_id", nullable=False),
    _listing(nullable=False),
    _account("seller_id", nullable=False),
    _id("show_id"),  # the show in whose lineup it was claimed
    _id("curator_id"),  # that show's host, when the piece is another seller's
    sa.Column("at", sa.BigInteger),  # show clock at the claim, ms; null: the show had no media then
    _money("price"),  # frozen at the claim
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("state", sa.String(8), nullable=False),  # see cart/hold_rules.py
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("until", sa.BigInteger, nullable=False),
    sa.Column("extended", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("terms", sa.String(10), nullable=False, server_default="list"),  # how its price came about
    _id("terms_id"),  # of the flash price, auction, offer, giveaway or drop
    # The keeper asks for what has run out, a claim for who holds a listing, the bag for one buyer's own.
    sa.Index(None, "state", "until"),
    sa.Index(None, "listing_id", "state"),
    sa.Index(None, "buyer_id", "state"),
)

idempotency = sa.Table(
    "idempotency",
    metadata,
    _account("account_id", primary_key=True),
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("fingerprint", sa.String(64), nullable=False),  # of the action and its body, without card numbers
    sa.Column("answer", sa.Text),  # JSON; null: in progress
    sa.Column("created_at", sa.BigInteger, nullable=False, index=True),
)

payments = sa.Table(
    "payments",
    metadata,
    _id("payment_id", primary_key=True),
    _account("account_id", nullable=False),
    sa.Column("key", sa.String(64), nullable=False),  # the idempotency key of its checkout
    _money("amount"),
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),  # see cart/payment_states.py
    sa.Column("hold_ids", sa.Text, nullable=False),  # JSON
    sa.Column("address", sa.Text, nullable=False),  # JSON
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("lease_until", sa.BigInteger, nullable=False),  # until then the request that began it is at work on it
    sa.Column("provider", sa.String(16), nullable=False, server_default="test"),
    sa.Column("authorised", sa.BigInteger),  # reserved ahead of a sale; null: just ``amount``
    sa.Column("confirmation", sa.Text),  # while the bank asks: what the buyer's page needs to answer it
    sa.Column("quote", sa.Text),  # JSON of quotes.ParcelQuote: what was shown at the tap; null: nothing to ship yet
    sa.Index(None, "state", "lease_until"),
)

orders = sa.Table(
    "orders",
    metadata,
    _id("order_id", primary_key=True),
    _account("buyer_id", nullable=False, index=True),
    sa.Column("payment_id", sa.String(32), sa.ForeignKey(payments.c.payment_id), nullable=False, unique=True),
    _money("subtotal"),
    sa.Column("discount", sa.BigInteger, nullable=False, server_default="0"),
    _money("shipping"),  # what the buyer paid for it
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("address", sa.Text, nullable=False),  # JSON
    sa.Column("created_at", sa.BigInteger, nullable=False),
)

parcels = sa.Table(
    "parcels",
    metadata,
    _id("parcel_id", primary_key=True),
    sa.Column("order_id", sa.String(32), sa.ForeignKey(orders.c.order_id), nullable=False, index=True),
    _account("seller_id", nullable=False, index=True),
    sa.Column("state", sa.String(16), nullable=False),  # see cart/parcel_states.py
    # Parcels of several orders that travel together, since they were bought before the first was shipped.
    sa.Column("shipment_id", sa.String(32), nullable=False, server_default="", index=True),
    sa.Column("tracking", sa.String(80)),
    sa.Column("weight", sa.Integer, nullable=False, server_default="0"),  # grams
    _money("shipping"),  # what the seller gets for it
    sa.Column("subsidy", sa.BigInteger, nullable=False, server_default="0"),  # what of that the platform pays
    sa.Column("refunded", sa.BigInteger, nullable=False, server_default="0"),  # of the price of its pieces
    sa.Column("refunded_shipping", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("thanks", sa.Text, nullable=False, server_default=""),  # the seller's note to the buyer
    sa.Column("rating", sa.Integer),  # 1 to 5, by the buyer
    sa.Column("review", sa.Text, nullable=False, server_default=""),
    sa.Column("offer", sa.Text),  # JSON of after_sale.Offer: what the seller suggests to send along
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("shipped_at", sa.BigInteger),
    sa.Column("delivered_at", sa.BigInteger),
    sa.Column("received_at", sa.BigInteger),  # the buyer says so
    sa.Column("cancelled_at", sa.BigInteger),
)

order_items = sa.Table(
    "order_items",
    metadata,
    sa.Column("hold_id", sa.String(32), sa.ForeignKey(holds.c.hold_id), primary_key=True),  # a hold is sold once
    sa.Column("parcel_id", sa.String(32), sa.ForeignKey(parcels.c.parcel_id), nullable=False, index=True),
    _listing(nullable=False, index=True),
    sa.Column("title", sa.Text, nullable=False),  # as it was when it was bought
    sa.Column("photo", sa.Text),
    _money("price"),
    sa.Column("discount", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("currency", sa.String(3), nullable=False),
    _id("show_id"),
    _id("curator_id", index=True),
    sa.Column("at", sa.BigInteger),
    _money("credit"),
    sa.Column("sold_at", sa.BigInteger, nullable=False),
)

ledger = sa.Table(
    "ledger",
    metadata,
    sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("order_id", sa.String(32), sa.ForeignKey(orders.c.order_id), nullable=False, index=True),
    sa.Column("party", sa.String(8), nullable=False),
    _account("account_id", index=True),  # null: the platform
    sa.Column("reason", sa.String(8), nullable=False),
    _money("amount"),
    sa.Column("currency", sa.String(3), nullable=False),
    _id("parcel_id", index=True),
    _id("listing_id"),
    _id("show_id"),
    sa.Column("at", sa.BigInteger),
    sa.Column("created_at", sa.BigInteger, nullable=False),
)
# Append only, by the database itself: whatever a program or a person tries, what was written stays.
APPEND_ONLY = {
    "sqlite": (
        "CREATE TRIGGER ledger_keeps_updates BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append only'); END",
        "CREATE TRIGGER ledger_keeps_deletes BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append only'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION ledger_keeps() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the ledger is append only'; END $$",
        "CREATE TRIGGER ledger_keeps BEFORE UPDATE OR DELETE ON ledger FOR EACH ROW EXECUTE FUNCTION ledger_keeps()",
    ),
}
for _dialect, _statements in APPEND_ONLY.items():
    for _statement in _statements:
        _ddl: Any = sa.DDL(_statement)  # type: ignore[no-untyped-call]
        sa.event.listen(ledger, "after_create", _ddl.execute_if(dialect=_dialect))

refunds = sa.Table(
    "refunds",
    metadata,
    _id("refund_id", primary_key=True),
    sa.Column("parcel_id", sa.String(32), sa.ForeignKey(parcels.c.parcel_id), nullable=False, index=True),
    sa.Column("payment_id", sa.String(32), sa.ForeignKey(payments.c.payment_id), nullable=False),
    _account("by_id"),  # null: begun at the provider, by nobody here
    sa.Column("reference", sa.String(128), index=True),  # the provider's name of one that was begun there
    _money("amount"),  # what the buyer gets back
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    # begun: the provider is still to be asked; done; failed
    sa.Column("state", sa.String(8), nullable=False, index=True),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("done_at", sa.BigInteger),
)

seller_terms = sa.Table(
    "seller_terms",
    metadata,
    _account("account_id", primary_key=True),
    sa.Column("terms", sa.Text, nullable=False),  # JSON of seller_terms.SellerTerms
    sa.Column("changed_at", sa.BigInteger, nullable=False),
)

# Whose first sale the platform ships: the row is claimed by the payment that gets it, and free again when that fails.
first_sales = sa.Table(
    "first_sales",
    metadata,
    _account("seller_id", primary_key=True),
    _id("payment_id", nullable=False),  # claimed before the payment is written, in one transaction
)

addresses = sa.Table(
    "addresses",
    metadata,
    _account("account_id", primary_key=True),
    sa.Column("address", sa.Text, nullable=False),  # JSON
)

# A seller offers a listing to a host, or a host asks a seller for one. Accepted, it lets this host feature it.
curation_requests = sa.Table(
    "curation_requests",
    metadata,
    _id("request_id", primary_key=True),
    _listing(nullable=False, index=True),
    _account("seller_id", nullable=False, index=True),
    _account("host_id", nullable=False, index=True),
    sa.Column("by", sa.String(8), nullable=False),  # seller or host: who asked
    _id("show_id"),  # for which show; null: for any
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),  # open, accepted, declined, withdrawn
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("answered_at", sa.BigInteger),
)

curator_thanks = sa.Table(
    "curator_thanks",
    metadata,
    _account("seller_id", primary_key=True),
    _id("show_id", primary_key=True),
    _account("curator_id", nullable=False, index=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
)

# Cards that the provider keeps: its names for them, and what may be shown. Never a number.
payment_methods = sa.Table(
    "payment_methods",
    metadata,
    _id("method_id", primary_key=True),
    _account("account_id", nullable=False, index=True),
    sa.Column("provider", sa.String(16), nullable=False),
    sa.Column("customer", sa.String(64), nullable=False),
    sa.Column("token", sa.String(128), nullable=False),
    sa.Column("brand", sa.String(24), nullable=False),
    sa.Column("last4", sa.String(4), nullable=False),
    sa.Column("month", sa.Integer, nullable=False),
    sa.Column("year", sa.Integer, nullable=False),
    sa.Column("used_at", sa.BigInteger, nullable=False),  # the one last used or chosen pays with one tap
    sa.Column("created_at", sa.BigInteger, nullable=False),
)

# Events of the provider that have had their effect: written with it, so that none has it twice.
provider_events = sa.Table(
    "provider_events",
    metadata,
    sa.Column("provider", sa.String(16), primary_key=True),
    sa.Column("event_id", sa.String(128), primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("payment_id", sa.String(32), nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False, index=True),
)

disputes = sa.Table(
    "disputes",
    metadata,
    sa.Column("dispute_id", sa.String(128), primary_key=True),  # the provider's name of it
    sa.Column("payment_id", sa.String(32), sa.ForeignKey(payments.c.payment_id), nullable=False, index=True),
    _money("amount"),
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("reason", sa.String(64), nullable=False),
    sa.Column("state", sa.String(8), nullable=False),  # open, won, lost
    sa.Column("opened_at", sa.BigInteger, nullable=False),
    sa.Column("closed_at", sa.BigInteger),
)

# What we must know of Stripe's objects to find them again.
stripe_payments = sa.Table(
    "stripe_payments",
    metadata,
    _id("payment_id", primary_key=True),
    sa.Column("intent_id", sa.String(64), index=True),
    _money("amount"),
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("customer", sa.String(64), nullable=False),
    sa.Column("closed", sa.Boolean, nullable=False),
)

stripe_customers = sa.Table(
    "stripe_customers",
    metadata,
    _account("account_id", primary_key=True),
    sa.Column("customer", sa.String(64), nullable=False),
)

# The record of the test payment provider: a real one keeps this on its own machines.
test_payments = sa.Table(
    "test_payments",
    metadata,
    _id("payment_id", primary_key=True),
    _money("amount"),
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("behaviour", sa.String(16), nullable=False, server_default="pays"),
    sa.Column("refunded", sa.BigInteger, nullable=False, server_default="0"),
)

test_refunds = sa.Table(
    "test_refunds",
    metadata,
    _id("refund_id", primary_key=True),
    _id("payment_id", nullable=False),
    _money("amount"),
)
