"""Reading SDP offers (RFC 8866 with the WebRTC attributes of RFC 8829) into plain data, under caps.

Line splitting is aiortc's; meaning is taken here, because every number and token of a stranger is checked before it is used and
several attributes that simulcast needs (rid, simulcast, extmap-allow-mixed) are unknown there. A malformed optional attribute is
ignored, a malformed or missing required one is ``InvalidOffer`` with a sentence that names it. Nothing else is ever raised.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from aiortc.sdp import grouplines, parse_attr

from livestream.engine.dtls import Fingerprint
from livestream.errors import InvalidOffer

LARGEST_OFFER = 64 * 1024  # bytes; Chromium's with simulcast and every codec is about 8 KiB
MOST_LINES = 2000
MOST_MEDIA = 32
MOST_CODECS = 128  # payload types are seven bits
MOST_SOURCES = 64
MOST_FINGERPRINTS = 8
LONGEST_FMTP = 1024
# Sections remembered: those of the browsers in use; at worst 4 MiB, if somebody sends the longest ones on purpose.
MOST_REMEMBERED = 64

_TOKEN = re.compile(r"[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]{1,64}", re.ASCII)  # RFC 8866's token
_RID = re.compile(r"[A-Za-z0-9_-]{1,16}", re.ASCII)  # RFC 8851; 16 is what a one-byte header extension carries
ICE_CHARS = re.compile(r"[A-Za-z0-9+/]{4,256}", re.ASCII)  # RFC 8839: ufrag 4..256, password 22..256
_URI = re.compile(r"[\x21-\x7e]{1,255}", re.ASCII)
_FMTP = re.compile(r"[\x20-\x7e]*", re.ASCII)
KNOWN_FEEDBACK = frozenset({"nack", "nack pli", "ccm fir", "goog-remb", "transport-cc"})
DIRECTIONS = ("sendrecv", "sendonly", "recvonly", "inactive")


@dataclass(slots=True)
class OfferedCodec:
    payload_type: int
    name: str  # as in the offer
    clock_rate: int
    channels: int | None
    fmtp: str = ""
    feedback: set[str] = field(default_factory=set)  # out of ``KNOWN_FEEDBACK``

    def parameters(self) -> dict[str, str]:
        """The fmtp's ``name=value`` pairs, names in lower case."""
        pairs = (part.strip().partition("=") for part in self.fmtp.split(";") if part.strip())
        return {name.strip().lower(): value.strip() for name, _, value in pairs}


@dataclass(slots=True)
class OfferedMedia:
    kind: str
    port: int
    protocol: str
    formats: tuple[str, ...]
    mid: str = ""
    direction: str = "sendrecv"
    codecs: dict[int, OfferedCodec] = field(default_factory=dict)  # by payload type, in the m-line's order
    extensions: dict[str, int] = field(default_factory=dict)
    rids: list[str] = field(default_factory=list)  # what the offerer sends (a=rid:... send)
    simulcast: list[str] = field(default_factory=list)  # rids in a=simulcast:send, first alternative of each
    sources: list[int] = field(default_factory=list)
    repairs: dict[int, int] = field(default_factory=dict)  # FID groups: source -> its RTX source
    feedback_of_all: set[str] = field(default_factory=set)  # a=rtcp-fb:*
    agreed: dict[tuple[str, str], tuple[object, object]] = field(default_factory=dict, compare=False, repr=False)
    rtcp_mux: bool = False
    allow_mixed: bool = False
    bundle_only: bool = False
    ufrag: str = ""
    password: str = ""
    fingerprints: list[Fingerprint] = field(default_factory=list)
    setup: str = ""

    # ``agreed`` belongs to ``sdp_codecs``: what has been agreed with such a section already.

    @property
    def rejected(self) -> bool:
        """Port 0, unless the section only says that it needs no transport of its own (RFC 9143 section 6): so does Firefox."""
        return self.port == 0 and not self.bundle_only


@dataclass(slots=True)
class Offer:
    media: list[OfferedMedia]
    bundle: tuple[str, ...]  # the mids of the first BUNDLE group
    allow_mixed: bool  # a=extmap-allow-mixed at session level (RFC 8285)
    ice_lite: bool = False


def number(text: str, largest: int) -> int | None:
    """A decimal number 0..largest in plain ASCII digits, else None (``int()`` alone takes signs, underscores, other digits)."""
    if not text.isascii() or not text.isdigit() or len(text) > 10:
        return None
    value = int(text)
    return value if value <= largest else None


