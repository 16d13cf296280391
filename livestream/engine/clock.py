"""One continuous clock per show, and how the RTP timestamps of whoever publishes are put on it.

The show clock runs in milliseconds of media time; outgoing RTP timestamps are the same clock in ticks: video is
``show_ms * 90``, audio ``show_ms * 48``, both modulo 2**32, for every viewer and across every reconnect of the host.
A player that knows a frame's timestamp knows its moment in the show.

``ShowClock`` follows the media of the reference stream (audio if there is any) and runs on monotonic time where there is none.
``StreamClock`` maps one incoming stream's timestamps. What a peer sends can move its own mapping by bounded steps only,
and the show clock never runs backwards.
"""

from __future__ import annotations

from collections import deque

from livestream.engine.rtp import timestamp_distance

# The show clock follows the reference by at most 1 % slower or 5 % faster than real time: nobody notices, and it stays monotonic.
_SLOWER, _FASTER = 0.01, 0.05
_WINDOW = 2.0  # s; the least delayed packet of each window says where the media clock is
# A packet cannot have been captured in the future: 1 s covers the error of a first packet that came late.
_AHEAD = 1.0
# Queues in the network delay packets by up to a second or so; later than this, and for this long, it is the source that jumped.
_BEHIND, _BEHIND_FOR = 1.5, 2.0
# Pictures that refer to later ones (B frames) go back by fractions of a second; more, in packets that are in order, is a reset.
_BACK = 3.0
# Sound and picture of one host leave it within fractions of a second: a sender report that claims more is broken.
_ALIGNMENT = 1.0
# One frame's timestamp moves by at most this much while a stream is being aligned: 150 ms per second of 30 fps video.
_STEP = 0.005
_REPORT_RANGE = 10.0  # s between a sender report's timestamp and the stream's newest one


class ShowClock:
    """``show_ms`` may be read from any thread: it reads one attribute."""

    def __init__(self) -> None:
        self._lead: float | None = None  # ms to add to monotonic ms
        self._target = 0.0
        self._updated = 0.0
        self._window_end = 0.0
        self._window_best: float | None = None
        self._wall = 0.0  # wall time (s since 1970) at show_ms 0

    @property
    def running(self) -> bool:
        return self._lead is not None

    def start(self, show_ms: float, now: float, wall: float) -> None:
        """Start at ``show_ms``; a clock that runs already only ever moves forward to it."""
        current = self.show_ms(now)
        if current is not None and current >= show_ms:
            return
        self._lead = self._target = show_ms - now * 1000
        self._updated, self._window_end, self._window_best = now, now + _WINDOW, None
        self._wall = wall - show_ms / 1000

    def show_ms(self, now: float) -> float | None:
        """Milliseconds since the show's first packet; None before it."""
        lead = self._lead
        return None if lead is None else max(0.0, now * 1000 + lead)

    def observe(self, media_ms: float, now: float) -> None:
        """A packet of the reference stream with this show time has arrived."""
        lead = self._lead
        if lead is None:
            return
        sample = media_ms - now * 1000
        if self._window_best is None or sample > self._window_best:
            self._window_best = sample
        if now >= self._window_end:
            self._target = self._window_best
            self._window_best, self._window_end = None, now + _WINDOW
        elif sample > self._target:
            self._target = sample
        # A long silence is not a licence for a big step: the clock ran on by itself meanwhile.
        elapsed = min(max(now - self._updated, 0.0), 0.1) * 1000
        self._updated = now
        self._lead = lead + min(max(self._target - lead, -_SLOWER * elapsed), _FASTER * elapsed)

    def ticks(self, now: float, rate: int) -> int:
        """The RTP time (not yet modulo 2**32) at this moment; 0 before the start."""
        return int((self.show_ms(now) or 0.0) * rate / 1000)

    def ntp(self, now: float) -> int:
        """The show's moment as a 64-bit NTP timestamp (RFC 3550 section 4), linear in show time whatever wall time does."""
        seconds = self._wall + (self.show_ms(now) or 0.0) / 1000
        return ntp_timestamp(seconds)


def ntp_timestamp(wall: float) -> int:
    """Seconds since 1970 as a 64-bit NTP timestamp (since 1900)."""
    return int((wall + 2208988800) * (1 << 32)) & 0xFFFFFFFFFFFFFFFF


def ntp_seconds(timestamp: int) -> float:
    """The reverse of ``ntp_timestamp``."""
    return timestamp / (1 << 32) - 2208988800


