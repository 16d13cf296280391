"""One host session: which packet belongs to which stream, what the host is told, what its viewers need.

Streams are found by SSRC where the offer announced them, else by RID and MID header extensions (simulcast), else by payload type.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from livestream.engine import rtcp as control
from livestream.engine.clock import ntp_seconds
from livestream.engine.demand import LayerDemand
from livestream.engine.incoming import Arrival, IncomingStream
from livestream.engine.plan import Codec, Kind, MediaPlan, SessionPlan
from livestream.engine.ports import Transport
from livestream.engine.red import blocks
from livestream.engine.remb import LossEstimate
from livestream.engine.rtp import (
    ABS_CAPTURE_TIME,
    MID,
    REPAIRED_RID,
    RID,
    TRANSPORT_CC,
    Packet,
    sequence_distance,
)
from livestream.engine.statistics import quality
from livestream.engine.twcc import INTERVAL, FeedbackRecorder
from livestream.media import LayerStatistics, PublicationStatistics

if TYPE_CHECKING:
    from livestream.engine.shows import Show

_REPORT_SECONDS = 1.0
_ROUND_TRIP = 0.1  # s, until measured
# Another source with the same role takes over only from one that has been silent so long: two that alternate would
# otherwise ask every viewer for a new keyframe with each packet.
_SILENT = 0.5
ACTIVE_SECONDS = 2.0  # a layer without packets for so long is switched off by the host
# A camera sends ten pictures a second at least: a layer that is silent for so long, while another one comes, is not waited for.
SILENT_SECONDS = 0.7
_SOURCES = 32  # SSRCs remembered per session: three layers, sound, their repairs, and reserve


class Publication:
    """A ``ports.Sink``. It forwards nothing until ``show.take_over`` has let it."""

    def __init__(
        self, show: Show, plan: SessionPlan, transport: Transport, ssrc: int, now: float, counters: Counter[str]
    ) -> None:
        """``ssrc``: what our feedback to the host is sent as."""
        self.plan = plan
        self.transport = transport
        self.streams: dict[tuple[Kind, str | None], IncomingStream] = {}
        self.started_at: float | None = None  # first packet
        self.last_packet = now
        self.stalled = False
        self.floor_ms = 0.0
        self.retired = False  # another publication has taken over: whatever still comes is ignored
        self._show = show
        self._ssrc = ssrc
        self._early_reports: dict[int, control.SenderReport] = {}  # of sources whose first packet is still to come
        self._counters = counters
        self._connected = False
        self._routes: dict[int, tuple[Kind, str | None, bool]] = {}  # SSRC -> kind, RID, whether it repeats
        self._transport_ids = {
            media.extensions[TRANSPORT_CC] for media in self._media() if TRANSPORT_CC in media.extensions
        }
        self.demand = LayerDemand(now)
        self._recorder = FeedbackRecorder()
        self._estimate = None if self._transport_ids else LossEstimate()
        self._feedback_at = self._report_at = now
        self._rids = {encoding.rid for encoding in plan.video.encodings if encoding.rid} if plan.video else set()
        for media in self._media():
            for encoding in media.encodings:
                if encoding.ssrc is not None:
                    self._routes[encoding.ssrc] = (media.kind, encoding.rid, False)
                if encoding.rtx_ssrc is not None:
                    self._routes[encoding.rtx_ssrc] = (media.kind, encoding.rid, True)

    def _media(self) -> list[MediaPlan]:
        return [media for media in (self.plan.audio, self.plan.video) if media is not None]

    @property
    def simulcast(self) -> bool:
        return bool(self._rids)

    @property
    def audio(self) -> IncomingStream | None:
        return self.streams.get(("audio", None))

    def video_layers(self) -> list[IncomingStream]:
        """The encodings seen so far, in ascending quality: by size where known, else by bitrate."""
        layers = [stream for (kind, _), stream in self.streams.items() if kind == "video"]
        if all(layer.size is not None for layer in layers):
            return sorted(
                layers, key=lambda layer: (layer.size[0] * layer.size[1] if layer.size else 0, layer.rid or "")
            )
        return sorted(layers, key=lambda layer: (layer.rates.bitrate, layer.rid or ""))

    def active(self, layer: IncomingStream, now: float) -> bool:
        """Whether a layer of the picture is sent. One that falls silent alone was switched off by the host's browser, for want of
        upload as a rule; when all are silent, something holds up the way."""
        latest = max(stream.last_arrival for stream in self.streams.values() if stream.is_video)
        return now - layer.last_arrival < ACTIVE_SECONDS and latest - layer.last_arrival < SILENT_SECONDS

    # Sink -------------------------------------------------------------------------------------------------------------

    def connected(self, now: float) -> None:
        self._connected = True

    def closed(self, now: float) -> None:
        self._show.publication_closed(self, now)
        for stream in self.streams.values():
            stream.gone = True
            stream.cache.clear()

    def rtp(self, data: bytes, now: float) -> None:
        if self.retired:
            return
        packet = self._show.hot.parse(data)
        counters = self._counters
        counters["packets_in"] += 1
        if packet is None:
            counters["rtp_malformed"] += 1
            return
        for identifier in self._transport_ids:
            number = packet.extensions.get(identifier)
            if number is not None and len(number) == 2:
                self._recorder.record(number[0] << 8 | number[1], now)
                break
        route = self._routes.get(packet.ssrc) or self._identify(packet)
        if route is None:
            counters["rtp_unknown_source"] += 1
            return
        kind, rid, repeats = route
        media = self.plan.video if kind == "video" else self.plan.audio
        if media is None:
            counters["rtp_unknown_source"] += 1
        elif repeats:
            self._repaired(packet, media, rid, now)
        else:
            codec = media.codec(packet.payload_type)
            if codec is None:
                counters["rtp_unknown_payload_type"] += 1
                return
            if codec.name == "red":
                self._redundant(packet, media, rid, now)
            else:
                self._received(packet, media, rid, codec, now)

    def _identify(self, packet: Packet) -> tuple[Kind, str | None, bool] | None:
        """Which stream an unannounced SSRC is; remembered if anything says so."""
        route: tuple[Kind, str | None, bool] | None = None
        for media in self._media():
            repeats = any(codec.rtx_payload_type == packet.payload_type for codec in media.codecs)
            if not repeats and media.codec(packet.payload_type) is None:
                continue
            mid = self._text(packet, media, MID)
            if mid is not None and mid != media.mid:
                continue
            if media.kind == "video" and self._rids:
                rid = self._text(packet, media, REPAIRED_RID if repeats else RID)
                if rid in self._rids:
                    route = (media.kind, rid, repeats)
            else:
                route = (media.kind, None, repeats)
            break
        if route is not None:
            if len(self._routes) >= _SOURCES:
                del self._routes[next(iter(self._routes))]
            self._routes[packet.ssrc] = route
        return route

    @staticmethod
    def _text(packet: Packet, media: MediaPlan, uri: str) -> str | None:
        identifier = media.extensions.get(uri)
        value = packet.extensions.get(identifier) if identifier is not None else None
        return value.decode("ascii", "replace") if value is not None else None

    # Packets ----------------------------------------------------------------------------------------------------------

    def _repaired(self, packet: Packet, media: MediaPlan, rid: str | None, now: float) -> None:
        codec = next((one for one in media.codecs if one.rtx_payload_type == packet.payload_type), None)
        stream = self.streams.get((media.kind, rid))
        if codec is None or stream is None:
            self._counters["rtx_unmatched"] += 1
            return
        if not packet.unwrap_retransmission(stream.ssrc):
            return  # a probe for bandwidth: only its arrival mattered
        self._counters["rtx_in"] += 1
        self._take(stream, packet, codec, now, repaired=True)

    def _redundant(self, packet: Packet, media: MediaPlan, rid: str | None, now: float) -> None:
        """Sound that carries its predecessors again: what was lost is taken from here, then the packet's own."""
        found = blocks(packet.payload)
        own = found[-1] if found is not None else None
        codec = media.codec(own.payload_type) if own is not None else None
        if found is None or codec is None or codec.name == "red":
            self._counters["red_malformed"] += 1
            return
        start = packet.payload_start
        stream = self.streams.get((media.kind, rid))
        if stream is not None and stream.ssrc == packet.ssrc and stream.codec is codec:
            for back, block in zip(range(len(found) - 1, 0, -1), found, strict=False):
                if block.payload_type != codec.payload_type or block.start == block.end:
                    continue
                sequence = (packet.sequence - back) & 0xFFFF
                if not stream.lacks(sequence):
                    continue
                timestamp = (packet.timestamp - block.earlier) & 0xFFFFFFFF
                earlier = Packet(
                    packet.data,
                    False,
                    codec.payload_type,
                    sequence,
                    timestamp,
                    packet.ssrc,
                    start + block.start,
                    start + block.end,
                    {},
                )
                self._counters["red_recovered"] += 1
                self._take(stream, earlier, codec, now, repaired=True)
        assert own is not None
        packet.payload_start, packet.payload_end = start + own.start, start + own.end
        packet.payload_type = codec.payload_type
        self._received(packet, media, rid, codec, now)

    def _received(self, packet: Packet, media: MediaPlan, rid: str | None, codec: Codec, now: float) -> None:
        if self.started_at is None:
            if not self._show.take_over(self, now):
                return
            self.started_at = now
            self.demand = LayerDemand(now)
        self.last_packet = now
        if self.stalled:
            self.stalled = False
            self._show.resumed(self, now)
        stream = self.streams.get((media.kind, rid))
        if stream is not None and stream.ssrc != packet.ssrc:
            if now - stream.last_arrival < _SILENT:
                self._counters["rtp_competing_source"] += 1
                return
            stream = self._new_stream(media, rid, packet.ssrc, codec, now)
        elif stream is None:
            stream = self._new_stream(media, rid, packet.ssrc, codec, now)
        elif (
            codec is not stream.codec
            and stream.newest is not None
            and sequence_distance(packet.sequence, stream.newest & 0xFFFF) > 0  # not a straggler of the codec before
        ):
            if codec.clock_rate != stream.codec.clock_rate:
                stream = self._new_stream(media, rid, packet.ssrc, codec, now)
            else:
                self._codec_changed(stream, codec, now)
        if stream.parameter_sets is not None and codec.name == "H264":
            self._put_parameters(stream, packet, codec, now)
        if self._take(stream, packet, codec, now, repaired=False) is Arrival.RESTARTED:
            stream = self._new_stream(media, rid, packet.ssrc, codec, now)
            self._take(stream, packet, codec, now, repaired=False)

    def _put_parameters(self, stream: IncomingStream, packet: Packet, codec: Codec, now: float) -> None:
        """Parameter sets before a keyframe that comes without them."""
        assert stream.parameter_sets is not None
        payload = stream.parameter_sets.before(packet.payload, packet.timestamp)
        if payload is None:
            return
        sets = Packet(payload, False, packet.payload_type, 0, packet.timestamp, packet.ssrc, 0, len(payload), {})
        if stream.insert(sets, codec, packet, now, self._show.clock):
            self._counters["parameter_sets_put"] += 1
            self._pass_on(stream, sets, stream.keyframes.start == sets.index, now)

    def _take(self, stream: IncomingStream, packet: Packet, codec: Codec, now: float, repaired: bool) -> Arrival:
        arrival = stream.receive(packet, codec, now, self._show.clock, repaired)
        if arrival in (Arrival.DUPLICATE, Arrival.TOO_LATE, Arrival.STRAY):
            self._counters[f"rtp_{arrival.value}"] += 1
            return arrival
        if arrival is Arrival.RESTARTED:
            return arrival
        self._pass_on(stream, packet, arrival is Arrival.KEYFRAME, now)
        if stream.newest == packet.index and self._is_reference(stream, now):
            self._show.clock.observe(packet.show_timestamp * 1000 / codec.clock_rate, now)
        return arrival

    def _pass_on(self, stream: IncomingStream, packet: Packet, keyframe: bool, now: float) -> None:
        """To the reader and the viewers. ``keyframe``: one starts here."""
        self._show.tap.take(stream, packet, keyframe, now)
        newest = stream.newest == packet.index
        fan_out = stream.fan_out
        fan_out.forward(packet, now, newest)
        if fan_out.waiting and (keyframe or (not stream.is_video and newest)):
            fan_out.start_waiting(packet, now)

    def _is_reference(self, stream: IncomingStream, now: float) -> bool:
        """Sound drives the show clock; without it, the picture."""
        audio = self.audio
        return stream is audio or audio is None or now - audio.last_arrival > ACTIVE_SECONDS

    def _new_stream(self, media: MediaPlan, rid: str | None, ssrc: int, codec: Codec, now: float) -> IncomingStream:
        """A stream's first packet, or a source that takes over from one that is gone: its viewers move with it."""
        before = self.streams.pop((media.kind, rid), None)
        floor = self.floor_ms
        if before is not None:
            floor = max(floor, (before.clock.newest_ticks + 1) * 1000 / before.clock.rate)
        stream = IncomingStream(media.kind, rid, ssrc, codec, floor, now, self._show.hot)
        stream.fan_out.capture_id = media.extensions.get(ABS_CAPTURE_TIME)
        stream.fan_out.counters = self._counters
        self.streams[(media.kind, rid)] = stream
        early = self._early_reports.pop(ssrc, None)
        if early is not None:
            stream.clock.reported(ntp_seconds(early.ntp), early.timestamp)
        origins = (one.clock.sender_origin() for one in self.streams.values() if one is not stream)
        if (origin := next((one for one in origins if one is not None), None)) is not None:
            stream.clock.align(origin)
        if before is not None:
            for out in before.fan_out.release_all():
                stream.fan_out.want(out, now)
            before.gone = True
            before.cache.clear()
        self._show.stream_appeared(stream, now)
        return stream

    def _codec_changed(self, stream: IncomingStream, codec: Codec, now: float) -> None:
        """The host switched payload types in one stream: viewers go on at the next keyframe, in their own type for it."""
        stream.codec = codec
        stream.keyframes.start = None
        self._counters["codec_changes"] += 1
        for out in stream.fan_out.release_all():
            stream.fan_out.want(out, now)
        self._show.stream_appeared(stream, now)  # for those who could not play the codec before

    # Control ----------------------------------------------------------------------------------------------------------

    def rtcp(self, compound: bytes, now: float) -> None:
        messages, malformed = control.parse_compound(compound)
        if malformed:
            self._counters["rtcp_malformed"] += malformed
        for message in messages:
            if isinstance(message, control.SenderReport):
                self._sender_report(message, now)

    def _sender_report(self, report: control.SenderReport, now: float) -> None:
        stream = next((one for one in self.streams.values() if one.ssrc == report.ssrc), None)
        if stream is None:
            self._early_reports[report.ssrc] = report
            if len(self._early_reports) > _SOURCES:
                del self._early_reports[next(iter(self._early_reports))]
            return
        stream.reception.reported(report.ntp, now)
        if not stream.clock.reported(ntp_seconds(report.ntp), report.timestamp):
            # A layer that nobody wants is reported on without its packets: no wonder that the two drift apart.
            self._counters["sender_reports_ignored"] += now - stream.last_arrival < ACTIVE_SECONDS
            return
        reference = self.audio or next(iter(self.video_layers()), None)
        origin = reference.clock.sender_origin() if reference is not None else None
        if origin is None:
            return
        for other in self.streams.values():
            if other is not reference and other.clock.sender_origin() is not None and not other.clock.align(origin):
                self._counters["sender_reports_ignored"] += 1

    def moment_of(self, captured_ms: float) -> float | None:
        """The show clock (ms) of what the host captured at this time of its reports' clock: by the picture, which is what
        people see; by the sound until the picture has been reported. Reads only: other threads ask."""
        streams = tuple(self.streams.values())
        for stream in sorted(streams, key=lambda one: (one.is_video, one.last_arrival), reverse=True):
            found = stream.clock.moment_of(captured_ms / 1000)
            if found is not None:
                return found
        return None

    @property
    def round_trip(self) -> float:
        """Seconds to the host and back."""
        measured = [one.missing.round_trip for one in self.streams.values() if one.missing.round_trip is not None]
        if measured:
            return min(measured)
        known = self.transport.round_trip_ms
        return _ROUND_TRIP if known is None else known / 1000

    def tick(self, now: float, budget: int) -> int:
        """Every 10 ms; ``budget``: packets that replays may send now. Returns what is left of it."""
        if not self._connected or self.retired:
            return budget
        round_trip = self.round_trip
        for stream in list(self.streams.values()):
            budget = stream.fan_out.pump(now, budget)
            if stream.codec.nack:
                missing = stream.missing.due(now, round_trip)
                if missing:
                    self._counters["nack_sent"] += len(missing)
                    numbers = [stream.as_sent(index) & 0xFFFF for index in missing]
                    self._send(control.nack(self._ssrc, stream.ssrc, numbers))
            if stream.is_video and now - stream.last_arrival < ACTIVE_SECONDS:
                if stream.fan_out.waiting:
                    stream.requests.want()
                if stream.requests.due(now):
                    self._counters["keyframe_requests_out"] += 1
                    self._send(control.picture_loss(self._ssrc, stream.ssrc))
        if now >= self._feedback_at:
            self._feedback_at = now + INTERVAL
            media_ssrc = next((one.ssrc for one in self.streams.values()), 0)
            for feedback in self._recorder.feedback(self._ssrc, media_ssrc):
                self._send(feedback)
        if now >= self._report_at:
            self._report_at = now + _REPORT_SECONDS
            self._report(now)
        return budget

    def _send(self, packet: bytes) -> None:
        self.transport.send_rtcp(packet)

    def _report(self, now: float) -> None:
        streams = list(self.streams.values())
        for stream in streams:
            stream.rates.tick(now)
            stream.cache.expire(now)
        compound = control.receiver_report(self._ssrc, [stream.block(now) for stream in streams])
        compound += control.description(self._ssrc, self._show.cname)
        if self._estimate is not None and any(codec.remb for media in self._media() for codec in media.codecs):
            loss = max((stream.reception.loss for stream in streams), default=0.0)
            bitrate = self._estimate.update(loss, sum(stream.rates.bitrate for stream in streams))
            compound += control.bandwidth_estimate(self._ssrc, bitrate, [one.ssrc for one in streams if one.is_video])
        self._send(compound)

    # What the studio sees ---------------------------------------------------------------------------------------------

    def statistics(self, now: float) -> PublicationStatistics:
        layers = self.video_layers()
        active = [layer for layer in layers if self.active(layer, now)]
        best = active[-1] if active else None
        audio = self.audio
        video_bitrate = sum(layer.rates.bitrate for layer in active)
        streams = [*active, *([audio] if audio is not None else [])]
        expected = sum(stream.reception.expected for stream in streams)
        loss = sum(stream.reception.unrepaired for stream in streams) / expected if expected else 0.0
        jitter = best or audio
        measured = [one.missing.round_trip for one in self.streams.values() if one.missing.round_trip is not None]
        known = self.transport.round_trip_ms
        age = now - self.started_at if self.started_at is not None else 0.0
        return PublicationStatistics(
            video_bitrate=video_bitrate,
            audio_bitrate=audio.rates.bitrate if audio is not None else 0,
            video_codec=best.codec.name if best is not None else None,
            frames_per_second=best.rates.frames_per_second if best is not None else 0.0,
            packet_loss=loss,
            round_trip_ms=known if known is not None else min(measured) * 1000 if measured else None,
            jitter_ms=jitter.reception.jitter_ms(jitter.codec.clock_rate) if jitter is not None else None,
            quality="bad" if self.stalled else quality(loss, video_bitrate, self.plan.video is not None, age),
            layers=tuple(
                LayerStatistics(
                    layer.rid,
                    layer.size[0] if layer.size else None,
                    layer.size[1] if layer.size else None,
                    layer.rates.bitrate if layer in active else 0,
                    layer in active,
                    self.demand.wanted(layer.rid or "", layer is layers[0], now),
                )
                for layer in layers
            ),
        )