def parse_offer(sdp: str) -> Offer:
    """Parse an offer. Raises: InvalidOffer."""
    if len(sdp) > LARGEST_OFFER or len(sdp.encode("utf-8", "replace")) > LARGEST_OFFER:
        raise InvalidOffer(f"The offer is larger than {LARGEST_OFFER} bytes.")
    if sdp.count("\n") + sdp.count("\r") > 2 * MOST_LINES:
        raise InvalidOffer(f"The offer has more than {MOST_LINES} lines.")
    session_lines, media_lines = grouplines(sdp)
    if len(session_lines) + sum(map(len, media_lines)) > MOST_LINES:
        raise InvalidOffer(f"The offer has more than {MOST_LINES} lines.")
    if not session_lines or session_lines[0].strip() != "v=0":
        raise InvalidOffer("The offer does not begin with v=0: send an SDP session description as the body.")
    if not media_lines:
        raise InvalidOffer("The offer has no m= line.")
    if len(media_lines) > MOST_MEDIA:
        raise InvalidOffer(f"The offer has more than {MOST_MEDIA} m= lines.")

    offer = Offer([], (), False)
    shared = OfferedMedia("", 9, "", ())  # attributes at session level that are every m= section's default
    for name, value in _attributes(session_lines):
        if name == "group" and not offer.bundle:
            semantics, *mids = value.split()[: MOST_MEDIA + 1] or [""]
            if semantics == "BUNDLE":
                offer.bundle = tuple(mids)
        elif name == "extmap-allow-mixed":
            offer.allow_mixed = True
        elif name == "ice-lite":
            offer.ice_lite = True
        elif name in _TRANSPORT or name in DIRECTIONS:
            _read_transport(shared, name, value)
    for lines in media_lines:
        offer.media.append(_parse_media(lines, shared))
    mids = [media.mid for media in offer.media]
    if len(set(mids)) != len(mids):
        raise InvalidOffer("Two m= sections of the offer have the same a=mid.")
    return offer


def _attributes(lines: Sequence[str]) -> list[tuple[str, str]]:
    parsed = (parse_attr(line) for line in lines if line.startswith("a="))
    return [(name, (value or "").strip()) for name, value in parsed]


def _parse_media(lines: list[str], shared: OfferedMedia) -> OfferedMedia:
    """What says who the peer is is read anew each time; the rest, nine tenths of it, is the same for every viewer with the same
    browser, and read once."""
    own: list[str] = []
    common = [lines[0]]
    for line in lines[1:]:
        name = line[2:].partition(":")[0]
        if name in _TRANSPORT:
            own.append(line)
        elif name not in _UNREAD:
            common.append(line)
    read = _read_common(tuple(common))
    attributes = _attributes(own)
    replaced = any(
        name == "fingerprint" for name, _ in attributes
    )  # the session's do not count then (RFC 8122 section 5)
    media = replace(
        read,
        direction=read.direction or shared.direction,
        setup=shared.setup,
        ufrag=shared.ufrag,
        password=shared.password,
        fingerprints=[] if replaced else list(shared.fingerprints),
    )
    for name, value in attributes:
        _read_transport(media, name, value)
    return media


@lru_cache(maxsize=MOST_REMEMBERED)
def _read_common(lines: tuple[str, ...]) -> OfferedMedia:
    """Everything but the transport; "" as direction: the session's. Shared by whoever offers the same: never changed again."""
    parts = lines[0][2:].split()
    port = number(parts[1].partition("/")[0], 65535) if len(parts) >= 4 else None
    if port is None or not all(_TOKEN.fullmatch(part.replace("/", "")) for part in parts):
        raise InvalidOffer(f"Malformed m= line: {lines[0][:80]!r}.")
    media = OfferedMedia(parts[0], port, parts[2], tuple(parts[3:]), direction="")
    attributes = _attributes(lines)
    # rtpmap first: fmtp and rtcp-fb may come before it.
    rtpmaps = dict(_payload(value) for name, value in attributes if name == "rtpmap")
    for text in media.formats[:MOST_CODECS]:
        payload_type = number(text, 127)
        if payload_type is not None and payload_type in rtpmaps:
            codec = _parse_rtpmap(payload_type, rtpmaps[payload_type])
            if codec is not None:
                media.codecs[payload_type] = codec
    for name, value in attributes:
        _read_media(media, name, value)
    if not media.mid or not _TOKEN.fullmatch(media.mid):
        raise InvalidOffer("Every m= section needs an a=mid of up to 64 token characters.")
    return media


def _payload(value: str) -> tuple[int | None, str]:
    payload_type, _, rest = value.partition(" ")
    return number(payload_type, 127), rest.strip()


