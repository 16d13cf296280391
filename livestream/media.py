"""The small interface between the show and whatever engine carries its media.

``MediaEngine`` is implemented in Python (``livestream/engine``) and later by a compiled twin. It lives on its own thread
with its own event loop; every coroutine below is called from the server's loop and hops over by itself. What happens
inside (a host connected, media stopped, statistics) comes back through a ``MediaListener``, whose methods the engine calls
on the server's loop, in order per show, never concurrently.

Times are milliseconds. ``show_ms`` is the show clock: the show's own media time, 0 at the first packet of its first
publication, continuous across host reconnects.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Literal, Protocol


class EndReason(enum.StrEnum):
    """Why a session ended."""

    DELETED = "deleted"  # the client asked (HTTP DELETE), or the server closed it on its behalf
    REPLACED = "replaced"  # the host published again; the new session has taken over
    CONSENT_EXPIRED = "consent_expired"  # no STUN from the peer for 30 s (RFC 7675)
    DTLS_CLOSED = "dtls_closed"  # close_notify, or the handshake never finished
    SHOW_ENDED = "show_ended"
    ENGINE_STOPPED = "engine_stopped"


@dataclass(frozen=True, slots=True)
class SessionDescription:
    """The answer to a WHIP or WHEP offer."""

    session_id: str  # opaque, unguessable (>= 128 bits); part of the Location
    answer: str  # SDP, CRLF line ends, all candidates inside
    etag: str  # strong entity tag of the ICE session, quotes included, e.g. '"k3f9"'


@dataclass(frozen=True, slots=True)
class FragmentAnswer:
    """The answer to a PATCH: ``sdpfrag`` is None for trickle (204), else the restart's new credentials (200)."""

    etag: str
    sdpfrag: str | None


@dataclass(frozen=True, slots=True)
class LayerStatistics:
    rid: str | None  # None: not simulcast
    width: int | None
    height: int | None
    bitrate: int  # bit/s over the last second
    active: bool
    wanted: bool = True  # False: nobody watches it, and the host's browser may switch it off until it is wanted again
    viewers: int = 0  # who get it now


@dataclass(frozen=True, slots=True)
class AudienceStatistics:
    """What the viewers of a show get now. ``viewers`` have a picture to get; each counts in at most one of the next three."""

    viewers: int = 0
    best: int = 0  # get as much as the host sends, as their screen can show, or as they chose
    reduced: int = 0  # get a smaller picture because their network carries no more
    sound_only: int = 0  # their network carries no picture now, only the sound
    losing: int = 0  # more than 5 % of their packets are lost on the way, repairs left out
    round_trip_ms: float | None = None  # the median
    slowest_round_trip_ms: float | None = None  # nineteen of twenty are faster


@dataclass(frozen=True, slots=True)
class ViewerLayers:
    """What a viewer may choose from, in ascending quality, what it chose (None: automatic), and what it gets now."""

    layers: tuple[LayerStatistics, ...] = ()
    chosen: str | None = None
    current: str | None = None


@dataclass(frozen=True, slots=True)
class PublicationStatistics:
    """What the host sends, over the last second where it is a rate. ``quality`` is what the studio says in words."""

    video_bitrate: int = 0  # bit/s
    audio_bitrate: int = 0
    video_codec: str | None = None  # "H264", "VP8", "VP9", "AV1"
    frames_per_second: float = 0.0
    packet_loss: float = 0.0  # 0..1 of expected packets, after repair
    round_trip_ms: float | None = None
    jitter_ms: float | None = None
    quality: Literal["good", "weak", "bad"] = "good"
    layers: tuple[LayerStatistics, ...] = ()


@dataclass(frozen=True, slots=True)
class ShowMedia:
    """A show's media at a glance."""

    publishing: bool  # a host session is connected and sends
    viewers: int  # connected WHEP sessions
    show_ms: int | None  # the show clock now; None before the first packet
    publication: PublicationStatistics | None = None
    audience: AudienceStatistics = AudienceStatistics()


@dataclass(frozen=True, slots=True)
class ShowFigures:
    """One show for /metrics: counts since the engine has carried it, the rest as it is now."""

    show_id: str
    viewers: int
    joins: int
    packets: int  # sent to viewers, repeats left out
    octets: int  # their payload
    retransmissions: int
    drops: int
    layers: dict[str, int] = field(default_factory=dict)  # rid ("" without simulcast) -> viewers who get it
    sound_only: int = 0
    round_trip_ms: float | None = None
    slowest_round_trip_ms: float | None = None


@dataclass(frozen=True, slots=True)
class EngineStatistics:
    """Counters since start, for /metrics; every drop policy has its counter here."""

    sessions: int = 0
    counters: dict[str, int] = field(
        default_factory=dict
    )  # snake_case name -> count, e.g. {"packets_in": 1, "nack_answered": 3}
    shows: tuple[ShowFigures, ...] = ()  # those with a host or viewers


