"""Parts and init segments as fragmented MP4 (CMAF), written by PyAV.

Each part is muxed on its own, so that its boundaries are ours to the tick; the muxer of one part costs about two
milliseconds. Decode times in the fragments are the show clock itself: a player that knows a frame's media time knows its
moment in the show.
"""

from __future__ import annotations

import io
import struct
from fractions import Fraction
from typing import Any

import av

from livestream.recording.cutting import Cut
from livestream.recording.depayload import Picture, split_units

_OPTIONS = {
    # An empty moov in front; data offsets relative to the moof; decode times as given, for the first fragment too.
    "movflags": "empty_moov+default_base_moof+frag_discont+skip_trailer+frag_custom",
    "use_editlist": "0",
    "avoid_negative_ts": "disabled",
}
_VIDEO, _AUDIO = Fraction(1, 90_000), Fraction(1, 48_000)
AAC = "mp4a.40.2"


class RunMuxer:
    """Of one run: all its parts share the stream parameters of ``init``."""

    def __init__(self, first: Picture | None, sound: Any) -> None:
        """``sound``: PyAV's stream of the AAC encoder, or None without sound. Raises: av.FFmpegError, ValueError."""
        self._sound = sound
        self._picture: Any = None
        self.width = self.height = 0
        codecs = []
        if first is not None:
            self._source = av.open(io.BytesIO(first.config + first.data), format="h264")
            self._picture = self._source.streams.video[0]
            self.width, self.height = self._picture.width, self._picture.height
            codecs.append(codec_of(first.config))
        if sound is not None:
            codecs.append(AAC)
        self.codecs = ",".join(codecs)
        self.init = b""

    def part(self, cut: Cut, number: int) -> bytes:
        """The part's moof and mdat. ``number``: of the fragment, from 1. ``init`` is set afterwards."""
        buffer = io.BytesIO()
        with av.open(buffer, "w", format="mp4", options={**_OPTIONS, "fragment_index": str(number)}) as output:
            if self._picture is not None:
                picture: Any = output.add_stream_from_template(self._picture)
                picture.time_base = _VIDEO
            if self._sound is not None:
                sound: Any = output.add_stream_from_template(self._sound)
            for one, duration in cut.pictures if self._picture is not None else ():
                packet = av.Packet(one.data)
                packet.stream, packet.time_base = picture, _VIDEO
                packet.pts = packet.dts = one.ticks
                packet.duration, packet.is_keyframe = duration, one.keyframe
                output.mux(packet)
            for heard in cut.sounds if self._sound is not None else ():
                packet = av.Packet(heard.data)
                packet.stream, packet.time_base = sound, _AUDIO
                packet.pts = packet.dts = heard.samples
                packet.duration, packet.is_keyframe = 1024, True
                output.mux(packet)
        data = buffer.getvalue()
        boxes = list(top_boxes(data))
        start = next((position for kind, position, _ in boxes if kind == b"moof"), len(data))
        if not self.init:
            self.init = data[:start]
        return data[start:]


def codec_of(config: bytes) -> str:
    """``avc1.PPCCLL`` (RFC 6381) of H264 parameter sets behind start codes."""
    units = split_units(config)
    return f"avc1.{units[0][1:4].hex()}"


def top_boxes(data: bytes) -> list[tuple[bytes, int, int]]:
    """(kind, position, size) of the boxes at the top level, as far as they are complete (ISO/IEC 14496-12 section 4.2)."""
    found = []
    position = 0
    while position + 8 <= len(data):
        size, kind = struct.unpack_from("!I4s", data, position)
        if size < 8 or position + size > len(data):
            break
        found.append((kind, position, size))
        position += size
    return found
