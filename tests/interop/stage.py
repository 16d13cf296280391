"""An engine with its real forwarding behind WHIP and WHEP on a free port, for independent clients."""

from __future__ import annotations

from aiohttp import web
from aiortc import RTCPeerConnection, RTCSessionDescription

from livestream.engine.engine import PythonEngine
from tests.interop.whip_app import whip_app
from tests.livestream.engine.recorder import Recorder


class Stage:
    def __init__(self) -> None:
        # All addresses: browsers differ in which of them they use for a peer on the same machine.
        self.engine = PythonEngine()
        self.recorder = Recorder()
        self.runner = web.AppRunner(whip_app(self.engine), shutdown_timeout=1)
        self.url = ""

    async def __aenter__(self) -> Stage:
        await self.engine.start(self.recorder)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self.runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.runner.cleanup()
        await self.engine.stop()

    async def on_air(self, show_id: str, times: int = 1, seconds: float = 30) -> None:
        """Wait until publications of the show have started so many times."""
        await self.recorder.until_true(
            lambda: sum(notice[:2] == ("started", show_id) for notice in self.recorder.notices) >= times, seconds
        )

    async def connect(self, peer: RTCPeerConnection, show_id: str, protocol: str) -> None:
        """Offer and answer in-process, for clients in Python."""
        await peer.setLocalDescription(await peer.createOffer())
        join = self.engine.publish if protocol == "whip" else self.engine.watch
        description = await join(show_id, peer.localDescription.sdp)
        await peer.setRemoteDescription(RTCSessionDescription(description.answer, "answer"))
