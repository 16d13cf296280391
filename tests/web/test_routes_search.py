"""Search over HTTP: every parameter, and questions that make no sense."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.conftest import Server
from tests.web.test_routes_listings import hang


async def test_every_parameter(server: Server) -> None:
    lena, jo = await server.sign_up("Lena"), await server.sign_up("Jo")
    await hang(lena, title="A")
    await hang(lena, title="B", brand="COS", price=2000, size="S", featuring_allowed=False)
    await hang(jo, title="C", story="Sashiko mending", category="bottoms")
    visitor = server.visitor()
    queries: tuple[tuple[dict[str, Any], str], ...] = (
        ({}, "ABC"),
        ({"q": "sashi mend"}, "C"),
        ({"brand": "cos"}, "B"),
        ({"size": "s"}, "B"),
        ({"category": "bottoms"}, "C"),
        ({"min_price": "2001"}, "AC"),
        ({"max_price": "2000"}, "B"),
        ({"seller": jo.account["handle"]}, "C"),
        ({"featurable": "true"}, "AC"),
        ({"available": "1", "q": "outerwear"}, "AB"),
        ({"q": "%"}, ""),
        ({"q": "\0"}, ""),
        ({"brand": "\0"}, ""),
    )
    for query, expected in queries:
        reply = await visitor.get("/api/search", params=query)
        assert reply.status == 200, reply.body
        assert sorted(item["title"] for item in reply.json["items"]) == sorted(expected), query


async def test_pages(server: Server) -> None:
    lena = await server.sign_up("Lena")
    hung = [(await hang(lena, title=f"Piece {n}"))["listing_id"] for n in range(5)]
    seen: list[str] = []
    after = ""
    for _ in range(3):
        page = (await lena.get("/api/search", params={"limit": "2", "after": after})).json
        seen += [item["listing_id"] for item in page["items"]]
        after = page["next"]
    assert after is None
    assert sorted(seen) == sorted(hung)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("limit=0", 400),
        ("limit=101", 400),
        ("min_price=-1", 400),
        ("max_price=x", 400),
        ("min_price=²", 400),
        ("after=nonsense", 422),
        ("category=cars", 422),
        ("q=" + "x" * 201, 422),
    ],
)
async def test_questions_that_make_no_sense(server: Server, query: str, status: int) -> None:
    reply = await server.visitor().get("/api/search?" + query)
    assert reply.status == status
    assert reply.json["error"]["message"]
