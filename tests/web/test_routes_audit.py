"""``GET /api/shows/{show_id}/audit``: who may read it, in pages, and by what was done and by whom."""

from __future__ import annotations

import pytest

from tests.web.conftest import Server
from tests.web.test_live_server import schedule
from web.routes import moderation


async def test_the_audit(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    host, mod, ana = await server.sign_up("Mara"), await server.sign_up("Mo"), await server.sign_up("Ana")
    show_id = await schedule(host)
    await host.put(f"/api/shows/{show_id}/moderators/{mod.account['handle']}")
    chat, audit = server.services.chat, f"/api/shows/{show_id}/audit"
    said = await chat.say(show_id, ana.account["id"], "words", "k")
    await chat.delete(show_id, mod.account["id"], said.message_id, "ads")
    await chat.sanction(show_id, mod.account["id"], ana.account["id"], "mute", 60, "")
    await chat.lift(show_id, host.account["id"], ana.account["id"])

    monkeypatch.setattr(moderation, "AUDIT", 2)
    first = (await mod.get(audit)).json
    assert [one["act"] for one in first["items"]] == ["lift", "mute"]
    second = (await mod.get(audit, params={"before": first["next"]})).json
    assert [(one["act"], one["text"], one["reason"]) for one in second["items"]] == [("delete", "words", "ads")]
    assert second["next"] is None
    by_host = (await host.get(audit, params={"by": host.account["id"]})).json["items"]
    assert [one["act"] for one in by_host] == ["lift"]
    assert [one["act"] for one in (await host.get(audit, params={"act": "mute,delete"})).json["items"]] == [
        "mute",
        "delete",
    ]
    for wrong in ({"before": "x"}, {"before": ".x"}, {"before": "²"}, {"before": "9" * 40}, {"by": "a\0b"}):
        assert (await mod.get(audit, params=wrong)).status == 400, wrong
    assert (await ana.get(audit)).status == 403
    assert (await server.visitor().get(audit)).status == 401
