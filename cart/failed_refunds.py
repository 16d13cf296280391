"""Refunds that the provider could not bring to the buyer after all, because the card was closed: the books take them back.

The provider says so days later. The money is with the shop again then, and the buyer has not got it: the parcel has that much
more to give back, which its buyer and its seller are told, who finds another way or tries again. A cancelled parcel stays
cancelled. Money that came too late for any order belongs to no seller: its way back is up to whoever runs the shop.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from cart import hold_store, ledger_store, listing_store, order_store, refund_store
from cart.ledger import refund_postings
from cart.payment_states import late_refund
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
        if one.ours and one.refund_id == late_refund(payment.payment_id):
            reversed_now += await _late(connection, payment, one)
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
        logger.error("refund %s of payment %s failed and is in no parcel", given.refund_id, payment.payment_id)
        return
    sold = await ledger_store.sale_of(connection, given.parcel_id)
    entries = [
        replace(entry, amount=-entry.amount)
        for entry in refund_postings(row["buyer_id"], sold, (after[0], before[0]), shipping)
    ]
    await ledger_store.post(connection, row["order_id"], row["currency"], entries)
    logger.error("refund %s of payment %s failed; buyer and seller are told", given.refund_id, payment.payment_id)
    items = await order_store.items_of_parcels(connection, [given.parcel_id])
    told = ((Kind.REFUND_FAILED, row["seller_id"], "/orders?tab=ship"), (Kind.REFUND_OWED, row["buyer_id"], "/orders"))
    for kind, account_id, path in told:
        await notices.add(
            connection,
            kind,
            [account_id],
            about=given.refund_id,
            path=path,
            title=items[0]["title"] if items else "",
            amount=given.amount,
            currency=row["currency"],
        )


async def _late(connection: AsyncConnection, payment: Payment, one: ProviderRefund) -> int:
    """Of money that came after its hold had ended, and is in no book. 1 the first time, then 0."""
    held = await hold_store.by_ids(connection, payment.hold_ids[:1])
    title = (await listing_store.listing(connection, held[0].listing_id)).title if held else ""
    told = await notices.add(
        connection,
        Kind.REFUND_OWED,
        [payment.account_id],
        about=one.refund_id,
        path="/orders",
        title=title,
        amount=one.amount,
        currency=payment.currency,
    )
    if told:
        logger.error("payment %s came too late, and its refund failed: find another way", payment.payment_id)
    return told
