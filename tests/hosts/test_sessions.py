"""Tokens: how long they last and who is told when they end."""

from __future__ import annotations

import logging

import pytest
import sqlalchemy as sa

from hosts.accounts import NewAccount
from hosts.database_time import now_ms
from hosts.sessions import PER_ACCOUNT
from hosts.tables import sessions
from tests.hosts.conftest import PASSWORD, Town


async def test_a_session_ends_by_the_database_s_clock(town: Town) -> None:
    signed_in = await town.sign_up()
    async with town.database.writing() as connection:
        left = await connection.scalar(sa.select(sessions.c.expires_at - now_ms()))
        await connection.execute(sa.update(sessions).values(expires_at=now_ms()))
    assert left is not None
    assert 29 * 24 * 3_600_000 < left <= 30 * 24 * 3_600_000
    assert await town.hosts.sessions.account_of(signed_in.token) is None
    await town.sign_up("Ben")
    async with town.database.reading() as connection:  # whoever comes next sweeps
        assert await connection.scalar(sa.select(sa.func.count()).select_from(sessions)) == 1


async def test_signing_out_ends_this_session_only(town: Town) -> None:
    told: list[str] = []

    async def hook(account_id: str) -> None:
        told.append(account_id)

    phone = await town.sign_up()
    async with town.database.writing() as connection:
        laptop = await town.hosts.sessions.open_in(connection, phone.account.id)
    town.hosts.sessions.on_signed_out(hook)
    await town.hosts.sessions.end(phone.token)
    assert await town.hosts.sessions.account_of(phone.token) is None
    assert await town.hosts.sessions.account_of(laptop) == phone.account.id
    await town.hosts.sessions.end(phone.token)
    await town.hosts.sessions.end("nobody's")
    assert told == [phone.account.id]


async def test_signing_in_as_somebody_else_ends_the_other_tab(town: Town) -> None:
    """Two people share a browser: what is still open by the first one's session must close."""
    told: list[str] = []

    async def hook(account_id: str) -> None:
        told.append(account_id)

    ana, ben = await town.sign_up("Ana"), await town.sign_up("Ben")
    town.hosts.sessions.on_signed_out(hook)
    await town.hosts.accounts.sign_in(ben.account.email, PASSWORD, "192.0.2.1", before=ana.token)
    assert told == [ana.account.id]
    assert await town.hosts.sessions.account_of(ana.token) is None
    await town.hosts.accounts.sign_in(ben.account.email, PASSWORD, "192.0.2.1", before="nobody's")
    assert told == [ana.account.id]
    new = NewAccount(email="eve@example.org", password=PASSWORD, handle="eve", name="Eve")
    await town.hosts.accounts.sign_up(new, "192.0.2.1", before=ben.token)
    assert told == [ana.account.id, ben.account.id]


async def test_a_hook_that_fails_does_not_keep_others_from_being_told(
    small_town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[str] = []

    async def broken(account_id: str) -> None:
        raise RuntimeError("broken")

    async def hook(account_id: str) -> None:
        told.append(account_id)

    small_town.hosts.sessions.on_signed_out(broken)
    small_town.hosts.sessions.on_signed_out(hook)
    ana = await small_town.sign_up()
    with caplog.at_level(logging.CRITICAL, logger="hosts.sessions"):
        await small_town.hosts.sessions.end(ana.token)
    assert told == [ana.account.id]


async def test_the_oldest_sessions_end_beyond_the_bound(town: Town) -> None:
    ana = await town.sign_up()
    async with town.database.writing() as connection:
        await connection.execute(sa.update(sessions).values(created_at=0))
        tokens = [await town.hosts.sessions.open_in(connection, ana.account.id) for _ in range(PER_ACCOUNT)]
    assert await town.hosts.sessions.account_of(ana.token) is None
    assert await town.hosts.sessions.account_of(tokens[-1]) == ana.account.id


@pytest.mark.parametrize("token", ["", "x" * 129, "\ud800", "\0", "' OR 1=1"])
async def test_tokens_of_nobody(small_town: Town, token: str) -> None:
    assert await small_town.hosts.sessions.account_of(token) is None
