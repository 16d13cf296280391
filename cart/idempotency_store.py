"""SQL of idempotency keys. Callers hold the buyer's lock (``lock_store.buyer``), so two equal requests come one by one."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cart.idempotency import KEEP_MS, replay
from cart.tables import idempotency as keys
from hosts.database_time import now_ms

AT_ONCE = 500  # accounts per statement


_ONE = sa.and_(keys.c.account_id == sa.bindparam("account"), keys.c.key == sa.bindparam("name"))
_ANSWER_OF = sa.select(keys.c.fingerprint, keys.c.answer).where(_ONE)
_REMEMBER = sa.insert(keys).values(created_at=now_ms())
_ANSWER = sa.update(keys).where(_ONE).values(answer=sa.bindparam("text"))


async def earlier_answer(connection: AsyncConnection, account_id: str, key: str, fingerprint: str) -> bytes | None:
    """JSON of what this key was answered, None for a new key. Raises as ``idempotency.replay``."""
    row = (await connection.execute(_ANSWER_OF, {"account": account_id, "name": key})).first()
    return None if row is None else replay(row.fingerprint, row.answer, fingerprint)


async def answer_of(connection: AsyncConnection, account_id: str, key: str) -> bytes | None:
    """JSON of what a key that the server knows itself was answered; None: not yet. Raises the refusal given then."""
    row = (await connection.execute(_ANSWER_OF, {"account": account_id, "name": key})).first()
    if row is None or row.answer is None:
        return None
    return replay(row.fingerprint, row.answer, row.fingerprint)


async def known(connection: AsyncConnection, asked: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """Which of these (account id, key) have been used."""
    found: set[tuple[str, str]] = set()
    for start in range(0, len(asked), AT_ONCE):
        some = asked[start : start + AT_ONCE]
        query = sa.select(keys.c.account_id, keys.c.key).where(
            keys.c.account_id.in_({account for account, _ in some}), keys.c.key.in_({key for _, key in some})
        )
        found.update((row[0], row[1]) for row in await connection.execute(query))
    return found & set(asked)


async def remember(
    connection: AsyncConnection, account_id: str, key: str, fingerprint: str, answer: str | None
) -> None:
    """``answer`` None: in progress."""
    values = {"account_id": account_id, "key": key, "fingerprint": fingerprint, "answer": answer}
    await connection.execute(_REMEMBER, values)


async def answer(connection: AsyncConnection, account_id: str, key: str, answer: str) -> None:
    await connection.execute(_ANSWER, {"account": account_id, "name": key, "text": answer})


async def forget(connection: AsyncConnection, account_id: str, key: str) -> None:
    await connection.execute(sa.delete(keys).where(keys.c.account_id == account_id, keys.c.key == key))


async def forget_old(connection: AsyncConnection) -> int:
    """Drop answered keys past their time; how many."""
    dropped = await connection.execute(
        sa.delete(keys).where(keys.c.answer.is_not(None), keys.c.created_at < now_ms() - KEEP_MS)
    )
    return dropped.rowcount
