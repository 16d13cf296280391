"""RTCP (RFC 3550 section 6, RFC 4585): taken apart packet by packet, and built.

aiortc knows the formats; here a compound is split first, so that one malformed packet does not take the others with it, and what
aiortc leaves out (transport-wide feedback, FIR, REMB) is added.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from aiortc.rtp import (
    RtcpPacket,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpSdesPacket,
    RtcpSenderInfo,
    RtcpSourceInfo,
    RtcpSrPacket,
    pack_remb_fci,
    unpack_remb_fci,
)

_SDES_CNAME = 1
_RECEIVER, _SENDER, _TRANSPORT_FEEDBACK, _PAYLOAD_FEEDBACK = 201, 200, 205, 206
_NACK, _TRANSPORT_CC = 1, 15
_PLI, _FIR, _APPLICATION = 1, 4, 15
_READ = {_SENDER, _RECEIVER, _TRANSPORT_FEEDBACK, _PAYLOAD_FEEDBACK}
# A datagram holds 370 NACK items of 17 numbers; nobody in good faith asks for so much at once, in one message or in several.
_NACK_LIMIT = 512
# A browser's compound has five packets or so. More than this, and a stranger's datagram would cost milliseconds.
_PACKETS_LIMIT = 32


@dataclass(frozen=True, slots=True)
class SenderReport:
    ssrc: int
    ntp: int  # 64 bit
    timestamp: int


@dataclass(frozen=True, slots=True)
class ReceptionReport:
    ssrc: int  # the stream reported on
    fraction_lost: float  # 0..1 since the report before
    last_report: int  # middle 32 bits of the NTP time of the last sender report, 0: none
    delay: float  # seconds between receiving that and sending this
    jitter: int  # RTP ticks
    highest: int = 0  # extended sequence number; 0: not said
    lost: int = 0  # packets in all


@dataclass(frozen=True, slots=True)
class Nack:
    ssrc: int
    sequences: tuple[int, ...]  # 16 bit


@dataclass(frozen=True, slots=True)
class KeyframeRequest:
    ssrc: int  # PLI, or one entry of a FIR


@dataclass(frozen=True, slots=True)
class BandwidthEstimate:
    bitrate: int  # bit/s, REMB


@dataclass(frozen=True, slots=True)
class TransportFeedback:
    body: bytes  # after the SSRCs; ``twcc.parse_feedback`` reads it


Message = SenderReport | ReceptionReport | Nack | KeyframeRequest | BandwidthEstimate | TransportFeedback


def parse_compound(data: bytes) -> tuple[list[Message], int]:
    """The messages this server acts on, and how many packets of the compound were malformed (and ignored)."""
    messages: list[Message] = []
    malformed = packets = asked = 0
    position = 0
    while position < len(data):
        packets += 1
        if packets > _PACKETS_LIMIT or position + 4 > len(data) or data[position] & 0xC0 != 0x80:
            malformed += 1
            break
        end = position + 4 + 4 * (data[position + 2] << 8 | data[position + 3])
        if end > len(data):
            malformed += 1
            break
        kind, form = data[position + 1], data[position] & 0x1F
        if kind == _TRANSPORT_FEEDBACK and form == _NACK:
            nacked = _nack(data[position:end], _NACK_LIMIT - asked)
            if nacked is None:
                malformed += 1
            else:
                asked += len(nacked.sequences)
                messages.append(nacked)
        elif kind in _READ:
            try:
                messages += _messages(data[position:end])
            except (ValueError, struct.error, IndexError):
                malformed += 1
        position = end
    return messages, malformed


def _messages(packet: bytes) -> list[Message]:
    if packet[1] == _TRANSPORT_FEEDBACK and packet[0] & 0x1F == _TRANSPORT_CC:
        if len(packet) < 20:
            raise ValueError("transport-wide feedback is truncated")
        return [TransportFeedback(packet[12:])]
    found: list[Message] = []
    for parsed in RtcpPacket.parse(packet):
        if isinstance(parsed, RtcpSrPacket):
            found.append(SenderReport(parsed.ssrc, parsed.sender_info.ntp_timestamp, parsed.sender_info.rtp_timestamp))
            found += [_reception(report) for report in parsed.reports]
        elif isinstance(parsed, RtcpRrPacket):
            found += [_reception(report) for report in parsed.reports]
        elif isinstance(parsed, RtcpPsfbPacket):
            found += _payload_feedback(parsed)
    return found


def _nack(packet: bytes, limit: int) -> Nack | None:
    """RFC 4585 section 6.2.1, at most ``limit`` numbers; aiortc's parser would unfold all that a datagram can name."""
    if len(packet) < 16:
        return None
    sequences: list[int] = []
    for position in range(12, len(packet), 4):
        first, mask = struct.unpack_from("!HH", packet, position)
        sequences.append(first)
        sequences += [(first + bit + 1) & 0xFFFF for bit in range(16) if mask >> bit & 1]
        if len(sequences) >= limit:
            break
    return Nack(struct.unpack_from("!I", packet, 8)[0], tuple(sequences[: max(limit, 0)]))


