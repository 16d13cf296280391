"""SQL of what sales came to: for every figure that a seller or a host is shown.

A parcel that was cancelled, or whose price has all gone back, was no sale; a part that went back is taken off its pieces in
the same shares as the ledger's (``ledger.refund_postings``).
"""

from __future__ import annotations

import sqlalchemy as sa

from cart.tables import order_items, parcels

_others = order_items.alias()
_net = order_items.c.price - order_items.c.discount
# PostgreSQL adds up integers as a numeric, whose division has fractions.
_goods = sa.cast(
    sa.select(sa.func.sum(_others.c.price - _others.c.discount))
    .where(_others.c.parcel_id == parcels.c.parcel_id)
    .scalar_subquery(),
    sa.BigInteger,
)


def _left(amount: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    return sa.case((parcels.c.refunded == 0, amount), else_=amount - amount * parcels.c.refunded // _goods)


# A row for every piece that was sold: ``revenue`` of what its buyer paid for it and ``credit`` of the curator's share are left.
sales = (
    sa.select(
        *(order_items.c[name] for name in ("hold_id", "listing_id", "title", "photo", "price", "currency")),
        *(order_items.c[name] for name in ("show_id", "curator_id", "at", "sold_at")),
        parcels.c.seller_id,
        _left(_net).label("revenue"),
        _left(order_items.c.credit).label("credit"),
    )
    .join(parcels, parcels.c.parcel_id == order_items.c.parcel_id)
    .where(parcels.c.state != "cancelled", sa.or_(parcels.c.refunded == 0, parcels.c.refunded < _goods))
    .subquery("sales")
)
