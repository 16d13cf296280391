"""All sessions behind one UDP port: who a datagram belongs to, who may join, and when somebody is gone.

A datagram is told apart by its first byte (RFC 7983), its session by its source address; only a STUN request from an unknown
address is looked up by the ufrag in its USERNAME. Everything else from an unknown address is dropped: an address becomes
known by an authentic STUN request and by nothing else. No datagram may raise out of ``receive``.
"""

from __future__ import annotations

import logging
import secrets
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Literal

from livestream.engine import stun
from livestream.engine.candidates import candidate_lines
from livestream.engine.dtls import DtlsContext
from livestream.engine.ice import Credentials, IceAgent
from livestream.engine.negotiation import Negotiated, negotiate
from livestream.engine.plan import Role
from livestream.engine.ports import Forwarding
from livestream.engine.sdp_answer import LocalTransport, write_answer, write_fragment
from livestream.engine.sdp_offer import Offer
from livestream.engine.sdpfrag import parse_fragment
from livestream.engine.session import Session, SessionState
from livestream.engine.udp import Address, UdpPort
from livestream.errors import (
    EngineFull,
    NothingLive,
    RestartRefused,
    SessionNotFound,
    StaleEtag,
    UnacceptableOffer,
)
from livestream.media import EndReason, FragmentAnswer, SessionDescription

logger = logging.getLogger(__name__)

# Sessions whose handshake has not finished: each role has its own room, so that a flood of viewers never keeps a host out.
MOST_PENDING: dict[Role, int] = {"publish": 64, "watch": 512}
# A peer that reads its answer sends STUN within a round trip or two; a pending one silent for longer may be put out by the next.
SILENT_SECONDS = 3.0
# Of the sessions allowed in all, so many are for hosts only.
HOST_RESERVE = 16
# An address changes hands only after its session has been silent there for so long: browsers check every pair at least every
# 5 s or so (RFC 7675), and nobody can take a viewer's address over by forging it.
ADDRESS_QUIET_SECONDS = 10.0
HANDSHAKE_TIMER_SECONDS = 0.05
CONSENT_TIMER_SECONDS = 1.0
# Unexpected errors are logged with their traceback, but a stream of bad packets must not fill a disk.
MOST_TRACEBACKS = 20


