"""Money that goes back: a part of a parcel's price by its seller, or all of it by a cancellation before it is shipped.

The books and the parcel change in one transaction, which also writes the refund down; the provider is asked afterwards, and
again by the sweep until it has done it. The refund's own id makes asking twice harmless.
"""

from __future__ import annotations

import logging
import secrets
from collections import Counter

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cart import (
    idempotency_store,
    ledger_store,
    listing_store,
    order_store,
    parcel_states,
    refund_store,
    seller_terms_store,
)
from cart.announce import announce
from cart.errors import ParcelNotFound, ParcelStateError, RefundRefused
from cart.freeing import Freeing
from cart.idempotency import answered, fingerprint
from cart.ledger import refund_postings
from cart.news import News, Told
from cart.orders import read_parcel
from cart.payments import PaymentProvider
from cart.refund_store import Refund
from cart.shipping import parcel_price
from cart.views import Parcel
from hosts import notices, stock_store
from hosts.database import Database
from hosts.notices import Kind
from livestream.timeline import Timeline

logger = logging.getLogger(__name__)
MAX_REASON = 500


class Refunds:
    def __init__(
        self, timeline: Timeline, database: Database, provider: PaymentProvider, freeing: Freeing, news: News
    ) -> None:
        self._freeing = freeing
        self._news = news
        self._timeline = timeline
        self._database = database
        self._provider = provider
        self.counters: Counter[str] = Counter()

    async def give(self, parcel_id: str, by_id: str, key: str, amount: int, reason: str) -> Parcel:
        """Give back a part: of the price first, of the shipping when all of that has gone back.

        Raises: ParcelNotFound, RefundRefused, ParcelStateError, IdempotencyMismatch.
        """
        reason = parcel_states.note(reason, MAX_REASON)
        wanted = fingerprint("refund", parcel_id, amount, reason)
        async with self._database.writing() as connection:
            await listing_store.lock_buyer(connection, by_id)
            earlier = await idempotency_store.earlier_answer(connection, by_id, key, wanted)
            if earlier is not None:
                return msgspec.json.decode(earlier, type=Parcel)
            row = await _parcel(connection, parcel_id)
            await listing_store.lock_buyer(connection, row["buyer_id"])
            row = await _parcel(connection, parcel_id)
            _refuse_disputed(row)
            goods = await goods_left(connection, row)
            shipping = row["shipping"] - row["subsidy"] - row["refunded_shipping"]
            if not 1 <= amount <= goods + shipping:
                raise RefundRefused(
                    "At most what was paid and has not been refunded can go back.",
                    code="refund_too_much",
                    most=goods + shipping,
                )
            part = min(amount, goods)
            await refund(connection, row, by_id, part, amount - part, reason)
            parcel = await read_parcel(connection, parcel_id)
            await idempotency_store.remember(connection, by_id, key, wanted, answered(parcel))
        await self.sweep()
        return parcel

    async def cancel(self, parcel_id: str, by_id: str, reason: str, *, restock: bool) -> Parcel:
        """Nothing is shipped, everything goes back. ``restock``: the pieces are on sale again. Again is fine.

        Raises: ParcelNotFound, RefundRefused (code ``shipped``: it is on its way), ParcelStateError.
        """
        reason = parcel_states.note(reason, MAX_REASON)
        async with self._timeline.transaction() as transaction:
            connection = transaction.connection
            row = await _parcel(connection, parcel_id)
            await listing_store.lock_buyer(connection, row["buyer_id"])
            items = await order_store.items_of_parcels(connection, [parcel_id])
            await listing_store.lock_listings(connection, {item["listing_id"] for item in items})
            row = await _parcel(connection, parcel_id)
            if row["state"] == "cancelled":
                return await read_parcel(connection, parcel_id)
            _refuse_disputed(row)
            if not await order_store.move_parcel(connection, parcel_id, "to_ship", "cancelled", None):
                raise RefundRefused(
                    "This parcel is on its way already. Ask the seller for a refund instead.", code="shipped"
                )
            shipping, subsidy = await _shipping_back(connection, row)
            await refund(connection, row, by_id, await goods_left(connection, row), shipping, reason, subsidy)
            told: list[Told] = []
            if restock:
                for item in items:
                    await stock_store.put_back(connection, item["listing_id"])
                    told += await self._freeing.free(transaction, item["listing_id"], 0)
                await announce(transaction, "freed", {item["listing_id"] for item in items})
            parcel = await read_parcel(connection, parcel_id)
        await self._news.tell(told)
        self.counters["parcels_cancelled"] += 1
        await self.sweep()
        return parcel

    async def sweep(self) -> float:
        """Tell the provider what it has not heard of. Returns the seconds until the next sweep."""
        async with self._database.reading() as connection:
            waiting = await refund_store.begun(connection)
        for one in waiting:
            try:
                await self._provider.refund(one.refund_id, one.payment_id, one.amount)
            except Exception:
                logger.exception("refund %s is not done yet", one.refund_id)
                continue
            async with self._database.writing() as connection:
                await refund_store.done(connection, one.refund_id)
            self.counters["refunds"] += 1
        return 5.0


