"""What a buyer holds right now, as it will be paid and shipped."""

from __future__ import annotations

from cart import hold_store
from cart.holds import hold_views
from cart.money import SHIPPING, totals
from cart.views import Bag, CartParcel, CurrencyTotal
from hosts.database import Database
from hosts.database_time import read_now_ms
from hosts.people import people_by_id


async def read_bag(database: Database, buyer_id: str) -> Bag:
    async with database.reading() as connection:
        rows = await hold_store.live_of(connection, buyer_id)
        now = await read_now_ms(connection)
        holds = await hold_views(connection, rows, buyer_id)
        persons = await people_by_id(connection, {row.seller_id for row in rows})
    groups: dict[tuple[str, str], list[str]] = {}
    prices: dict[str, list[tuple[str, int]]] = {}
    for row in rows:
        groups.setdefault((row.seller_id, row.currency), []).append(row.hold_id)
        prices.setdefault(row.currency, []).append((row.seller_id, row.price))
    sums = []
    for currency, items in prices.items():
        found = totals(items)
        sums.append(CurrencyTotal(currency, found.subtotal, found.shipping, found.total))
    first = sums[0] if sums else CurrencyTotal("USD", 0, 0, 0)
    return Bag(
        holds=holds,
        parcels=[
            CartParcel(persons[seller_id], hold_ids, SHIPPING, currency)
            for (seller_id, currency), hold_ids in groups.items()
        ],
        subtotal=first.subtotal,
        shipping=first.shipping,
        total=first.total,
        currency=first.currency,
        now=now,
        totals=sums,
    )