class Hub:
    """Everything here runs on the engine's thread. ``ended`` is called once per session, after it left all tables."""

    def __init__(
        self,
        udp: UdpPort,
        forwarding: Forwarding,
        addresses: tuple[str, ...],
        max_sessions: int,
        clock: Callable[[], float],
        ended: Callable[[Session, EndReason], None],
        new_session: Callable[[Hub, str, str, str, Negotiated, IceAgent, float], Session] = Session,
        tcp_addresses: tuple[str, ...] = (),
    ) -> None:
        self.udp = udp
        self.forwarding = forwarding
        self.sessions: dict[str, Session] = {}
        self.counters: Counter[str] = Counter()
        self._context = DtlsContext()
        self._candidates = candidate_lines(addresses, udp.port, tcp_addresses)
        self._max_sessions = max_sessions
        self._clock = clock
        self._ended = ended
        self._new_session = new_session
        self._by_address: dict[Address, Session] = {}
        self._by_ufrag: dict[str, Session] = {}
        self._pending: dict[str, Session] = {}  # not CONNECTED yet, oldest first
        self._closing: dict[str, tuple[Session, EndReason]] = {}
        self._handshake_timer_at = 0.0
        self._consent_timer_at = 0.0

    # Joining and leaving ----------------------------------------------------------------------------------------------

    def join(self, show_id: str, role: Role, offer: Offer) -> SessionDescription:
        """Answer an offer. Raises: NothingLive, InvalidOffer, UnacceptableOffer, EngineFull."""
        now = self._clock()
        publication = self.forwarding.can_watch(show_id) if role == "watch" else None
        if role == "watch" and publication is None:
            raise NothingLive("Nobody is live in this show right now.")
        negotiated = negotiate(offer, role, lambda: secrets.randbits(32), publication)
        self._admit(role, now)
        credentials = Credentials(*stun.new_credentials())
        ice = IceAgent(credentials, negotiated.remote_ufrag, negotiated.remote_password)
        session = self._new_session(self, secrets.token_urlsafe(24), show_id, _new_etag(), negotiated, ice, now)
        enter = self.forwarding.publish if role == "publish" else self.forwarding.watch
        session.sink = enter(show_id, negotiated.plan, session, now)
        self.sessions[session.session_id] = session
        self._pending[session.session_id] = session
        self._by_ufrag[credentials.ufrag] = session
        self.count(f"joins_{role}")
        answer = write_answer(negotiated, self._transport(credentials), secrets.randbits(62), f"closetcast-{show_id}")
        return SessionDescription(session.session_id, answer, session.etag)

    def patch(self, session_id: str, etag: str | None, text: str) -> FragmentAnswer:
        """Trickle or restart. Raises: SessionNotFound, InvalidFragment, StaleEtag, RestartRefused."""
        session = self.find(session_id)
        fragment = parse_fragment(text)
        if etag is not None and etag.strip() != "*" and session.etag not in (tag.strip() for tag in etag.split(",")):
            raise StaleEtag("If-Match names an older ICE session; fetch the present ETag from the last answer.")
        named = (fragment.ufrag, fragment.password)
        changed = [new is not None and new != old for new, old in zip(named, session.ice.remote, strict=True)]
        if not any(changed):
            self.count("trickled_candidates", fragment.candidates)
            return FragmentAnswer(session.etag, None)
        if fragment.ufrag is None or fragment.password is None or not all(changed):
            raise RestartRefused("An ICE restart changes a=ice-ufrag and a=ice-pwd together (RFC 8839).")
        credentials = Credentials(*stun.new_credentials())
        unused = session.ice.restart(credentials, fragment.ufrag, fragment.password)
        if unused is not None:
            self._by_ufrag.pop(unused.ufrag, None)
        self._by_ufrag[credentials.ufrag] = session
        session.etag = _new_etag()
        self.count("ice_restarts")
        return FragmentAnswer(session.etag, write_fragment(session.negotiated, self._transport(credentials)))

    def find(self, session_id: str) -> Session:
        """Raises: SessionNotFound."""
        session = self.sessions.get(session_id)
        if session is None:
            raise SessionNotFound("This media session does not exist or has ended.")
        return session

    def owner(self, session_id: str) -> tuple[str, Literal["publish", "watch"]] | None:
        session = self.sessions.get(session_id)
        return None if session is None else (session.show_id, session.role)

    def select_layer(self, session_id: str, rid: str | None) -> None:
        """Raises: SessionNotFound, UnacceptableOffer."""
        forwarding = self.viewing(session_id)
        if rid is not None and rid not in (known for known, _ in forwarding.layers(session_id)):
            raise UnacceptableOffer(f"The show has no layer {rid[:32]!r}.")
        forwarding.select_layer(session_id, rid)

    def viewing(self, session_id: str) -> Forwarding:
        """The forwarding side, for a viewer's session. Raises: SessionNotFound."""
        if self.find(session_id).role != "watch":
            raise SessionNotFound("Only a viewer's session has a layer to choose.")
        return self.forwarding

    def end_show(self, show_id: str) -> None:
        for session in [one for one in self.sessions.values() if one.show_id == show_id]:
            self._end(session, EndReason.SHOW_ENDED)
        self.forwarding.end_show(show_id, self._clock())

    def end(self, session: Session, reason: EndReason) -> None:
        self._end(session, reason)
        self._drain()

    def end_all(self, reason: EndReason) -> None:
        for session in list(self.sessions.values()):
            self._end(session, reason)
        self._drain()

    # Datagrams and timers ---------------------------------------------------------------------------------------------

    def receive(self, data: bytes, address: Address) -> None:
        """One datagram. Never raises: what goes wrong is counted, and the next one is handled as if nothing had been."""
        try:
            self._route(data, address)
            if self._closing:
                self._drain()
        except Exception:
            self._failed("datagram_errors")

    def tick(self) -> None:
        """Timers, every 10 ms."""
        now = self._clock()
        try:
            self.forwarding.tick(now)
        except Exception:
            self._failed("tick_errors")
        self.udp.poll()  # media goes first
        try:
            if now >= self._handshake_timer_at:
                self._handshake_timer_at = now + HANDSHAKE_TIMER_SECONDS
                self._timers(list(self._pending.values()), now)
            if now >= self._consent_timer_at:
                self._consent_timer_at = now + CONSENT_TIMER_SECONDS
                self._timers([one for one in self.sessions.values() if one.state is SessionState.CONNECTED], now)
            if self._closing:
                self._drain()
        except Exception:
            self._failed("tick_errors")

    def _timers(self, sessions: Iterable[Session], now: float) -> None:
        for session in sessions:
            try:
                session.on_timer(now)
            except Exception:  # it would fail again the next time, and whoever comes after it would never get a turn
                self._failed("tick_errors")
                self.closing(session, EndReason.DTLS_CLOSED)

    def count(self, name: str, by: int = 1) -> None:
        self.counters[name] += by

    def closing(self, session: Session, reason: EndReason) -> None:
        """See ``session.Owner``: deferred, so that the forwarding side is never re-entered from its own call."""
        self._closing.setdefault(session.session_id, (session, reason))

    # ------------------------------------------------------------------------------------------------------------------

    def _route(self, data: bytes, address: Address) -> None:
        if not data:
            return
        first = data[0]
        if first < 4:
            self._stun(data, address)
            return
        session = self._by_address.get(address)
        if session is None:
            self.counters["unknown_source"] += 1
        elif 128 <= first <= 191:
            # RFC 5761 section 4: packet types 192..223 are RTCP.
            if len(data) > 1 and 192 <= data[1] <= 223:
                session.on_rtcp(data, self._clock())
            else:
                session.on_rtp(data, self._clock())
        elif 20 <= first <= 63:
            session.on_dtls(data, address, self._clock())
            if session.state is SessionState.CONNECTED:
                self._pending.pop(session.session_id, None)
        else:
            self.counters["unknown_protocol"] += 1

    def _stun(self, data: bytes, address: Address) -> None:
        if stun.is_answer(data):
            known = self._by_address.get(address)
            if known is None or not known.on_stun_answer(data, address, self._clock()):
                self.counters["stun_ignored"] += 1
            return
        request = stun.parse_request(data)
        session = self._by_ufrag.get(request.local_ufrag) if request is not None else None
        if request is None or session is None:
            self.counters["stun_ignored"] += 1
            return
        now = self._clock()
        checked = session.on_stun(request, address, now, accept=self._may_take(session, address, now))
        if checked is None:
            self.counters["stun_ignored"] += 1
            return
        if not checked.validated:
            return
        self._by_address[address] = session
        if checked.evicted is not None and self._by_address.get(checked.evicted) is session:
            del self._by_address[checked.evicted]
        if checked.retired is not None:
            self._by_ufrag.pop(checked.retired.ufrag, None)
        session.on_validated(self._context, address, checked.evicted, now)

    def _may_take(self, session: Session, address: Address, now: float) -> bool:
        holder = self._by_address.get(address)
        if holder is None or holder is session:
            return True
        if now - holder.ice.addresses.get(address, 0.0) <= ADDRESS_QUIET_SECONDS:
            self.counters["address_taken"] += 1
            return False
        return True

    def _admit(self, role: Role, now: float) -> None:
        room = self._max_sessions - (min(HOST_RESERVE, self._max_sessions // 2) if role == "watch" else 0)
        if len(self.sessions) >= room:
            raise EngineFull("This server carries as many sessions as it may; try again in a moment.")
        pending = [one for one in self._pending.values() if one.role == role]
        if len(pending) < MOST_PENDING[role]:
            return
        oldest = next((one for one in pending if one.state is SessionState.NEW), None)
        if oldest is None or now - oldest.created_at < SILENT_SECONDS:
            raise EngineFull("Too many are joining at this moment; try again in a moment.")
        self.count("pending_evicted")
        self._end(oldest, EndReason.DTLS_CLOSED)

    def _drain(self) -> None:
        while self._closing:
            session, reason = self._closing.pop(next(iter(self._closing)))
            self._end(session, reason)

    def _end(self, session: Session, reason: EndReason) -> None:
        if self.sessions.pop(session.session_id, None) is None:
            return
        self._pending.pop(session.session_id, None)
        self._closing.pop(session.session_id, None)
        for credentials in session.ice.credentials():
            self._by_ufrag.pop(credentials.ufrag, None)
        for address in session.ice.addresses:
            if self._by_address.get(address) is session:
                del self._by_address[address]
        try:
            session.end(self._clock())
        except Exception:
            self._failed("end_errors")
        self.count(f"ended_{reason.value}")
        self._ended(session, reason)

    def _transport(self, credentials: Credentials) -> LocalTransport:
        return LocalTransport(credentials, self._context.fingerprint, self._candidates)

    def _failed(self, counter: str) -> None:
        self.counters[counter] += 1
        if sum(self.counters[name] for name in ("datagram_errors", "tick_errors", "end_errors")) <= MOST_TRACEBACKS:
            logger.exception("The media engine went on after an unexpected error (%s)", counter)


def _new_etag() -> str:
    return f'"{secrets.token_hex(8)}"'
