"""SQL of the rules of shows' chats. Whoever asks holds the shows' rows."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from chat.house_rules import HouseRules
from chat.store import ShowRow
from chat.tables import house_rules

Versioned = tuple[str, HouseRules]
_decode = msgspec.msgpack.Decoder(HouseRules).decode


async def of_shows(connection: AsyncConnection, shows: Mapping[str, ShowRow], now: int) -> dict[str, Versioned]:
    """(version, rules) by show. A show that has none yet is given what its host's last one left, and keeps that.

    The connection must be a writing one that holds the shows' rows.
    """
    found = await read(connection, list(shows))
    for show_id in sorted(set(shows) - set(found)):
        host_id = shows[show_id].host_id
        found[show_id] = await put(connection, show_id, host_id, await left_by(connection, host_id), now)
    return found


async def read(connection: AsyncConnection, show_ids: list[str]) -> dict[str, Versioned]:
    rows = await connection.execute(
        sa.select(house_rules.c.show_id, house_rules.c.version, house_rules.c.rules).where(
            house_rules.c.show_id.in_(show_ids)
        )
    )
    return {show_id: (version, _decode(rules)) for show_id, version, rules in rows}


async def left_by(connection: AsyncConnection, host_id: str) -> HouseRules:
    """What a new show of this host begins with."""
    row = (
        await connection.execute(
            sa.select(house_rules.c.rules)
            .where(house_rules.c.host_id == host_id)
            .order_by(house_rules.c.changed_at.desc())
            .limit(1)
        )
    ).first()
    return HouseRules() if row is None else _decode(row[0]).inherited()


async def put(connection: AsyncConnection, show_id: str, host_id: str, rules: HouseRules, now: int) -> Versioned:
    version = secrets.token_urlsafe(9)
    await connection.execute(sa.delete(house_rules).where(house_rules.c.show_id == show_id))
    await connection.execute(
        sa.insert(house_rules).values(
            show_id=show_id, host_id=host_id, version=version, rules=msgspec.msgpack.encode(rules), changed_at=now
        )
    )
    return version, rules
