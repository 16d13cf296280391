"""One peer: its ICE, DTLS and SRTP, from the answer to the goodbye. It is the forwarding side's ``Transport``.

    NEW -> CHECKED -> CONNECTED -> CLOSED      every state may go to CLOSED; see ``TRANSITIONS``

NEW has an answer and no proof that somebody is there; CHECKED has answered an authentic STUN request and may speak DTLS with the
address it came from; CONNECTED has SRTP keys; CLOSED is final. The hub owns socket and tables and calls the ``on_*`` methods.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Collection
from socket import socket
from typing import Protocol

from livestream.engine import stun
from livestream.engine.dtls import DtlsContext, DtlsPeer, DtlsState
from livestream.engine.errors import NotAuthentic
from livestream.engine.ice import Checked, IceAgent
from livestream.engine.negotiation import Negotiated
from livestream.engine.plan import Role
from livestream.engine.ports import Sink
from livestream.engine.probe import Probes
from livestream.engine.srtp import SrtpSender
from livestream.engine.udp import Address, UdpPort
from livestream.media import EndReason

# From the answer to DTLS up. A phone on a bad network needs 5 s; 15 s also leave room for a lost flight or two.
HANDSHAKE_SECONDS = 15.0


class SessionState(enum.Enum):
    NEW = "new"
    CHECKED = "checked"
    CONNECTED = "connected"
    CLOSED = "closed"


TRANSITIONS: dict[SessionState, frozenset[SessionState]] = {
    SessionState.NEW: frozenset({SessionState.CHECKED, SessionState.CLOSED}),
    SessionState.CHECKED: frozenset({SessionState.CONNECTED, SessionState.CLOSED}),
    SessionState.CONNECTED: frozenset({SessionState.CLOSED}),
    SessionState.CLOSED: frozenset(),
}


class Owner(Protocol):
    """What a session needs of the hub."""

    udp: UdpPort

    def count(self, name: str, by: int = 1) -> None: ...

    def closing(self, session: Session, reason: EndReason) -> None:
        """End the session once the present datagram or tick is done."""


class Session:
    """A living peer. ``address``, ``sock`` and ``protect_rtp`` let the forwarding side's hot loop send by itself."""

    def __init__(
        self, owner: Owner, session_id: str, show_id: str, etag: str, negotiated: Negotiated, ice: IceAgent, now: float
    ) -> None:
        self.session_id = session_id
        self.show_id = show_id
        self.etag = etag
        self.negotiated = negotiated
        self.ice = ice
        self.created_at = now
        self.state = SessionState.NEW
        self.sink: Sink | None = None
        self.round_trip_ms: float | None = None
        self.address: Address | None = None  # where media goes; a viewer's only to a proven one (see ``probe``)
        self.sock: socket = owner.udp.sock
        self._owner = owner
        self._udp = owner.udp
        self._dtls: DtlsPeer | None = None
        self._dtls_address: Address | None = None
        self._dtls_only: Address | None = None  # the one address that our side of the handshake was sent to
        self._dtls_spread = False  # it was sent to several
        self._probes = Probes()
        self._announced = False
        self._protect: Callable[[bytes], bytes | None] | None = None

    @property
    def role(self) -> Role:
        return self.negotiated.plan.role

    # Transport: the way out -------------------------------------------------------------------------------------------

    def protect_rtp(self, packet: bytes) -> bytes:
        """The packet as SRTP, or b"" where there are no keys or libsrtp refuses it (counted)."""
        protect = self._protect
        if protect is None:
            return b""
        protected = protect(packet)
        if protected is None:
            self._owner.count("srtp_protect_failed")
            return b""
        return protected

    def send_rtp(self, packet: bytes | bytearray) -> None:
        protected = self.protect_rtp(packet if type(packet) is bytes else bytes(packet))
        if protected and self.address is not None:
            self._udp.send(protected, self.address)

    def send_rtcp(self, compound: bytes) -> None:
        if self._dtls is None or self._dtls.sender is None or self.address is None:
            return
        protected = self._dtls.sender.rtcp(bytes(compound))
        if protected is None:
            self._owner.count("srtp_protect_failed")
            return
        self._udp.send(protected, self.address)

    def close(self, reason: EndReason) -> None:
        self._owner.closing(self, reason)

    # What the hub brings ----------------------------------------------------------------------------------------------

    def on_stun(self, request: stun.BindingRequest, address: Address, now: float, *, accept: bool) -> Checked | None:
        """Answer an authentic request; the caller keeps its tables by the result. None: silence."""
        checked = self.ice.check(request, address, now, accept, self._udp.reflexive.get(address))
        if checked is None:
            return None
        self._udp.send(checked.response, address)
        if checked.validated:
            ice = self.ice
            probe = self._probes.ask(address, now, ice.current.ufrag, ice.remote_in_use, measure=self.role == "publish")
            if probe is not None:
                self._udp.send(probe, address)
        return checked

    def on_stun_answer(self, data: bytes, address: Address, now: float) -> bool:
        """The answer to one of our own requests; False: it is not."""
        if not self._probes.answered(data, address, now):
            return False
        assert self._probes.round_trip is not None
        self.round_trip_ms = self._probes.round_trip * 1000
        self._aim(address)
        self._announce(now)
        return True

    def on_validated(self, context: DtlsContext, address: Address, evicted: Address | None, now: float) -> None:
        """An address has been validated: begin, or follow a nomination."""
        if self.state is SessionState.NEW:
            self._become(SessionState.CHECKED)
            self._dtls = DtlsPeer(context, self.negotiated.fingerprints, client=self.negotiated.dtls_client)
            self._dtls_address = address
            self._send_dtls(self._dtls.start())
        if evicted is not None:
            self._probes.forget(evicted)
        self._aim(address)

    def on_dtls(self, datagram: bytes, address: Address, now: float) -> None:
        """A DTLS datagram from a validated address; it is answered where it came from (browsers begin before they nominate)."""
        if self._dtls is None:
            return
        self._dtls_address = address
        before = self._dtls.state
        self._send_dtls(self._dtls.receive(datagram))
        self._follow(before, now)

    def on_rtp(self, packet: bytes, now: float) -> None:
        receiver = self._dtls.receiver if self._dtls is not None else None
        if receiver is None or self.sink is None:
            self._owner.count("media_before_keys")
            return
        try:
            plain = receiver.rtp(packet)
        except NotAuthentic:
            self._owner.count("srtp_rejected")
            return
        self.sink.rtp(plain, now)

    def on_rtcp(self, packet: bytes, now: float) -> None:
        receiver = self._dtls.receiver if self._dtls is not None else None
        if receiver is None or self.sink is None:
            self._owner.count("media_before_keys")
            return
        try:
            plain = receiver.rtcp(packet)
        except NotAuthentic:
            self._owner.count("srtcp_rejected")
            return
        self.sink.rtcp(plain, now)

    def on_timer(self, now: float) -> None:
        """Retransmissions and time limits; called a few times a second before CONNECTED, once a second afterwards."""
        if self.state is SessionState.CONNECTED:
            if self.ice.expired(now):
                self.close(EndReason.CONSENT_EXPIRED)
            elif not self._announced and now - self.created_at > HANDSHAKE_SECONDS:
                # Keys, but nowhere to send to: better a clear end, and another try, than a black picture.
                self._owner.count("addresses_unproven")
                self.close(EndReason.DTLS_CLOSED)
        elif now - self.created_at > HANDSHAKE_SECONDS:
            self._owner.count("handshakes_timed_out")
            self.close(EndReason.DTLS_CLOSED)
        elif self._dtls is not None:
            before = self._dtls.state
            self._send_dtls(self._dtls.timer())
            self._follow(before, now)

    def end(self, now: float) -> None:
        """Say goodbye and forget the keys; the hub calls it once, after taking the session out of its tables."""
        self._become(SessionState.CLOSED)
        if self._dtls is not None:
            self._send_dtls(self._dtls.close())
        self._protect = None
        sink, self.sink = self.sink, None
        if sink is not None:
            sink.closed(now)

    # ------------------------------------------------------------------------------------------------------------------

    def _follow(self, before: DtlsState, now: float) -> None:
        assert self._dtls is not None
        if self._dtls.state is before:
            return
        if self._dtls.state is DtlsState.CLOSED:
            if before is DtlsState.HANDSHAKING:
                self._owner.count("handshakes_failed")
            self.close(EndReason.DTLS_CLOSED)
            return
        assert self._dtls.sender is not None
        self._become(SessionState.CONNECTED)
        self._keyed(self._dtls.sender)
        if self._dtls_address is not None:
            if not self._dtls_spread and self._dtls_only == self._dtls_address:
                # Whoever finished the handshake here has read what we sent here and nowhere else.
                self._probes.proven.add(self._dtls_address)
            if self.ice.nominated is None and self._dtls_address in self._usable():
                self.address = self._dtls_address
            self._aim(self._dtls_address)
        self._owner.count("handshakes_done")
        self._owner.count("handshake_cpu_microseconds", int(self._dtls.cpu_seconds * 1e6))
        self._announce(now)

    def _keyed(self, sender: SrtpSender) -> None:
        """There are keys for what goes out."""
        self._protect = sender.rtp

    def _usable(self) -> Collection[Address]:
        """Where media may go. To a host we send nothing but reports, fewer bytes than it must send to get them."""
        return self._probes.proven if self.role == "watch" else self.ice.addresses

    def _aim(self, latest: Address) -> None:
        """Choose where media goes: the nominated address, else the one in use, else the latest, if it may be used."""
        usable = self._usable()
        if self.ice.nominated in usable:
            self.address = self.ice.nominated
        elif self.address not in usable:
            self.address = latest if latest in usable else None

    def _announce(self, now: float) -> None:
        """Tell the forwarding side, once, that there are keys and a place to send to: no viewer shall lose its first keyframe."""
        if self._announced or self.state is not SessionState.CONNECTED or self.address is None:
            return
        self._announced = True
        if self.sink is not None:
            self.sink.connected(now)

    def _send_dtls(self, datagrams: list[bytes]) -> None:
        if self._dtls_address is None:
            return
        if datagrams:
            self._dtls_spread |= self._dtls_only not in (None, self._dtls_address)
            self._dtls_only = self._dtls_address
        for datagram in datagrams:
            self._udp.send(datagram, self._dtls_address)

    def _become(self, state: SessionState) -> None:
        assert state in TRANSITIONS[self.state], f"{self.state} -> {state}"
        self.state = state
