"""Where a show's packets leave the engine for its one internal reader (recording and HLS): plain RTP, before the fan-out.

The reader gets the sound and the best simulcast layer that arrives; it moves to another layer only with a keyframe of that
layer. A reader that comes later than the media (its process takes a second to start) begins with what the packet caches still
hold, two seconds at most, so that a show's first second is in its recording. Nothing waits here: the reader takes a packet at
once or drops it and counts.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from livestream.engine.keyframes import starts_keyframe
from livestream.engine.publication import SILENT_SECONDS
from livestream.media import MediaPacket, PacketReader

if TYPE_CHECKING:
    from livestream.engine.incoming import IncomingStream
    from livestream.engine.publication import Publication
    from livestream.engine.rtp import Packet

_sources = itertools.count(1)  # over all shows and publications of this process: a number is never used twice


class ReaderTap:
    """One show's. ``take`` is called for every packet that a publication accepts, in order of arrival."""

    def __init__(self) -> None:
        self._reader: PacketReader | None = None
        self._numbers: dict[IncomingStream, int] = {}
        self._picture: IncomingStream | None = None  # the layer that is being read
        self._best: IncomingStream | None = None
        self._keyframe_wanted = False
        self._given: dict[str, float] = {}  # by kind: the newest show time (ms) that a reader was given

    @property
    def reader(self) -> PacketReader | None:
        return self._reader

    def attach(self, reader: PacketReader | None, publication: Publication | None) -> None:
        """Another reader, or none. A new one begins with a keyframe, the oldest one that ``publication``'s caches hold and no
        reader has had."""
        if reader is self._reader:
            return
        self._reader = reader
        self._numbers.clear()
        self._picture = None
        self._keyframe_wanted = reader is not None
        if reader is not None and publication is not None:
            self._catch_up(publication)

    def _catch_up(self, publication: Publication) -> None:
        held: list[tuple[IncomingStream, Packet]] = []
        for layer in reversed(publication.video_layers()):
            pictures = self._kept(layer)
            begins = (
                place for place, one in enumerate(pictures) if starts_keyframe(one.codec.name, one.payload)
            )  # fmt: skip
            first = next(begins, None)
            if first is not None:
                self._picture, self._keyframe_wanted = layer, False
                held += [(layer, packet) for packet in pictures[first:]]
                break
        if publication.audio is not None:
            held += [(publication.audio, packet) for packet in self._kept(publication.audio)]
        for stream, packet in sorted(held, key=lambda one: one[1].arrival):
            self._give(stream, packet)

    def _kept(self, stream: IncomingStream) -> list[Packet]:
        """What the cache holds of a stream and no reader has had, in order."""
        oldest = stream.cache.oldest()
        if oldest is None or stream.newest is None:
            return []
        found = [stream.cache.get(index) for index in range(oldest, stream.newest + 1)]
        had = self._given.get(stream.kind, -1.0) * stream.clock.rate / 1000
        return [one for one in found if one is not None and one.codec is stream.codec and one.show_timestamp > had]

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
        if current is None or current.gone or now - current.last_arrival > SILENT_SECONDS:
            return True
        return stream is self._best

    def _give(self, stream: IncomingStream, packet: Packet) -> None:
        assert self._reader is not None
        moment = packet.show_timestamp * 1000 / stream.clock.rate
        self._given[stream.kind] = max(moment, self._given.get(stream.kind, moment))
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
        active = [one for one in publication.video_layers() if publication.active(one, now)]
        self._best = active[-1] if active else None
        if self._best is not None and (self._keyframe_wanted or self._best is not self._picture):
            self._keyframe_wanted = False
            self._best.requests.want()
