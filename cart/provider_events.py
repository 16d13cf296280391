"""What the payment provider tells on its own: late, twice, in any order.

An event is written down in the transaction of its effect, so that it has it once. The effect never trusts the order in which
events come: about a payment it only ends the lease, and the settlement asks the provider where the payment stands now.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from cart import failed_refunds, ledger_store, order_store, outside_refunds, payment_store, provider_event_store
from cart.ledger import dispute_postings
from cart.payment_store import Payment
from cart.payments import PaymentProvider, ProviderEvent
from cart.settlement import Settlement, Taken
from hosts.database import Database

logger = logging.getLogger(__name__)


class ProviderEvents:
    def __init__(self, database: Database, provider: PaymentProvider, settlement: Settlement) -> None:
        self._database = database
        self._provider = provider
        self._settlement = settlement
        self.counters: Counter[str] = Counter({"refunds_failed": 0})
        provider.listen(self.take)

    async def read(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Take an event that came over HTTP. Raises: WebhookRefused."""
        event = self._provider.read_event(body, headers)
        if not event.payment_id and event.provider_payment:
            found = await self._provider.payment_of(event.provider_payment)
            event = replace(event, payment_id=found or "")
        await self.take(event)

    async def take(self, event: ProviderEvent) -> None:
        """Let an event have its effect, once."""
        # Asked outside the transaction, and anew with each event: which refund an event is about does not matter then.
        given = await self._provider.refunds(event.payment_id) if event.kind == "refunded" and event.payment_id else []
        async with self._database.writing() as connection:
            if not await provider_event_store.note(connection, self._provider.name, event):
                self.counters["provider_events_repeated"] += 1
                return
            payment = await self._payment(connection, event.payment_id)
            if payment is not None:
                await self._effect(connection, event, payment)
                self.counters["refunds_outside"] += await outside_refunds.book(connection, payment, given)
                self.counters["refunds_failed"] += await failed_refunds.reverse(connection, payment, given)
        self.counters["provider_events"] += 1
        if payment is not None and event.kind in ("authorised", "captured", "declined", "voided"):
            await self._settle(payment.payment_id)

    async def _effect(self, connection: AsyncConnection, event: ProviderEvent, payment: Payment) -> None:
        if event.kind == "disputed":
            if await provider_event_store.open_dispute(connection, event):
                logger.warning("payment %s is disputed: %s", payment.payment_id, event.detail)
                self.counters["disputes"] += 1
        elif event.kind == "dispute_closed":
            await provider_event_store.open_dispute(connection, event)
            if await provider_event_store.close_dispute(connection, event.reference, event.detail):
                await self._book_lost(connection, event, payment)
        elif event.kind in ("authorised", "captured"):
            # Money for what was given up already goes back.
            if payment.state in ("voided", "declined"):
                await payment_store.move(connection, payment.payment_id, payment.state, "voiding")
            await payment_store.end_lease(connection, payment.payment_id)
        elif event.kind in ("declined", "voided"):
            await payment_store.end_lease(connection, payment.payment_id)

    @staticmethod
    async def _book_lost(connection: AsyncConnection, event: ProviderEvent, payment: Payment) -> None:
        order_id = await order_store.order_of_payment(connection, payment.payment_id)
        if event.detail == "lost" and order_id is not None:
            postings = dispute_postings(payment.account_id, event.amount)
            await ledger_store.post(connection, order_id, payment.currency, postings)

    async def _settle(self, payment_id: str) -> None:
        """At once, since a buyer may be waiting. What fails is left to the sweep."""
        try:
            if await self._provider.standing(payment_id) in ("unknown", "asking"):
                return  # the event was about a step that is not the last: the request, or the sweep, goes on
            async with self._database.reading() as connection:
                payment = await self._payment(connection, payment_id)
            # What is reserved ahead has arrived where it shall be; only the bids say when it is spent or let go.
            if payment is not None and payment.state != "reserved":
                await self._settlement.settle(payment)
        except Taken:
            return
        except Exception:
            logger.exception("payment %s is settled by the next sweep", payment_id)

    @staticmethod
    async def _payment(connection: AsyncConnection, payment_id: str) -> Payment | None:
        try:
            return await payment_store.payment(connection, payment_id)
        except LookupError:
            return None
