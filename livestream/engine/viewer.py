"""One viewer: its sound and picture, its reports, and what it asks for."""

from __future__ import annotations

import secrets
from collections import Counter
from typing import TYPE_CHECKING

from livestream.engine import rtcp as control
from livestream.engine.clock import ShowClock
from livestream.engine.fanout import REPLAY_SECONDS
from livestream.engine.layers import LayerChooser, LayerState
from livestream.engine.loss import LossSamples
from livestream.engine.outgoing import OutgoingStream
from livestream.engine.plan import MediaPlan, SessionPlan
from livestream.engine.pli import THROTTLE
from livestream.engine.ports import Transport
from livestream.engine.queueing import Queueing
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
_REPORT_SLACK = 200  # packets; reports count what was on its way when the one before was written
_CARRIED_SECONDS = 0.3  # what arrives in less says more about bursts than about the way
# s without a word, where browsers report at least once in each: nothing came through. What was sent meanwhile is lost, whatever
# the line carries now, which may be another one; it is judged anew once reports are of what was sent after that.
_OUTAGE, _AFTER_OUTAGE = 3.0, 1.0
_ASKED_SAMPLE = 20  # packets sent in half a second before a share of them that was asked for again means anything


class Viewer:
    """A ``ports.Sink``. ``show`` owns it; ``closed`` takes it out."""

    def __init__(self, show: Show, plan: SessionPlan, transport: Transport, now: float, counters: Counter[str]) -> None:
        self.transport = transport
        self.chooser = LayerChooser(now)
        self.connected_at: float | None = None
        self._show = show
        self._counters = counters
        self._numbers = show.hot.numbers(transport)
        self.audio = self._outgoing(plan.audio)
        self.video = self._outgoing(plan.video)
        self._report_at = now
        self._rtcp_round_trip: float | None = None
        self._keyframes, self._keyframes_at = float(_KEYFRAMES_BURST), now
        self._nacks, self._nacked_at = float(_NACKS_BURST), now
        self._losses = LossSamples()
        self._fed_back = False  # sends transport-wide feedback, of the sound or of all: it says more than questions do
        self._reported_at_packets = 0
        self._arrived, self._arrived_since = 0.0, now  # packets of the picture, since when
        self._sent_before = (0, 0)  # packets and bytes of the picture sent until then
        self._reported_at = (0, 0)  # highest sequence number and packets lost in the last report
        self._queueing = Queueing()
        self._heard_at = self._judged_from = now
        self._paused = False  # the picture, until the network carries it again
        self._cut = False  # the picture, until the lower layer's keyframe is there
        self._repeated = 0  # packets sent again since the last choice
        self._sent = 0  # packets of the picture at the last choice
        self.repeats = 0  # in all
        self.loss = 0.0  # 0..1 of sound and picture, by the last report
        self.joined_at = now

    def _outgoing(self, plan: MediaPlan | None) -> OutgoingStream | None:
        if plan is None:
            return None
        # Below 2**15, so that the first wrap-around is far and no early loss confuses SRTP's rollover counter.
        first = 1 + secrets.randbits(14)
        return self._show.hot.outgoing(plan, self.transport, self._numbers, first, secrets.randbits(14))

    @property
    def measured_round_trip(self) -> float | None:
        """Seconds; None until measured."""
        if self._rtcp_round_trip is not None:
            return self._rtcp_round_trip
        known = self.transport.round_trip_ms
        return None if known is None else known / 1000

    @property
    def round_trip(self) -> float:
        """Seconds."""
        known = self.measured_round_trip
        return _ROUND_TRIP if known is None else known

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
        if messages:
            silent, self._heard_at = now - self._heard_at, now
            if silent > _OUTAGE and self.connected_at is not None:
                self._counters["viewer_outages"] += 1
                self._judged_from = now + _AFTER_OUTAGE
                self._losses, self._queueing = LossSamples(), Queueing()
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
        if self.chooser.overloaded(now):
            self._show.choose_now(self, now)

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
                    answer = out.repeat(sequence, now, self.round_trip)
                    self._counters[answer] += 1
                    if answer == "nack_answered":
                        self.repeats += 1
                        self._repeated += out is self.video

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
            numbered = self._fed_back and self.video.numbered  # feedback has counted the same packets
            packets, lost = self._since_last(report)
            if now < self._judged_from:
                return
            self._carried(packets - lost, now)
            self._judge(None if numbered else self._losses.reported(packets, lost), now)

    def _since_last(self, report: control.ReceptionReport) -> tuple[int, float]:
        """How many packets this report covers, and how many of them were lost. Browsers report with each question too, just when
        something is missing: what counts is the difference of the sums, not the share of the few packets in between."""
        assert self.video is not None
        (highest, lost), self._reported_at = self._reported_at, (report.highest, report.lost)
        sent, self._reported_at_packets = self.video.packets - self._reported_at_packets, self.video.packets
        if not report.highest:
            return sent, sent * report.fraction_lost
        packets = (report.highest - highest) & 0xFFFFFFFF
        if not highest or packets > max(2 * sent, _REPORT_SLACK):
            return 0, 0.0  # the first one, or from before another one
        return packets, min(max(report.lost - lost, 0), packets)

    def _carried(self, packets: float, now: float) -> None:
        """So many packets more have arrived, each of the mean size of those sent meanwhile."""
        assert self.video is not None
        self._arrived += packets
        elapsed = now - self._arrived_since
        if elapsed < _CARRIED_SECONDS:
            return
        sent, octets = self.video.packets - self._sent_before[0], self.video.octets - self._sent_before[1]
        if sent and elapsed < 10 * _CARRIED_SECONDS:
            self.chooser.carried(int(self._arrived * octets / sent * 8 / elapsed))
        self._arrived, self._arrived_since = 0.0, now
        self._sent_before = (self.video.packets, self.video.octets)

    def _judge(self, loss: float | None, now: float) -> None:
        if loss is not None:
            self.loss = loss
            if not self.chooser.resting:
                self.chooser.lost(loss, now)

    def _transport_feedback(self, message: control.TransportFeedback, now: float) -> None:
        arrivals = parse_feedback(message.body)
        if arrivals is None:
            self._counters["rtcp_malformed"] += 1
            return
        self._fed_back = True
        if now < self._judged_from:
            return
        queueing = self._queueing
        queue = queueing.fed_back(arrivals, now)
        if queue is not None and not self.chooser.resting:
            self.chooser.queued(queue, queueing.latest, now)
        self._judge(self._losses.fed_back(arrivals, now), now)

    # Timers -----------------------------------------------------------------------------------------------------------

    def tick(self, now: float, clock: ShowClock, cname: str) -> None:
        """Sender reports with the show's moment, each second (RFC 3550 section 6.4.1)."""
        self._queueing.mark(self._numbers.next, now)
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

    def count_asked(self, now: float) -> None:
        """What was asked for again since the last time; twice a second."""
        out = self.video
        if out is None or self.connected_at is None or self._fed_back:
            return
        sent, self._sent = out.packets - self._sent, out.packets
        asked, self._repeated = self._repeated, 0
        if now >= self._judged_from:
            self.chooser.asked_again(min(1.0, asked / sent) if sent > _ASKED_SAMPLE else 0.0, now)

    def choose(self, layers: dict[str, IncomingStream], states: list[LayerState], now: float) -> None:
        """Automatic or own choice among the layers; the switch itself waits for a keyframe. A viewer whose network does not even
        carry the lowest one gets the sound alone for a while."""
        out, chooser = self.video, self.chooser
        if out is None or self.connected_at is None:
            return
        self._cut = self._cut and out.source is None
        heading = out.wanted or out.source
        # Whoever has not seen anything yet starts with the best that there is, not with what happened to come first.
        current = (heading.rid or "") if heading is not None and (out.source is not None or self._cut) else None
        target = chooser.choose(states, current, now)
        if chooser.resting:
            if not self._paused:
                self._paused = True
                self._counters["pictures_paused"] += 1
                self._let_go()
        elif target is not None and heading is not layers[target] and (target or heading is not None or self._paused):
            if chooser.full and out.source is not None:
                # Whatever more of the larger picture would only stand in the queue, in front of the sound and of the keyframe.
                self._cut = True
                self._counters["pictures_cut"] += 1
                self._let_go()
                out.give_up()
            # On a full way no long replay; but a keyframe that is too young for another one to be asked for must do.
            replay = THROTTLE if self._cut or self._paused else REPLAY_SECONDS
            self._paused = False
            layers[target].fan_out.want(out, now, replay)

    def _let_go(self) -> None:
        """Unbind the picture; the numbering goes on from here."""
        out = self.video
        if out is None:
            return
        if out.wanted is not None:
            out.wanted.fan_out.forget(out)
        if out.source is not None:
            out.source.fan_out.release(out)