def _reception(report: RtcpReceiverInfo) -> ReceptionReport:
    return ReceptionReport(
        report.ssrc,
        report.fraction_lost / 256,
        report.lsr,
        report.dlsr / 65536,
        report.jitter,
        report.highest_sequence,
        report.packets_lost,
    )


def _payload_feedback(parsed: RtcpPsfbPacket) -> list[Message]:
    if parsed.fmt == _PLI:
        return [KeyframeRequest(parsed.media_ssrc)]
    if parsed.fmt == _FIR:  # RFC 5104 section 4.3.1.1: eight bytes per entry
        return [KeyframeRequest(struct.unpack_from("!I", parsed.fci, at)[0]) for at in range(0, len(parsed.fci) - 7, 8)]
    if parsed.fmt == _APPLICATION and parsed.fci[:4] == b"REMB":
        return [BandwidthEstimate(unpack_remb_fci(parsed.fci)[0])]
    return []


@dataclass(frozen=True, slots=True)
class ReceptionBlock:
    """What we report on one incoming stream (RFC 3550 section 6.4.1)."""

    ssrc: int
    fraction_lost: int  # of 256
    lost: int  # cumulative, signed
    highest: int  # extended, 32 bit
    jitter: int
    last_report: int
    delay: int  # 1/65536 s


def receiver_report(ssrc: int, blocks: list[ReceptionBlock]) -> bytes:
    """At most 31 blocks fit; the rest is left for the next second."""
    reports = [
        RtcpReceiverInfo(
            ssrc=block.ssrc,
            fraction_lost=min(max(block.fraction_lost, 0), 255),
            packets_lost=min(max(block.lost, -0x800000), 0x7FFFFF),
            highest_sequence=block.highest & 0xFFFFFFFF,
            jitter=block.jitter & 0xFFFFFFFF,
            lsr=block.last_report,
            dlsr=min(block.delay, 0xFFFFFFFF),
        )
        for block in blocks[:31]
    ]
    return bytes(RtcpRrPacket(ssrc=ssrc, reports=reports))


def sender_report(ssrc: int, ntp: int, timestamp: int, packets: int, octets: int) -> bytes:
    info = RtcpSenderInfo(
        ntp_timestamp=ntp,
        rtp_timestamp=timestamp & 0xFFFFFFFF,
        packet_count=packets & 0xFFFFFFFF,
        octet_count=octets & 0xFFFFFFFF,
    )
    return bytes(RtcpSrPacket(ssrc=ssrc, sender_info=info))


def description(ssrc: int, cname: str) -> bytes:
    """SDES with a CNAME: what ties sound and picture together for a player (RFC 3550 section 6.5.1)."""
    return bytes(RtcpSdesPacket(chunks=[RtcpSourceInfo(ssrc=ssrc, items=[(_SDES_CNAME, cname.encode())])]))


def nack(ssrc: int, media_ssrc: int, sequences: list[int]) -> bytes:
    """``sequences``: 16-bit numbers in the order of the stream; at most as many as one datagram surely holds."""
    items = bytearray()
    position = 0
    while position < len(sequences) and len(items) < 1000:
        first = sequences[position]
        mask = 0
        position += 1
        while position < len(sequences) and 1 <= (sequences[position] - first) & 0xFFFF <= 16:
            mask |= 1 << (((sequences[position] - first) & 0xFFFF) - 1)
            position += 1
        items += struct.pack("!HH", first, mask)
    return struct.pack("!BBHII", 0x80 | _NACK, _TRANSPORT_FEEDBACK, 2 + len(items) // 4, ssrc, media_ssrc) + bytes(
        items
    )


def picture_loss(ssrc: int, media_ssrc: int) -> bytes:
    return bytes(RtcpPsfbPacket(fmt=_PLI, ssrc=ssrc, media_ssrc=media_ssrc))


def bandwidth_estimate(ssrc: int, bitrate: int, media_ssrcs: list[int]) -> bytes:
    """REMB (draft-alvestrand-rmcat-remb-03)."""
    return bytes(
        RtcpPsfbPacket(fmt=_APPLICATION, ssrc=ssrc, media_ssrc=0, fci=bytes(pack_remb_fci(bitrate, media_ssrcs[:255])))
    )
