"""Double entry: every order, with all that happens to it later, is a set of postings that sums to zero in its one currency.

Pure; ``ledger_store`` writes them, and nobody ever changes or deletes one: what was wrong is put right by further postings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cart import money

Party = Literal["buyer", "seller", "platform", "curator"]
Reason = Literal["payment", "sale", "fee", "credit", "shipping", "subsidy", "refund", "dispute"]


@dataclass(frozen=True, slots=True)
class Sale:
    """One piece of a parcel, as the ledger sees it. ``at``: show clock in ms at which the buyer claimed it."""

    listing_id: str
    net: int  # the price after the bundle discount
    curator_id: str | None
    curator: int  # basis points
    show_id: str | None
    at: int | None


@dataclass(frozen=True, slots=True)
class ParcelSale:
    """``subsidy``: what the platform pays of ``shipping``."""

    parcel_id: str
    seller_id: str
    sales: tuple[Sale, ...]
    shipping: int
    subsidy: int


@dataclass(frozen=True, slots=True)
class Posting:
    """``amount`` in minor units: positive is what the party receives, negative what it gives."""

    party: Party
    account_id: str | None  # None: the platform
    reason: Reason
    amount: int
    parcel_id: str | None = None
    listing_id: str | None = None
    show_id: str | None = None
    at: int | None = None


def postings(buyer_id: str, parcels: Sequence[ParcelSale]) -> list[Posting]:
    """The ledger of a new order in one currency. A posting of nothing is left out."""
    entries: list[Posting] = []
    for parcel in parcels:
        for sale in parcel.sales:
            parts = money.split(sale.net, sale.curator if sale.curator_id is not None else 0)
            moment = (parcel.parcel_id, sale.listing_id, sale.show_id, sale.at)
            entries.append(Posting("seller", parcel.seller_id, "sale", parts.seller, *moment))
            entries.append(Posting("platform", None, "fee", parts.platform, *moment))
            entries.append(Posting("curator", sale.curator_id, "credit", parts.curator, *moment))
        entries.append(Posting("seller", parcel.seller_id, "shipping", parcel.shipping, parcel.parcel_id))
        entries.append(Posting("platform", None, "subsidy", -parcel.subsidy, parcel.parcel_id))
        paid = sum(sale.net for sale in parcel.sales) + parcel.shipping - parcel.subsidy
        entries.append(Posting("buyer", buyer_id, "payment", -paid, parcel.parcel_id))
    return [entry for entry in entries if entry.amount]


def refund_postings(
    buyer_id: str,
    sold: Sequence[Posting],
    goods: tuple[int, int],
    shipping: int,
    *,
    subsidy_back: int = 0,
) -> list[Posting]:
    """Give back some of a parcel's price and shipping.

    ``sold``: the postings of that parcel's sale. ``goods``: (what had been refunded of the price before, what will have been
    afterwards). ``shipping``: of what the buyer paid for it. Everybody gives back in proportion to what they got; because
    each share is the difference of two cumulated ones, refunds in any number of steps give back exactly what was received.
    ``subsidy_back``: of what the platform paid for shipping it takes back, since it is not shipped.
    """
    shares = [entry for entry in sold if entry.reason in ("sale", "fee", "credit")]
    whole = sum(entry.amount for entry in shares)
    before, after = goods
    if not 0 <= before <= after <= whole or shipping < 0:
        raise ValueError("more would be refunded than was paid")
    entries: list[Posting] = []
    rest = after - before
    seller = next(entry for entry in sold if entry.party == "seller")
    parcel_id = seller.parcel_id
    for entry in shares:
        if entry.party == "seller" or not whole:
            continue
        back = entry.amount * after // whole - entry.amount * before // whole
        rest -= back
        moment = (entry.parcel_id, entry.listing_id, entry.show_id, entry.at)
        entries.append(Posting(entry.party, entry.account_id, "refund", -back, *moment))
    entries.append(Posting("platform", None, "subsidy", subsidy_back, parcel_id))
    entries.append(Posting("seller", seller.account_id, "refund", -rest - shipping - subsidy_back, parcel_id))
    entries.append(Posting("buyer", buyer_id, "refund", after - before + shipping, parcel_id))
    return [entry for entry in entries if entry.amount]


def dispute_postings(buyer_id: str, amount: int) -> list[Posting]:
    """A lost dispute: the buyer's bank has taken the money back. The platform bears it, as it chose the provider's checks."""
    entries = [Posting("buyer", buyer_id, "dispute", amount), Posting("platform", None, "dispute", -amount)]
    return [entry for entry in entries if entry.amount]
