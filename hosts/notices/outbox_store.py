"""SQL of what waits to go out by push and mail. A worker takes a person's due notices by moving their time ahead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from hosts.database_time import now_ms, read_now_ms
from hosts.notices import read_store
from hosts.notices.kinds import DAY, Kind
from hosts.notices.rules import Channel, Choice, Message, Sent, Waiting
from hosts.notices.tables import notice_sent, notices, push_keys, push_subscriptions
from hosts.tables import accounts
from hosts.upsert import insert

KEPT_MS = 90 * DAY  # how long a bell remembers


@dataclass(frozen=True, slots=True)
class Subscription:
    endpoint_hash: str
    endpoint: str
    p256dh: str
    auth: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A person's due notices, and what is needed to send them. ``now``: the database's time in Unix ms."""

    account_id: str
    email: str
    language: str
    waiting: tuple[Waiting, ...]
    tries: int
    choices: Mapping[str, Choice]
    sent: tuple[Sent, ...]
    subscriptions: tuple[Subscription, ...]
    now: int


async def due(connection: AsyncConnection, limit: int) -> list[str]:
    """People for whom something is due."""
    query = sa.select(notices.c.account_id).where(notices.c.deliver_at <= now_ms())
    rows = await connection.execute(query.group_by(notices.c.account_id).limit(limit))
    return [str(row[0]) for row in rows]


async def take(connection: AsyncConnection, account_id: str, lease_ms: int) -> Taken | None:
    """None: another worker was faster. Nobody else takes them for ``lease_ms``."""
    rows = await connection.execute(
        sa.update(notices)
        .where(notices.c.account_id == account_id, notices.c.deliver_at <= now_ms())
        .values(deliver_at=now_ms() + lease_ms, tries=notices.c.tries + 1)
        .returning(notices)
    )
    found = rows.all()
    if not found:
        return None
    now = await read_now_ms(connection)
    sent = await connection.execute(
        sa.select(notice_sent.c.channel, notice_sent.c.urgent, notice_sent.c.sent_at).where(
            notice_sent.c.account_id == account_id, notice_sent.c.sent_at > now - DAY
        )
    )
    subscriptions = await connection.execute(
        sa.select(push_subscriptions).where(push_subscriptions.c.account_id == account_id)
    )
    email = await connection.scalar(sa.select(accounts.c.email).where(accounts.c.account_id == account_id))
    return Taken(
        account_id,
        email or "",
        await read_store.language(connection, account_id) or "en",
        tuple(_waiting(row) for row in found if row.kind in set(Kind)),
        max(row.tries for row in found),
        await read_store.choices(connection, account_id),
        tuple(Sent(Channel(row.channel), bool(row.urgent), row.sent_at) for row in sent),
        tuple(Subscription(row.endpoint_hash, row.endpoint, row.p256dh, row.auth) for row in subscriptions),
        now,
    )


async def settle(
    connection: AsyncConnection, taken: Taken, done: Iterable[int], later: Mapping[int, int], sent: Iterable[Message]
) -> None:
    """``done`` are over, ``later`` are due again at their times; ``sent`` counts against the caps."""
    numbers = list(done)
    if numbers:
        await connection.execute(sa.update(notices).where(notices.c.number.in_(numbers)).values(deliver_at=None))
    for at in set(later.values()):
        group = [number for number, when in later.items() if when == at]
        await connection.execute(sa.update(notices).where(notices.c.number.in_(group)).values(deliver_at=at))
    rows = [
        {
            "account_id": taken.account_id,
            "channel": message.channel.value,
            "urgent": message.urgent,
            "sent_at": taken.now,
        }
        for message in sent
    ]
    if rows:
        await connection.execute(sa.insert(notice_sent), rows)


async def forget_old(connection: AsyncConnection) -> None:
    await connection.execute(sa.delete(notice_sent).where(notice_sent.c.sent_at < now_ms() - DAY))
    await connection.execute(sa.delete(notices).where(notices.c.created_at < now_ms() - KEPT_MS))


async def push_key(connection: AsyncConnection, made: str) -> str:
    """The private key of all servers of this database; ``made`` becomes it when there is none."""
    await connection.execute(insert(connection, push_keys).values(key_id=1, private_pem=made).on_conflict_do_nothing())
    return str(await connection.scalar(sa.select(push_keys.c.private_pem).where(push_keys.c.key_id == 1)))


async def has_push_key(connection: AsyncConnection) -> str | None:
    return await connection.scalar(sa.select(push_keys.c.private_pem).where(push_keys.c.key_id == 1))


def _waiting(row: Any) -> Waiting:
    return Waiting(
        row.number,
        Kind(row.kind),
        row.about,
        row.path,
        row.title,
        row.name,
        row.amount,
        row.currency,
        row.ends_at,
        row.created_at,
    )
