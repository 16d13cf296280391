"""From an offer to what was agreed: the plan for the forwarding side and everything that the answer will say.

Rules: WHIP (RFC 9725 section 4.2) and WHEP want one BUNDLE group, rtcp-mux and a direction that fits; BUNDLE is RFC 9143, the
DTLS role RFC 5763 and RFC 8842, simulcast RFC 8853. At most one audio and one video section are taken, further ones are
rejected with port 0. Randomness (source numbers) is an argument.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from livestream.engine.dtls import Fingerprint
from livestream.engine.plan import Encoding, Kind, MediaPlan, Role, SessionPlan
from livestream.engine.sdp_codecs import MID, RID, agreed_codecs, agreed_extensions
from livestream.engine.sdp_offer import Offer, OfferedMedia
from livestream.errors import InvalidOffer, UnacceptableOffer

MOST_LAYERS = 4
SENDING = ("sendonly", "sendrecv")
RECEIVING = ("recvonly", "sendrecv")
PROTOCOLS = ("UDP/TLS/RTP/SAVPF", "TCP/TLS/RTP/SAVPF", "RTP/SAVPF", "UDP/TLS/RTP/SAVP", "RTP/SAVP")


@dataclass(frozen=True, slots=True)
class Section:
    """One m= section of the answer; ``plan`` None: rejected."""

    offered: OfferedMedia
    plan: MediaPlan | None = None
    layers: tuple[str, ...] = ()  # rids accepted for simulcast


@dataclass(frozen=True, slots=True)
class Negotiated:
    """What both sides agreed on."""

    plan: SessionPlan
    sections: tuple[Section, ...]
    remote_ufrag: str
    remote_password: str
    fingerprints: tuple[Fingerprint, ...]
    dtls_client: bool  # True: the offer said passive, so we start the handshake
    allow_mixed: bool
    taken: tuple[Section, ...] = field(default=())  # accepted sections; the first carries the transport


def negotiate(
    offer: Offer, role: Role, random_ssrc: Callable[[], int], publication: SessionPlan | None = None
) -> Negotiated:
    """Agree with an offer. ``publication``: the living one's plan, for a viewer.

    Raises: InvalidOffer, UnacceptableOffer.
    """
    if offer.ice_lite:
        raise UnacceptableOffer("The offer is ICE-lite, and so is this server: one side has to do full ICE (RFC 8445).")
    _check_direction(offer, role)
    sections: list[Section] = []
    plans: dict[str, MediaPlan] = {}
    used_ssrcs: set[int] = set()

    def fresh_ssrc() -> int:
        while True:
            ssrc = random_ssrc()
            if ssrc and ssrc not in used_ssrcs:
                used_ssrcs.add(ssrc)
                return ssrc

    for media in offer.media:
        kind: Kind | None = "audio" if media.kind == "audio" else "video" if media.kind == "video" else None
        section = Section(media)
        fits = media.direction in (SENDING if role == "publish" else RECEIVING)
        if kind is not None and kind not in plans and fits and not media.rejected and media.protocol in PROTOCOLS:
            _check_bundled(offer, media)
            section = _agree(offer, media, kind, role, publication, fresh_ssrc)
            if section.plan is not None:
                plans[kind] = section.plan
        sections.append(section)
    taken = tuple(section for section in sections if section.plan is not None)
    if not taken:
        raise UnacceptableOffer(f"No codec of the offer can be carried: offer {_wanted(publication)}.")
    audio, video = plans.get("audio"), plans.get("video")
    if role == "watch" and publication is not None:
        _check_watchable(offer, publication, video)
    transport = _transport(taken[0].offered)
    return Negotiated(
        plan=SessionPlan(role, audio, video),
        sections=tuple(sections),
        remote_ufrag=transport.ufrag,
        remote_password=transport.password,
        fingerprints=tuple(transport.fingerprints),
        dtls_client=transport.setup == "passive",
        allow_mixed=offer.allow_mixed,
        taken=taken,
    )


def _check_direction(offer: Offer, role: Role) -> None:
    wanted = SENDING if role == "publish" else RECEIVING
    media = [media for media in offer.media if media.kind in ("audio", "video")]
    if not media:
        raise UnacceptableOffer("The offer has no audio and no video section.")
    if not any(one.direction in wanted for one in media):
        if role == "publish":
            raise UnacceptableOffer("A host's offer must be sendonly: this endpoint only receives.")
        raise UnacceptableOffer("A viewer's offer must be recvonly: this endpoint only sends.")


def _check_bundled(offer: Offer, media: OfferedMedia) -> None:
    if not media.rtcp_mux:
        raise InvalidOffer(f"Section {media.mid} lacks a=rtcp-mux: RTP and RTCP share one port here (RFC 9725).")
    alone = sum(1 for one in offer.media if not one.rejected) == 1
    if media.mid not in offer.bundle and not alone:
        raise InvalidOffer(
            "All sections must be in one a=group:BUNDLE: there is one transport for everything (RFC 9725)."
        )


def _transport(media: OfferedMedia) -> OfferedMedia:
    if not media.ufrag or not media.password:
        raise InvalidOffer("The offer lacks a=ice-ufrag or a=ice-pwd.")
    if not media.fingerprints:
        raise InvalidOffer("The offer lacks an a=fingerprint by SHA-256, SHA-384 or SHA-512.")
    if media.setup not in ("actpass", "active", "passive"):
        raise InvalidOffer("The offer needs a=setup:actpass, active or passive.")
    return media


def _agree(
    offer: Offer,
    media: OfferedMedia,
    kind: Kind,
    role: Role,
    publication: SessionPlan | None,
    fresh_ssrc: Callable[[], int],
) -> Section:
    current = None if publication is None else getattr(publication, kind)
    codecs = agreed_codecs(media, kind, role, current.codecs if current is not None else ())
    if not codecs:
        return Section(media)
    extensions = agreed_extensions(media, role, allow_mixed=offer.allow_mixed)
    has_rtx = any(codec.rtx_payload_type is not None for codec in codecs)
    if role == "watch":
        plan = MediaPlan(
            kind, media.mid, codecs, extensions, ssrc=fresh_ssrc(), rtx_ssrc=fresh_ssrc() if has_rtx else None
        )
        return Section(media, plan)
    layers: tuple[str, ...] = ()
    if kind == "video" and RID in extensions and MID in extensions:
        layers = tuple(rid for rid in media.simulcast if rid in media.rids)[:MOST_LAYERS]
    if layers:
        encodings = tuple(Encoding(rid=rid) for rid in layers)
    else:
        repairs = set(media.repairs.values())
        primary = next((source for source in media.sources if source not in repairs), None)
        rtx = media.repairs.get(primary) if primary is not None and has_rtx else None
        encodings = (Encoding(ssrc=primary, rtx_ssrc=rtx),)
    return Section(media, MediaPlan(kind, media.mid, codecs, extensions, encodings), layers)


def _check_watchable(offer: Offer, publication: SessionPlan, video: MediaPlan | None) -> None:
    """A viewer who asks for the picture and could not show any the host may send is told so, instead of a black picture."""
    asks = any(media.kind == "video" and media.direction in RECEIVING and not media.rejected for media in offer.media)
    if not asks or publication.video is None:
        return
    agreed = {codec.name for codec in video.codecs} if video is not None else set()
    if not agreed.intersection(codec.name for codec in publication.video.codecs):
        raise UnacceptableOffer(f"The show's video cannot be received with this offer: offer {_wanted(publication)}.")


def _wanted(publication: SessionPlan | None) -> str:
    if publication is not None and publication.video is not None:
        return ", ".join(dict.fromkeys(codec.name for codec in publication.video.codecs))
    return "Opus audio or H264, VP8, VP9 or AV1 video"
