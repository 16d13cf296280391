"""Where a show's packets leave the engine for its one internal reader (recording and HLS): plain RTP, before the fan-out.

The reader gets the sound and the best simulcast layer that arrives; it moves to another layer only with a keyframe of that
layer. Nothing waits here: the reader takes a packet at once or drops it and counts.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from livestream.media import MediaPacket, PacketReader

if TYPE_CHECKING:
    from livestream.engine.incoming import IncomingStream
    from livestream.engine.publication import Publication
    from livestream.engine.rtp import Packet

_sources = itertools.count(1)  # over all shows and publications of this process: a number is never used twice
ACTIVE_SECONDS = 2.0  # a layer without packets for so long is switched off by the host


class ReaderTap:
    """One show's. ``take`` is called for every packet that a publication accepts, in order of arrival."""

    def __init__(self) -> None:
        self._reader: PacketReader | None = None
        self._numbers: dict[IncomingStream, int] = {}
        self._picture: IncomingStream | None = None  # the layer that is being read
        self._best: IncomingStream | None = None
        self._keyframe_wanted = False

    @property
    def reader(self) -> PacketReader | None:
        return self._reader

    def attach(self, reader: PacketReader | None) -> None:
        """Another reader, or none. A new one begins with a keyframe."""
        if reader is self._reader:
            return
        self._reader = reader
        self._numbers.clear()
        self._picture = None
        self._keyframe_wanted = reader is not None

    def want_keyframe(self) -> None:
        """The reader needs a picture that stands alone; the host is asked as soon as a question is due."""
        if self._picture is not None and not self._picture.gone:
            self._picture.requests.want()
        else:
            self._keyframe_wanted = True

    def take(self, stream: IncomingStream, packet: Packet, keyframe: bool, now: float) -> None:
        """``keyframe``: this packet is where a keyframe of its stream starts."""
        if self._reader is None:
            return
        if stream.is_video and stream is not self._picture:
            if not keyframe or not self._may_move_to(stream, now):
                return
            self._picture = stream
            # What belongs to the keyframe and overtook its first packet is in the cache already.
            newest = stream.newest if stream.newest is not None else packet.index
            self._give(stream, packet)
            for index in range(packet.index + 1, newest + 1):
                later = stream.cache.get(index)
                if later is not None:
                    self._give(stream, later)
            return
        self._give(stream, packet)

    def _may_move_to(self, stream: IncomingStream, now: float) -> bool:
        current = self._picture
        if current is None or current.gone or now - current.last_arrival > ACTIVE_SECONDS:
            return True
        return stream is self._best

    def _give(self, stream: IncomingStream, packet: Packet) -> None:
        assert self._reader is not None
        number = self._numbers.get(stream)
        if number is None:
            number = self._numbers[stream] = next(_sources)
            for known in [known for known in self._numbers if known.gone]:
                del self._numbers[known]
        self._reader.packet(
            MediaPacket(
                number,
                stream.kind,
                packet.codec.name,
                packet.index,
                packet.show_timestamp,
                packet.marker,
                packet.payload,
            )
        )

    def tick(self, publication: Publication, now: float) -> None:
        """Twice a second: which layer is best now, and whether the host must be asked for a keyframe."""
        if self._reader is None:
            return
        active = [one for one in publication.video_layers() if now - one.last_arrival < ACTIVE_SECONDS]
        self._best = active[-1] if active else None
        if self._best is not None and (self._keyframe_wanted or self._best is not self._picture):
            self._keyframe_wanted = False
            self._best.requests.want()
