"""Money reserved ahead of a sale, as a bid needs it: authorised with the saved card now, taken when the bid has won.

payment_id = await reservations.reserve(bidder, most, "USD")      # raises Declined: the bid does not count
order = await reservations.spend(payment_id, [hold_id])           # the bid won: takes what the holds cost
await reservations.release(payment_id)                            # it did not
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Sequence
from dataclasses import replace

from cart import listing_store, order_store, payment_store, quote_store
from cart.checkout import lock_holds
from cart.errors import CartError, Declined, InvalidCheckout, PaymentUnavailable
from cart.money import totals
from cart.payment_states import PROVIDER_SECONDS
from cart.payment_store import Payment
from cart.payments import BankAsks
from cart.settlement import Taken
from cart.till import Till
from cart.views import Order

logger = logging.getLogger(__name__)


class Reservations(Till):
    async def reserve(self, buyer_id: str, amount: int, currency: str, key: str | None = None) -> str:
        """Reserve ``amount`` minor units, shipping included, on the saved card; the payment's id.

        ``key``: what it is for. Nobody may forget it: ``spend`` or ``release`` it. One that was forgotten is let go after a
        day, one that the bank asked about and nobody used afterwards after some minutes.

        Raises: InvalidCheckout (codes ``no_saved_card``, ``no_saved_address``), Declined, PaymentUnavailable;
        ConfirmationNeeded, after which it is reserved once the buyer has confirmed (``confirmations``).
        """
        _, card = await self._methods.source(buyer_id, None)
        async with self._database.writing() as connection:
            address = await order_store.saved_address(connection, buyer_id)
            if address is None:
                raise InvalidCheckout("Say where the parcel goes first.", code="no_saved_address", field="address")
            payment_id = secrets.token_urlsafe(12)
            payment = Payment(
                payment_id=payment_id,
                account_id=buyer_id,
                key=key or f"reservation-{payment_id}",
                amount=amount,
                currency=currency,
                state="reserved",
                hold_ids=(),
                address=address,
                provider=self._provider.name,
                authorised=amount,
            )
            await payment_store.begin(connection, payment)
        try:
            async with asyncio.timeout(PROVIDER_SECONDS):
                await self._provider.authorise(payment_id, amount, currency, card)
        except BankAsks as question:
            try:
                raise await self._settlement.ask(payment, question.secret)
            except Taken:
                raise _over() from None
        except Declined:
            async with self._database.writing() as connection:
                await payment_store.move(connection, payment_id, "reserved", "declined")
            raise
        except Exception as error:
            logger.exception("the payment provider failed on reservation %s", payment_id)
            await self.release(payment_id)
            raise PaymentUnavailable(
                "The payment service does not answer. Nothing was charged; please try again."
            ) from error
        return payment_id

    async def spend(self, payment_id: str, hold_ids: Sequence[str]) -> Order:
        """Pay for holds with it. When this raises nothing is charged and the reservation is let go; the holds stay.

        Raises: HoldGone, InvalidCheckout (the holds cost more than was reserved, or another currency), CartError (spent).
        """
        async with self._database.reading() as connection:
            payment = await payment_store.payment(connection, payment_id)
        if payment.state != "reserved":
            raise _over()
        try:
            async with self._timeline.transaction() as transaction:
                await listing_store.lock_buyer(transaction.connection, payment.account_id)
                holds = await lock_holds(transaction, payment.account_id, tuple(hold_ids))
                connection = transaction.connection
                parcels = await quote_store.read(connection, payment.account_id, payment.address, holds, self._subsidy)
                parcels = await quote_store.claim_first_sales(connection, payment_id, parcels)
                cost = totals(parcels).total
                if cost > payment.amount or {row.currency for row in holds} != {payment.currency}:
                    raise InvalidCheckout("The holds cost more than was reserved.", code="reserved_too_little")
                payment = replace(payment, state="begun", amount=cost, hold_ids=tuple(hold_ids), quote=tuple(parcels))
                if not await payment_store.spend(connection, payment):
                    raise _over()
        except CartError as error:
            if error.code != "reservation_over":
                await self.release(payment_id)
            raise
        try:
            return await self._settlement.complete(payment)
        except Taken:
            raise CartError("The payment was settled meanwhile; look at your orders.", code="settled") from None

    async def release(self, payment_id: str) -> None:
        """Let the money go. One that was spent or released before stays as it is."""
        async with self._database.reading() as connection:
            payment = await payment_store.payment(connection, payment_id)
        if payment.state == "reserved":
            try:
                await self._settlement.release(payment)
            except Taken:
                return


def _over() -> CartError:
    return CartError("This reservation was spent or released before.", code="reservation_over")
