"""SQL of orders, their parcels and pieces."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cart.address import Address
from cart.parcel_states import State
from cart.sale_store import sales
from cart.tables import addresses, disputes, order_items, orders, parcels
from cart.upsert import insert
from cart.views import Offer
from hosts.database_time import now_ms
from hosts.fields import is_id
from hosts.picture_urls import thumb_url

_ADD_ORDER, _ADD_PARCEL, _ADD_ITEMS = sa.insert(orders), sa.insert(parcels), sa.insert(order_items)


async def add_order(connection: AsyncConnection, row: Mapping[str, object], address: Address) -> None:
    await connection.execute(_ADD_ORDER, {**row, "address": msgspec.json.encode(address).decode()})


async def add_parcel(connection: AsyncConnection, row: Mapping[str, object]) -> None:
    await connection.execute(_ADD_PARCEL, dict(row))


async def add_items(connection: AsyncConnection, rows: Sequence[Mapping[str, object]]) -> None:
    await connection.execute(_ADD_ITEMS, [dict(row) for row in rows])


async def buyer(connection: AsyncConnection, order_id: str) -> str | None:
    if not is_id(order_id):
        return None
    return await connection.scalar(sa.select(orders.c.buyer_id).where(orders.c.order_id == order_id))


async def order_of_payment(connection: AsyncConnection, payment_id: str) -> str | None:
    return await connection.scalar(sa.select(orders.c.order_id).where(orders.c.payment_id == payment_id))


async def parcel_seller(connection: AsyncConnection, parcel_id: str) -> str | None:
    if not is_id(parcel_id):
        return None
    return await connection.scalar(sa.select(parcels.c.seller_id).where(parcels.c.parcel_id == parcel_id))


async def order_rows(
    connection: AsyncConnection, where: sa.ColumnElement[bool], *, limit: int = 100
) -> Sequence[sa.RowMapping]:
    """Newest first."""
    rows = await connection.execute(
        sa.select(orders).where(where).order_by(orders.c.created_at.desc(), orders.c.order_id).limit(limit)
    )
    return rows.mappings().all()


async def order_by_id(connection: AsyncConnection, order_id: str) -> Sequence[sa.RowMapping]:
    return await order_rows(connection, orders.c.order_id == order_id)


async def orders_of(
    connection: AsyncConnection, buyer_id: str, before: tuple[int, str] | None, limit: int
) -> Sequence[sa.RowMapping]:
    return await order_rows(
        connection, sa.and_(orders.c.buyer_id == buyer_id, _after(orders, "order_id", before)), limit=limit
    )


async def parcel_rows(
    connection: AsyncConnection, where: sa.ColumnElement[bool], limit: int | None
) -> Sequence[sa.RowMapping]:
    """Parcels with their order's buyer, address, payment and dispute, newest first."""
    return (await connection.execute(_PARCELS.where(where).limit(limit))).mappings().all()


_DISPUTE = (
    sa.select(disputes.c.state)
    .where(disputes.c.payment_id == orders.c.payment_id)
    .order_by(disputes.c.opened_at.desc())
    .limit(1)
    .scalar_subquery()
)
_PARCELS = (
    sa.select(
        parcels,
        orders.c.buyer_id,
        orders.c.address,
        orders.c.currency,
        orders.c.payment_id,
        _DISPUTE.label("dispute"),
    )
    .join(orders, orders.c.order_id == parcels.c.order_id)
    .order_by(parcels.c.created_at.desc(), parcels.c.parcel_id)
)
_PARCELS_OF_ORDERS = _PARCELS.where(parcels.c.order_id.in_(sa.bindparam("ids", expanding=True)))


async def parcels_of_orders(connection: AsyncConnection, order_ids: Sequence[str]) -> Sequence[sa.RowMapping]:
    return (await connection.execute(_PARCELS_OF_ORDERS, {"ids": list(order_ids)})).mappings().all()


async def parcels_of_seller(
    connection: AsyncConnection, seller_id: str, before: tuple[int, str] | None, limit: int
) -> Sequence[sa.RowMapping]:
    where = sa.and_(parcels.c.seller_id == seller_id, _after(parcels, "parcel_id", before))
    return await parcel_rows(connection, where, limit)


async def parcel_by_id(connection: AsyncConnection, parcel_id: str) -> Sequence[sa.RowMapping]:
    return await parcel_rows(connection, parcels.c.parcel_id == parcel_id, 1)


async def shipment(connection: AsyncConnection, shipment_id: str) -> Sequence[sa.RowMapping]:
    """The parcels that travel together, the newest first."""
    return await parcel_rows(
        connection, sa.or_(parcels.c.shipment_id == shipment_id, parcels.c.parcel_id == shipment_id), limit=None
    )


