"""The delivery workers on both databases, with a sender that only notes what it is given."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import sqlalchemy as sa

from hosts import notices
from hosts.notices import Kind, outbox_store
from hosts.notices.delivery import Delivery, Outcome
from hosts.notices.outbox_store import Subscription
from hosts.notices.service import Notices
from hosts.notices.tables import notices as table
from tests.hosts.conftest import Town

ENDPOINT = "https://fcm.googleapis.com/fcm/send/"
P256DH, AUTH = "A" * 87, "A" * 22


@dataclass
class Noted:
    """``answers``: what each push is answered, the last one for ever."""

    answers: list[Outcome] = field(default_factory=lambda: [Outcome.SENT])
    pushes: list[tuple[str, str]] = field(default_factory=list)
    sent: list[tuple[str, str]] = field(default_factory=list)
    mails: bool = False
    site: str = "https://shop.example.org"

    async def push(self, to: Subscription, title: str, body: str, path: str, tag: str, urgent: bool) -> Outcome:
        self.pushes.append((to.endpoint.removeprefix(ENDPOINT), title))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    async def mail(self, to: str, subject: str, text: str, key: str) -> Outcome:
        self.sent.append((to, subject))
        return Outcome.SENT


async def somebody(town: Town, name: str) -> str:
    account_id = (await town.sign_up(name)).account.id
    await Notices(town.database).subscribe(account_id, ENDPOINT + name, P256DH, AUTH)
    return account_id


async def add(town: Town, account_id: str, kind: Kind, about: str) -> None:
    async with town.database.writing() as connection:
        await notices.add(
            connection, kind, [account_id], about=about, path="/", title="Coat", amount=100, currency="USD"
        )


async def due_now(town: Town) -> None:
    """As if all pauses were over."""
    async with town.database.writing() as connection:
        await connection.execute(sa.update(table).where(table.c.deliver_at.is_not(None)).values(deliver_at=1))


async def waiting(town: Town) -> int:
    async with town.database.reading() as connection:
        query = sa.select(sa.func.count()).where(table.c.deliver_at.is_not(None))
        return int(await connection.scalar(query) or 0)


async def test_what_waits_together_goes_out_as_one_and_once(town: Town) -> None:
    ana, sender = await somebody(town, "ana"), Noted()
    for number in range(15):
        await add(town, ana, Kind.PRICE_DROP, f"listing{number}")
    deliveries = [Delivery(town.database, sender) for _ in range(3)]
    await asyncio.gather(*(each.look() for each in deliveries))
    assert sender.pushes == []  # others may still join
    await due_now(town)
    await asyncio.gather(*(each.look() for each in deliveries))
    assert sender.pushes == [("ana", "15 pieces you like are cheaper now")]
    assert await waiting(town) == 0


async def test_a_cap_holds_back_and_merges_what_comes_meanwhile(town: Town) -> None:
    ana, sender = await somebody(town, "ana"), Noted()
    delivery = Delivery(town.database, sender)
    for number in range(7):
        await add(town, ana, Kind.SOLD, f"hold{number}")
        await due_now(town)
        await delivery.look()
    assert [title for _, title in sender.pushes] == ["Sold: Coat"] * 4
    assert await waiting(town) == 3
    async with town.database.writing() as connection:
        await connection.execute(sa.text("UPDATE notice_sent SET sent_at = sent_at - 3600001"))
    await due_now(town)
    await delivery.look()
    assert sender.pushes[-1][1] == "3 of your pieces are sold"
    assert await waiting(town) == 0


async def test_a_worker_that_died_leaves_its_notices_to_the_next(town: Town) -> None:
    ana, sender = await somebody(town, "ana"), Noted()
    await add(town, ana, Kind.WON, "auction")
    async with town.database.writing() as connection:
        taken = await outbox_store.take(connection, ana, 60_000)
        assert taken is not None
        assert await outbox_store.take(connection, ana, 60_000) is None
    delivery = Delivery(town.database, sender)
    await delivery.look()
    assert sender.pushes == []  # the lease still runs
    await due_now(town)
    await delivery.look()
    assert sender.pushes == [("ana", "You won Coat")]


async def test_what_fails_is_tried_again_and_given_up_in_the_end(town: Town) -> None:
    ana, sender = await somebody(town, "ana"), Noted(answers=[Outcome.AGAIN])
    ben = await somebody(town, "ben")
    delivery = Delivery(town.database, sender)
    await add(town, ana, Kind.WON, "auction")
    for _ in range(8):
        await due_now(town)
        await delivery.look()
    assert len(sender.pushes) == 5
    assert delivery.statistics()["given_up"] == 1
    sender.answers = [Outcome.SENT]
    await add(town, ben, Kind.WON, "auction")
    await delivery.look()
    assert sender.pushes[-1] == ("ben", "You won Coat")


async def test_mails_go_by_choice_and_language(town: Town) -> None:
    ana = (await town.sign_up("ana")).account
    await Notices(town.database).set_language(ana.id, "fr")
    sender = Noted(mails=True)
    await add(town, ana.id, Kind.WON, "auction")
    await add(town, ana.id, Kind.OUTBID, "auction:2")
    await due_now(town)
    await Delivery(town.database, sender).look()
    assert sender.sent == [(ana.email, "Vous avez remporté Coat")]
    assert sender.pushes == []
