"""Redundant sound (RFC 2198): a packet that carries its predecessors again. Taken apart where it arrives, so that viewers get
plain Opus and whatever the host's upload lost comes out of the next packet, without a question and its answer.
"""

from __future__ import annotations

from dataclasses import dataclass

_MOST_BLOCKS = 8  # browsers send one or two; the format has no limit


@dataclass(frozen=True, slots=True)
class Block:
    """Where one encoded piece of sound lies. ``earlier``: RTP ticks before the packet's own timestamp, 0 for the packet's own."""

    payload_type: int
    earlier: int
    start: int
    end: int


def blocks(payload: bytes) -> list[Block] | None:
    """The blocks, oldest first, the packet's own last; None: malformed. Offsets count from the start of ``payload``."""
    headers: list[tuple[int, int, int]] = []
    position = 0
    while True:
        if position >= len(payload) or len(headers) > _MOST_BLOCKS:
            return None
        payload_type = payload[position] & 0x7F
        if not payload[position] & 0x80:
            position += 1
            break
        if position + 4 > len(payload):
            return None
        word = int.from_bytes(payload[position + 1 : position + 4], "big")
        headers.append((payload_type, word >> 10, word & 0x3FF))
        position += 4
    found: list[Block] = []
    for known_type, earlier, length in headers:
        if position + length > len(payload):
            return None
        found.append(Block(known_type, earlier, position, position + length))
        position += length
    found.append(Block(payload_type, 0, position, len(payload)))
    return found
