"""Brings every payment to an end: an order when all its holds still live, else nothing is charged.

The request that began a payment does this itself. When its server dies on the way, the sweep does it, at start and
after the lease: what the provider has authorised is completed or voided, what it never heard of is closed there. Every
step is a conditional UPDATE of the payment's state, so a request and a sweep that meet cannot both take it.
"""

from __future__ import annotations

import logging
import secrets
from collections import Counter
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from cart import hold_store, idempotency_store, ledger_store, listing_store, order_store, payment_store, quote_store
from cart.announce import announce
from cart.errors import CartError, ConfirmationNeeded, Declined, HoldGone, PaymentUnavailable
from cart.hold_rules import confirming_until
from cart.hold_store import HoldRow
from cart.idempotency import REMEMBERED, answered, refused
from cart.ledger import ParcelSale, Sale, postings
from cart.money import split, totals
from cart.orders import read_order
from cart.payment_states import CONFIRM_MS, late_refund
from cart.payment_store import Payment
from cart.payments import PaymentProvider
from cart.quotes import ParcelQuote, PieceQuote
from cart.views import Order
from hosts import card_store, notices, stock_store
from hosts.cards import ListingCard
from hosts.database import Database
from hosts.database_time import read_now_ms
from hosts.notices import Kind
from livestream.timeline import Timeline, Transaction

logger = logging.getLogger(__name__)


class Taken(Exception):
    """Somebody else has taken this payment a step further."""


def needed(payment: Payment) -> ConfirmationNeeded:
    """What the buyer is told while the bank's question is open."""
    return ConfirmationNeeded(
        "Your bank wants you to confirm this payment. Nothing is charged yet, and your piece stays held meanwhile.",
        payment_id=payment.payment_id,
        secret=payment.confirmation,
        amount=payment.amount,
        currency=payment.currency,
        until=payment.lease_until,
    )


