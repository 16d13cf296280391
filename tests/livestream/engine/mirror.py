"""A forwarding side as small as can be, for tests of the connection side: every packet of a show's host goes to every viewer
with the viewer's SSRC and payload type. No clock, no caches, no feedback."""

from __future__ import annotations

import struct

from livestream.engine.plan import MediaPlan, SessionPlan
from livestream.engine.ports import ForwardingEvents, Sink, Transport
from livestream.media import EndReason, PacketReader, ShowFigures, ShowMedia, ViewerLayers


class MirrorSink:
    def __init__(self, mirror: Mirror, show_id: str, plan: SessionPlan, transport: Transport) -> None:
        self.mirror, self.show_id, self.plan, self.transport = mirror, show_id, plan, transport
        self.is_connected = False
        self.is_closed = 0
        self.packets: list[bytes] = []
        self.reports: list[bytes] = []

    def connected(self, now: float) -> None:
        self.is_connected = True

    def rtp(self, packet: bytes, now: float) -> None:
        if not self.packets and self.plan.role == "publish":
            self.mirror.take_over(self)
        self.packets.append(packet)
        if self.plan.role == "publish":
            self.mirror.fan_out(self, packet)

    def rtcp(self, compound: bytes, now: float) -> None:
        self.reports.append(compound)

    def closed(self, now: float) -> None:
        self.is_closed += 1
        self.mirror.sinks.remove(self)
        if self.mirror.hosts.get(self.show_id) is self:
            del self.mirror.hosts[self.show_id]


class Mirror:
    """Implements ``ports.Forwarding``."""

    def __init__(self, events: ForwardingEvents) -> None:
        self.events = events
        self.sinks: list[MirrorSink] = []
        self.hosts: dict[str, MirrorSink] = {}
        self.ticks = 0
        self.resumed: dict[str, int] = {}

    def can_watch(self, show_id: str) -> SessionPlan | None:
        host = self.hosts.get(show_id)
        return host.plan if host is not None else None

    def publish(self, show_id: str, plan: SessionPlan, transport: Transport, now: float) -> Sink:
        sink = MirrorSink(self, show_id, plan, transport)
        self.sinks.append(sink)
        self.hosts.setdefault(show_id, sink)
        return sink

    def watch(self, show_id: str, plan: SessionPlan, transport: Transport, now: float) -> Sink:
        sink = MirrorSink(self, show_id, plan, transport)
        self.sinks.append(sink)
        return sink

    def take_over(self, sink: MirrorSink) -> None:
        before = self.hosts.get(sink.show_id)
        self.hosts[sink.show_id] = sink
        if before is not None and before is not sink:
            before.transport.close(EndReason.REPLACED)
        self.events.publication_started(sink.show_id, sink.transport.session_id, 0)

    def fan_out(self, host: MirrorSink, packet: bytes) -> None:
        payload_type = packet[1] & 0x7F
        for name in ("audio", "video"):
            source: MediaPlan | None = getattr(host.plan, name)
            codec = source.codec(payload_type) if source is not None else None
            if codec is None:
                continue
            for sink in self.sinks:
                target: MediaPlan | None = getattr(sink.plan, name)
                if sink.show_id != host.show_id or sink.plan.role != "watch" or target is None:
                    continue
                same = next((one for one in target.codecs if one.name == codec.name), None)
                if same is None or target.ssrc is None:
                    continue
                copy = bytearray(packet)
                copy[1] = (packet[1] & 0x80) | same.payload_type
                struct.pack_into("!I", copy, 8, target.ssrc)
                sink.transport.send_rtp(copy)

    def tick(self, now: float) -> None:
        self.ticks += 1

    def end_show(self, show_id: str, now: float) -> None:
        self.hosts.pop(show_id, None)

    def resume_clock(self, show_id: str, show_ms: int, now: float) -> None:
        self.resumed[show_id] = show_ms

    def select_layer(self, session_id: str, rid: str | None) -> None: ...

    def shown(self, session_id: str, size: tuple[int, int] | None) -> None: ...

    def viewer_layers(self, session_id: str) -> ViewerLayers:
        return ViewerLayers()

    def layers(self, session_id: str) -> tuple[tuple[str, bool], ...]:
        return (("h", True), ("l", True))

    def show_ms(self, show_id: str, now: float) -> int | None:
        return 0 if show_id in self.hosts else None

    def moment_of(self, show_id: str, captured_ms: float) -> float | None:
        return None

    def attach_reader(self, show_id: str, reader: PacketReader | None) -> None:
        return None

    def want_keyframe(self, show_id: str) -> None:
        return None

    def show_media(self, show_id: str, now: float) -> ShowMedia:
        viewers = sum(1 for sink in self.sinks if sink.plan.role == "watch" and sink.is_connected)
        return ShowMedia(show_id in self.hosts, viewers, self.show_ms(show_id, now))

    def figures(self) -> tuple[ShowFigures, ...]:
        return ()

    def counters(self) -> dict[str, int]:
        return {"mirrored": 1}
