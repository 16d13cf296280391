"""From one incoming stream to its viewers: who is live (``hot_path.py`` serves them), joins from the last keyframe, switches.

A viewer's stream is in one of three places here: ``groups`` (live: gets every packet as it comes), ``replaying`` (bound, behind,
catching up from the cache at a measured pace) or ``waiting`` (not bound here; wants the next keyframe, or the next sound).
It costs no task and no queue: a replay is a position in the cache.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from livestream.engine.hot_path import PYTHON, Group, HotPath
from livestream.engine.outgoing import OutgoingStream
from livestream.engine.rewriting import Shape, ShapeKey, match_codec, shape_key
from livestream.engine.rtp import Packet
from livestream.engine.vp8 import read_picture

if TYPE_CHECKING:
    from livestream.engine.incoming import IncomingStream

# Older or longer than this, a replay would hold a joining viewer's picture behind for longer than a new keyframe takes.
REPLAY_SECONDS, _REPLAY_PACKETS = 3.0, 600
# A burst that home routers take, then 30 packets per tick of 10 ms (29 Mbit/s) until the viewer has caught up.
REPLAY_BURST, REPLAY_STEP = 60, 30
_RUN = 32  # packets handed over at once; the compiled engine makes a message or two of them


class FanOut:
    def __init__(self, source: IncomingStream, hot: HotPath = PYTHON) -> None:
        self._source = source
        self._hot = hot
        self._groups: dict[ShapeKey, Group] = {}
        self._replaying: list[OutgoingStream] = []
        self._waiting: dict[OutgoingStream, None] = {}
        self.capture_id: int | None = None  # the host's identifier of abs-capture-time
        self.counters: Counter[str] = Counter()

    # Who is here ------------------------------------------------------------------------------------------------------

    @property
    def waiting(self) -> bool:
        return bool(self._waiting)

    def members(self) -> list[OutgoingStream]:
        """Every stream that is bound here."""
        return [*self._replaying, *(out for group in self._groups.values() for out in group.streams())]

    def want(self, out: OutgoingStream, now: float, replay: float = REPLAY_SECONDS) -> None:
        """``out`` shall come from here as soon as it can; until then it goes on with what it has. If it has nothing, a keyframe
        not older than ``replay`` seconds, and all that came after it, will do."""
        if out.wanted is not None and out.wanted is not self._source:
            out.wanted.fan_out.forget(out)
        if out.source is self._source:
            out.wanted = None
            return
        if match_codec(self._source.codec, out.plan) is None:
            # This viewer cannot play what the host sends now; it stays, for the host may return with another codec.
            out.wanted = None
            self.counters["viewers_without_codec"] += 1
            return
        out.wanted = self._source
        self._waiting[out] = None
        if not self._source.is_video:
            return  # bound at the next packet
        if out.source is None:
            packet = self._replayable(now, replay)
            if packet is not None:
                self._bind(out, packet, now)
                return
        self._source.requests.want()

    def forget(self, out: OutgoingStream) -> None:
        """``out`` no longer waits here."""
        self._waiting.pop(out, None)
        if out.wanted is self._source:
            out.wanted = None

    def release(self, out: OutgoingStream) -> None:
        """Unbind a stream that is bound here."""
        if out in self._replaying:
            self._replaying.remove(out)
        else:
            group = self._groups.get(out.shape.key)
            if group is not None and group.remove(out) and not group.streams():
                del self._groups[out.shape.key]
        out.unbind()

    def release_all(self) -> list[OutgoingStream]:
        """Unbind and forget everybody (the source has ended or restarted); returns who needs another source."""
        orphans = dict.fromkeys(self._waiting)
        for out in list(self._waiting):
            self.forget(out)
        for out in self.members():
            self.release(out)
            if out.wanted is None:
                orphans[out] = None
        return list(orphans)

    # Packets ----------------------------------------------------------------------------------------------------------

    def capture_of(self, packet: Packet) -> bytes | None:
        return packet.extensions.get(self.capture_id) if self.capture_id is not None else None

    def forward(self, packet: Packet, now: float, newest: bool) -> None:
        """One packet, just stored in the cache, to everybody who is live. ``newest``: none with a higher number came before."""
        capture = self.capture_of(packet)
        for group in self._groups.values():
            group.forward(packet, capture, now, newest, self._source.is_video, self.counters)
        if self._replaying:
            self._to_replaying(packet, capture, now, newest)

    def _to_replaying(self, packet: Packet, capture: bytes | None, now: float, newest: bool) -> None:
        for out in list(self._replaying):
            if newest:
                if out.position == packet.index:  # caught up, and only held here for its first frame
                    self._pump(out, now, 1)
            elif out.start <= packet.index < out.position and out.send(packet, capture, now):
                self.counters["packets_out"] += 1

    def start_waiting(self, packet: Packet, now: float) -> None:
        """Bind everybody who waits: ``packet`` starts a keyframe (or is sound). It has been forwarded to the others before."""
        for out in list(self._waiting):
            self._bind(out, packet, now)

    def _bind(self, out: OutgoingStream, packet: Packet, now: float) -> None:
        source = self._source
        codec = match_codec(packet.codec, out.plan)
        if codec is None:
            self.forget(out)  # the codec changed with this very packet
            return
        identifier, base = self._picture_offsets(out, packet)
        if out.source is not None:
            out.source.fan_out.release(out)
        key = shape_key(out.plan, codec, identifier, base)
        group = self._groups.get(key)
        out.bind(source, packet, group.shape if group is not None else Shape(key))
        self.forget(out)
        self._replaying.append(out)
        self._pump(out, now, REPLAY_BURST)

    def _picture_offsets(self, out: OutgoingStream, packet: Packet) -> tuple[int, int]:
        """VP8 identifiers of the new source plus these go on by one from the last picture that the viewer got."""
        binding = out.bindings[-1] if out.bindings else None
        if packet.codec.name != "VP8" or binding is None:
            return 0, 0
        before = binding.source.picture if out.source is not None else out.left_picture
        after = read_picture(packet.payload)
        if before is None or after is None:
            return 0, 0
        identifier = (before.identifier + binding.shape.picture_offset + 1 - after.identifier) & 0x7FFF
        base = (before.base_layer + binding.shape.base_offset + 1 - after.base_layer) & 0xFF
        return identifier, base

    # Replays ----------------------------------------------------------------------------------------------------------

    def _replayable(self, now: float, seconds: float) -> Packet | None:
        """The first packet of the last keyframe, if a replay from there is worth it."""
        source = self._source
        start, newest = source.keyframes.start, source.newest
        if start is None or newest is None or newest - start > _REPLAY_PACKETS:
            return None
        if now - source.keyframes.arrival > seconds:
            return None
        return source.cache.get(start)

    def pump(self, now: float, budget: int) -> int:
        """Every tick: let the replaying viewers catch up, at most ``budget`` packets in all; returns what is left of it."""
        for out in list(self._replaying):
            if budget <= 0:
                # Whoever is served last now is served first the next time.
                self._replaying.append(self._replaying.pop(0))
                break
            budget -= self._pump(out, now, min(REPLAY_STEP, budget))
        return budget

    def _pump(self, out: OutgoingStream, now: float, budget: int) -> int:
        source = self._source
        newest = source.newest
        if newest is None:
            return 0
        sent = 0
        get = source.cache.get
        while out.position <= newest and sent < budget:
            run: list[Packet] = []
            position, most = out.position, min(budget - sent, _RUN)
            while position <= newest and len(run) < most:
                packet = get(position)
                if packet is not None:
                    run.append(packet)
                position += 1
            done = out.send_run(run, now)
            sent += done
            if done < len(run):
                out.position = run[done].index
                break
            out.position = position
        self.counters["packets_out"] += sent
        # The first frame after a switch may have a timestamp of its own (``OutgoingStream.override``): it stays here so long.
        last = get(out.position - 1) if out.override is not None else None
        held = last is not None and out.override is not None and last.timestamp == out.override[0]
        if out.position > newest and not held:
            self._replaying.remove(out)
            out.live = True
            group = self._groups.get(out.shape.key)
            if group is None:
                group = self._groups[out.shape.key] = self._hot.group(out.shape)
            group.add(out)
        return sent
