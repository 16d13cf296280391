"""SQL of giveaways. Whoever changes one has locked its listing; an entry needs no lock but its own row."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cart.selling_tables import giveaway_entries, giveaways
from cart.tables import orders
from cart.upsert import insert
from hosts.database_time import now_ms
from hosts.fields import is_id
from hosts.tables import follows


@dataclass(frozen=True, slots=True)
class GiveawayRow:
    giveaway_id: str
    show_id: str
    host_id: str
    listing_id: str
    rule: str
    state: str
    commitment: str
    seed: str
    created_at: int
    ends_at: int
    drawn_at: int | None
    winner_id: str | None
    entrants: int
    hold_id: str | None


_COLUMNS = tuple(giveaways.c[name] for name in GiveawayRow.__dataclass_fields__)


async def add(connection: AsyncConnection, row: GiveawayRow) -> None:
    await connection.execute(
        sa.insert(giveaways).values(**{name: getattr(row, name) for name in row.__dataclass_fields__})
    )


async def by_id(connection: AsyncConnection, giveaway_id: str) -> GiveawayRow | None:
    query = sa.select(*_COLUMNS).where(giveaways.c.giveaway_id == giveaway_id)
    row = (await connection.execute(query)).first() if is_id(giveaway_id) else None
    return None if row is None else GiveawayRow(*row)


async def open_in(connection: AsyncConnection, show_id: str) -> bool:
    query = sa.select(giveaways.c.giveaway_id).where(giveaways.c.show_id == show_id, giveaways.c.state == "open")
    return (await connection.execute(query.limit(1))).first() is not None


async def due(connection: AsyncConnection) -> list[GiveawayRow]:
    query = sa.select(*_COLUMNS).where(giveaways.c.state == "open", giveaways.c.ends_at <= now_ms())
    return [GiveawayRow(*row) for row in await connection.execute(query.order_by(giveaways.c.ends_at).limit(100))]


async def wait_ms(connection: AsyncConnection) -> int | None:
    query = sa.select(sa.func.min(giveaways.c.ends_at), now_ms()).where(giveaways.c.state == "open")
    row = (await connection.execute(query)).one()
    return None if row[0] is None else int(row[0]) - int(row[1])


async def enter(connection: AsyncConnection, giveaway_id: str, account_id: str, salt: str) -> None:
    """Enter, or say that one is still there; the first salt stays."""
    await connection.execute(
        insert(connection, giveaway_entries)
        .values(giveaway_id=giveaway_id, account_id=account_id, salt=salt, entered_at=now_ms(), seen_at=now_ms())
        .on_conflict_do_update(index_elements=["giveaway_id", "account_id"], set_={"seen_at": now_ms()})
    )


async def entered(connection: AsyncConnection, giveaway_id: str) -> int:
    query = (
        sa.select(sa.func.count()).select_from(giveaway_entries).where(giveaway_entries.c.giveaway_id == giveaway_id)
    )
    return int(await connection.scalar(query) or 0)


async def has_entered(connection: AsyncConnection, giveaway_id: str, account_id: str) -> bool:
    query = sa.select(giveaway_entries.c.salt).where(
        giveaway_entries.c.giveaway_id == giveaway_id, giveaway_entries.c.account_id == account_id
    )
    return (await connection.execute(query)).first() is not None


async def mark_present(connection: AsyncConnection, giveaway_id: str, since: int) -> None:
    await connection.execute(
        sa.update(giveaway_entries)
        .where(giveaway_entries.c.giveaway_id == giveaway_id, giveaway_entries.c.seen_at >= since)
        .values(present=True)
    )


async def present(connection: AsyncConnection, giveaway_id: str) -> list[tuple[str, str]]:
    """(account id, salt) of those who counted at the draw, by account id."""
    rows = await connection.execute(
        sa.select(giveaway_entries.c.account_id, giveaway_entries.c.salt)
        .where(giveaway_entries.c.giveaway_id == giveaway_id, giveaway_entries.c.present)
        .order_by(giveaway_entries.c.account_id)
    )
    return [(row[0], row[1]) for row in rows]


async def drawn(
    connection: AsyncConnection, giveaway_id: str, winner_id: str | None, entrants: int, hold_id: str | None
) -> None:
    await connection.execute(
        sa.update(giveaways)
        .where(giveaways.c.giveaway_id == giveaway_id)
        .values(state="drawn", drawn_at=now_ms(), winner_id=winner_id, entrants=entrants, hold_id=hold_id)
    )


async def follows_host(connection: AsyncConnection, account_id: str, host_id: str) -> bool:
    query = sa.select(follows.c.created_at).where(follows.c.follower_id == account_id, follows.c.followed_id == host_id)
    return (await connection.execute(query)).first() is not None


async def has_bought(connection: AsyncConnection, account_id: str) -> bool:
    query = sa.select(orders.c.order_id).where(orders.c.buyer_id == account_id).limit(1)
    return (await connection.execute(query)).first() is not None
