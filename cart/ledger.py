"""Double entry: every order is a set of postings that sums to zero. Pure; ``order_store`` writes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cart import money

Party = Literal["buyer", "seller", "platform", "curator"]


@dataclass(frozen=True, slots=True)
class Sale:
    """One piece of an order, as the ledger sees it. ``at``: show clock in ms at which the buyer claimed it."""

    listing_id: str
    seller_id: str
    price: int
    curator_id: str | None
    show_id: str | None
    at: int | None


@dataclass(frozen=True, slots=True)
class Posting:
    """``amount`` in minor units: positive is what the party receives, negative what it gives."""

    party: Party
    account_id: str | None  # None: the platform
    reason: Literal["payment", "sale", "fee", "credit", "shipping"]
    amount: int
    listing_id: str | None = None
    show_id: str | None = None
    at: int | None = None


def postings(buyer_id: str, sales: Sequence[Sale]) -> list[Posting]:
    """The ledger of one order in one currency. A posting of nothing is left out."""
    entries: list[Posting] = []
    for sale in sales:
        parts = money.split(sale.price, curated=sale.curator_id is not None)
        moment = (sale.listing_id, sale.show_id, sale.at)
        entries.append(Posting("seller", sale.seller_id, "sale", parts.seller, *moment))
        entries.append(Posting("platform", None, "fee", parts.platform, *moment))
        if sale.curator_id is not None:
            entries.append(Posting("curator", sale.curator_id, "credit", parts.curator, *moment))
    shippers = money.sellers(sale.seller_id for sale in sales)
    entries.extend(Posting("seller", seller_id, "shipping", money.SHIPPING) for seller_id in shippers)
    paid = money.totals([(sale.seller_id, sale.price) for sale in sales]).total
    entries.append(Posting("buyer", buyer_id, "payment", -paid))
    return [entry for entry in entries if entry.amount]
