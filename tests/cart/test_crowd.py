"""A crowd: few looks, fair turns, everybody answered."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from cart import errors
from cart.crowd import Crowds
from tests.cart.conftest import Shop


class Stall:
    """Sells ``left`` pieces; its looks and attempts take a turn of the loop, as a database does."""

    def __init__(self, left: int) -> None:
        self.left = left
        self.attempts: list[int] = []
        self.broken = False
        self.crowds: Crowds[int, str] = Crowds(self.look, self.attempt)

    async def look(self, listing_id: str, wishes: Sequence[int]) -> tuple[list[Exception | None], int]:
        await asyncio.sleep(0)
        if self.broken:
            raise OSError("the disk is gone")
        if self.left:
            return [None] * len(wishes), self.left
        return [errors.HoldRefused("Gone.", code="sold") for _ in wishes], 0

    async def attempt(self, wish: int) -> str:
        await asyncio.sleep(0)
        self.attempts.append(wish)
        if wish < 0:
            raise errors.BuyerBanned("No.")
        assert self.left > 0
        self.left -= 1
        return f"sold to {wish}"


async def test_a_thousand_taps_cost_two_looks_and_one_attempt() -> None:
    stall = Stall(1)
    answers = await asyncio.gather(*(stall.crowds.enter("one", who) for who in range(1000)), return_exceptions=True)
    assert answers[0] == "sold to 0"
    assert all(isinstance(answer, errors.HoldRefused) for answer in answers[1:])
    assert (stall.crowds.looks, stall.attempts) == (2, [0])


async def test_who_came_first_is_served_first_and_a_failed_attempt_makes_room() -> None:
    stall = Stall(2)
    answers = await asyncio.gather(*(stall.crowds.enter("one", who) for who in (-1, 1, 2, 3)), return_exceptions=True)
    assert isinstance(answers[0], errors.BuyerBanned)
    assert answers[1:3] == ["sold to 1", "sold to 2"]
    assert isinstance(answers[3], errors.HoldRefused)


async def test_a_look_that_fails_is_everybodys_error_and_the_next_is_tried() -> None:
    stall = Stall(1)
    stall.broken = True
    answers = await asyncio.gather(*(stall.crowds.enter("one", who) for who in range(3)), return_exceptions=True)
    assert all(isinstance(answer, OSError) for answer in answers)
    stall.broken = False
    assert await stall.crowds.enter("one", 7) == "sold to 7"


async def test_who_gives_up_harms_nobody() -> None:
    stall = Stall(5)
    tasks = [asyncio.create_task(stall.crowds.enter("one", who)) for who in range(3)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    assert await asyncio.gather(*tasks[1:]) == ["sold to 1", "sold to 2"]
    await stall.crowds.stop()


async def test_waiting_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cart.crowd.MOST", 2)
    stall = Stall(9)
    answers = await asyncio.gather(*(stall.crowds.enter("one", who) for who in range(4)), return_exceptions=True)
    assert [type(answer).__name__ for answer in answers] == ["str", "str", "TooCrowded", "TooCrowded"]
    assert stall.crowds.turned_away == 2


async def test_a_real_crowd_looks_rarely(shop: Shop) -> None:
    seller, *buyers = await shop.people(31)
    listing = await shop.listing(seller)
    claims = [shop.cart.holds.claim(buyer, listing, None, "tap") for buyer in buyers]
    answers = await asyncio.gather(*claims, return_exceptions=True)
    assert sum(isinstance(answer, errors.HoldRefused) for answer in answers) == 30 - 1
    assert shop.cart.statistics()["claim_looks"] == 2
    assert shop.cart.statistics()["claims_held_by_other"] == 29
    winner = next(number for number, answer in enumerate(answers) if not isinstance(answer, Exception))
    again = await shop.cart.holds.claim(buyers[winner], listing, None, "tap")
    assert again == answers[winner]
