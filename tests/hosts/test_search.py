"""Search on both databases: every filter, pages that neither repeat nor skip, and questions meant to confuse."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hosts import stock_store
from hosts.accounts import AccountChanges
from hosts.errors import InvalidField
from hosts.listing_rules import ListingChanges
from hosts.search import Question
from hosts.service import Hosts
from hosts.tables import listings
from hosts.words import query_words, words
from tests.hosts.conftest import Town
from web.database import SqlDatabase


async def titles(town: Town, **question: Any) -> set[str]:
    page = await town.hosts.search.find(Question(**question), None)
    return {card.title for card in page.items}


async def test_words_of_title_story_and_brand_by_their_beginnings(town: Town) -> None:
    lena = await town.person("Lena")
    await town.hang(lena, title="Wool coat", brand="Arket", story="Falls below the knee")
    await town.hang(lena, title="Café apron", brand="Levi's", story="100% linen, a_b c\\d")
    await town.hang(lena, title="Raincoat", brand="", story="")
    for q, expected in {
        "coat": {"Wool coat"},
        "COAT wo": {"Wool coat"},
        "knee arket": {"Wool coat"},
        "knee linen": set(),
        "rain": {"Raincoat"},
        "cafe": {"Café apron"},
        "CAFÉ": {"Café apron"},
        "levis": {"Café apron"},
        "levi's linen": {"Café apron"},
        "outerw": {"Wool coat", "Café apron", "Raincoat"},
        "%": set(),
        "_": set(),
        "100%": {"Café apron"},
        "c\\d": {"Café apron"},
        "": {"Wool coat", "Café apron", "Raincoat"},
        "  ": {"Wool coat", "Café apron", "Raincoat"},
    }.items():
        assert await titles(town, q=q) == expected, q


async def test_filters(town: Town) -> None:
    lena, jo = await town.person("Lena"), await town.person("Jo")
    await town.hang(lena, title="A", brand="Arket", size="M", price=1000)
    await town.hang(lena, title="B", brand="ARKÉT ", size="m", price=2000, featuring_allowed=False)
    await town.hang(jo, title="C", brand="Arket Sport", size="W29 L32", price=3000, category="bottoms")
    gone = await town.hang(jo, title="D", price=10)
    await town.hosts.listings.withdraw(gone.listing_id)
    sold = await town.hang(jo, title="E", brand="COS", size="S", price=4000)
    async with town.database.writing() as connection:
        await stock_store.claim(connection, sold.listing_id)
    for question, expected in (
        ({"brand": "arket"}, "AB"),
        ({"size": "M"}, "AB"),
        ({"size": "w29  l32"}, "C"),
        ({"category": "bottoms"}, "C"),
        ({"min_price": 2000}, "BCE"),
        ({"max_price": 2000}, "AB"),
        ({"min_price": 2000, "max_price": 3000}, "BC"),
        ({"min_price": 3000, "max_price": 2000}, ""),
        ({"seller": jo.handle.upper()}, "CE"),
        ({"seller": "nobody"}, ""),
        ({"seller": "\0"}, ""),
        ({"brand": "%"}, ""),
        ({"brand": "'"}, ""),
        ({"size": "\0"}, ""),
        ({"available": True}, "ABC"),
        ({"featurable": True}, "ACE"),
        ({"featurable": True, "available": True, "seller": lena.handle}, "A"),
    ):
        assert await titles(town, **question) == set(expected), question
    await town.hosts.accounts.change(jo.id, AccountChanges(featuring_allowed=False))
    assert await titles(town, featurable=True) == {"A"}


async def test_changed_words_are_found_and_old_ones_not(town: Town) -> None:
    hung = await town.hang(await town.person("Lena"), title="Blue trench", story="")
    await town.hosts.listings.update(hung.listing_id, ListingChanges(title="Green parka"))
    assert await titles(town, q="trench") == set()
    assert await titles(town, q="parka") == {"Green parka"}
    await town.hosts.listings.update(hung.listing_id, ListingChanges(brand="Toast"))
    assert await titles(town, brand="toast", q="toast") == {"Green parka"}


async def test_pages_neither_repeat_nor_skip(town: Town) -> None:
    lena = await town.person("Lena")
    for number in range(11):
        await town.hang(lena, title=f"Piece {number}")
    async with town.database.writing() as connection:  # all but one in the same millisecond: ids decide
        oldest = sa.select(sa.func.min(listings.c.listing_id)).scalar_subquery()
        await connection.execute(sa.update(listings).values(created_at=1_000))
        await connection.execute(sa.update(listings).where(listings.c.listing_id == oldest).values(created_at=2_000))
    seen: list[str] = []
    after: str | None = None
    pages = 0
    while pages == 0 or after is not None:
        page = await town.hosts.search.find(Question(q="piece", after=after, limit=4), None)
        seen += [card.listing_id for card in page.items]
        after, pages = page.next, pages + 1
        if pages == 1:
            await town.hang(lena, title="Piece hung meanwhile")
    assert pages == 3
    assert len(seen) == len(set(seen)) == 11
    exact = await town.hosts.search.find(Question(q="piece", limit=12), None)
    assert exact.next is None


@pytest.mark.parametrize(
    ("question", "field"),
    [
        (Question(after="nonsense"), "after"),
        (Question(after="ffffffffffffffff.abc"), "after"),
        (Question(after="1.\0"), "after"),
        (Question(after="-1.abc"), "after"),
        (Question(limit=0), "limit"),
        (Question(limit=101), "limit"),
        (Question(category="cars"), "category"),
        (Question(q="x" * 201), "q"),
    ],
)
async def test_bad_questions_name_what_is_accepted(small_town: Town, question: Question, field: str) -> None:
    with pytest.raises(InvalidField) as refusal:
        await small_town.hosts.search.find(question, None)
    assert refusal.value.field == field


PIECES = ("Wool coat", "100% wool_blend", "O'Neill \\ jacket", "Straße café", "外套", "a%b_c'd")


class QuestionTown:
    """Asks from outside a running loop, as hypothesis does not await."""

    def __init__(self, town: Town, runner: asyncio.Runner) -> None:
        self._town = town
        self._runner = runner

    def ask(self, q: str) -> set[str]:
        return self._runner.run(titles(self._town, q=q))

    @staticmethod
    def expected(q: str) -> set[str]:
        wanted = query_words(q)
        if q.strip() and not wanted:
            return set()
        return {
            piece
            for piece in PIECES
            if all(any(word.startswith(part) for word in words(piece + " zzz outerwear")) for part in wanted)
        }


@pytest.fixture
def question_town(any_database_url: str, tmp_path: Path) -> Iterator[QuestionTown]:
    with asyncio.Runner() as runner:
        database = SqlDatabase(any_database_url)
        hosts = Hosts(database, tmp_path / "photos", limits=False)
        town = Town(database, hosts, tmp_path / "photos")

        async def fill() -> None:
            lena = await town.person("Lena")
            for piece in PIECES:
                await town.hang(lena, title=piece, story="", brand="", size="zzz")

        async def empty() -> None:
            await hosts.stop()
            await database.stop()

        try:
            runner.run(fill())
            yield QuestionTown(town, runner)
        finally:
            runner.run(empty())


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_question_is_answered_and_finds_only_what_begins_so(
    question_town: QuestionTown, data: st.DataObject
) -> None:
    """Against a plain reading of the rules in Python, on both databases."""
    letters = st.sampled_from("woolcat%_'\\\"*;-()0 é外\U0010ffff\0") | st.characters(exclude_categories=["Cs"])
    q = data.draw(st.text(letters, max_size=12))
    expected = question_town.expected(q)
    assert question_town.ask(q) == expected
