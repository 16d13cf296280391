"""Which codecs, feedback and header extensions this server carries, and which of an offer's it takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

from livestream.engine.plan import Codec, Kind, Role
from livestream.engine.sdp_offer import OfferedCodec, OfferedMedia, number

# Name in lower case -> (spelling, clock rate, channels). Profiles beyond 8 bits and 4:2:0 are not carried: no browser sends them
# by itself, and few viewers could show them.
CARRIED: dict[Kind, dict[str, tuple[str, int, int | None]]] = {
    "audio": {"opus": ("opus", 48000, 2), "red": ("red", 48000, 2)},
    "video": {
        "h264": ("H264", 90000, None),
        "vp8": ("VP8", 90000, None),
        "vp9": ("VP9", 90000, None),
        "av1": ("AV1", 90000, None),
    },
}
FEEDBACK: dict[Kind, tuple[str, ...]] = {
    "audio": ("nack", "transport-cc"),
    "video": ("nack", "nack pli", "ccm fir", "goog-remb", "transport-cc"),
}

MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
RID = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
REPAIRED_RID = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
ABS_SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
TRANSPORT_WIDE_CC = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
ABS_CAPTURE_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time"
EXTENSIONS: dict[Role, tuple[str, ...]] = {
    "publish": (MID, RID, REPAIRED_RID, ABS_SEND_TIME, TRANSPORT_WIDE_CC, ABS_CAPTURE_TIME),
    "watch": (MID, ABS_SEND_TIME, TRANSPORT_WIDE_CC, ABS_CAPTURE_TIME),
}
LARGEST_ONE_BYTE_ID = 14  # RFC 8285 section 4.2


def agreed_codecs(media: OfferedMedia, kind: Kind, role: Role, current: tuple[Codec, ...] = ()) -> tuple[Codec, ...]:
    """Every codec common to the offer and this server, in the offer's order; for a viewer those of the publication come first.

    ``current``: the living publication's codecs, its present one first. A section that others have offered too, word by word
    (``sdp_offer`` reads it once), is agreed once per publication: all of its viewers share the result.
    """
    known = media.agreed.get((kind, role))
    if known is None or known[0] is not current:
        known = media.agreed[(kind, role)] = (current, _agree(media, kind, role, current))
    return cast("tuple[Codec, ...]", known[1])


def _agree(media: OfferedMedia, kind: Kind, role: Role, current: tuple[Codec, ...]) -> tuple[Codec, ...]:
    carried = CARRIED[kind]
    usable = [codec for codec in media.codecs.values() if _carries(codec, carried, role)]
    packetized = {_h264_profile(codec) for codec in usable if _packetization(codec) == "1"}
    repairs = _rtx_types(media)
    agreed: list[Codec] = []
    for offered in usable:
        name, clock_rate, channels = carried[offered.name.lower()]
        if name == "H264" and _packetization(offered) != "1" and _h264_profile(offered) in packetized:
            continue  # the same profile is offered with packetization-mode=1, which every encoder prefers
        feedback = offered.feedback.intersection(FEEDBACK[kind])
        agreed.append(
            Codec(
                name=name,
                payload_type=offered.payload_type,
                clock_rate=clock_rate,
                channels=channels,
                fmtp=offered.fmtp,
                rtx_payload_type=repairs.get(offered.payload_type) if "nack" in feedback else None,
                nack="nack" in feedback,
                pli="nack pli" in feedback,
                remb="goog-remb" in feedback,
                transport_cc="transport-cc" in feedback and TRANSPORT_WIDE_CC in media.extensions,
            )
        )
    if not any(codec.name == "opus" for codec in agreed):
        agreed = [codec for codec in agreed if codec.name != "red"]  # a wrapping without anything to wrap
    if current:
        agreed.sort(key=_rank(current))
    return tuple(agreed)


def agreed_extensions(media: OfferedMedia, role: Role, *, allow_mixed: bool) -> dict[str, int]:
    """URI -> identifier of the offer; two-byte identifiers only where both forms may be mixed (RFC 8285 section 6)."""
    largest = 255 if allow_mixed or media.allow_mixed else LARGEST_ONE_BYTE_ID
    taken: dict[str, int] = {}
    for uri in EXTENSIONS[role]:
        identifier = media.extensions.get(uri)
        if identifier is not None and identifier <= largest and identifier != 15 and identifier not in taken.values():
            taken[uri] = identifier
    return taken


def _carries(codec: OfferedCodec, carried: dict[str, tuple[str, int, int | None]], role: Role) -> bool:
    known = carried.get(codec.name.lower())
    if known is None or codec.clock_rate != known[1] or (known[2] is not None and codec.channels != known[2]):
        return False
    parameters = codec.parameters()
    match known[0]:
        case "red":  # taken apart where it arrives: viewers get plain Opus
            return role == "publish"
        case "VP9":
            return parameters.get("profile-id", "0") == "0"
        case "AV1":
            return parameters.get("profile", "0") == "0"
        case "H264":
            # A publication may come in fragments (FU-A), which mode 0 forbids: such a viewer could not be served.
            return _packetization(codec) == "1" or (role == "publish" and _packetization(codec) == "0")
    return True


def _packetization(codec: OfferedCodec) -> str:
    return codec.parameters().get("packetization-mode", "0") if codec.name.lower() == "h264" else ""


def _h264_profile(codec: OfferedCodec) -> str:
    # Profile and constraints; the level (last byte) is asymmetric and says nothing about what can be decoded together.
    return codec.parameters().get("profile-level-id", "42e01f").lower()[:4]


def _rtx_types(media: OfferedMedia) -> dict[int, int]:
    """Payload type -> the one of its retransmissions (RFC 4588 section 8.1); read once, since an offer may be hostile."""
    types: dict[int, int] = {}
    for codec in media.codecs.values():
        if codec.name.lower() == "rtx":
            repaired = number(codec.parameters().get("apt", ""), 127)
            if repaired is not None:
                types.setdefault(repaired, codec.payload_type)
    return types


def _rank(current: Sequence[Codec]) -> Callable[[Codec], tuple[int, int]]:
    """Order of a viewer's codecs: as in the publication, the same H.264 profile before another one."""

    def profile(codec: Codec) -> str:
        if codec.name != "H264":
            return ""
        return _h264_profile(OfferedCodec(0, "H264", 90000, None, codec.fmtp))

    exact = {(codec.name, profile(codec)): index for index, codec in reversed(list(enumerate(current)))}
    by_name = {codec.name: index for index, codec in reversed(list(enumerate(current)))}

    def rank(codec: Codec) -> tuple[int, int]:
        position = by_name.get(codec.name, len(current))
        return position, exact.get((codec.name, profile(codec)), len(current))

    return rank
