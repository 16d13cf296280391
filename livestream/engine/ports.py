"""Where the two halves of the engine meet.

The connection side owns sessions and calls a ``Sink`` with decrypted packets; the forwarding side owns publications and
viewers and calls a ``Transport`` with plain packets. Everything runs on the engine's one thread, so no call here may block,
await or raise for what a peer sent. ``now`` is ``time.monotonic()`` in seconds, always passed in; wall time is read only
through ``Forwarding``'s clock argument (sender reports need NTP).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from livestream.engine.plan import SessionPlan
from livestream.media import EndReason, PacketReader, ShowFigures, ShowMedia, ViewerLayers


class Transport(Protocol):
    """One session's way out. Sending never raises and never waits: what the socket does not take is dropped and counted."""

    session_id: str
    round_trip_ms: float | None  # from STUN or RTCP, where known

    def send_rtp(self, packet: bytes | bytearray) -> None:
        """Protect and send one RTP packet (plain, complete header). Dropped before DTLS is up."""

    def send_rtcp(self, compound: bytes) -> None:
        """Protect and send one compound RTCP packet."""

    def close(self, reason: EndReason) -> None:
        """End the session from the forwarding side (a replaced host, for one)."""


class Sink(Protocol):
    """The forwarding side of one session."""

    def connected(self, now: float) -> None:
        """DTLS is up; packets may be sent from now on."""

    def rtp(self, packet: bytes, now: float) -> None:
        """A decrypted, authenticated RTP packet from the peer. Malformed ones are counted and ignored."""

    def rtcp(self, compound: bytes, now: float) -> None:
        """A decrypted, authenticated compound RTCP packet."""

    def closed(self, now: float) -> None:
        """The session is over; called exactly once. Nothing may be sent afterwards."""


@dataclass(frozen=True, slots=True)
class ForwardingEvents:
    """How the forwarding side reports; each is called on the engine's thread."""

    publication_started: Callable[[str, str, int], None]  # show_id, session_id, show_ms
    publication_stalled: Callable[[str, str], None]  # show_id, session_id
    viewers_changed: Callable[[str, int], None]  # show_id, viewers


class Forwarding(Protocol):
    """All shows' packets. One object per engine."""

    def can_watch(self, show_id: str) -> SessionPlan | None:
        """The plan of the living publication a new viewer would get, or None when nothing is live (a host who is
        away for less than two minutes still counts: viewers may join and wait for the picture)."""

    def publish(self, show_id: str, plan: SessionPlan, transport: Transport, now: float) -> Sink:
        """A new host session. It takes over from the one before at its first packet; that one is then closed (REPLACED)."""

    def watch(self, show_id: str, plan: SessionPlan, transport: Transport, now: float) -> Sink: ...

    def tick(self, now: float) -> None:
        """Timers: NACK, transport feedback, reports, keyframe requests, paced replays. Called every 10 ms."""

    def end_show(self, show_id: str, now: float) -> None:
        """Forget a show; its sessions have been closed by the caller."""

    def resume_clock(self, show_id: str, show_ms: int, now: float) -> None: ...

    def select_layer(self, session_id: str, rid: str | None) -> None: ...

    def shown(self, session_id: str, size: tuple[int, int] | None) -> None: ...

    def viewer_layers(self, session_id: str) -> ViewerLayers: ...

    def layers(self, session_id: str) -> tuple[tuple[str, bool], ...]:
        """(rid, receiving now) of the layers a viewer can choose from; empty without simulcast or for unknown sessions."""

    def show_ms(self, show_id: str, now: float) -> int | None:
        """The show clock; called from other threads too, so it only reads."""

    def moment_of(self, show_id: str, captured_ms: float) -> float | None:
        """The show clock (ms) of what the host captured then (Unix ms of its sender reports); called from other threads too."""

    def attach_reader(self, show_id: str, reader: PacketReader | None) -> None:
        """Who gets the show's packets besides the viewers; None: nobody any more."""

    def want_keyframe(self, show_id: str) -> None:
        """The reader needs a picture that stands alone."""

    def show_media(self, show_id: str, now: float) -> ShowMedia: ...

    def figures(self) -> tuple[ShowFigures, ...]: ...

    def counters(self) -> dict[str, int]: ...
