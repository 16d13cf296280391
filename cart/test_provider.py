"""A payment provider for trying out: keeps its own record in SQL, charges nobody, declines one known card."""

from __future__ import annotations

from typing import cast, get_args

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cart.errors import Declined
from cart.payment_card import PaymentCard
from cart.payments import Standing
from cart.tables import test_payments as records
from cart.upsert import insert
from hosts.database import Database

DECLINED_CARD = "4000000000000002"


class TestProvider:
    """Implements ``PaymentProvider``. Every card with a valid number pays, but for ``DECLINED_CARD``."""

    __test__ = False  # for pytest: a product class that happens to be called Test

    def __init__(self, database: Database) -> None:
        self._database = database

    async def authorise(self, payment_id: str, amount: int, currency: str, card: PaymentCard) -> None:
        if card.number == DECLINED_CARD:
            raise Declined("The bank declined this card. Nothing was charged; please try another card.")
        async with self._database.writing() as connection:
            # The insert decides when a void and a late authorisation meet: the first to write the row wins.
            if await self._insert(connection, payment_id, amount, currency, "authorised"):
                return
            if await self._state(connection, payment_id) == "voided":
                raise Declined("This payment was cancelled before the bank answered. Nothing was charged.")

    async def capture(self, payment_id: str) -> None:
        await self._move(payment_id, "authorised", "captured")

    async def void(self, payment_id: str) -> None:
        async with self._database.writing() as connection:
            if await self._insert(connection, payment_id, 0, "", "voided"):
                return
        await self._move(payment_id, "authorised", "voided")

    async def standing(self, payment_id: str) -> Standing:
        async with self._database.reading() as connection:
            return await self._state(connection, payment_id)

    async def _move(self, payment_id: str, before: Standing, after: Standing) -> None:
        async with self._database.writing() as connection:
            moved = await connection.execute(
                sa.update(records)
                .where(records.c.payment_id == payment_id, records.c.state == before)
                .values(state=after)
            )
            if moved.rowcount == 0 and (state := await self._state(connection, payment_id)) != after:
                raise ValueError(f"a payment that is {state} cannot become {after}")

    @staticmethod
    async def _state(connection: AsyncConnection, payment_id: str) -> Standing:
        state = await connection.scalar(sa.select(records.c.state).where(records.c.payment_id == payment_id))
        return cast(Standing, state) if state in get_args(Standing) else "unknown"

    @staticmethod
    async def _insert(
        connection: AsyncConnection, payment_id: str, amount: int, currency: str, state: Standing
    ) -> bool:
        """False when there is a record already."""
        row = {"payment_id": payment_id, "amount": amount, "currency": currency, "state": state}
        inserted = await connection.execute(insert(connection, records).values(**row).on_conflict_do_nothing())
        return inserted.rowcount == 1
