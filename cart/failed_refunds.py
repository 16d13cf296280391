"""Refunds that the provider could not bring to the buyer after all, because the card was closed: the books take them back.

The provider says so days later. The money is with the shop again then, and the buyer has not got it: the parcel has that much
more to give back, which its seller is told, who finds another way or tries again. A cancelled parcel stays cancelled.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from cart import ledger_store, listing_store, order_store, refund_store
from cart.ledger import refund_postings
from cart.payment_store import Payment
from cart.payments import ProviderRefund
from cart.refund_store import Refund
from hosts import notices
from hosts.notices import Kind

logger = logging.getLogger(__name__)


async def reverse(connection: AsyncConnection, payment: Payment, found: Sequence[ProviderRefund]) -> int:
    """Take back those of a payment's refunds that have failed, each once; how many."""
    failed = [one for one in found if one.failed]
    if not failed:
        return 0
    await listing_store.lock_buyer(connection, payment.account_id)
    reversed_now = 0
    for one in failed:
        for given in await refund_store.fail(connection, payment.payment_id, one):
            await _reverse(connection, payment, given)
            reversed_now += 1
    return reversed_now


async def _reverse(connection: AsyncConnection, payment: Payment, given: Refund) -> None:
    (row,) = await order_store.parcel_by_id(connection, given.parcel_id)
    # A refund gives back the price first: of what has been given, the shipping came last.
    shipping = min(given.amount, int(row["refunded_shipping"]))
    goods = given.amount - shipping
    before = (int(row["refunded"]), int(row["refunded_shipping"]))
    after = (before[0] - goods, before[1] - shipping)
    if not given.amount or goods > before[0] or not await refund_store.give(connection, given.parcel_id, before, after):
        logger.warning("refund %s of payment %s failed and is in no parcel", given.refund_id, payment.payment_id)
        return
    sold = await ledger_store.sale_of(connection, given.parcel_id)
    entries = [
        replace(entry, amount=-entry.amount)
        for entry in refund_postings(row["buyer_id"], sold, (after[0], before[0]), shipping)
    ]
    await ledger_store.post(connection, row["order_id"], row["currency"], entries)
    logger.warning("refund %s of payment %s failed; the seller is told", given.refund_id, payment.payment_id)
    items = await order_store.items_of_parcels(connection, [given.parcel_id])
    await notices.add(
        connection,
        Kind.REFUND_FAILED,
        [row["seller_id"]],
        about=given.refund_id,
        path="/orders?tab=ship",
        title=items[0]["title"] if items else "",
        amount=given.amount,
        currency=row["currency"],
    )
