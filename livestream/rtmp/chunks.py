"""Which stream an RTMP client wants to publish, read from what it sends (Adobe's RTMP specification 1.0).

Only that: FFmpeg answers the client and reads its media. It checks no stream name, so the name is found here, on the way.
Pure: bytes in, the name out.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from livestream.errors import RtmpRefused

VERSION = 3  # C0, section 5.2.2
HANDSHAKE = 1 + 1536 + 1536  # C0, C1, C2: sections 5.2.2 to 5.2.4
# A client sends its commands before any media: a dozen messages of some hundred bytes.
LARGEST_MESSAGE = 16 * 1024
MOST_BYTES = 128 * 1024
MOST_STREAMS = 16  # chunk streams in use at once; clients use three or four
SET_CHUNK_SIZE, COMMAND_AMF0 = 1, 20  # sections 5.4.1 and 7.1.1
_HEADER_BYTES = (11, 7, 3, 0)  # by the format of the chunk's basic header, section 5.3.1.2


@dataclass(slots=True)
class _ChunkStream:
    length: int = 0
    kind: int = 0
    extended: bool = False
    payload: bytearray = field(default_factory=bytearray)


class PublishFinder:
    """Feed it what the client sends, in order, until ``name`` is there."""

    def __init__(self) -> None:
        self.name: str | None = None
        self._buffer = bytearray()
        self._seen = 0
        self._handshake = True
        self._chunk_size = 128  # until the client says otherwise, section 5.4.1
        self._streams: dict[int, _ChunkStream] = {}

    def feed(self, data: bytes) -> str | None:
        """The stream's name once the ``publish`` command has come (section 7.2.2.6). Raises: RtmpRefused."""
        if self.name is not None:
            return self.name
        self._seen += len(data)
        if self._seen > MOST_BYTES:
            raise RtmpRefused("The encoder sent much without saying what it publishes.")
        self._buffer += data
        if self._handshake:
            if self._buffer[:1] and self._buffer[0] != VERSION:
                raise RtmpRefused("This port speaks RTMP (version 3).")
            if len(self._buffer) < HANDSHAKE:
                return None
            del self._buffer[:HANDSHAKE]
            self._handshake = False
        while self.name is None and self._take_chunk():
            pass
        return self.name

    def _take_chunk(self) -> bool:
        """Take one whole chunk off the buffer; False when it has not come whole yet."""
        buffer = self._buffer
        if not buffer:
            return False
        form, number = buffer[0] >> 6, buffer[0] & 0x3F
        at = 1 + (2 if number == 1 else 1 if number == 0 else 0)  # section 5.3.1.1
        if len(buffer) < at:
            return False
        if number < 2:
            number = 64 + buffer[1] + (256 * buffer[2] if number == 1 else 0)
        stream = self._streams.get(number)
        if stream is None:
            if form != 0:
                raise RtmpRefused("The encoder's first chunk lacks its header.")
            if len(self._streams) >= MOST_STREAMS:
                raise RtmpRefused("The encoder uses too many chunk streams.")
            stream = _ChunkStream()
        header = bytes(buffer[at : at + _HEADER_BYTES[form]])
        at += _HEADER_BYTES[form]
        extended = header[:3] == b"\xff\xff\xff" if form < 3 else stream.extended
        at += 4 if extended else 0  # section 5.3.1.3
        length = int.from_bytes(header[3:6], "big") if form < 2 else stream.length
        if len(buffer) < at:
            return False
        if length > LARGEST_MESSAGE:
            raise RtmpRefused("The encoder sent media before it said what it publishes.")
        end = at + min(self._chunk_size, length - len(stream.payload))
        if len(buffer) < end:
            return False
        if form < 2:
            stream.length, stream.kind = length, header[6]
        stream.extended = extended
        stream.payload += buffer[at:end]
        self._streams[number] = stream
        del buffer[:end]
        if len(stream.payload) >= stream.length:
            payload, stream.payload = bytes(stream.payload), bytearray()
            self._message(stream.kind, payload)
        return True

    def _message(self, kind: int, payload: bytes) -> None:
        if kind == SET_CHUNK_SIZE:
            size = int.from_bytes(payload[:4], "big")
            if len(payload) < 4 or not 1 <= size <= 0x7FFFFFFF:
                raise RtmpRefused("The encoder announced an impossible chunk size.")
            self._chunk_size = size
        elif kind == COMMAND_AMF0:
            self.name = published_name(payload)


def published_name(command: bytes) -> str | None:
    """The name in an AMF0 ``publish`` command (name, transaction, null, stream name, type); None for other commands.

    Raises: RtmpRefused for a ``publish`` that names no stream.
    """
    verb, rest = _string(command)
    if verb != "publish":
        return None
    if len(rest) < 10 or rest[0] != 0x00 or rest[9] != 0x05:  # a number of eight bytes, then null
        raise RtmpRefused("The encoder's publish command is malformed.")
    name, _ = _string(rest[10:])
    if not name:
        raise RtmpRefused("Give the encoder a stream key: the show's address and key, joined by a point.")
    return name


def _string(data: bytes) -> tuple[str | None, bytes]:
    """An AMF0 string (marker 2, two bytes of length, UTF-8) at the start, and what follows it."""
    if len(data) < 3 or data[0] != 0x02:
        return None, data
    end = 3 + int.from_bytes(data[1:3], "big")
    if len(data) < end:
        return None, data
    try:
        return data[3:end].decode("utf-8"), data[end:]
    except UnicodeDecodeError:
        return None, data