class Settlement:
    def __init__(self, timeline: Timeline, database: Database, provider: PaymentProvider) -> None:
        self._timeline = timeline
        self._database = database
        self._provider = provider
        self.counters: Counter[str] = Counter()

    async def start(self) -> None:
        """On SQLite one server has the file: whatever is unsettled when it starts was left behind by its own death."""
        async with self._database.writing() as connection:
            if connection.dialect.name == "sqlite":
                await payment_store.end_leases(connection)

    async def ask(self, payment: Payment, secret: str) -> ConfirmationNeeded:
        """The buyer's bank asks: keep the holds meanwhile. What is returned is to be raised. Raises: HoldGone, Taken."""
        try:
            async with self._timeline.transaction() as transaction:
                connection = transaction.connection
                await listing_store.lock_buyer(connection, payment.account_id)
                wanted = await hold_store.by_ids(connection, payment.hold_ids)
                await listing_store.lock_listings(connection, {row.listing_id for row in wanted})
                holds = await hold_store.by_ids(connection, payment.hold_ids)
                now = await read_now_ms(connection)
                gone = [row.hold_id for row in holds if not row.live(now)]
                if gone:
                    raise HoldGone("A piece is no longer held for you, so nothing was charged.", hold_ids=gone)
                ends = {row.hold_id: confirming_until(row.until, row.created_at, now) for row in holds}
                until = min((*ends.values(), now + CONFIRM_MS))
                if not await payment_store.ask(connection, payment, secret, until):
                    raise Taken
                later = [row for row in holds if ends[row.hold_id] > row.until]
                for row in later:
                    await hold_store.extend(connection, row.hold_id, ends[row.hold_id])
                if later:
                    await announce(transaction, "held", {row.listing_id for row in later})
        except HoldGone as error:
            await self.cancel(payment, error)
            raise
        self.counters["payments_asked"] += 1
        return needed(replace(payment, confirmation=secret, lease_until=until))

    async def confirmed(self, payment: Payment) -> Order | None:
        """Ask the provider how the bank's question was answered, and go on from there; None for a reservation.

        Raises: ConfirmationNeeded while it is open, Declined, HoldGone, Taken.
        """
        standing = await self._provider.standing(payment.payment_id)
        if standing == "asking":
            async with self._database.reading() as connection:
                over = await read_now_ms(connection) >= payment.lease_until
            if not over:
                raise needed(payment)
            error = Declined(
                "The payment was not confirmed in time, so nothing was charged. You can try again.",
                code="not_confirmed",
            )
            await self.cancel(payment, error)
            raise error
        if standing == "authorised":
            async with self._database.writing() as connection:
                if not await payment_store.confirmed(connection, payment):
                    raise Taken
            self.counters["payments_confirmed"] += 1
            return None if payment.reservation else await self.complete(replace(payment, state="begun"))
        refusal = Declined(
            "Your bank did not confirm this payment. Nothing was charged; please try again or use another card. "
            "Your piece stays held meanwhile.",
            code="not_confirmed",
        )
        if standing == "declined":
            await self.declined(payment, refusal)
        else:
            await self.cancel(payment, refusal)
        raise refusal

    async def replaced(self, connection: AsyncConnection, payment: Payment) -> None:
        """In the transaction of another payment for the same holds: this one, whose bank still asks, is let go of."""
        if await payment_store.move(connection, payment.payment_id, "asking", "voiding"):
            error = Declined("You have paid another way meanwhile. Nothing was charged for this one.", code="replaced")
            await idempotency_store.answer(connection, payment.account_id, payment.key, refused(error))
            await payment_store.end_lease(connection, payment.payment_id)

    async def complete(self, payment: Payment) -> Order:
        """Turn an authorised payment into an order. Raises: HoldGone (then it is voided), Taken."""
        try:
            async with self._timeline.transaction() as transaction:
                order = await self._sell(transaction, payment)
        except HoldGone as error:
            await self.cancel(payment, error)
            raise
        self.counters["orders"] += 1
        await self._capture(payment)
        return order

    async def cancel(self, payment: Payment, error: CartError) -> None:
        """Charge nothing. The key answers ``error`` from now on, or is free again where trying again may help. Raises: Taken."""
        async with self._database.writing() as connection:
            if not await payment_store.move(connection, payment.payment_id, payment.state, "voiding"):
                raise Taken
            if isinstance(error, REMEMBERED):
                await idempotency_store.answer(connection, payment.account_id, payment.key, refused(error))
            else:
                await idempotency_store.forget(connection, payment.account_id, payment.key)
        await self._void(payment)

    async def declined(self, payment: Payment, error: Declined) -> None:
        """The provider said no. Raises: Taken."""
        async with self._database.writing() as connection:
            if not await payment_store.move(connection, payment.payment_id, payment.state, "declined"):
                raise Taken
            await idempotency_store.answer(connection, payment.account_id, payment.key, refused(error))
        self.counters["payments_declined"] += 1

    async def sweep(self) -> float:
        """Settle what others left behind. Returns the seconds until the next sweep."""
        async with self._database.reading() as connection:
            left = await payment_store.overdue(connection)
        for payment in left:
            try:
                await self.settle(payment)
            except Taken:
                continue
            except Exception:
                logger.exception("payment %s is not settled yet", payment.payment_id)
        return 1.0

    async def settle(self, payment: Payment) -> None:
        """Take one payment as far as it goes. Raises what the provider or the database raises: then it is tried again."""
        if payment.state == "paid":
            await self._capture(payment)
        elif payment.state == "voiding":
            await self._void(payment)
        elif payment.state == "reserved":
            await self.release(payment)
        elif payment.state == "begun":
            await self._resolve(payment)
        elif payment.state == "asking":
            try:
                await self.confirmed(payment)
            except (ConfirmationNeeded, Declined, HoldGone) as error:
                logger.info("payment %s was not confirmed: %s", payment.payment_id, error.code)

    async def release(self, payment: Payment) -> None:
        """Let go of a reservation. Raises: Taken."""
        async with self._database.writing() as connection:
            if not await payment_store.move(connection, payment.payment_id, "reserved", "voiding"):
                raise Taken
        await self._void(payment)

    async def _resolve(self, payment: Payment) -> None:
        standing = await self._provider.standing(payment.payment_id)
        logger.warning("payment %s was left behind; the provider says: %s", payment.payment_id, standing)
        self.counters["payments_resolved"] += 1
        if standing == "authorised":
            try:
                await self.complete(payment)
            except HoldGone:
                logger.info("payment %s was voided: a hold had ended", payment.payment_id)
        elif standing == "declined":
            await self.declined(payment, Declined("The bank declined this card. Nothing was charged."))
        else:
            await self.cancel(payment, PaymentUnavailable("The payment was interrupted and nothing was charged."))

    async def _capture(self, payment: Payment) -> None:
        """What fails is left to the sweep: the order stands, and the authorisation with it."""
        try:
            await self._provider.capture(payment.payment_id, payment.to_capture)
        except Exception:
            logger.exception("payment %s is not captured yet", payment.payment_id)
            return
        async with self._database.writing() as connection:
            await payment_store.move(connection, payment.payment_id, "paid", "captured")

    async def _void(self, payment: Payment) -> None:
        """Let go of the money; what the provider took in the meantime goes back."""
        try:
            await self._let_go(payment)
        except Exception:
            logger.exception("payment %s is not voided yet", payment.payment_id)
            return
        async with self._database.writing() as connection:
            await payment_store.move(connection, payment.payment_id, "voiding", "voided")
        self.counters["payments_voided"] += 1

    async def _let_go(self, payment: Payment) -> None:
        try:
            await self._provider.void(payment.payment_id)
        except ValueError:
            if await self._provider.standing(payment.payment_id) != "captured":
                raise
            await self._provider.refund(late_refund(payment.payment_id), payment.payment_id, payment.amount)
            logger.warning("payment %s came too late and was refunded", payment.payment_id)
            self.counters["payments_refunded_late"] += 1

    async def _sell(self, transaction: Transaction, payment: Payment) -> Order:
        """Transaction 2. Raises: HoldGone, Taken."""
        connection = transaction.connection
        await listing_store.lock_buyer(connection, payment.account_id)
        listing_ids = {row.listing_id for row in await hold_store.by_ids(connection, payment.hold_ids)}
        await listing_store.lock_listings(connection, listing_ids)
        if not await payment_store.move(connection, payment.payment_id, "begun", "paid"):
            raise Taken
        holds = await hold_store.by_ids(connection, payment.hold_ids)
        now = await read_now_ms(connection)
        gone = [row.hold_id for row in holds if not row.live(now)]
        if gone:
            raise HoldGone("A piece is no longer held for you, so nothing was charged.", hold_ids=gone)
        if await hold_store.end(connection, payment.hold_ids, "sold") != len(payment.hold_ids):
            raise RuntimeError("a locked hold changed")
        for row in holds:
            if not await stock_store.sell(connection, row.listing_id):
                raise RuntimeError(f"listing {row.listing_id} has a hold but no held piece")
        order_id = await self._write(transaction, payment, holds, now)
        await announce(transaction, "sold", listing_ids)
        order = await read_order(connection, order_id)
        await idempotency_store.answer(connection, payment.account_id, payment.key, answered(order))
        return order

    async def _write(self, transaction: Transaction, payment: Payment, holds: list[HoldRow], now: int) -> str:
        """The order with its parcels, pieces and ledger; its id."""
        connection = transaction.connection
        order_id = secrets.token_urlsafe(12)
        quotes = payment.quote or await quote_store.read(connection, payment.account_id, payment.address, holds, 0)
        sums = totals(quotes)
        if sums.total != payment.amount:
            raise RuntimeError("the amount paid is not the price of the holds")
        order = {
            "order_id": order_id,
            "buyer_id": payment.account_id,
            "payment_id": payment.payment_id,
            "subtotal": sums.subtotal,
            "discount": sums.discount,
            "shipping": sums.shipping,
            "currency": payment.currency,
            "created_at": now,
        }
        await order_store.add_order(connection, order, payment.address)
        rows = {row.hold_id: row for row in holds}
        cards = await card_store.cards(connection, [row.listing_id for row in holds], None)
        sales = []
        for parcel in quotes:
            parcel_id = secrets.token_urlsafe(12)
            await order_store.add_parcel(connection, _parcel_row(parcel, parcel_id, order_id, now))
            items = [
                _item_row(piece, rows[piece.hold_id], cards[rows[piece.hold_id].listing_id], parcel, parcel_id, now)
                for piece in parcel.pieces
            ]
            await order_store.add_items(connection, items)
            sales.append(_sale(parcel, parcel_id, rows))
            await notices.add(
                connection,
                Kind.SOLD,
                [parcel.seller_id],
                about=parcel_id,
                path="/orders?tab=ship",
                title=cards[rows[parcel.pieces[0].hold_id].listing_id].title,
                amount=parcel.goods - parcel.discount,
                currency=parcel.currency,
            )
        await ledger_store.post(connection, order_id, payment.currency, postings(payment.account_id, sales))
        return order_id


