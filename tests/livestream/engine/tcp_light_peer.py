"""A light peer whose network lets no UDP through."""

from __future__ import annotations

import asyncio
import re

from livestream.engine.framing import Deframer, frame
from tests.livestream.engine.light_peer import LightPeer


class TcpLightPeer(LightPeer):
    """The same peer over a TCP connection to the passive candidate."""

    async def open_tcp(self, answer: str, address: str = "127.0.0.1") -> None:
        """Connect to the candidate at ``address``, which the answer must have."""
        number = int(re.findall(rf"1 tcp \d+ {re.escape(address)} (\d+) typ host tcptype passive", answer)[0])
        self.reader, self.writer = await asyncio.open_connection(address, number)
        self.local = self.writer.get_extra_info("sockname")
        self.reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        deframer = Deframer()
        while data := await self.reader.read(1000):
            for packet in deframer.feed(data):
                self.datagram_received(packet, self.local)

    def send(self, datagram: bytes) -> None:
        framed = frame(datagram)
        self.writer.write(framed[:1])  # a length may come in two pieces
        self.writer.write(framed[1:])

    def close(self) -> None:
        super().close()
        self.writer.close()
