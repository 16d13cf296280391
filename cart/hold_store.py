"""SQL of holds. Whoever changes one has locked its listing (``listing_store.lock_listings``, or a claim of it)."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cart.hold_rules import State, is_live
from cart.tables import holds
from hosts.database_time import now_ms
from hosts.fields import is_id


@dataclass(frozen=True, slots=True)
class HoldRow:
    hold_id: str
    buyer_id: str
    listing_id: str
    seller_id: str
    show_id: str | None
    curator_id: str | None
    at: int | None
    price: int
    currency: str
    state: str
    created_at: int
    until: int
    extended: bool
    terms: str = "list"
    terms_id: str | None = None

    def live(self, now: int) -> bool:
        return is_live(self.state, self.until, now)


_COLUMNS = tuple(holds.c[name] for name in HoldRow.__dataclass_fields__)


def _select(*where: sa.ColumnElement[bool]) -> sa.Select[Any]:
    return sa.select(*_COLUMNS).where(*where).order_by(holds.c.created_at, holds.c.hold_id)


# Every claim and checkout of a crowd runs these: made once, they need no key of their own for SQLAlchemy's cache each time.
_ADD = sa.insert(holds)
_BY_IDS = _select(holds.c.hold_id.in_(sa.bindparam("ids", expanding=True)))
_LIVE_OF = _select(holds.c.buyer_id == sa.bindparam("buyer"), holds.c.state == "active", holds.c.until > now_ms())
_ACTIVE_ON = _select(holds.c.listing_id == sa.bindparam("listing"), holds.c.state == "active")
_FIRST_ENDS = (
    sa.select(holds.c.listing_id, sa.func.min(holds.c.until))
    .where(holds.c.listing_id.in_(sa.bindparam("ids", expanding=True)), holds.c.state == "active")
    .group_by(holds.c.listing_id)
)


_EXTEND = (
    sa.update(holds).where(holds.c.hold_id == sa.bindparam("hold")).values(until=sa.bindparam("end"), extended=True)
)


async def begin(
    connection: AsyncConnection,
    buyer_id: str,
    listing_id: str,
    *,
    seller_id: str,
    price: int,
    currency: str,
    now: int,
    until: int,
    show_id: str | None = None,
    host_id: str | None = None,
    terms: str = "list",
    terms_id: str | None = None,
) -> HoldRow:
    """A piece that has been claimed becomes a buyer's until ``until``. ``host_id``: who is credited with the sale, unless it is
    their own piece or purchase."""
    row = HoldRow(
        hold_id=secrets.token_urlsafe(12),
        buyer_id=buyer_id,
        listing_id=listing_id,
        seller_id=seller_id,
        show_id=show_id,
        curator_id=host_id if host_id not in (seller_id, buyer_id) else None,
        at=None,
        price=price,
        currency=currency,
        state="active",
        created_at=now,
        until=until,
        extended=False,
        terms=terms,
        terms_id=terms_id,
    )
    await connection.execute(_ADD, {name: getattr(row, name) for name in row.__dataclass_fields__})
    return row


async def by_ids(connection: AsyncConnection, hold_ids: Sequence[str]) -> list[HoldRow]:
    rows = await connection.execute(_BY_IDS, {"ids": [name for name in hold_ids if is_id(name)]})
    return [HoldRow(*row) for row in rows]


async def live_of(connection: AsyncConnection, buyer_id: str) -> list[HoldRow]:
    """What a buyer holds now, oldest first."""
    return [HoldRow(*row) for row in await connection.execute(_LIVE_OF, {"buyer": buyer_id})]


async def active_on(connection: AsyncConnection, listing_id: str) -> list[HoldRow]:
    """Active holds of a listing, also those whose time is over and which nobody has ended yet."""
    return [HoldRow(*row) for row in await connection.execute(_ACTIVE_ON, {"listing": listing_id})]


async def first_ends(connection: AsyncConnection, listing_ids: Collection[str]) -> dict[str, int]:
    """When the next piece may come free again, by listing."""
    rows = await connection.execute(_FIRST_ENDS, {"ids": list(listing_ids)})
    return {row[0]: row[1] for row in rows}


async def end(connection: AsyncConnection, hold_ids: Collection[str], state: State) -> int:
    """Take active holds to a final state; how many were still active."""
    ended = await connection.execute(
        sa.update(holds).where(holds.c.hold_id.in_(hold_ids), holds.c.state == "active").values(state=state)
    )
    return ended.rowcount


async def end_overdue(connection: AsyncConnection, listing_id: str) -> int:
    """Expire what is over on a listing; how many pieces came free."""
    ended = await connection.execute(
        sa.update(holds)
        .where(holds.c.listing_id == listing_id, holds.c.state == "active", holds.c.until <= now_ms())
        .values(state="expired")
    )
    return ended.rowcount


async def won_and_overdue(connection: AsyncConnection, listing_id: str) -> bool:
    """Whether a hold that an auction gave is over and nobody has ended it yet: its piece goes to the next bidder."""
    query = sa.select(sa.func.count()).where(
        holds.c.listing_id == listing_id,
        holds.c.state == "active",
        holds.c.terms.in_(("auction", "second")),
        holds.c.until <= now_ms(),
    )
    return bool(await connection.scalar(query))


async def shorten(connection: AsyncConnection, hold_id: str, until: int) -> bool:
    """Let an active hold end earlier. False when it ends before that anyway."""
    shorter = await connection.execute(
        sa.update(holds)
        .where(holds.c.hold_id == hold_id, holds.c.state == "active", holds.c.until > until)
        .values(until=until)
    )
    return shorter.rowcount == 1


async def extend(connection: AsyncConnection, hold_id: str, until: int) -> None:
    await connection.execute(_EXTEND, {"hold": hold_id, "end": until})


async def set_moment(connection: AsyncConnection, hold_id: str, at: int) -> None:
    await connection.execute(sa.update(holds).where(holds.c.hold_id == hold_id).values(at=at))


async def overdue_listings(connection: AsyncConnection, limit: int) -> list[str]:
    """Listings with a hold whose time is over, longest over first."""
    rows = await connection.execute(
        sa.select(holds.c.listing_id)
        .where(holds.c.state == "active", holds.c.until <= now_ms())
        .group_by(holds.c.listing_id)
        .order_by(sa.func.min(holds.c.until))
        .limit(limit)
    )
    return [listing_id for (listing_id,) in rows]


async def wait_ms(connection: AsyncConnection) -> int | None:
    """Milliseconds until the next active hold ends, below zero when it is over; None when there is none."""
    row = (
        await connection.execute(
            sa.select(sa.func.min(holds.c.until), now_ms()).select_from(holds).where(holds.c.state == "active")
        )
    ).one()
    return None if row[0] is None else int(row[0]) - int(row[1])
