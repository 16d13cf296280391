"""One viewer: its sound and picture, its reports, and what it asks for."""

from __future__ import annotations

import secrets
from collections import Counter
from typing import TYPE_CHECKING

from livestream.engine import rtcp as control
from livestream.engine.clock import ShowClock
from livestream.engine.layers import LayerChooser, LayerState
from livestream.engine.outgoing import OutgoingStream, TransportNumbers
from livestream.engine.plan import MediaPlan, SessionPlan
from livestream.engine.ports import Transport
from livestream.engine.twcc import parse_feedback

if TYPE_CHECKING:
    from livestream.engine.incoming import IncomingStream
    from livestream.engine.shows import Show

_REPORT_SECONDS = 1.0
_ROUND_TRIP = 0.1  # s, until measured
# Numbers that one viewer may ask for again: half of a fast stream, each three times. Looking one up costs 2 us, so that a
# flood of questions takes no more than a few milliseconds of each second.
_NACKS_PER_SECOND, _NACKS_BURST = 1500, 1500
# Keyframes that one viewer may cause: some in a row while its network is bad, then one every four seconds. Each makes
# everybody's picture coarser, so that a single broken or hostile viewer must not ask for two a second for hours.
_KEYFRAMES_BURST, _KEYFRAME_SECONDS = 6, 4.0
_FEEDBACK_SAMPLE = 100  # packets that transport-wide feedback must cover before its loss counts


class Viewer:
    """A ``ports.Sink``. ``show`` owns it; ``closed`` takes it out."""

    def __init__(self, show: Show, plan: SessionPlan, transport: Transport, now: float, counters: Counter[str]) -> None:
        self.transport = transport
        self.chooser = LayerChooser(now)
        self.connected_at: float | None = None
        self._show = show
        self._counters = counters
        self._numbers = TransportNumbers()
        self.audio = self._outgoing(plan.audio)
        self.video = self._outgoing(plan.video)
        self._report_at = now
        self._rtcp_round_trip: float | None = None
        self._keyframes, self._keyframes_at = float(_KEYFRAMES_BURST), now
        self._nacks, self._nacked_at = float(_NACKS_BURST), now
        self._feedback = [0, 0]  # packets reported on, lost

    def _outgoing(self, plan: MediaPlan | None) -> OutgoingStream | None:
        if plan is None:
            return None
        # Below 2**15, so that the first wrap-around is far and no early loss confuses SRTP's rollover counter.
        return OutgoingStream(plan, self.transport, self._numbers, 1 + secrets.randbits(14), secrets.randbits(14))

    @property
    def round_trip(self) -> float:
        """Seconds."""
        if self._rtcp_round_trip is not None:
            return self._rtcp_round_trip
        known = self.transport.round_trip_ms
        return _ROUND_TRIP if known is None else known / 1000

    # Sink -------------------------------------------------------------------------------------------------------------

    def connected(self, now: float) -> None:
        if self.connected_at is None:
            self.connected_at = self._report_at = now
            self._show.viewer_connected(self, now)

    def rtp(self, packet: bytes, now: float) -> None:
        self._counters["rtp_from_viewer_ignored"] += 1

    def rtcp(self, compound: bytes, now: float) -> None:
        messages, malformed = control.parse_compound(compound)
        if malformed:
            self._counters["rtcp_malformed"] += malformed
        for message in messages:
            if isinstance(message, control.Nack):
                self._repeat(message, now)
            elif isinstance(message, control.KeyframeRequest):
                self._keyframe_wanted(message, now)
            elif isinstance(message, control.ReceptionReport):
                self._reported(message, now)
            elif isinstance(message, control.BandwidthEstimate):
                self.chooser.estimated(message.bitrate, now)
            elif isinstance(message, control.TransportFeedback):
                self._transport_feedback(message, now)

    def closed(self, now: float) -> None:
        self._show.viewer_closed(self, now)

    # What it asks for -------------------------------------------------------------------------------------------------

    def _repeat(self, message: control.Nack, now: float) -> None:
        allowance = min(_NACKS_BURST, self._nacks + max(0.0, now - self._nacked_at) * _NACKS_PER_SECOND)
        self._nacked_at = now
        sequences = message.sequences[: int(allowance)]
        self._nacks = allowance - len(sequences)
        if len(sequences) < len(message.sequences):
            self._counters["nack_over_limit"] += len(message.sequences) - len(sequences)
        for out in (self.video, self.audio):
            if out is not None and out.ssrc == message.ssrc:
                for sequence in sequences:
                    self._counters[out.repeat(sequence, now, self.round_trip)] += 1

    def _keyframe_wanted(self, message: control.KeyframeRequest, now: float) -> None:
        out = self.video
        if out is None or out.ssrc != message.ssrc:
            return
        self._counters["keyframe_requests_in"] += 1
        source = out.wanted or out.source
        if source is None or source.requests.pending:
            return
        self._keyframes = min(_KEYFRAMES_BURST, self._keyframes + (now - self._keyframes_at) / _KEYFRAME_SECONDS)
        self._keyframes_at = now
        if self._keyframes < 1:
            self._counters["keyframe_requests_over_limit"] += 1
            return
        self._keyframes -= 1
        source.requests.want()

    def _reported(self, report: control.ReceptionReport, now: float) -> None:
        if report.last_report:
            sent = self._show.clock.ntp(now) >> 16 & 0xFFFFFFFF
            elapsed = ((sent - report.last_report) & 0xFFFFFFFF) / 65536 - report.delay
            if 0 <= elapsed < 10:  # beyond this a report is forged or a clock broken
                known = self._rtcp_round_trip
                self._rtcp_round_trip = elapsed if known is None else known + (elapsed - known) / 4
        if self.video is not None and report.ssrc == self.video.ssrc:
            self.chooser.lost(report.fraction_lost, now)

    def _transport_feedback(self, message: control.TransportFeedback, now: float) -> None:
        arrivals = parse_feedback(message.body)
        if arrivals is None:
            self._counters["rtcp_malformed"] += 1
            return
        self._feedback[0] += len(arrivals)
        self._feedback[1] += sum(arrival is None for _, arrival in arrivals)
        if self._feedback[0] >= _FEEDBACK_SAMPLE:
            self.chooser.lost(self._feedback[1] / self._feedback[0], now)
            self._feedback = [0, 0]

    # Timers -----------------------------------------------------------------------------------------------------------

    def tick(self, now: float, clock: ShowClock, cname: str) -> None:
        """Sender reports with the show's moment, each second (RFC 3550 section 6.4.1)."""
        if self.connected_at is None or now < self._report_at or not clock.running:
            return
        self._report_at = now + _REPORT_SECONDS
        ntp = clock.ntp(now)
        for out in (self.audio, self.video):
            if out is None or not out.packets or out.source is None:
                continue
            ticks = clock.ticks(now, out.source.clock.rate)
            report = control.sender_report(out.ssrc, ntp, ticks, out.packets, out.octets)
            self.transport.send_rtcp(report + control.description(out.ssrc, cname))

    def choose(self, layers: dict[str, IncomingStream], states: list[LayerState], now: float) -> None:
        """Automatic or own choice among the simulcast layers; the switch itself waits for a keyframe."""
        out = self.video
        if out is None or self.connected_at is None:
            return
        heading = out.wanted or out.source
        # Whoever has not seen anything yet starts with the best that there is, not with what happened to come first.
        current = heading.rid if heading is not None and out.source is not None else None
        target = self.chooser.choose(states, current, now)
        if target is not None and heading is not layers[target]:
            layers[target].fan_out.want(out, now)
