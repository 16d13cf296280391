"""The log of a show for replays, and where a piece was shown."""

from __future__ import annotations

import sqlalchemy as sa

from livestream.tables import shows
from tests.web.conftest import Server
from tests.web.test_routes_lineup import list_piece, schedule


async def test_the_log_is_told_without_what_moderators_took_away(server: Server) -> None:
    host, ana, anybody = await server.sign_up("Host"), await server.sign_up("Ana"), server.visitor()
    show = await schedule(host)
    path = f"/api/shows/{show}/timeline"
    chat = server.services.chat
    kind_words = await chat.say(show, ana.account["id"], "lovely", "k1")
    rude = await chat.say(show, ana.account["id"], "rude", "k2")
    await chat.delete(show, host.account["id"], rude.message_id)
    await chat.sanction(show, host.account["id"], ana.account["id"], "mute", None, "was rude")
    page = (await anybody.get(path)).json
    assert [one["offset"] for one in page["items"]] == [1, 2, 3, 4, 5]
    assert [one["kind"] for one in page["items"]] == ["scheduled", "said", "removed", "deleted", "removed"]
    assert page["items"][1]["data"]["message_id"] == kind_words.message_id
    assert page["items"][2]["data"] == page["items"][4]["data"] == {}
    assert "rude" not in str(page)
    assert page["next"] is None


async def test_the_log_comes_in_pages(server: Server) -> None:
    host = await server.sign_up("Host")
    show = await schedule(host)
    for number in range(4):
        await server.services.chat.say(show, host.account["id"], "hello", f"k{number}")
    path = f"/api/shows/{show}/timeline"
    first = (await host.get(f"{path}?limit=3")).json
    assert ([one["offset"] for one in first["items"]], first["next"]) == ([1, 2, 3], 3)
    rest = (await host.get(f"{path}?limit=3&after=3")).json
    assert ([one["offset"] for one in rest["items"]], rest["next"]) == ([4, 5], None)
    assert (await host.get(f"{path}?after=99")).json == {"items": [], "next": None}
    assert (await host.get("/api/shows/nowhere/timeline")).status == 404
    assert (await host.get(f"{path}?limit=1001")).status == 400


async def test_a_listing_tells_where_it_was_shown(server: Server) -> None:
    host, seller, anybody = await server.sign_up("Host"), await server.sign_up("Lena"), server.visitor()
    show = await schedule(host)
    coat = await list_piece(seller)
    assert (await anybody.get(f"/api/listings/{coat}/shows")).json == {"items": []}
    await host.put(f"/api/shows/{show}/features/{coat}")
    assert (await anybody.get(f"/api/listings/{coat}/shows")).json == {"items": []}  # the show has not begun
    async with server.services.database.writing() as connection:
        await connection.execute(sa.update(shows).where(shows.c.show_id == show).values(started_at=5))
    (found,) = (await anybody.get(f"/api/listings/{coat}/shows")).json["items"]
    assert found["show_id"] == show
    assert found["host"]["id"] == host.account["id"]
    assert (found["title"], found["at"], found["state"]) == ("Evening show", 0, "scheduled")
    # The closet's page has the same of each of its pieces.
    closet = f"/api/closets/{seller.account['handle']}/shown"
    assert (await anybody.get(closet)).json == {"items": {coat: found}}
    assert (await anybody.get(f"/api/closets/{host.account['handle']}/shown")).json == {"items": {}}
    assert (await anybody.get("/api/closets/nobody-has-this/shown")).status == 404
    second = await schedule(host)
    await host.put(f"/api/shows/{second}/features/{coat}")
    async with server.services.database.writing() as connection:
        await connection.execute(sa.update(shows).where(shows.c.show_id == second).values(started_at=9))
    assert (await anybody.get(closet)).json["items"][coat]["show_id"] == second