async def change_parcel(connection: AsyncConnection, parcel_id: str, **values: object) -> None:
    await connection.execute(sa.update(parcels).where(parcels.c.parcel_id == parcel_id).values(**values))


async def receive(connection: AsyncConnection, parcel_id: str) -> None:
    """The buyer says that it came: from then on it counts as delivered."""
    await connection.execute(
        sa.update(parcels)
        .where(parcels.c.parcel_id == parcel_id, parcels.c.received_at.is_(None))
        .values(
            received_at=now_ms(), state="delivered", delivered_at=sa.func.coalesce(parcels.c.delivered_at, now_ms())
        )
    )


async def offer_of(connection: AsyncConnection, parcel_id: str) -> Offer | None:
    found = await connection.scalar(sa.select(parcels.c.offer).where(parcels.c.parcel_id == parcel_id))
    return None if found is None else msgspec.json.decode(found, type=Offer)


async def items_of_parcels(connection: AsyncConnection, parcel_ids: Sequence[str]) -> Sequence[sa.RowMapping]:
    rows = await connection.execute(
        sa.select(order_items).where(order_items.c.parcel_id.in_(parcel_ids)).order_by(order_items.c.hold_id)
    )
    return rows.mappings().all()


async def shows_photo(connection: AsyncConnection, listing_id: str, photo_id: str) -> bool:
    """Whether an order shows this photo of the listing. For ``Hosts.photo_kept_in``: sales lock the listing too."""
    query = sa.select(order_items.c.hold_id).where(
        order_items.c.listing_id == listing_id, order_items.c.photo == thumb_url(photo_id)
    )
    return (await connection.execute(query.limit(1))).first() is not None


async def curated_by(
    connection: AsyncConnection, curator_id: str, before: tuple[int, str] | None, limit: int
) -> Sequence[sa.RowMapping]:
    """Pieces sold because this person featured them, newest first, with their seller."""
    after: sa.ColumnElement[bool] = sa.true()
    if before is not None:
        at, last = before
        after = sa.or_(sales.c.sold_at < at, sa.and_(sales.c.sold_at == at, sales.c.hold_id > last))
    rows = await connection.execute(
        sa.select(sales)
        .where(sales.c.curator_id == curator_id, after)
        .order_by(sales.c.sold_at.desc(), sales.c.hold_id)
        .limit(limit)
    )
    return rows.mappings().all()


async def move_parcel(
    connection: AsyncConnection, parcel_id: str, before: State, after: State, tracking: str | None
) -> bool:
    """One step of a parcel; False when it was no longer ``before``. A tracking number of None keeps the one there is."""
    values: dict[str, object] = {"state": after}
    if tracking is not None:
        values["tracking"] = tracking
    if after != before:
        values[f"{after}_at"] = now_ms()
    moved = await connection.execute(
        sa.update(parcels).where(parcels.c.parcel_id == parcel_id, parcels.c.state == before).values(**values)
    )
    return moved.rowcount == 1


async def saved_address(connection: AsyncConnection, account_id: str) -> Address | None:
    found = await connection.scalar(sa.select(addresses.c.address).where(addresses.c.account_id == account_id))
    return None if found is None else msgspec.json.decode(found, type=Address)


async def save_address(connection: AsyncConnection, account_id: str, address: Address) -> None:
    text = msgspec.json.encode(address).decode()
    await connection.execute(
        insert(connection, addresses)
        .values(account_id=account_id, address=text)
        .on_conflict_do_update(index_elements=[addresses.c.account_id], set_={"address": text})
    )


def _after(table: sa.Table, key: str, before: tuple[int, str] | None) -> sa.ColumnElement[bool]:
    """Rows that follow a page's last one in (created_at descending, key ascending)."""
    if before is None:
        return sa.true()
    at, last = before
    return sa.or_(table.c.created_at < at, sa.and_(table.c.created_at == at, table.c[key] > last))


async def buyers_from(connection: AsyncConnection, host_id: str, ids: Collection[str]) -> set[str]:
    """Those of these people who have bought something of this person's closet, or that this person showed."""
    rows = await connection.execute(
        sa.select(orders.c.buyer_id)
        .distinct()
        .join(parcels, parcels.c.order_id == orders.c.order_id)
        .join(order_items, order_items.c.parcel_id == parcels.c.parcel_id)
        .where(
            orders.c.buyer_id.in_(ids),
            sa.or_(parcels.c.seller_id == host_id, order_items.c.curator_id == host_id),
        )
    )
    return {str(row[0]) for row in rows}
