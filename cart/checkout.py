"""Checkout: begin in one transaction, pay outside any, sell in another (``settlement``)."""

from __future__ import annotations

import asyncio
import logging
import secrets
from dataclasses import dataclass

import msgspec

from cart import hold_store, idempotency_store, listing_store, order_store, payment_store, quote_store
from cart.address import Address, clean
from cart.announce import announce
from cart.errors import CartError, Declined, HoldGone, InProgress, InvalidCard, InvalidCheckout, PaymentUnavailable
from cart.hold_rules import HOLDS_PER_BUYER, extended_until
from cart.hold_store import HoldRow
from cart.idempotency import fingerprint
from cart.money import totals
from cart.payment_card import PaymentCard, payment_card
from cart.payment_states import PROVIDER_SECONDS
from cart.payment_store import Payment
from cart.payments import BankAsks, Source
from cart.settlement import Taken, needed
from cart.till import Till
from cart.views import Order
from hosts.database_time import read_now_ms
from livestream.timeline import Transaction

logger = logging.getLogger(__name__)


class CardInput(msgspec.Struct, frozen=True):
    """As typed by the buyer."""

    card_number: str
    expiry: str
    cvc: str

    def __repr__(self) -> str:
        return "CardInput(...)"  # card numbers stay out of logs and tracebacks


class CheckoutRequest(msgspec.Struct, frozen=True):
    """Without an address the saved one counts; without ``payment`` the saved card ``method_id``, or the main one: one tap.

    ``save_card``: keep the typed card for the next time, once it has paid. ``total``: what the buyer was shown; another one
    is refused (code ``total_changed``), never charged.
    """

    hold_ids: list[str]
    address: Address | None = None
    payment: CardInput | None = None
    method_id: str | None = None
    save_card: bool = False
    total: int | None = None


@dataclass(frozen=True, slots=True)
class _Wish:
    """A checked request."""

    buyer_id: str
    key: str
    hold_ids: tuple[str, ...]
    address: Address
    source: Source
    hint: str  # which card it is, without its number
    total: int | None

    @property
    def fingerprint(self) -> str:
        return fingerprint("checkout", sorted(self.hold_ids), self.address, self.hint)


