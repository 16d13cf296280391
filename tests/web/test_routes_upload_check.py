"""The studio's upload check: what arrives is counted, nothing is kept, nobody sends for ever."""

from __future__ import annotations

import io

from tests.web.conftest import Server

OCTETS = {"Content-Type": "application/octet-stream"}


async def test_what_arrives_is_counted(server: Server) -> None:
    ana = await server.sign_up("Ana")
    reply = await ana.request("POST", "/api/upload-check", data=b"x" * 300_000, headers=OCTETS)
    assert (reply.status, reply.json) == (200, {"bytes": 300_000})


async def test_more_than_a_mebibyte_is_refused(server: Server) -> None:
    ana = await server.sign_up("Ana")
    reply = await ana.request("POST", "/api/upload-check", data=io.BytesIO(b"x" * (1024 * 1024 + 1)), headers=OCTETS)
    assert (reply.status, reply.code) == (413, "too_large")
