"""SQL of the bell and of what people chose."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from hosts.database_time import now_ms
from hosts.notices.rules import Choice
from hosts.notices.tables import notice_choices, notice_languages, notices, push_subscriptions
from hosts.upsert import insert

SUBSCRIPTIONS_MOST = 10  # browsers of one person; the one that was added first makes room


async def page(connection: AsyncConnection, account_id: str, before: int | None, limit: int) -> list[Any]:
    """The newest first, one more than ``limit`` when there are more."""
    query = sa.select(notices).where(notices.c.account_id == account_id)
    if before is not None:
        query = query.where(notices.c.number < before)
    return list(await connection.execute(query.order_by(notices.c.number.desc()).limit(limit + 1)))


async def standing(connection: AsyncConnection, account_id: str, most: int) -> tuple[int, int]:
    """How many are unread, counted up to ``most``, and the newest number (0: none)."""
    unread = (
        sa.select(notices.c.number)
        .where(notices.c.account_id == account_id, notices.c.read_at.is_(None))
        .limit(most)
        .subquery()
    )
    newest = sa.select(sa.func.coalesce(sa.func.max(notices.c.number), 0)).where(notices.c.account_id == account_id)
    query = sa.select(sa.select(sa.func.count()).select_from(unread).scalar_subquery(), newest.scalar_subquery())
    row = (await connection.execute(query)).one()
    return int(row[0]), int(row[1])


async def since(connection: AsyncConnection, number: int) -> list[tuple[int, str]]:
    """Number and account of all notices above ``number``."""
    rows = await connection.execute(
        sa.select(notices.c.number, notices.c.account_id).where(notices.c.number > number).order_by(notices.c.number)
    )
    return [(int(row[0]), str(row[1])) for row in rows]


async def newest(connection: AsyncConnection) -> int:
    return int(await connection.scalar(sa.select(sa.func.max(notices.c.number))) or 0)


async def read(connection: AsyncConnection, account_id: str, up_to: int) -> None:
    await connection.execute(
        sa.update(notices)
        .where(notices.c.account_id == account_id, notices.c.number <= up_to, notices.c.read_at.is_(None))
        .values(read_at=now_ms())
    )


async def choices(connection: AsyncConnection, account_id: str) -> dict[str, Choice]:
    rows = await connection.execute(
        sa.select(notice_choices.c.kind, notice_choices.c.push, notice_choices.c.email).where(
            notice_choices.c.account_id == account_id
        )
    )
    return {row[0]: Choice(bool(row[1]), bool(row[2])) for row in rows}


async def choose(connection: AsyncConnection, account_id: str, kind: str, choice: Choice) -> None:
    values = {"push": choice.push, "email": choice.email}
    await connection.execute(
        insert(connection, notice_choices)
        .values(account_id=account_id, kind=kind, **values)
        .on_conflict_do_update(index_elements=["account_id", "kind"], set_=values)
    )


async def language(connection: AsyncConnection, account_id: str) -> str | None:
    return await connection.scalar(
        sa.select(notice_languages.c.language).where(notice_languages.c.account_id == account_id)
    )


async def set_language(connection: AsyncConnection, account_id: str, tag: str) -> None:
    await connection.execute(
        insert(connection, notice_languages)
        .values(account_id=account_id, language=tag)
        .on_conflict_do_update(index_elements=["account_id"], set_={"language": tag})
    )


async def subscribe(
    connection: AsyncConnection, account_id: str, endpoint_hash: str, endpoint: str, p256dh: str, auth: str
) -> None:
    """A browser that belonged to somebody else belongs to this account from now on."""
    values = {"account_id": account_id, "p256dh": p256dh, "auth": auth}
    await connection.execute(
        insert(connection, push_subscriptions)
        .values(endpoint_hash=endpoint_hash, endpoint=endpoint, created_at=now_ms(), **values)
        .on_conflict_do_update(index_elements=["endpoint_hash"], set_=values)
    )
    kept = (
        sa.select(push_subscriptions.c.endpoint_hash)
        .where(push_subscriptions.c.account_id == account_id)
        .order_by(push_subscriptions.c.created_at.desc())
        .limit(SUBSCRIPTIONS_MOST)
    )
    await connection.execute(
        sa.delete(push_subscriptions).where(
            push_subscriptions.c.account_id == account_id, push_subscriptions.c.endpoint_hash.not_in(kept)
        )
    )


async def unsubscribe(connection: AsyncConnection, endpoint_hash: str, account_id: str | None) -> None:
    """``account_id`` None: whoever it belongs to, since the push service says that the browser is gone."""
    query = sa.delete(push_subscriptions).where(push_subscriptions.c.endpoint_hash == endpoint_hash)
    if account_id is not None:
        query = query.where(push_subscriptions.c.account_id == account_id)
    await connection.execute(query)