class Checkout(Till):
    async def pay(self, buyer_id: str, key: str, request: CheckoutRequest) -> Order:
        """Buy what is held. The order is durable when this returns; whatever it raises, nothing is charged.

        Raises: InvalidCheckout, InvalidCard, HoldGone, Declined, PaymentUnavailable, IdempotencyMismatch, InProgress;
        ConfirmationNeeded when the bank asks the buyer first (``confirmations``).
        """
        wish = await self._check(buyer_id, key, request)
        try:
            async with self._timeline.transaction() as transaction:
                begun = await self._begin(transaction, wish)
        except InProgress:
            async with self._database.reading() as connection:
                asking = await payment_store.asking(connection, buyer_id, key)
            if asking:
                raise needed(asking[0]) from None
            raise
        if isinstance(begun, Order):
            return begun
        try:
            await self._authorise(begun, wish.source)
            order = await self._settlement.complete(begun)
        except Taken:
            # The sweep, or the provider's event, was faster and has settled the payment: its answer is the answer.
            order = await self._answer_given(wish)
        if request.save_card and isinstance(wish.source, PaymentCard):
            await self._save(buyer_id, wish.source)
        return order

    async def _check(self, buyer_id: str, key: str, request: CheckoutRequest) -> _Wish:
        hold_ids = tuple(request.hold_ids)
        if not 1 <= len(hold_ids) <= HOLDS_PER_BUYER or len(set(hold_ids)) != len(hold_ids):
            raise InvalidCheckout(f"Choose 1 to {HOLDS_PER_BUYER} different pieces from your bag.", field="hold_ids")
        async with self._database.reading() as connection:
            now = await read_now_ms(connection)
            saved = await order_store.saved_address(connection, buyer_id)
        source: Source
        if request.payment is not None:
            source = payment_card(request.payment.card_number, request.payment.expiry, request.payment.cvc, now)
            hint = source.hint
        else:
            hint, source = await self._methods.source(buyer_id, request.method_id)
        address = clean(request.address) if request.address is not None else saved
        if address is None:
            raise InvalidCheckout("Say where the parcel goes first.", code="no_saved_address", field="address")
        return _Wish(buyer_id, key, hold_ids, address, source, hint, request.total)

    async def _save(self, buyer_id: str, card: PaymentCard) -> None:
        """The order stands: a card that cannot be saved is typed again the next time."""
        try:
            await self._methods.add(buyer_id, card)
        except CartError as error:
            logger.info("a card was not saved: %s", error.code)
        except Exception:
            logger.exception("a card was not saved")

    async def _begin(self, transaction: Transaction, wish: _Wish) -> Payment | Order:
        """Transaction 1b: the key, the holds with time enough to pay, the payment; or the order this key has bought."""
        connection = transaction.connection
        await listing_store.lock_buyer(connection, wish.buyer_id)
        earlier = await idempotency_store.earlier_answer(connection, wish.buyer_id, wish.key, wish.fingerprint)
        if earlier is not None:
            return msgspec.json.decode(earlier, type=Order)
        holds = await lock_holds(transaction, wish.buyer_id, wish.hold_ids)
        currencies = {row.currency for row in holds}
        if len(currencies) > 1:
            names = sorted(currencies)
            raise InvalidCheckout(
                f"Pay for {' and '.join(names)} in separate orders.",
                code="mixed_currencies",
                field="hold_ids",
                currencies=names,
            )
        now = await read_now_ms(connection)
        later = [row for row in holds if extended_until(row.until, row.extended, now) > row.until]
        for row in holds:
            await hold_store.extend(connection, row.hold_id, extended_until(row.until, row.extended, now))
        if later:
            await announce(transaction, "held", {row.listing_id for row in later})
        for other in await payment_store.asking(connection, wish.buyer_id):
            if set(other.hold_ids) & set(wish.hold_ids):
                await self._settlement.replaced(connection, other)
        payment_id = secrets.token_urlsafe(12)
        parcels = await quote_store.read(connection, wish.buyer_id, wish.address, holds, self._subsidy)
        parcels = await quote_store.claim_first_sales(connection, payment_id, parcels)
        amount = totals(parcels).total
        if wish.total is not None and wish.total != amount:
            raise InvalidCheckout(
                "The total has changed since you looked. Nothing was charged; please look at it again.",
                code="total_changed",
                total=amount,
            )
        payment = Payment(
            payment_id=payment_id,
            account_id=wish.buyer_id,
            key=wish.key,
            amount=amount,
            currency=currencies.pop(),
            state="begun",
            hold_ids=wish.hold_ids,
            address=wish.address,
            provider=self._provider.name,
            quote=tuple(parcels),
        )
        await payment_store.begin(connection, payment)
        await idempotency_store.remember(connection, wish.buyer_id, wish.key, wish.fingerprint, None)
        return payment

    async def _authorise(self, payment: Payment, source: Source) -> None:
        """Raises: Declined, PaymentUnavailable, Taken; the payment is settled then. ConfirmationNeeded."""
        try:
            async with asyncio.timeout(PROVIDER_SECONDS):
                await self._provider.authorise(payment.payment_id, payment.amount, payment.currency, source)
        except BankAsks as question:
            raise await self._settlement.ask(payment, question.secret) from None
        except Declined as error:
            await self._settlement.declined(payment, error)
            raise
        except InvalidCard:
            await self._settlement.cancel(payment, InvalidCard("This card cannot be used here."))
            raise
        except Exception as error:
            logger.exception("the payment provider failed on payment %s", payment.payment_id)
            unavailable = PaymentUnavailable(
                "The payment service does not answer. Nothing was charged; please try again."
            )
            await self._settlement.cancel(payment, unavailable)
            raise unavailable from error

    async def _answer_given(self, wish: _Wish) -> Order:
        async with self._database.reading() as connection:
            given = await idempotency_store.earlier_answer(connection, wish.buyer_id, wish.key, wish.fingerprint)
        if given is None:
            raise CartError("The payment was settled meanwhile; look at your orders.", code="settled")
        return msgspec.json.decode(given, type=Order)


async def lock_holds(transaction: Transaction, buyer_id: str, hold_ids: tuple[str, ...]) -> list[HoldRow]:
    """A buyer's live holds with their listings locked.

    Raises: HoldGone when a hold is over, unknown or somebody else's: the buyer is told no difference.
    """
    connection = transaction.connection
    wanted = await hold_store.by_ids(connection, hold_ids)
    await listing_store.lock_listings(connection, {row.listing_id for row in wanted})
    now = await read_now_ms(connection)
    live = [row for row in await hold_store.by_ids(connection, hold_ids) if row.buyer_id == buyer_id and row.live(now)]
    gone = sorted(set(hold_ids) - {row.hold_id for row in live})
    if gone:
        raise HoldGone("A piece in your bag is no longer held for you. Nothing was charged.", hold_ids=gone)
    return live
