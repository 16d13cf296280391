"""Refunds that were begun at the payment provider, in its dashboard, and not here: the books and the parcels follow.

Such a refund names a payment and no parcel. It is spread over the order's parcels in proportion to what each has left to
give back; a parcel that was not shipped yet and has nothing left is cancelled, so that nobody ships it for nothing. Its
pieces do not go on sale by themselves: why the money went back is known to people only.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from cart import ledger_store, listing_store, order_store, refund_store
from cart.ledger import Posting
from cart.payment_store import Payment
from cart.payments import ProviderRefund
from cart.refunds import goods_left, refund

logger = logging.getLogger(__name__)
REASON = "Refunded at the payment provider."


def spread(amount: int, left: Sequence[int]) -> list[int]:
    """``amount`` in proportion to what is left in each place, to the last minor unit and never more than that. Pure."""
    whole = sum(left)
    if not 0 <= amount <= whole:
        raise ValueError("more than there is")
    given, sums = [], 0
    before = 0
    for one in left:
        sums += one
        after = amount * sums // whole if whole else 0
        given.append(after - before)
        before = after
    return given


async def book(connection: AsyncConnection, payment: Payment, found: Sequence[ProviderRefund]) -> int:
    """Write down those of the provider's refunds of a payment that are not known here; how many."""
    order_id = await order_store.order_of_payment(connection, payment.payment_id)
    if order_id is None:
        return 0  # what was paid for nothing went back as a whole
    await listing_store.lock_buyer(connection, payment.account_id)
    booked = 0
    for one in found:
        if one.ours or one.failed or await refund_store.known(connection, one.reference):
            continue
        await _book(connection, payment, order_id, one)
        booked += 1
    return booked


async def _book(connection: AsyncConnection, payment: Payment, order_id: str, one: ProviderRefund) -> None:
    rows = await order_store.parcels_of_orders(connection, [order_id])
    goods = [await goods_left(connection, row) for row in rows]
    shipping = [int(row["shipping"] - row["subsidy"] - row["refunded_shipping"]) for row in rows]
    left = [each + more for each, more in zip(goods, shipping, strict=True)]
    part = min(one.amount, sum(left))
    for row, price, most, share in zip(rows, goods, left, spread(part, left), strict=True):
        if not share:
            continue
        ends = share == most and await order_store.move_parcel(
            connection, row["parcel_id"], "to_ship", "cancelled", None
        )
        back = min(share, price)
        subsidy = int(row["subsidy"]) if ends else 0
        await refund(connection, row, None, back, share - back, REASON, subsidy, reference=one.reference)
    # The same money may have been given back here in the same moment, of which the provider has not heard: it is done then.
    rest = await refund_store.cover(connection, payment.payment_id, one.amount - part)
    if rest:
        logger.warning("payment %s: %s more were refunded than its order has left", payment.payment_id, rest)
        entries = [Posting("buyer", payment.account_id, "refund", rest), Posting("platform", None, "refund", -rest)]
        await ledger_store.post(connection, order_id, payment.currency, entries)
    if not part:
        await refund_store.remember(connection, payment, one.reference, rows[0]["parcel_id"])
