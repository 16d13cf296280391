"""Writing answers (RFC 8829 section 5.3.1) and ICE-restart fragments (RFC 8840 section 9). Pure: everything is an argument."""

from __future__ import annotations

from dataclasses import dataclass

from livestream.engine.dtls import Fingerprint
from livestream.engine.ice import Credentials
from livestream.engine.negotiation import Negotiated, Section
from livestream.engine.plan import Codec, MediaPlan

CNAME = "closetcast"  # one for audio and video of a viewer: they are played in step (RFC 3550 section 6.5.1)


@dataclass(frozen=True, slots=True)
class LocalTransport:
    """Our side of the transport."""

    credentials: Credentials
    fingerprint: Fingerprint
    candidates: tuple[str, ...]  # lines without "a="


def write_answer(negotiated: Negotiated, transport: LocalTransport, origin: int, stream: str) -> str:
    """The answer with CRLF line ends. ``origin``: o='s session number (63 bits); ``stream``: the msid of what a viewer gets."""
    taken = negotiated.taken
    lines = ["v=0", f"o=- {origin} 2 IN IP4 127.0.0.1", "s=-", "t=0 0"]
    lines.append("a=group:BUNDLE " + " ".join(section.offered.mid for section in taken))
    lines.append("a=ice-lite")
    if negotiated.allow_mixed:
        lines.append("a=extmap-allow-mixed")
    lines.append("a=msid-semantic: WMS *")
    for section in negotiated.sections:
        if section.plan is None:
            lines += _rejected(section)
        else:
            lines += _accepted(section, section.plan, negotiated, transport, stream, first=section is taken[0])
    return "\r\n".join(lines) + "\r\n"


def write_fragment(negotiated: Negotiated, transport: LocalTransport) -> str:
    """The body of a restart's 200: credentials and candidates of the first bundled section."""
    section = negotiated.taken[0]
    formats = " ".join(section.offered.formats)
    lines = [
        "a=ice-lite",
        "a=group:BUNDLE " + " ".join(one.offered.mid for one in negotiated.taken),
        f"m={section.offered.kind} 9 {section.offered.protocol} {formats}",
        f"a=mid:{section.offered.mid}",
        *_ice_lines(transport),
        *_candidate_lines(transport),
    ]
    return "\r\n".join(lines) + "\r\n"


def _rejected(section: Section) -> list[str]:
    media = section.offered
    return [
        f"m={media.kind} 0 {media.protocol} {' '.join(media.formats)}",
        "c=IN IP4 0.0.0.0",
        f"a=mid:{media.mid}",
        "a=inactive",
    ]


def _ice_lines(transport: LocalTransport) -> list[str]:
    return [f"a=ice-ufrag:{transport.credentials.ufrag}", f"a=ice-pwd:{transport.credentials.password}"]


def _candidate_lines(transport: LocalTransport) -> list[str]:
    return [f"a={line}" for line in transport.candidates] + ["a=end-of-candidates"]


def _accepted(
    section: Section, plan: MediaPlan, negotiated: Negotiated, transport: LocalTransport, stream: str, *, first: bool
) -> list[str]:
    formats: list[int] = []
    for codec in plan.codecs:
        formats.append(codec.payload_type)
        if codec.rtx_payload_type is not None:
            formats.append(codec.rtx_payload_type)
    lines = [
        f"m={plan.kind} 9 {section.offered.protocol} {' '.join(map(str, formats))}",
        "c=IN IP4 0.0.0.0",
        "a=rtcp:9 IN IP4 0.0.0.0",
        f"a=mid:{plan.mid}",
        *_ice_lines(transport),
        f"a=fingerprint:{transport.fingerprint.algorithm} {transport.fingerprint.value}",
        f"a=setup:{'active' if negotiated.dtls_client else 'passive'}",
        "a=recvonly" if negotiated.plan.role == "publish" else "a=sendonly",
        "a=rtcp-mux",
        "a=rtcp-mux-only",
        "a=rtcp-rsize",
    ]
    if first:
        lines += _candidate_lines(transport)  # bundled sections share them (RFC 9143 section 7.1.3)
    lines += [f"a=extmap:{identifier} {uri}" for uri, identifier in plan.extensions.items()]
    for codec in plan.codecs:
        lines += _codec_lines(codec, section)
    if section.layers:
        lines += [f"a=rid:{rid} recv" for rid in section.layers]
        lines.append("a=simulcast:recv " + ";".join(section.layers))
    if plan.ssrc is not None:
        lines += _source_lines(plan, stream)
    return lines


def _codec_lines(codec: Codec, section: Section) -> list[str]:
    rate = f"{codec.name}/{codec.clock_rate}" + (f"/{codec.channels}" if codec.channels else "")
    lines = [f"a=rtpmap:{codec.payload_type} {rate}"]
    offered = section.offered.codecs[codec.payload_type].feedback
    agreed = {
        "nack": codec.nack,
        "nack pli": codec.pli,
        "ccm fir": codec.pli and "ccm fir" in offered,
        "goog-remb": codec.remb,
        "transport-cc": codec.transport_cc,
    }
    lines += [f"a=rtcp-fb:{codec.payload_type} {feedback}" for feedback, taken in agreed.items() if taken]
    if codec.fmtp:
        lines.append(f"a=fmtp:{codec.payload_type} {codec.fmtp}")
    if codec.rtx_payload_type is not None:
        lines.append(f"a=rtpmap:{codec.rtx_payload_type} rtx/{codec.clock_rate}")
        lines.append(f"a=fmtp:{codec.rtx_payload_type} apt={codec.payload_type}")
    return lines


def _source_lines(plan: MediaPlan, stream: str) -> list[str]:
    track = f"{stream} {plan.kind}"
    lines = [f"a=msid:{track}"]
    if plan.rtx_ssrc is not None:
        lines.append(f"a=ssrc-group:FID {plan.ssrc} {plan.rtx_ssrc}")
    for ssrc in filter(None, (plan.ssrc, plan.rtx_ssrc)):
        lines += [f"a=ssrc:{ssrc} cname:{CNAME}", f"a=ssrc:{ssrc} msid:{track}"]
    return lines
