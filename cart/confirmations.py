"""Payments that a buyer's bank wants confirmed first (3-D Secure): what is open, and how it went on.

The page answers the bank, not us: with Stripe in a frame of the bank's, with the test provider on our own page. Afterwards
it asks here, and an event of the provider may come before, after or instead: each only looks where the payment stands.
"""

from __future__ import annotations

import msgspec

from cart import idempotency_store, payment_store
from cart.errors import Declined, InProgress, PaymentUnknown
from cart.payment_store import ASKED, BID, LATE, Payment
from cart.payments import PaymentProvider
from cart.settlement import Settlement, Taken
from cart.views import Order
from hosts.database import Database
from hosts.fields import is_id


class Confirmation(msgspec.Struct, frozen=True):
    """A question of the bank that is open. ``auction_id``: the payment stands behind a bid."""

    payment_id: str
    secret: str
    amount: int
    currency: str
    until: int
    auction_id: str | None


class Confirmed(msgspec.Struct, frozen=True):
    """``order`` is None for the money behind a bid: it is reserved now."""

    order: Order | None


class Confirmations:
    def __init__(self, database: Database, provider: PaymentProvider, settlement: Settlement) -> None:
        self._database = database
        self._provider = provider
        self._settlement = settlement

    async def buyer(self, payment_id: str) -> str:
        """Raises: PaymentUnknown."""
        return (await self._payment(payment_id)).account_id

    async def open(self, account_id: str) -> list[Confirmation]:
        """A person's open questions, newest first: for a page that was closed or reloaded meanwhile."""
        async with self._database.reading() as connection:
            found = await payment_store.asking(connection, account_id)
        return [
            Confirmation(
                one.payment_id, one.confirmation or "", one.amount, one.currency, one.lease_until, _auction(one)
            )
            for one in found
        ]

    async def go_on(self, payment_id: str, confirmed: bool | None) -> Confirmed:
        """Look how the bank's question was answered. ``confirmed``: the buyer's answer, where the bank is played on our pages.

        Raises: PaymentUnknown, InvalidCheckout, ConfirmationNeeded while it is open, Declined, HoldGone, InProgress.
        """
        payment = await self._payment(payment_id)
        if confirmed is not None:
            await self._provider.answer(payment_id, confirmed)
            payment = await self._payment(payment_id)
        if payment.state == "asking":
            try:
                return Confirmed(await self._settlement.confirmed(payment))
            except Taken:
                payment = await self._payment(payment_id)  # an event of the provider was faster
        return await self._known(payment)

    async def _known(self, payment: Payment) -> Confirmed:
        """The answer of a payment that is past its question."""
        if payment.state in ("reserved", "paid", "captured") and _auction(payment) is not None:
            return Confirmed(None)
        if payment.state in ("declined", "voiding", "voided") and _auction(payment) is not None:
            raise Declined("This payment was not confirmed, so nothing was charged.", code="not_confirmed")
        async with self._database.reading() as connection:
            given = await idempotency_store.answer_of(connection, payment.account_id, payment.key)
        if given is None:
            raise InProgress("This is being worked on. Ask again in a moment.")
        return Confirmed(msgspec.json.decode(given, type=Order))

    async def _payment(self, payment_id: str) -> Payment:
        if is_id(payment_id):
            async with self._database.reading() as connection:
                try:
                    return await payment_store.payment(connection, payment_id)
                except LookupError:
                    pass
        raise PaymentUnknown("There is no such payment.")


def _auction(payment: Payment) -> str | None:
    """The auction that a reservation is for."""
    for prefix in (BID, ASKED, LATE):
        if payment.key.startswith(prefix):
            return payment.key.removeprefix(prefix)
    return None
