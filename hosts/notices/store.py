"""SQL that adds notices, inside the transaction of what they tell of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from hosts.database_time import now_ms
from hosts.notices.kinds import RULES, Kind
from hosts.notices.tables import notices
from hosts.tables import follows, likes
from hosts.upsert import insert

TITLE_MOST = 120
NAME_MOST = 60


async def add(
    connection: AsyncConnection,
    kind: Kind,
    account_ids: Iterable[str],
    *,
    about: str,
    path: str,
    title: str = "",
    name: str = "",
    amount: int | None = None,
    currency: str | None = None,
    ends_at: int | None = None,
) -> int:
    """Tell these people, each once for this ``kind`` and ``about``; how many had not been told yet.

    ``about`` names what happened, at most 128 characters: an id, with a number behind it where it may happen again
    (``f"{auction_id}:{bid}"``). ``path`` is the page that a tap opens. ``title``, ``name``, ``amount`` (minor units),
    ``currency`` and ``ends_at`` (Unix ms) are what the sentence of the kind needs (see ``kinds.Kind``). A notice with
    ``ends_at`` is not sent out after it. Call it where the thing happens, in its transaction.
    """
    ids = list(dict.fromkeys(account_ids))
    if not ids:
        return 0
    values = _values(kind, about, path, title, name, amount, currency, ends_at)
    rows = [{"account_id": account_id, **values} for account_id in ids]
    added = await connection.execute(insert(connection, notices).values(rows).on_conflict_do_nothing())
    return added.rowcount


async def add_for_followers(connection: AsyncConnection, kind: Kind, followed_id: str, **notice: Any) -> None:
    """``add`` for everybody who follows an account, in one statement."""
    await _add_selected(connection, kind, follows.c.follower_id, follows.c.followed_id == followed_id, notice)


async def add_for_likers(
    connection: AsyncConnection, kind: Kind, listing_id: str, *, but: str | None = None, **notice: Any
) -> None:
    """``add`` for everybody who likes a listing, ``but`` one (its seller), in one statement."""
    condition = likes.c.listing_id == listing_id
    if but is not None:
        condition &= likes.c.account_id != but
    await _add_selected(connection, kind, likes.c.account_id, condition, notice)


async def _add_selected(
    connection: AsyncConnection,
    kind: Kind,
    account_id: sa.Column[str],
    condition: sa.ColumnElement[bool],
    notice: dict[str, Any],
) -> None:
    values = _values(kind, **{"title": "", "name": "", "amount": None, "currency": None, "ends_at": None, **notice})
    columns = [
        sa.literal(value, notices.c[key].type).label(key) if not isinstance(value, sa.ColumnElement) else value
        for key, value in values.items()
    ]
    query = sa.select(account_id, *columns).where(condition)
    await connection.execute(
        insert(connection, notices).from_select(["account_id", *values], query).on_conflict_do_nothing()
    )


def _values(
    kind: Kind,
    about: str,
    path: str,
    title: str,
    name: str,
    amount: int | None,
    currency: str | None,
    ends_at: int | None,
) -> dict[str, Any]:
    return {
        "kind": kind.value,
        "about": about,
        "path": path,
        "title": title[:TITLE_MOST],
        "name": name[:NAME_MOST],
        "amount": amount,
        "currency": currency,
        "ends_at": ends_at,
        "created_at": now_ms(),
        "deliver_at": now_ms() + RULES[kind].wait_ms,
    }
