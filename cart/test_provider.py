"""A payment provider for trying out: its record is in SQL, it charges nobody, and each known card does what it always does."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Literal, cast, get_args

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cart import test_cards
from cart.errors import Declined, InvalidCard, WebhookRefused
from cart.payment_card import PaymentCard
from cart.payments import (
    BankAsks,
    EventKind,
    Listener,
    ProviderEvent,
    ProviderRefund,
    SavedCard,
    Setup,
    Source,
    Standing,
)
from cart.tables import test_payments as records
from cart.tables import test_refunds
from cart.test_cards import DECLINED_CARD, Behaviour
from cart.upsert import insert
from hosts.database import Database

__all__ = ["DECLINED_CARD", "TestProvider"]
OUTSIDE = "outside-"
logger = logging.getLogger(__name__)
EVENTS_AT_ONCE = 1_000  # events on their way; more are dropped, as a provider's may be, and the sweep finds the rest


class TestProvider:
    """Implements ``PaymentProvider``. Every card with a valid number pays, but for those of ``test_cards``."""

    __test__ = False  # for pytest: a product class that happens to be called Test
    name = "test"
    publishable_key: str | None = None

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listener: Listener | None = None
        self._telling: set[asyncio.Task[None]] = set()
        self.events_dropped = 0

    def listen(self, listener: Listener) -> None:
        self._listener = listener

    async def stop(self) -> None:
        for task in list(self._telling):
            task.cancel()
        if self._telling:
            await asyncio.wait(self._telling)

    async def authorise(self, payment_id: str, amount: int, currency: str, source: Source) -> None:
        does = _behaviour(source)
        if does in test_cards.REFUSALS:
            code, sentence = test_cards.REFUSALS[does]
            raise Declined(sentence, code=code)
        first: Standing = "asking" if does in ("asks", "asks_in_vain") else "authorised"
        async with self._database.writing() as connection:
            # The insert decides when a void and a late authorisation meet: the first to write the row wins.
            new = await self._insert(connection, payment_id, amount, currency, first, does)
            state = await self._state(connection, payment_id)
            if state == "voided":
                raise Declined("This payment was cancelled before the bank answered. Nothing was charged.")
            if state == "declined":
                raise Declined(test_cards.DECLINED)
        if state == "asking":
            raise BankAsks(_secret(payment_id))
        if not new:
            return
        if does == "slow":
            self._tell("authorised", payment_id, 0.0)
            await asyncio.sleep(test_cards.SLOW_SECONDS)
        elif does == "unanswered":
            self._tell("authorised", payment_id, test_cards.LATE_SECONDS)
            raise TimeoutError("the test bank's answer was lost")

    async def capture(self, payment_id: str, amount: int | None = None) -> None:
        async with self._database.writing() as connection:
            row = await self._row(connection, payment_id)
            if row is not None and amount is not None and amount > row.amount:
                raise ValueError(f"{row.amount} were authorised, not {amount}")
            moved = await self._move(connection, payment_id, "authorised", "captured")
            if moved and amount is not None:
                await self._change(connection, payment_id, amount=amount)
        if moved and row is not None and row.behaviour == "disputed":
            taken = row.amount if amount is None else amount
            self._tell("disputed", payment_id, test_cards.LATE_SECONDS, taken, f"dispute_{payment_id}", "fraudulent")

    async def void(self, payment_id: str) -> None:
        async with self._database.writing() as connection:
            if await self._insert(connection, payment_id, 0, "", "voided", "pays"):
                return
            state = await self._state(connection, payment_id)
            if state != "declined":  # which has taken nothing that could be let go of
                await self._move(connection, payment_id, "asking" if state == "asking" else "authorised", "voided")

    async def refund(self, refund_id: str, payment_id: str, amount: int) -> None:
        async with self._database.writing() as connection:
            row = await self._row(connection, payment_id)
            if row is None or row.state != "captured":
                raise ValueError("a payment that was not captured cannot be refunded")
            values = {"refund_id": refund_id, "payment_id": payment_id, "amount": amount}
            query = insert(connection, test_refunds).values(**values).on_conflict_do_nothing()
            if (await connection.execute(query)).rowcount == 0:
                return
            if row.refunded + amount > row.amount:
                raise ValueError(f"{row.amount - row.refunded} are left to refund, not {amount}")
            await self._change(connection, payment_id, refunded=row.refunded + amount)

    async def refund_outside(self, reference: str, payment_id: str, amount: int) -> None:
        """What somebody does in a provider's dashboard; the shop hears of it by an event."""
        await self.refund(f"{OUTSIDE}{reference}", payment_id, amount)
        self._tell("refunded", payment_id, 0.0, amount, reference)

    async def refunds(self, payment_id: str) -> list[ProviderRefund]:
        async with self._database.reading() as connection:
            rows = await connection.execute(
                sa.select(test_refunds.c.refund_id, test_refunds.c.amount).where(
                    test_refunds.c.payment_id == payment_id
                )
            )
        return [ProviderRefund(name, amount, not name.startswith(OUTSIDE)) for name, amount in rows]

    async def standing(self, payment_id: str) -> Standing:
        async with self._database.reading() as connection:
            return await self._state(connection, payment_id)

    async def answer(self, payment_id: str, confirmed: bool) -> None:
        """The bank hears yes or no, and tells the shop by an event, as a real one would."""
        async with self._database.writing() as connection:
            row = await self._row(connection, payment_id)
            if row is None or row.state != "asking":
                return  # answered, or given up, before
            after: Literal["authorised", "declined"] = (
                "authorised" if confirmed and row.behaviour == "asks" else "declined"
            )
            await self._move(connection, payment_id, "asking", after)
        self._tell(after, payment_id, 0.0)

    # -- saved cards: the token says what the card does, never its number

    async def customer(self, account_id: str) -> str:
        return f"test_{account_id}"

    async def save(self, customer: str, card: PaymentCard) -> SavedCard:
        does = test_cards.behaviour(card.number)
        if does == "declined":
            raise Declined("The bank declined this card, so it was not saved. Please try another card.")
        brand, last4 = test_cards.brand(card.number), card.number[-4:]
        token = f"test_{does}_{brand}_{last4}_{card.month:02}{card.year}"
        return SavedCard(customer, token, brand, last4, card.month, card.year)

    async def begin_setup(self, customer: str) -> Setup | None:
        return None

    async def finish_setup(self, setup_id: str, customer: str) -> SavedCard:
        raise InvalidCard("Cards are typed on this shop's own pages here.")

    async def forget(self, card: SavedCard) -> None:
        return None

    def read_event(self, body: bytes, headers: Mapping[str, str]) -> ProviderEvent:
        raise WebhookRefused("The test provider sends its events inside the server, not over HTTP.")

    async def payment_of(self, provider_payment: str) -> str | None:
        return None

    # -- its own machines

    def _tell(
        self, kind: EventKind, payment_id: str, seconds: float, amount: int = 0, reference: str = "", detail: str = ""
    ) -> None:
        """Send an event after a while, as a webhook would come."""
        if self._listener is None:
            return
        if len(self._telling) >= EVENTS_AT_ONCE:
            self.events_dropped += 1
            return
        event = ProviderEvent(f"test_{kind}_{payment_id}{reference}"[:128], kind, payment_id, amount, reference, detail)
        task = asyncio.create_task(self._deliver(self._listener, event, seconds))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    @staticmethod
    async def _deliver(listener: Listener, event: ProviderEvent, seconds: float) -> None:
        await asyncio.sleep(seconds)
        try:
            await listener(event)
        except Exception:
            logger.exception("event %s of the test provider was not taken", event.event_id)

    @staticmethod
    async def _row(connection: AsyncConnection, payment_id: str) -> sa.Row[tuple[object, ...]] | None:
        return (await connection.execute(sa.select(records).where(records.c.payment_id == payment_id))).first()

    async def _move(self, connection: AsyncConnection, payment_id: str, before: Standing, after: Standing) -> bool:
        """False when it is there already. Raises: ValueError when it is somewhere else."""
        moved = await connection.execute(
            sa.update(records).where(records.c.payment_id == payment_id, records.c.state == before).values(state=after)
        )
        if moved.rowcount == 0 and (state := await self._state(connection, payment_id)) != after:
            raise ValueError(f"a payment that is {state} cannot become {after}")
        return moved.rowcount == 1

    @staticmethod
    async def _change(connection: AsyncConnection, payment_id: str, **values: int) -> None:
        await connection.execute(sa.update(records).where(records.c.payment_id == payment_id).values(**values))

    @staticmethod
    async def _state(connection: AsyncConnection, payment_id: str) -> Standing:
        state = await connection.scalar(sa.select(records.c.state).where(records.c.payment_id == payment_id))
        return cast(Standing, state) if state in get_args(Standing) else "unknown"

    @staticmethod
    async def _insert(
        connection: AsyncConnection,
        payment_id: str,
        amount: int,
        currency: str,
        state: Standing,
        does: Behaviour,
    ) -> bool:
        """False when there is a record already."""
        row = {"payment_id": payment_id, "amount": amount, "currency": currency, "state": state, "behaviour": does}
        inserted = await connection.execute(insert(connection, records).values(**row).on_conflict_do_nothing())
        return inserted.rowcount == 1


def _behaviour(source: Source) -> Behaviour:
    if isinstance(source, PaymentCard):
        return test_cards.behaviour(source.number)
    found = source.token.removeprefix("test_")
    return next((name for name in get_args(Behaviour) if found.startswith(f"{name}_{source.brand}_")), "pays")


def _secret(payment_id: str) -> str:
    """No secret at all: this bank only asks whether somebody presses a button. A real one's is its own."""
    return f"test_secret_{payment_id}"
