"""What an offer and its answer agreed on, free of SDP syntax: all that the forwarding side needs to know of a session."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Role = Literal["publish", "watch"]
Kind = Literal["audio", "video"]


@dataclass(frozen=True, slots=True)
class Codec:
    """One agreed payload type (RFC 8866 rtpmap and fmtp)."""

    name: str  # "opus", "H264", "VP8", "VP9", "AV1": spelled so, whatever the offer's case
    payload_type: int
    clock_rate: int  # Hz: 48000 audio, 90000 video
    channels: int | None = None
    fmtp: str = ""  # as in the answer, e.g. "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"
    rtx_payload_type: int | None = None  # RFC 4588
    nack: bool = False
    pli: bool = False
    remb: bool = False
    transport_cc: bool = False


@dataclass(frozen=True, slots=True)
class Encoding:
    """One stream the host announced: by SSRC (no simulcast) or by RID (RFC 8853). Both may still be unknown: None."""

    rid: str | None = None
    ssrc: int | None = None
    rtx_ssrc: int | None = None


@dataclass(frozen=True, slots=True)
class MediaPlan:
    kind: Kind
    mid: str
    codecs: tuple[
        Codec, ...
    ]  # agreed, in order of preference; a viewer keeps all common ones: a host may return with another
    extensions: dict[str, int] = field(default_factory=dict)  # RFC 8285: URI -> local identifier
    encodings: tuple[Encoding, ...] = ()  # host only
    ssrc: int | None = None  # viewer only: what the answer announced; every packet to the viewer carries it
    rtx_ssrc: int | None = None  # viewer only

    def codec(self, payload_type: int) -> Codec | None:
        """The codec of a payload type, or None (RTX types are not codecs)."""
        return next((codec for codec in self.codecs if codec.payload_type == payload_type), None)


@dataclass(frozen=True, slots=True)
class SessionPlan:
    role: Role
    audio: MediaPlan | None
    video: MediaPlan | None
