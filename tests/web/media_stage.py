"""A show on a real server, a light host who publishes, and light viewers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from tests.livestream.engine.light_peer import LightPeer, rtp
from tests.web.conftest import Reply, Server, Visitor

SDP = {"Content-Type": "application/sdp"}
FRAGMENT = {"Content-Type": "application/trickle-ice-sdpfrag"}
KEYFRAME = (
    b"\x10\x00\x00\x00\x9d\x01\x2a\x10\x00\x10\x00"  # VP8: payload descriptor, then a key frame's header of 16x16
)


def restart_fragment(ufrag: str = "fresh", password: str = "q" * 22) -> str:
    return f"a=ice-ufrag:{ufrag}\r\na=ice-pwd:{password}\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\n"


TRICKLE = "m=audio 9 RTP/AVP 0\r\na=mid:0\r\na=candidate:1 1 udp 2130706431 127.0.0.1 50000 typ host\r\na=end-of-candidates\r\n"


@dataclass
class Stage:
    server: Server
    host: Visitor
    show: dict[str, Any]

    @property
    def show_id(self) -> str:
        return str(self.show["show_id"])

    @property
    def whip(self) -> str:
        return f"/whip/{self.show_id}"

    @property
    def whep(self) -> str:
        return f"/whep/{self.show_id}"

    @property
    def key(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.show['stream_key']}"}

    async def post_offer(self, path: str, peer: LightPeer, **headers: str) -> Reply:
        """Anybody's own client: no cookie, no Origin."""
        visitor = self.server.visitor()
        visitor.http.headers.clear()
        return await visitor.request("POST", path, data=peer.offer, headers={**SDP, **headers})

    async def state(self) -> str:
        return str((await self.host.get(f"/api/shows/{self.show_id}")).json["state"])

    async def until_state(self, state: str, seconds: float = 15) -> None:
        end = time.monotonic() + seconds
        while (found := await self.state()) != state:
            assert time.monotonic() < end, f"the show is still {found}"
            await asyncio.sleep(0.02)


async def new_stage(server: Server) -> Stage:
    host = await server.sign_up("Mara")
    body = {"title": "Autumn coats", "description": "", "starts_at": int(time.time() * 1000) + 60_000}
    reply = await host.post("/api/shows", body)
    assert reply.status == 201, reply.body
    return Stage(server, host, reply.json)


@asynccontextmanager
async def on_air(stage: Stage) -> AsyncIterator[tuple[LightPeer, str]]:
    """The host publishes and keeps sending; gives the peer and its session's address."""
    peer = await LightPeer("sendonly").open()
    sending: asyncio.Task[None] | None = None
    try:
        reply = await stage.post_offer(stage.whip, peer, **stage.key)
        assert reply.status == 201, reply.body
        await peer.connect(reply.body.decode())
        sending = asyncio.create_task(_send(peer))
        await stage.until_state("live")
        yield peer, reply.headers["Location"]
    finally:
        if sending is not None:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
        peer.close()


async def _send(peer: LightPeer) -> None:
    for number in range(60_000):
        peer.send_rtp(rtp(111, number & 0xFFFF, 1111, b"sound", number * 960))
        peer.send_rtp(rtp(0x80 | 96, number & 0xFFFF, 2222, KEYFRAME, number * 1800))
        await asyncio.sleep(0.02)
