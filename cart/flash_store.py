"""SQL of flash prices. Whoever changes one has locked its listing."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cart.selling_tables import flash_prices
from cart.tables import holds
from hosts.database_time import now_ms


@dataclass(frozen=True, slots=True)
class FlashRow:
    flash_id: str
    show_id: str
    listing_id: str
    price: int
    was: int
    per_buyer: int
    created_at: int
    ends_at: int
    ended_at: int | None


_COLUMNS = tuple(flash_prices.c[name] for name in FlashRow.__dataclass_fields__)


async def add(connection: AsyncConnection, row: FlashRow) -> None:
    values = {name: getattr(row, name) for name in row.__dataclass_fields__}
    await connection.execute(sa.insert(flash_prices).values(**values))


_RUNNING = (
    sa.select(*_COLUMNS)
    .where(flash_prices.c.listing_id == sa.bindparam("id"), flash_prices.c.ended_at.is_(None))
    .order_by(flash_prices.c.created_at)
)


async def running(connection: AsyncConnection, listing_id: str) -> list[FlashRow]:
    """Not told to be over, in any show; some may be over by the clock."""
    return [FlashRow(*row) for row in await connection.execute(_RUNNING, {"id": listing_id})]


async def overdue(connection: AsyncConnection, limit: int) -> list[FlashRow]:
    query = sa.select(*_COLUMNS).where(flash_prices.c.ended_at.is_(None), flash_prices.c.ends_at <= now_ms())
    return [FlashRow(*row) for row in await connection.execute(query.order_by(flash_prices.c.ends_at).limit(limit))]


async def wait_ms(connection: AsyncConnection) -> int | None:
    """Milliseconds until the next one ends; None: none runs."""
    query = sa.select(sa.func.min(flash_prices.c.ends_at), now_ms()).where(flash_prices.c.ended_at.is_(None))
    row = (await connection.execute(query)).one()
    return None if row[0] is None else int(row[0]) - int(row[1])


async def end(connection: AsyncConnection, flash_id: str) -> bool:
    ended = await connection.execute(
        sa.update(flash_prices)
        .where(flash_prices.c.flash_id == flash_id, flash_prices.c.ended_at.is_(None))
        .values(ended_at=now_ms())
    )
    return ended.rowcount == 1


async def taken_by(connection: AsyncConnection, flash_id: str, buyer_id: str) -> int:
    """Pieces that a buyer holds or has bought at this flash price."""
    count = await connection.scalar(
        sa.select(sa.func.count())
        .select_from(holds)
        .where(
            holds.c.buyer_id == buyer_id,
            holds.c.terms == "flash",
            holds.c.terms_id == flash_id,
            sa.or_(holds.c.state == "sold", sa.and_(holds.c.state == "active", holds.c.until > now_ms())),
        )
    )
    return int(count or 0)
