"""A viewer that reports, asks and decodes as Chromium does, behind a line that may lose, delay and be narrow.

By libwebrtc: missing packets are asked for at once and then every 100 ms, ten times (its round trip unless it is told one), none
from before a keyframe; a receiver report goes with every question and each second; the sound is numbered and its arrivals fed
back every 100 ms; the picture's bandwidth is estimated (REMB) as at most half as much again as what arrives, and as 85 % of it
while delays grow; a keyframe is asked for when nothing could be decoded for 3 s, and then every 200 ms.
"""

from __future__ import annotations

import itertools
from collections import deque
from dataclasses import dataclass

from aiortc.rtp import RtcpReceiverInfo, RtcpRrPacket

from livestream.engine import rtcp
from livestream.engine.rtp import TRANSPORT_CC, parse
from livestream.engine.twcc import FeedbackRecorder
from tests.livestream.engine.world import VIEWER_EXTENSIONS, FakeViewer, Frame, Link, World, viewer_plan
from tests.network.line import Line

TRANSPORT_ID = 5


@dataclass
class Shown:
    at: float
    size: int  # packets in the picture: tells the layer
    number: int
    key: bool


class BrowserViewer(FakeViewer):
    def __init__(self, world: World, number: int = 1) -> None:
        self.way, self.back = Line(), Line()
        self.shown: list[Shown] = []
        self.heard: list[float] = []  # when each sound came
        self.plis = 0
        self._recorder = FeedbackRecorder()
        self._tries: dict[int, tuple[int, float]] = {}  # missing -> times asked, when last
        self._highest: int | None = None
        self._first = 0
        self._got = 0
        self._reported = (0, 0)  # expected and received at the last report
        self._bytes: deque[tuple[float, int, float]] = deque()  # arrival, size, delay
        self._estimate = 0.0
        self._least = float("inf")
        self._report_at = self._feedback_at = self._estimate_at = 0.0
        self._decoded: Frame | None = None
        self._pending: dict[int, Frame] = {}
        self._key_at = world.now
        super().__init__(
            world,
            number,
            down=Link(line=self.way),
            plan=viewer_plan(number, extensions={**VIEWER_EXTENSIONS, TRANSPORT_CC: TRANSPORT_ID}),
        )

    def rtp(self, data: bytes) -> None:
        now = self.world.now
        packet = parse(data)
        assert packet is not None
        number = packet.extensions.get(TRANSPORT_ID)
        if number is not None:
            self._recorder.record(int.from_bytes(number, "big"), now)
        if packet.ssrc == self.audio.ssrc:
            self.heard.append(now)
        else:
            self._bytes.append((now, len(data), self.way.free_at - now if self.way.bits else 0.0))
            if packet.ssrc == self.video.ssrc:
                self._count(packet.sequence)
        super().rtp(data)
        if packet.ssrc != self.audio.ssrc:
            self._decode()

    def _count(self, sequence: int) -> None:
        self._got += 1
        if self._highest is None:
            self._first = sequence + 0x10000
            self._highest = self._first
            return
        before = self._highest
        distance = (sequence - before + 0x8000 & 0xFFFF) - 0x8000
        for missing in range(before + 1, before + distance):
            self._tries[missing & 0xFFFF] = (0, 0.0)
        self._highest = max(before, before + distance)

    def _decode(self) -> None:
        """Whole pictures in their order; a keyframe needs none before it."""
        for (_, moment), frame in list(self.frames.items())[-60:]:
            if len(frame.packets) == frame.count:
                self._pending[moment] = frame
        while self._pending:
            last = self._decoded
            after = sorted(stamp for stamp in self._pending if last is None or stamp > last.timestamp)
            key = next((stamp for stamp in after if self._pending[stamp].key), None)
            following = next(
                (s for s in after if last is not None and self._pending[s].picture == (last.picture + 1 & 0x7FFF)), None
            )
            stamp = following if following is not None else key
            if stamp is None:
                break
            frame = self._decoded = self._pending[stamp]
            self.shown.append(Shown(self.world.now, frame.count, frame.number, frame.key))
            self._key_at = self.world.now + 3.0
            if frame.key:
                self._tries.clear()
            self._pending = {one: value for one, value in self._pending.items() if one > stamp}
            for known in [known for known in self.frames if known[1] < stamp]:
                del self.frames[known]

    def act(self) -> None:
        now = self.world.now
        ssrc = self.video.ssrc or 0
        known = self.packets[ssrc]
        ask = []
        for missing, (tries, last) in list(self._tries.items()):
            if self._index(missing) in known or tries >= 10:
                del self._tries[missing]
            elif now - last >= 0.1:
                self._tries[missing] = (tries + 1, now)
                ask.append(missing)
        compound = b""
        if ask or now >= self._report_at:
            self._report_at = now + 1.0
            compound = self._report(ssrc)
        if ask:
            compound += rtcp.nack(1, ssrc, sorted(ask))
        if now >= self._estimate_at and self._bytes:
            self._estimate_at = now + 0.25
            compound += rtcp.bandwidth_estimate(1, self._estimated(now), [ssrc])
        if now >= self._key_at:
            self._key_at = now + 0.2
            self.plis += 1
            compound += rtcp.picture_loss(1, ssrc)
        if now >= self._feedback_at:
            self._feedback_at = now + 0.1
            for feedback in self._recorder.feedback(1, self.audio.ssrc or 0):
                self.send(feedback)
        if compound:
            self.send(compound)

    def _index(self, sequence: int) -> int:
        highest = self.newest.get(self.video.ssrc or 0, 0)
        return highest + ((sequence - highest + 0x8000 & 0xFFFF) - 0x8000)

    def _report(self, ssrc: int) -> bytes:
        if self._highest is None:
            return b""
        expected = self._highest - self._first + 1
        lost = max(0, expected - self._reported[0] - (self._got - self._reported[1]))
        fraction = 256 * lost // max(1, expected - self._reported[0])
        self._reported = (expected, self._got)
        info = RtcpReceiverInfo(ssrc, min(255, fraction), max(0, expected - self._got), self._highest, 0, 0, 0)
        return bytes(RtcpRrPacket(ssrc=1, reports=[info]))

    def _estimated(self, now: float) -> int:
        while self._bytes and now - self._bytes[0][0] > 0.5:
            self._bytes.popleft()
        incoming = sum(size for _, size, _ in self._bytes) * 8 / 0.5
        growing = bool(self._bytes) and min(delay for _, _, delay in self._bytes) > 0.05
        ceiling = 1.5 * incoming + 10_000
        self._estimate = 0.85 * incoming if growing else min(max(self._estimate * 1.02 + 1000, incoming), ceiling)
        return int(self._estimate)

    def send(self, compound: bytes) -> None:
        at = self.back.leaves(len(compound) + 44, self.world.now)
        if at is not None:
            self.world.at(at, lambda: self.arrive(compound))

    def between(self, since: float, until: float) -> list[Shown]:
        return [one for one in self.shown if since <= one.at < until]

    def longest_still(self, since: float, until: float) -> float:
        """The longest time without a new picture."""
        times = [since, *(one.at for one in self.between(since, until)), until]
        return max(after - before for before, after in itertools.pairwise(times))

    def longest_silence(self, since: float, until: float) -> float:
        times = [since, *(at for at in self.heard if since <= at < until), until]
        return max(after - before for before, after in itertools.pairwise(times))
