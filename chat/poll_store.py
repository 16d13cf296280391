"""SQL of polls and their votes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from chat.tables import poll_votes, polls
from livestream.database_time import now_ms


@dataclass(frozen=True, slots=True)
class Poll:
    poll_id: str
    show_id: str
    question: str
    options: list[str]
    by: str
    opened_at: int
    until: int | None
    closed_at: int | None


_COLUMNS = (
    polls.c.poll_id,
    polls.c.show_id,
    polls.c.question,
    polls.c.options,
    polls.c.by_id,
    polls.c.opened_at,
    polls.c.until,
    polls.c.closed_at,
)


async def add(connection: AsyncConnection, poll: Poll) -> None:
    await connection.execute(
        sa.insert(polls).values(
            poll_id=poll.poll_id,
            show_id=poll.show_id,
            question=poll.question,
            options=msgspec.msgpack.encode(poll.options),
            by_id=poll.by,
            opened_at=poll.opened_at,
            until=poll.until,
        )
    )


async def get(connection: AsyncConnection, poll_id: str) -> Poll | None:
    row = (await connection.execute(sa.select(*_COLUMNS).where(polls.c.poll_id == poll_id))).first()
    return None if row is None else _poll(row)


async def open_in(connection: AsyncConnection, show_id: str) -> Poll | None:
    query = sa.select(*_COLUMNS).where(polls.c.show_id == show_id, polls.c.closed_at.is_(None))
    row = (await connection.execute(query)).first()
    return None if row is None else _poll(row)


async def newest(connection: AsyncConnection, show_ids: Collection[str]) -> dict[str, Poll]:
    """The last poll by show, open or closed: the one that pages show."""
    later = polls.alias()
    is_newest = ~sa.exists().where(later.c.show_id == polls.c.show_id, later.c.opened_at > polls.c.opened_at)
    query = sa.select(*_COLUMNS).where(polls.c.show_id.in_(list(show_ids)), is_newest)
    found = map(_poll, await connection.execute(query.order_by(polls.c.closed_at.is_(None))))
    return {poll.show_id: poll for poll in found}


async def overdue(connection: AsyncConnection) -> list[Poll]:
    """Open ones whose time has passed."""
    query = sa.select(*_COLUMNS).where(polls.c.closed_at.is_(None), polls.c.until <= now_ms())
    return [_poll(row) for row in await connection.execute(query.limit(100))]


async def close(connection: AsyncConnection, poll_id: str, now: int) -> None:
    await connection.execute(sa.update(polls).where(polls.c.poll_id == poll_id).values(closed_at=now))


async def put_votes(connection: AsyncConnection, poll_id: str, choices: Mapping[str, int]) -> None:
    """Choices by account; a person's newest counts."""
    await connection.execute(
        sa.delete(poll_votes).where(poll_votes.c.poll_id == poll_id, poll_votes.c.account_id.in_(list(choices)))
    )
    await connection.execute(
        sa.insert(poll_votes),
        [{"poll_id": poll_id, "account_id": who, "choice": choice} for who, choice in choices.items()],
    )


async def choices(
    connection: AsyncConnection, poll_ids: Collection[str], account_ids: Collection[str]
) -> dict[tuple[str, str], int]:
    """By poll and account."""
    rows = await connection.execute(
        sa.select(poll_votes.c.poll_id, poll_votes.c.account_id, poll_votes.c.choice).where(
            poll_votes.c.poll_id.in_(list(poll_ids)), poll_votes.c.account_id.in_(list(account_ids))
        )
    )
    return {(poll_id, account_id): choice for poll_id, account_id, choice in rows}


async def counts(connection: AsyncConnection, poll: Poll) -> list[int]:
    """Votes by option."""
    rows = await connection.execute(
        sa.select(poll_votes.c.choice, sa.func.count())
        .where(poll_votes.c.poll_id == poll.poll_id)
        .group_by(poll_votes.c.choice)
    )
    found: Counter[int] = Counter({int(choice): int(count) for choice, count in rows})
    return [found[choice] for choice in range(len(poll.options))]


def _poll(row: Any) -> Poll:
    return Poll(row[0], row[1], row[2], msgspec.msgpack.decode(row[3]), *row[4:])
