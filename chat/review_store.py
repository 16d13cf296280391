"""SQL of what waits for a moderator besides held messages: reports and appeals."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from chat.sanctions import Sanction
from chat.tables import appeals, reports


@dataclass(frozen=True, slots=True)
class Report:
    message_id: str
    by: str
    reason: str
    created_at: int


@dataclass(frozen=True, slots=True)
class Appeal:
    appeal_id: str
    show_id: str
    account_id: str
    sanctioned_at: int
    sanctioned_by: str
    kind: str
    reason: str
    text: str
    created_at: int
    verdict: str | None
    answer: str
    settled_at: int | None
    settled_by: str | None


_APPEAL = tuple(appeals.c[name] for name in Appeal.__dataclass_fields__)


async def add_report(
    connection: AsyncConnection, show_id: str, message_id: str, by: str, reason: str, now: int
) -> bool:
    """False: this person has reported it before. The caller holds the show's row."""
    known = await connection.scalar(
        sa.select(reports.c.created_at).where(reports.c.message_id == message_id, reports.c.by_id == by)
    )
    if known is not None:
        return False
    await connection.execute(
        sa.insert(reports).values(message_id=message_id, by_id=by, show_id=show_id, reason=reason, created_at=now)
    )
    return True


async def open_reports(connection: AsyncConnection, show_id: str, limit: int) -> list[Report]:
    """Reports that nobody has settled, oldest first."""
    rows = await connection.execute(
        sa.select(reports.c.message_id, reports.c.by_id, reports.c.reason, reports.c.created_at)
        .where(reports.c.show_id == show_id, reports.c.settled_at.is_(None))
        .order_by(reports.c.created_at)
        .limit(limit)
    )
    return [Report(*row) for row in rows]


async def count_reports(connection: AsyncConnection, message_id: str) -> int:
    count = await connection.scalar(
        sa.select(sa.func.count())
        .select_from(reports)
        .where(reports.c.message_id == message_id, reports.c.settled_at.is_(None))
    )
    return int(count or 0)


async def settle_reports(connection: AsyncConnection, message_ids: Collection[str], now: int) -> int:
    """How many were open."""
    result = await connection.execute(
        sa.update(reports)
        .where(reports.c.message_id.in_(message_ids), reports.c.settled_at.is_(None))
        .values(settled_at=now)
    )
    return int(result.rowcount)


async def reopen_reports(connection: AsyncConnection, message_id: str, settled_at: int) -> int:
    """Those that were settled at this moment (Unix ms) are open again; how many."""
    result = await connection.execute(
        sa.update(reports)
        .where(reports.c.message_id == message_id, reports.c.settled_at == settled_at)
        .values(settled_at=None)
    )
    return int(result.rowcount)


async def add_appeal(
    connection: AsyncConnection, appeal_id: str, show_id: str, sanction: Sanction, text: str, now: int
) -> None:
    await connection.execute(
        sa.insert(appeals).values(
            appeal_id=appeal_id,
            show_id=show_id,
            account_id=sanction.account_id,
            sanctioned_at=sanction.since,
            sanctioned_by=sanction.by,
            kind=sanction.kind,
            reason=sanction.reason,
            text=text,
            created_at=now,
        )
    )


async def appeal_against(connection: AsyncConnection, show_id: str, sanction: Sanction) -> Appeal | None:
    return await _appeal(
        connection,
        appeals.c.show_id == show_id,
        appeals.c.account_id == sanction.account_id,
        appeals.c.sanctioned_at == sanction.since,
    )


async def appeal(connection: AsyncConnection, show_id: str, appeal_id: str) -> Appeal | None:
    return await _appeal(connection, appeals.c.show_id == show_id, appeals.c.appeal_id == appeal_id)


async def open_appeals(connection: AsyncConnection, show_id: str, limit: int) -> list[Appeal]:
    rows = await connection.execute(
        sa.select(*_APPEAL)
        .where(appeals.c.show_id == show_id, appeals.c.settled_at.is_(None))
        .order_by(appeals.c.created_at)
        .limit(limit)
    )
    return [Appeal(*row) for row in rows]


async def settle_appeal(
    connection: AsyncConnection, appeal_id: str, verdict: str, answer: str, by: str, now: int
) -> None:
    await connection.execute(
        sa.update(appeals)
        .where(appeals.c.appeal_id == appeal_id)
        .values(verdict=verdict, answer=answer, settled_by=by, settled_at=now)
    )


async def _appeal(connection: AsyncConnection, *where: Any) -> Appeal | None:
    row = (await connection.execute(sa.select(*_APPEAL).where(*where))).first()
    return None if row is None else Appeal(*row)