def _parse_rtpmap(payload_type: int, text: str) -> OfferedCodec | None:
    name, _, rate = text.partition("/")
    clock, _, channels = rate.partition("/")
    clock_rate = number(clock, 1_000_000)
    if clock_rate is None or not _TOKEN.fullmatch(name):
        return None
    return OfferedCodec(payload_type, name, clock_rate, number(channels, 255) if channels else None)


_TRANSPORT = frozenset({"ice-ufrag", "ice-pwd", "fingerprint", "setup"})
_UNREAD = frozenset(
    {"candidate", "end-of-candidates", "msid", "rtcp"}
)  # differ from offer to offer, and nobody looks at them


def _read_transport(media: OfferedMedia, name: str, value: str) -> None:
    if name in DIRECTIONS:
        media.direction = name
    elif name == "ice-ufrag":
        media.ufrag = _ice(value, 4, name)
    elif name == "ice-pwd":
        media.password = _ice(value, 22, name)
    elif name == "setup":
        media.setup = value
    elif name == "fingerprint" and len(media.fingerprints) < MOST_FINGERPRINTS:
        fingerprint = Fingerprint.parse(value)
        if fingerprint is not None:
            media.fingerprints.append(fingerprint)


def _ice(value: str, shortest: int, name: str) -> str:
    if not ICE_CHARS.fullmatch(value) or len(value) < shortest:
        raise InvalidOffer(f"Malformed a={name}: {shortest} to 256 letters, digits, + or / are needed (RFC 8839).")
    return value


def _read_media(media: OfferedMedia, name: str, value: str) -> None:
    if name in _TRANSPORT or name in DIRECTIONS:
        _read_transport(media, name, value)
    elif name == "mid":
        media.mid = value
    elif name == "rtcp-mux":
        media.rtcp_mux = True
    elif name == "bundle-only":
        media.bundle_only = True
    elif name == "extmap-allow-mixed":
        media.allow_mixed = True
    elif name == "fmtp":
        payload_type, text = _payload(value)
        if payload_type in media.codecs and len(text) <= LONGEST_FMTP and _FMTP.fullmatch(text):
            media.codecs[payload_type].fmtp = text
    elif name == "rtcp-fb":
        target, _, feedback = value.partition(" ")
        feedback = " ".join(feedback.split()[:2])
        payload_type = number(target, 127)
        if feedback not in KNOWN_FEEDBACK or feedback in media.feedback_of_all:
            pass
        elif target == "*":
            media.feedback_of_all.add(feedback)  # once: 2,000 such lines times 128 codecs would take a while
            for codec in media.codecs.values():
                codec.feedback.add(feedback)
        elif payload_type in media.codecs:
            media.codecs[payload_type].feedback.add(feedback)
    elif name == "extmap":
        identifier, _, rest = value.partition(" ")
        number_id, uri = number(identifier.partition("/")[0], 255), rest.split(" ", 1)[0]
        if number_id and _URI.fullmatch(uri):
            media.extensions.setdefault(uri, number_id)
    elif name == "rid":
        rid, _, rest = value.partition(" ")
        if _RID.fullmatch(rid) and rest.split(" ", 1)[0] == "send" and len(media.rids) < MOST_SOURCES:
            media.rids.append(rid)
    elif name == "simulcast":
        media.simulcast = _simulcast_send(value)
    else:
        _read_sources(media, name, value)


def _simulcast_send(value: str) -> list[str]:
    """The send list of a=simulcast (RFC 8853 section 5.1): streams by ";", alternatives by ",", "~" in front of a paused one."""
    words = value.split()
    for direction, streams in zip(words[::2], words[1::2], strict=False):
        if direction == "send":
            firsts = [stream.split(",", 1)[0].lstrip("~") for stream in streams.split(";")]
            return [rid for rid in dict.fromkeys(firsts) if _RID.fullmatch(rid)]
    return []


def _read_sources(media: OfferedMedia, name: str, value: str) -> None:
    if name == "ssrc":
        source = number(value.partition(" ")[0], 0xFFFFFFFF)
        if source is not None and source not in media.sources and len(media.sources) < MOST_SOURCES:
            media.sources.append(source)
    elif name == "ssrc-group":
        semantics, *members = value.split()[:3] or [""]
        sources = [number(member, 0xFFFFFFFF) for member in members]
        if semantics == "FID" and len(sources) == 2 and None not in sources and len(media.repairs) < MOST_SOURCES:
            primary, repair = sources
            assert primary is not None
            assert repair is not None
            media.repairs[primary] = repair
