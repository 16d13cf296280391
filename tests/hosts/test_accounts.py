"""Signing up, in and out, on both databases."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa

from hosts.accounts import AccountChanges, NewAccount
from hosts.errors import EmailTaken, HandleTaken, InvalidField, TooManyTries, WrongCredentials
from hosts.tables import accounts, sessions
from tests.hosts.conftest import PASSWORD, Town, picture


async def test_a_new_account_is_signed_in(town: Town) -> None:
    signed_in = await town.sign_up("Ana", email="Ana@Example.org", handle="Ana_R")
    assert signed_in.account.handle == "ana_r"
    assert signed_in.account.email == "Ana@Example.org"
    assert await town.hosts.sessions.account_of(signed_in.token) == signed_in.account.id
    assert await town.hosts.accounts.view(signed_in.account.id) == signed_in.account


async def test_email_and_handle_belong_to_one_person_whatever_their_case(town: Town) -> None:
    await town.sign_up("Ana", email="ana@example.org", handle="ana")
    with pytest.raises(EmailTaken):
        await town.sign_up("Ana", email="ANA@example.ORG", handle="another")
    with pytest.raises(HandleTaken):
        await town.sign_up("Ana", email="other@example.org", handle="ANA")


async def test_two_who_sign_up_with_one_handle_at_once(town: Town) -> None:
    results = await asyncio.gather(
        *(town.sign_up("Ana", email=f"a{n}@example.org", handle="ana") for n in range(4)), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in results) == ["HandleTaken"] * 3 + ["SignedIn"]


async def test_signing_in_gives_a_new_token_and_ends_the_one_before(town: Town) -> None:
    first = await town.sign_up(email="ana@example.org")
    second = await town.hosts.accounts.sign_in(" ANA@example.org", PASSWORD, "192.0.2.1", before=first.token)
    assert second.token != first.token
    assert await town.hosts.sessions.account_of(first.token) is None
    assert await town.hosts.sessions.account_of(second.token) == first.account.id


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("ana@example.org", "wrong password"),
        ("ana@example.org", "\ud800 half a pair"),
        ("ana@example.org", "x" * 10_000),
        ("nobody@example.org", PASSWORD),
        ("ana\0@example.org", PASSWORD),
        ("", ""),
    ],
)
async def test_wrong_credentials_do_not_say_what_is_wrong(small_town: Town, email: str, password: str) -> None:
    await small_town.sign_up(email="ana@example.org")
    with pytest.raises(WrongCredentials) as refusal:
        await small_town.hosts.accounts.sign_in(email, password, "192.0.2.1")
    assert refusal.value.message == "Email and password do not match. Check both and try again."


async def test_a_new_password_ends_every_other_session(town: Town) -> None:
    phone = await town.sign_up(email="ana@example.org")
    laptop = await town.hosts.accounts.sign_in("ana@example.org", PASSWORD, "192.0.2.1")
    told: list[str] = []

    async def hook(account_id: str) -> None:
        # By now the ended sessions are gone for everybody who asks.
        assert await town.hosts.sessions.account_of(phone.token) is None
        told.append(account_id)

    town.hosts.sessions.on_signed_out(hook)
    with pytest.raises(WrongCredentials):
        await town.hosts.accounts.change_password(laptop.account.id, "not it at all", "a new long one", "192.0.2.1")
    assert told == []
    fresh = await town.hosts.accounts.change_password(laptop.account.id, PASSWORD, "a new long one", "192.0.2.1")
    assert told == [laptop.account.id]
    assert await town.hosts.sessions.account_of(laptop.token) is None
    assert await town.hosts.sessions.account_of(fresh.token) == laptop.account.id
    with pytest.raises(WrongCredentials):
        await town.hosts.accounts.sign_in("ana@example.org", PASSWORD, "192.0.2.1")
    await town.hosts.accounts.sign_in("ana@example.org", "a new long one", "192.0.2.1")


async def test_two_password_changes_at_once_do_not_both_win(town: Town) -> None:
    ana = await town.sign_up()
    results = await asyncio.gather(
        *(
            town.hosts.accounts.change_password(ana.account.id, PASSWORD, f"new password {n}", "192.0.2.1")
            for n in range(2)
        ),
        return_exceptions=True,
    )
    assert sorted(type(result).__name__ for result in results) == ["SignedIn", "WrongCredentials"]


async def test_changing_oneself(town: Town) -> None:
    ana, ben = await town.person("Ana"), await town.person("Ben")
    changed = await town.hosts.accounts.change(
        ana.id, AccountChanges(name="  Ana Reyes ", bio="Linen.\r\nMostly.", featuring_allowed=False)
    )
    assert (changed.name, changed.bio, changed.featuring_allowed) == ("Ana Reyes", "Linen.\nMostly.", False)
    assert changed.handle == ana.handle
    with pytest.raises(HandleTaken):
        await town.hosts.accounts.change(ana.id, AccountChanges(handle=ben.handle.upper()))
    same = await town.hosts.accounts.change(ana.id, AccountChanges(handle=ana.handle))
    assert same == changed
    assert await town.hosts.accounts.change(ana.id, AccountChanges()) == changed


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "no address"),
        ("email", "two@at@example.org"),
        ("email", "ana@localhost"),
        ("email", "ana@" + "a." * 200 + "org"),
        ("password", "too short"),
        ("password", "x" * 257),
        ("handle", "ab"),
        ("handle", "has space"),
        ("handle", "admin"),
        ("handle", "Closetcast"),
        ("handle", "ünal"),
        ("name", "   "),
        ("name", "\u200b\u3164"),
        ("name", "two\nlines"),
        ("name", "x" * 61),
    ],
)
async def test_refusals_name_the_field(small_town: Town, field: str, value: str) -> None:
    with pytest.raises(InvalidField) as refusal:
        await small_town.sign_up(**{field: value})
    assert refusal.value.message.startswith(field + " ")
    assert refusal.value.details == {"field": field}


async def test_guessing_is_limited_per_email(small_town: Town) -> None:
    await small_town.sign_up(email="ana@example.org")
    sign_in = small_town.hosts.accounts.sign_in
    for number in range(9):
        with pytest.raises(WrongCredentials):
            await sign_in("ana@example.org", f"guess {number}", f"198.51.100.{number}")
    await sign_in("ana@example.org", PASSWORD, "192.0.2.1")  # being right clears the count
    for number in range(10):
        with pytest.raises(WrongCredentials):
            await sign_in("Ana@Example.org", f"guess {number}", f"198.51.100.{number}")
    with pytest.raises(TooManyTries) as refusal:
        await sign_in("ana@example.org", PASSWORD, "192.0.2.1")
    assert 0 < refusal.value.retry_after <= 301
    assert "wait" in refusal.value.message
    assert small_town.hosts.statistics()["tries_refused"] == 1


async def test_guessing_is_limited_per_address(small_town: Town) -> None:
    async def guess(number: int) -> type[BaseException]:
        try:
            await small_town.hosts.accounts.sign_in(f"somebody{number}@example.org", "a guess", "198.51.100.7")
        except (WrongCredentials, TooManyTries) as error:
            return type(error)
        raise AssertionError("signed in")

    outcomes = [await guess(number) for number in range(61)]
    assert outcomes == [WrongCredentials] * 60 + [TooManyTries]


async def test_sign_ups_are_limited_per_address(small_town: Town) -> None:
    new = NewAccount("ana@example.org", PASSWORD, "ana", "Ana")
    await small_town.hosts.accounts.sign_up(new, "198.51.100.7")
    for _ in range(29):
        with pytest.raises(EmailTaken):
            await small_town.hosts.accounts.sign_up(new, "198.51.100.7")
    with pytest.raises(TooManyTries):
        await small_town.hosts.accounts.sign_up(new, "198.51.100.7")
    with pytest.raises(EmailTaken):
        await small_town.hosts.accounts.sign_up(new, "198.51.100.8")


async def test_an_avatar_replaces_the_one_before(town: Town) -> None:
    ana = await town.person()
    first = await town.hosts.accounts.set_avatar(ana.id, picture(size=(500, 400)))
    assert first.avatar is not None
    second = await town.hosts.accounts.set_avatar(ana.id, picture("PNG"))
    assert second.avatar not in (None, first.avatar)
    assert town.files() == ["320.jpg", "320.webp"]
    assert (await town.hosts.accounts.remove_avatar(ana.id)).avatar is None
    assert town.files() == []


async def test_what_is_stored_is_no_password_and_no_token(town: Town) -> None:
    signed_in = await town.sign_up()
    async with town.database.reading() as connection:
        stored = await connection.scalar(sa.select(accounts.c.password_hash))
        token_hash = await connection.scalar(sa.select(sessions.c.token_hash))
    assert stored is not None
    assert token_hash is not None
    assert stored.startswith("$argon2id$")
    assert PASSWORD not in stored
    assert token_hash != signed_in.token
