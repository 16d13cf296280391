"""SQL of offers. Whoever changes one has locked its listing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cart.offers.rules import Side, State, Talk
from cart.selling_tables import offer_moves, offers
from hosts.database_time import now_ms
from hosts.fields import is_id


@dataclass(frozen=True, slots=True)
class OfferRow:
    offer_id: str
    listing_id: str
    buyer_id: str
    seller_id: str
    show_id: str | None
    amount: int
    currency: str
    state: str
    turn: str
    moves: int
    created_at: int
    changed_at: int
    until: int
    hold_id: str | None

    @property
    def talk(self) -> Talk:
        return Talk(cast(State, self.state), cast(Side, self.turn), self.amount, self.moves, self.until)


_COLUMNS = tuple(offers.c[name] for name in OfferRow.__dataclass_fields__)


async def _rows(connection: AsyncConnection, *where: sa.ColumnElement[bool], limit: int = 200) -> list[OfferRow]:
    rows = await connection.execute(
        sa.select(*_COLUMNS).where(*where).order_by(offers.c.changed_at.desc(), offers.c.offer_id).limit(limit)
    )
    return [OfferRow(*row) for row in rows]


async def add(connection: AsyncConnection, row: OfferRow) -> None:
    await connection.execute(
        sa.insert(offers).values(**{name: getattr(row, name) for name in row.__dataclass_fields__})
    )
    await note(connection, row.offer_id, 1, "buyer", "offer", row.amount)


async def note(connection: AsyncConnection, offer_id: str, number: int, by: str, did: str, amount: int) -> None:
    """Keep what was said, for both to read."""
    await connection.execute(
        sa.insert(offer_moves).values(offer_id=offer_id, number=number, by=by, did=did, amount=amount, time=now_ms())
    )


async def by_id(connection: AsyncConnection, offer_id: str) -> OfferRow | None:
    found = await _rows(connection, offers.c.offer_id == offer_id) if is_id(offer_id) else []
    return found[0] if found else None


async def of(connection: AsyncConnection, account_id: str) -> list[OfferRow]:
    """Made and received, the newest change first."""
    return await _rows(connection, sa.or_(offers.c.buyer_id == account_id, offers.c.seller_id == account_id), limit=100)


async def open_by(connection: AsyncConnection, buyer_id: str) -> list[OfferRow]:
    return await _rows(connection, offers.c.buyer_id == buyer_id, offers.c.state == "open", offers.c.until > now_ms())


async def overdue(connection: AsyncConnection) -> list[OfferRow]:
    return await _rows(connection, offers.c.state == "open", offers.c.until <= now_ms(), limit=100)


async def change(connection: AsyncConnection, offer_id: str, talk: Talk, hold_id: str | None) -> None:
    await connection.execute(
        sa.update(offers)
        .where(offers.c.offer_id == offer_id)
        .values(
            state=talk.state,
            turn=talk.turn,
            amount=talk.amount,
            moves=talk.moves,
            until=talk.until,
            changed_at=now_ms(),
            hold_id=hold_id,
        )
    )
