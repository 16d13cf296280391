"""RFC 4571 framing: over TCP every packet goes behind its length, two bytes, most significant first. Pure: bytes in and out."""

from __future__ import annotations

from livestream.engine.errors import EngineError
from livestream.engine.udp import LARGEST_DATAGRAM


class BadFrame(EngineError):
    """A frame longer than anything that a WebRTC peer sends: whatever speaks there, it is not one."""


def frame(packet: bytes) -> bytes:
    """One packet of at most 65,535 bytes with its length in front."""
    return len(packet).to_bytes(2, "big") + packet


class Deframer:
    """Packets out of a stream that may be cut anywhere. It never holds more than one unfinished frame."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """The packets that ``data`` completes, in order; empty ones are left out. Raises: BadFrame."""
        stream = self._rest + data
        packets: list[bytes] = []
        at = 0
        while at + 2 <= len(stream):
            size = int.from_bytes(stream[at : at + 2], "big")
            if size > LARGEST_DATAGRAM:
                raise BadFrame(f"A frame of {size} bytes.")
            if at + 2 + size > len(stream):
                break
            if size:
                packets.append(stream[at + 2 : at + 2 + size])
            at += 2 + size
        self._rest = stream[at:]
        return packets