@dataclass(frozen=True, slots=True)
class MediaPacket:
    """One RTP packet of a show for its internal reader: numbered, on the show's clock, without its header."""

    source: int  # another number: another stream (the host came back, a layer was switched, a numbering began anew)
    kind: Literal["audio", "video"]
    codec: str  # "opus", "H264", "VP8", "VP9", "AV1"
    index: int  # extended sequence number: no wrap-around; repaired packets come late
    ticks: int  # show clock in units of the codec's RTP clock (48 or 90 per millisecond); no wrap-around
    marker: bool
    payload: bytes


class PacketReader(Protocol):
    def packet(self, packet: MediaPacket) -> None:
        """Called on the engine's thread: must neither wait nor raise. What cannot be taken is dropped and counted."""


class MediaListener(Protocol):
    """Called on the server's loop. Implementations must not raise; what they raise is logged and dropped."""

    async def publication_started(self, show_id: str, session_id: str, show_ms: int) -> None:
        """DTLS is up and the first media packet has arrived."""

    async def publication_stopped(self, show_id: str, session_id: str, reason: EndReason) -> None:
        """The host's session ended. Not called with REPLACED: the successor's start is enough."""

    async def publication_stalled(self, show_id: str, session_id: str) -> None:
        """No media packet from the host for 5 s although the session lives; ``publication_started`` follows if it resumes."""

    async def viewers_changed(self, show_id: str, viewers: int) -> None:
        """Coalesced: at most once a second per show."""

    async def session_ended(self, show_id: str, session_id: str, reason: EndReason) -> None:
        """Any session, host's or viewer's, ended: its resource URL is gone (404 from now on)."""


class MediaEngine(Protocol):
    """Carries the media of all shows. ``start`` before anything else; ``stop`` ends every session and the thread."""

    name: str  # "python" or "compiled", for the log

    async def start(self, listener: MediaListener) -> None: ...

    async def stop(self) -> None: ...

    async def publish(self, show_id: str, offer: str) -> SessionDescription:
        """Accept a WHIP offer. A publication already there is replaced only once the new one's DTLS is up and it sends.

        Raises: InvalidOffer, UnacceptableOffer, EngineFull.
        """

    async def watch(self, show_id: str, offer: str) -> SessionDescription:
        """Accept a WHEP offer. Raises: NothingLive, InvalidOffer, UnacceptableOffer, EngineFull."""

    async def patch(self, session_id: str, etag: str | None, sdpfrag: str) -> FragmentAnswer:
        """Trickle or restart ICE (RFC 8840, RFC 9725 section 4.3). ``etag`` is If-Match's value, or "*".

        Raises: SessionNotFound, InvalidFragment, StaleEtag, RestartRefused.
        """

    async def close(self, session_id: str, reason: EndReason = EndReason.DELETED) -> None:
        """End one session. Raises: SessionNotFound."""

    async def end_show(self, show_id: str) -> None:
        """End every session of a show and forget its media state (clock, keyframes, packets). Unknown shows are fine."""

    async def resume_clock(self, show_id: str, show_ms: int) -> None:
        """After a restart of the server: the show clock continues at or after ``show_ms`` when the host returns."""

    async def select_layer(self, session_id: str, rid: str | None) -> None:
        """A viewer's own choice of simulcast layer; None: automatic. Raises: SessionNotFound, UnacceptableOffer."""

    async def attach_reader(self, show_id: str, reader: PacketReader | None) -> None:
        """The one internal reader of a show's sound and best picture; None: no longer. ``end_show`` forgets it."""

    async def want_keyframe(self, show_id: str) -> None:
        """Ask the host for a picture that stands alone, on behalf of the reader. Unknown shows are fine."""

    async def shown(self, session_id: str, size: tuple[int, int] | None) -> None:
        """How large a viewer shows the picture, in device pixels; (0, 0): it cannot be seen now, None: unknown.

        Raises: SessionNotFound.
        """

    async def viewer_layers(self, session_id: str) -> ViewerLayers:
        """Raises: SessionNotFound."""

    def show_ms(self, show_id: str) -> int | None:
        """The show clock now; thread-safe, no hop, microseconds. None before the first packet."""

    def moment_of(self, show_id: str, captured_ms: float) -> float | None:
        """The show clock (ms) of what the host captured at ``captured_ms``, Unix milliseconds by the clock of the host's
        sender reports; thread-safe, no hop. None without a host or a believable report."""

    async def show_media(self, show_id: str) -> ShowMedia: ...

    def owner(self, session_id: str) -> tuple[str, Literal["publish", "watch"]] | None:
        """The show and role of a living session; thread-safe. None: unknown."""

    async def statistics(self) -> EngineStatistics: ...