async def refund(
    connection: AsyncConnection,
    row: sa.RowMapping,
    by_id: str | None,
    goods: int,
    shipping: int,
    reason: str,
    subsidy_back: int = 0,
    *,
    reference: str | None = None,
) -> None:
    """Book a part of a parcel that goes back, and tell both. ``reference``: the provider has done it already, under this name."""
    before = (row["refunded"], row["refunded_shipping"])
    after = (before[0] + goods, before[1] + shipping)
    if not await refund_store.give(connection, row["parcel_id"], before, after):
        raise ParcelStateError("The parcel has changed meanwhile. Look at it again.", code="parcel_changed")
    sold = await ledger_store.sale_of(connection, row["parcel_id"])
    entries = refund_postings(row["buyer_id"], sold, (before[0], after[0]), shipping, subsidy_back=subsidy_back)
    await ledger_store.post(connection, row["order_id"], row["currency"], entries)
    if not goods + shipping:
        return
    refund_id = secrets.token_urlsafe(12)
    given = Refund(
        refund_id, row["parcel_id"], row["payment_id"], by_id, goods + shipping, row["currency"], reason, reference
    )
    await refund_store.add(connection, given)
    items = await order_store.items_of_parcels(connection, [row["parcel_id"]])
    told = [(Kind.REFUNDED, row["buyer_id"], "/orders")]
    if by_id != row["seller_id"]:
        told.append((Kind.SALE_UNDONE, row["seller_id"], "/orders?tab=ship"))
    for kind, account_id, path in told:
        await notices.add(
            connection,
            kind,
            [account_id],
            about=refund_id,
            path=path,
            title=items[0]["title"] if items else "",
            amount=goods + shipping,
            currency=row["currency"],
        )


async def goods_left(connection: AsyncConnection, row: sa.RowMapping) -> int:
    items = await order_store.items_of_parcels(connection, [row["parcel_id"]])
    return sum(int(item["price"] - item["discount"]) for item in items) - int(row["refunded"])


async def _shipping_back(connection: AsyncConnection, row: sa.RowMapping) -> tuple[int, int]:
    """Of a cancelled parcel's shipping: (to the buyer, to the platform). What the rest of its shipment needs stays."""
    shipment_id = row["shipment_id"] or row["parcel_id"]
    others = [
        other
        for other in await order_store.shipment(connection, shipment_id)
        if other["parcel_id"] != row["parcel_id"] and other["state"] != "cancelled"
    ]
    terms = await seller_terms_store.terms_of(connection, row["seller_id"])
    needed = parcel_price(terms.rates.get(row["currency"], ()), sum(other["weight"] for other in others))
    paid = sum(other["shipping"] - other["refunded_shipping"] for other in others)
    free = max(row["shipping"] - row["refunded_shipping"] - max(needed - paid, 0), 0)
    buyer = min(free, row["shipping"] - row["subsidy"] - row["refunded_shipping"])
    return buyer, min(free - buyer, row["subsidy"])


def _refuse_disputed(row: sa.RowMapping) -> None:
    if row["dispute"] == "open":
        raise RefundRefused(
            "The buyer's bank is looking into this payment. Wait for its answer, or it would be paid back twice.",
            code="disputed",
        )


async def _parcel(connection: AsyncConnection, parcel_id: str) -> sa.RowMapping:
    rows = await order_store.parcel_by_id(connection, parcel_id)
    if not rows:
        raise ParcelNotFound("There is no such parcel.")
    return rows[0]