class StreamClock:
    """Maps one incoming stream's RTP timestamps to ticks of the show clock."""

    def __init__(self, rate: int, floor: int = 0) -> None:
        """``floor``: ticks that the stream must not start before (what its predecessor has already used)."""
        self.rate = rate
        self._floor = floor
        self._newest: int | None = None  # newest source timestamp, extended
        self._offset = 0
        self._target: int | None = None  # the offset that alignment steers to
        self._breaks: deque[tuple[int, int]] = deque(
            maxlen=8
        )  # (from this extended source timestamp on, the offset before)
        self._behind_since: float | None = None
        self._report: tuple[float, int] | None = None  # (sender's NTP seconds, extended source timestamp)
        self._early: tuple[float, int] | None = None  # (sender's NTP seconds, timestamp) from before the first packet
        self._origin: float | None = None  # what ``align`` was given before the first packet
        self.jumps = 0

    @property
    def newest_ticks(self) -> int:
        """The newest mapped timestamp, not modulo; the floor before the first packet."""
        return self._floor if self._newest is None else self._newest + self._offset

    def map(self, timestamp: int, now: float, show: ShowClock, in_order: bool = True) -> int:
        """Ticks on the show clock of a source timestamp (packets of one frame always get the same).

        ``in_order``: no packet with a higher sequence number came before this one.
        """
        if self._newest is None:
            self._newest = timestamp
            self._offset = max(show.ticks(now, self.rate), self._floor) - timestamp
            if self._early is not None and self.reported(*self._early) and self._origin is not None:
                self._begin_aligned(self._origin)
            return timestamp + self._offset
        delta = timestamp_distance(timestamp, self._newest)
        extended = self._newest + delta
        if delta <= 0:
            if in_order and -delta > _BACK * self.rate:
                return self._restart(extended, now, show)
            return self._old(extended)
        if not in_order and delta > _BACK * self.rate:
            return self.newest_ticks  # a straggler from before the source's timestamps fell back
        self._advance(extended, delta, now, show)
        self._newest = extended
        return extended + self._offset

    def _begin_aligned(self, origin: float) -> None:
        """Nothing has been sent yet, so that the way can be gone at once, but to the predecessor's end."""
        assert self._newest is not None
        if self.align(origin) and self._target is not None:
            self._offset = max(self._target, self._floor - self._newest)

    def _restart(self, extended: int, now: float, show: ShowClock) -> int:
        """The source's timestamps began anew (an encoder was reset): they go on from here, after what there was."""
        ticks = max(show.ticks(now, self.rate), self.newest_ticks + 1)
        self._newest, self._offset = extended, ticks - extended
        self._breaks.clear()
        self._target = self._report = self._behind_since = None
        self.jumps += 1
        return ticks

    def _old(self, extended: int) -> int:
        offset = self._offset
        for start, before in reversed(self._breaks):
            if extended >= start:
                break
            offset = before
        return extended + offset

    def _advance(self, extended: int, delta: int, now: float, show: ShowClock) -> None:
        expected = show.ticks(now, self.rate)
        ahead = (extended + self._offset - expected) / self.rate
        if -ahead > _BEHIND:
            if self._behind_since is None:
                self._behind_since = now
        else:
            self._behind_since = None
        if ahead > _AHEAD or (self._behind_since is not None and now - self._behind_since > _BEHIND_FOR):
            self._move(extended, max(expected, self.newest_ticks + 1) - extended)
            self._target, self._report, self._behind_since = None, None, None
            self.jumps += 1
        elif self._target is not None:
            limit = int(_STEP * self.rate)
            step = min(max(self._target - self._offset, -min(limit, delta // 2)), limit)
            if step:
                self._move(extended, self._offset + step)

    def _move(self, extended: int, offset: int) -> None:
        self._breaks.append((extended, self._offset))
        self._offset = offset

    def reported(self, ntp: float, timestamp: int) -> bool:
        """A sender report (RFC 3550 section 6.4.1) tied a timestamp to the sender's clock; False: not believable, ignored.

        One that comes before the first packet, as FFmpeg's does, is judged when there is one.
        """
        if self._newest is None:
            self._early = (ntp, timestamp)
            return True
        distance = timestamp_distance(timestamp, self._newest)
        if abs(distance) > _REPORT_RANGE * self.rate:
            return False
        self._report = (ntp, self._newest + distance)
        return True

    def sender_origin(self) -> float | None:
        """Show seconds minus the sender's NTP seconds, by this stream; None before a sender report."""
        if self._report is None:
            return None
        ntp, extended = self._report
        return (extended + self._offset) / self.rate - ntp

    def moment_of(self, ntp: float) -> float | None:
        """The show clock (ms) of what the sender captured at ``ntp`` (Unix seconds of its reports); None before a report."""
        report = self._report
        if report is None:
            return None
        reported, extended = report
        return self._old(extended + round((ntp - reported) * self.rate)) * 1000 / self.rate

    def align(self, origin: float) -> bool:
        """Steer so that ``sender_origin`` becomes ``origin`` (that of the reference stream); False: refused, too far.

        Before the first packet: begin so, if a report is here by then.
        """
        if self._newest is None:
            self._origin = origin
            return True
        if self._report is None:
            return False
        ntp, extended = self._report
        target = round((ntp + origin) * self.rate) - extended
        if abs(target - self._offset) > _ALIGNMENT * self.rate:
            return False
        self._target = target
        return True