def _parcel_row(parcel: ParcelQuote, parcel_id: str, order_id: str, now: int) -> dict[str, object]:
    return {
        "parcel_id": parcel_id,
        "order_id": order_id,
        "seller_id": parcel.seller_id,
        "state": "to_ship",
        "shipment_id": parcel.joins or parcel_id,
        "weight": parcel.weight,
        "shipping": parcel.shipping,
        "subsidy": parcel.subsidy,
        "created_at": now,
    }


def _item_row(
    piece: PieceQuote, row: HoldRow, card: ListingCard, parcel: ParcelQuote, parcel_id: str, now: int
) -> dict[str, object]:
    curator = parcel.curator if row.curator_id is not None else 0
    return {
        "hold_id": row.hold_id,
        "parcel_id": parcel_id,
        "listing_id": row.listing_id,
        "title": card.title,
        "photo": card.photo,
        "price": row.price,
        "discount": piece.discount,
        "currency": row.currency,
        "show_id": row.show_id,
        "curator_id": row.curator_id,
        "at": row.at,
        "credit": split(piece.net, curator).curator,
        "sold_at": now,
    }


def _sale(parcel: ParcelQuote, parcel_id: str, rows: dict[str, HoldRow]) -> ParcelSale:
    sales = tuple(
        Sale(row.listing_id, piece.net, row.curator_id, parcel.curator, row.show_id, row.at)
        for piece, row in ((piece, rows[piece.hold_id]) for piece in parcel.pieces)
    )
    return ParcelSale(parcel_id, parcel.seller_id, sales, parcel.shipping, parcel.subsidy)
