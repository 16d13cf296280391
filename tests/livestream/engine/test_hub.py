"""Who a datagram belongs to, who may join, and what strangers can do: nothing."""

from __future__ import annotations

import asyncio
import os
import re
import socket
from collections.abc import Callable
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livestream.engine import hub as hub_module
from livestream.engine.hub import ADDRESS_QUIET_SECONDS, SILENT_SECONDS, Hub
from livestream.engine.plan import Role
from livestream.engine.ports import ForwardingEvents
from livestream.engine.sdp_offer import Offer, parse_offer
from livestream.engine.session import Session, SessionState
from livestream.engine.udp import UdpPort
from livestream.errors import (
    EngineFull,
    InvalidFragment,
    NothingLive,
    RestartRefused,
    SessionNotFound,
    StaleEtag,
    UnacceptableOffer,
)
from livestream.media import EndReason
from tests.livestream.engine.light_peer import LightPeer, make_offer, rtp
from tests.livestream.engine.mirror import Mirror, MirrorSink


class World:
    """A hub on the test's own loop with a clock that only the test moves."""

    def __init__(self, max_sessions: int = 100) -> None:
        self.now = 1000.0
        self.ended: list[tuple[str, EndReason]] = []
        self.peers: list[LightPeer] = []
        self.udp = UdpPort("127.0.0.1", 0)
        self.mirror = Mirror(ForwardingEvents(lambda *_: None, lambda *_: None, lambda *_: None))
        self.hub = Hub(self.udp, self.mirror, ("127.0.0.1",), max_sessions, lambda: self.now, self._note)

    def _note(self, session: Session, reason: EndReason) -> None:
        self.ended.append((session.session_id, reason))

    async def __aenter__(self) -> World:
        self.udp.open(self.hub.receive)
        return self

    async def __aexit__(self, *_: object) -> None:
        for peer in self.peers:
            peer.close()
        self.udp.close()
        assert (
            not self.hub.counters["datagram_errors"]
            + self.hub.counters["tick_errors"]
            + self.hub.counters["end_errors"]
        )

    def parse(self, offer: str) -> Offer:
        return parse_offer(offer)

    def advance(self, seconds: float) -> None:
        self.now += seconds

    def sink(self, session: Session) -> MirrorSink:
        return cast(MirrorSink, session.sink)

    async def until(self, condition: Callable[[], bool], seconds: float = 10) -> None:
        async with asyncio.timeout(seconds):
            while not condition():  # noqa: ASYNC110  the hub announces nothing
                await asyncio.sleep(0.002)

    def enter(self, role: Role = "publish", show_id: str = "show", setup: str = "actpass") -> Session:
        """Join without a peer."""
        if role == "watch" and self.mirror.can_watch(show_id) is None:
            self.enter("publish", show_id)
        offer = make_offer("sendonly" if role == "publish" else "recvonly", setup)
        return self.hub.find(self.hub.join(show_id, role, parse_offer(offer)).session_id)

    async def join(
        self, role: Role = "publish", show_id: str = "show", setup: str = "actpass"
    ) -> tuple[LightPeer, Session]:
        if role == "watch" and self.mirror.can_watch(show_id) is None:
            self.enter("publish", show_id)
        peer = await LightPeer("sendonly" if role == "publish" else "recvonly", setup).open()
        self.peers.append(peer)
        description = self.hub.join(show_id, role, parse_offer(peer.offer))
        peer.answer = description.answer  # type: ignore[attr-defined]
        peer.take(description.answer)
        return peer, self.hub.find(description.session_id)

    async def another(self, peer: LightPeer) -> LightPeer:
        """The same peer on another address."""
        other = await LightPeer().open()
        self.peers.append(other)
        other.take(cast(Any, peer).answer)
        return other

    async def connect(self, role: Role = "publish", setup: str = "actpass") -> tuple[LightPeer, Session]:
        peer, session = await self.join(role, setup=setup)
        await peer.connect(cast(Any, peer).answer)
        await self.until(lambda: session.state is SessionState.CONNECTED)
        # Only the session of this test is looked at: one that `enter` made for a viewer's sake goes.
        for other in [
            one for one in self.hub.sessions.values() if one is not session and one.state is SessionState.NEW
        ]:
            self.hub.end(other, EndReason.DELETED)
        self.ended.clear()
        return peer, session


# Demultiplexing -------------------------------------------------------------------------------------------------------


async def test_only_an_authentic_request_makes_an_address_known() -> None:
    async with World() as world:
        peer, session = await world.join()
        forged = peer.binding(password="x" * 24)
        peer.send(bytes(forged))
        peer.send(bytes(peer.binding(ufrag="nobody")))
        await world.until(lambda: world.hub.counters["stun_ignored"] == 2)
        assert session.ice.last_seen is None
        for datagram in peer.dtls.start():
            peer.send(datagram)  # DTLS from an address that nobody vouches for
        await world.until(lambda: world.hub.counters["unknown_source"] == 1)
        await peer.check()
        await world.until(lambda: session.state is SessionState.CHECKED)
        assert peer.stun[0].transaction_id != forged.transaction_id, "the forged ones got silence"
        assert len(peer.stun) == 1


async def test_a_role_conflict_is_answered_487_and_does_not_validate() -> None:
    async with World() as world:
        peer, session = await world.join()
        request = peer.binding(controlled=True)
        peer.send(bytes(request))
        assert (await peer.response(request)).error_code == 487
        assert session.state is SessionState.NEW


async def test_two_sessions_share_the_port_without_mixing() -> None:
    async with World() as world:
        (one, first), (two, second) = await world.connect(), await world.connect()
        one.send_rtp(rtp(111, 1, 7, b"one"))
        two.send_rtp(rtp(111, 1, 7, b"two"))
        # The mirror replaces the first host by the second; both sinks keep what they got.
        sinks = [world.mirror.sinks[0], world.mirror.sinks[-1]]
        await world.until(lambda: world.udp.datagrams_in > 0 and any(sink.packets for sink in sinks))
        assert first.ice.addresses.keys().isdisjoint(second.ice.addresses.keys())
        for sink in sinks:
            assert len({packet[12:] for packet in sink.packets}) <= 1


async def test_an_address_in_use_cannot_be_taken_over_by_another_session() -> None:
    async with World() as world:
        victim, session = await world.connect("watch")
        address = victim.transport.get_extra_info("sockname")
        attacker, other = await world.join("watch")
        victim.send(bytes(attacker.binding()))  # the attacker's request with the victim's source address
        await world.until(lambda: world.hub.counters["address_taken"] == 1)
        assert world.hub._by_address[address] is session
        assert other.state is SessionState.NEW
        world.advance(ADDRESS_QUIET_SECONDS + 1)
        victim.send(bytes(attacker.binding()))
        await world.until(lambda: world.hub._by_address[address] is other)


async def test_tables_are_empty_when_everybody_has_left() -> None:
    async with World() as world:
        _, session = await world.connect()
        world.enter("watch")
        world.hub.patch(session.session_id, "*", f"a=ice-ufrag:again\r\na=ice-pwd:{'n' * 22}\r\n")
        world.hub.end_all(EndReason.ENGINE_STOPPED)
        hub = world.hub
        assert (hub.sessions, hub._by_address, hub._by_ufrag, hub._pending, hub._closing) == ({}, {}, {}, {}, {})
        assert world.mirror.sinks == []


# Strangers ------------------------------------------------------------------------------------------------------------


async def test_hostile_datagrams_from_a_known_address_harm_nobody() -> None:
    async with World() as world:
        peer, session = await world.connect()
        for first in range(256):
            peer.send(bytes([first]) + os.urandom(40))
            peer.send(bytes([first]))
        peer.send_rtp(rtp(111, 1, 7, b"still here"))
        await world.until(lambda: bool(world.sink(session).packets))
        assert world.ended == []
        assert world.hub.counters["srtp_rejected"] + world.hub.counters["srtcp_rejected"] > 0


@settings(max_examples=200, deadline=None)
@given(st.lists(st.binary(max_size=200), max_size=10))
def test_any_datagram_from_anywhere_is_taken_and_leaves_nothing(datagrams: list[bytes]) -> None:
    hub = FUZZED.hub
    for datagram in datagrams:
        hub.receive(datagram, ("192.0.2.1", 1))
        hub.receive(b"\x00\x01" + len(datagram).to_bytes(2, "big") + b"\x21\x12\xa4\x42" + datagram, ("192.0.2.1", 1))
    assert not hub._by_address
    assert hub.counters["datagram_errors"] == 0


@pytest.fixture(scope="module", autouse=True)
def fuzzed() -> Any:
    global FUZZED
    FUZZED = World()
    yield
    FUZZED.udp.close()


FUZZED: World


async def test_an_unexpected_error_is_counted_and_the_next_datagram_handled(caplog: pytest.LogCaptureFixture) -> None:
    async with World() as world:
        peer, session = await world.connect()
        sink = world.sink(session)
        original, sink.rtp = sink.rtp, None  # type: ignore[assignment, method-assign]
        peer.send_rtp(rtp(111, 1, 7))
        await world.until(lambda: world.hub.counters["datagram_errors"] == 1)
        sink.rtp = original  # type: ignore[method-assign]
        peer.send_rtp(rtp(111, 2, 7))
        await world.until(lambda: bool(sink.packets))
        assert "went on after an unexpected error" in caplog.text
        world.hub.counters["datagram_errors"] = 0  # it was meant


# Joining --------------------------------------------------------------------------------------------------------------


async def test_nothing_live_is_said_to_viewers() -> None:
    async with World() as world:
        with pytest.raises(NothingLive):
            world.hub.join("show", "watch", parse_offer(make_offer("recvonly")))


async def test_the_number_of_sessions_is_bounded_and_hosts_have_a_reserve() -> None:
    async with World(max_sessions=20) as world:
        world.enter()
        for _ in range(9):
            world.enter("watch")
        with pytest.raises(EngineFull):
            world.enter("watch")
        for _ in range(10):
            world.enter("publish")
        with pytest.raises(EngineFull):
            world.enter("publish")


async def test_unproven_viewers_do_not_keep_hosts_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "MOST_PENDING", {"publish": 2, "watch": 5})
    async with World() as world:
        world.enter()
        silent = [world.enter("watch") for _ in range(5)]
        with pytest.raises(EngineFull):
            world.enter("watch")
        world.enter("publish")
        world.advance(SILENT_SECONDS)
        world.enter("watch")  # puts the oldest silent one out
        assert world.ended == [(silent[0].session_id, EndReason.DTLS_CLOSED)]
        assert world.hub.counters["pending_evicted"] == 1


async def test_connected_sessions_are_not_pending_in_either_role(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "MOST_PENDING", {"publish": 1, "watch": 1})
    async with World() as world:
        await world.connect("publish", setup="passive")
        await world.connect("publish", setup="actpass")
        assert world.hub._pending == {}


async def test_end_show_ends_its_sessions_only() -> None:
    async with World() as world:
        here, there = world.enter(show_id="here"), world.enter(show_id="there")
        world.hub.end_show("here")
        assert world.ended == [(here.session_id, EndReason.SHOW_ENDED)]
        assert list(world.hub.sessions) == [there.session_id]
        world.hub.end_show("unknown")


async def test_select_layer_wants_a_viewer_and_a_known_layer() -> None:
    async with World() as world:
        host, viewer = world.enter(), world.enter("watch")
        world.hub.select_layer(viewer.session_id, "h")
        world.hub.select_layer(viewer.session_id, None)
        with pytest.raises(UnacceptableOffer):
            world.hub.select_layer(viewer.session_id, "x")
        with pytest.raises(SessionNotFound):
            world.hub.select_layer(host.session_id, "h")


# PATCH ----------------------------------------------------------------------------------------------------------------

TRICKLE = "a=ice-ufrag:peer\r\na=ice-pwd:pppppppppppppppppppppp\r\na=candidate:1 1 udp 2122260223 192.0.2.1 61764 typ host\r\n"


def restart_fragment(name: str) -> str:
    return f"a=ice-ufrag:{name}\r\na=ice-pwd:{name * 6}\r\n"


async def test_trickled_candidates_are_accepted_and_ignored() -> None:
    async with World() as world:
        session = world.enter()
        answer = world.hub.patch(session.session_id, session.etag, TRICKLE)
        assert (answer.etag, answer.sdpfrag) == (session.etag, None)
        assert world.hub.counters["trickled_candidates"] == 1


async def test_if_match_decides() -> None:
    async with World() as world:
        session = world.enter()
        etag = session.etag
        assert re.fullmatch(r'"[0-9a-f]+"', etag)
        with pytest.raises(StaleEtag):
            world.hub.patch(session.session_id, '"another"', TRICKLE)
        with pytest.raises(StaleEtag):
            world.hub.patch(session.session_id, f"W/{etag}", TRICKLE)  # weak tags never match strongly (RFC 9110)
        world.hub.patch(session.session_id, f'"another", {etag}', TRICKLE)
        world.hub.patch(session.session_id, "*", TRICKLE)
        restarted = world.hub.patch(session.session_id, "*", restart_fragment("again"))
        assert restarted.etag != etag
        with pytest.raises(StaleEtag):
            world.hub.patch(session.session_id, etag, restart_fragment("third"))


async def test_a_restart_moves_the_session_to_new_credentials_once_they_are_used() -> None:
    async with World() as world:
        peer, session = await world.connect()
        old = (peer.ufrag, peer.password)
        first = world.hub.patch(session.session_id, "*", restart_fragment("again"))
        second = world.hub.patch(session.session_id, "*", restart_fragment("third"))
        await peer.check()  # the credentials in use survive two restarts
        assert first.sdpfrag is not None
        assert second.sdpfrag is not None
        unused = LightPeer()
        unused.take(first.sdpfrag)
        assert unused.ufrag not in world.hub._by_ufrag
        peer.take(second.sdpfrag)
        await peer.check()
        assert old[0] not in world.hub._by_ufrag
        peer.send_rtp(rtp(111, 1, 7))
        await world.until(lambda: bool(world.sink(session).packets))
        peer.ufrag, peer.password = old
        peer.send(bytes(peer.binding()))
        await world.until(lambda: world.hub.counters["stun_ignored"] == 1)


async def test_a_failed_restart_keeps_the_session() -> None:
    async with World() as world:
        peer, session = await world.connect()
        etag = session.etag
        with pytest.raises(RestartRefused):
            world.hub.patch(session.session_id, "*", "a=ice-ufrag:again\r\na=ice-pwd:pppppppppppppppppppppp\r\n")
        with pytest.raises(RestartRefused):
            world.hub.patch(session.session_id, "*", "a=ice-ufrag:again\r\n")
        with pytest.raises(InvalidFragment):
            world.hub.patch(session.session_id, "*", "nonsense")
        with pytest.raises(SessionNotFound):
            world.hub.patch("unknown", "*", TRICKLE)
        assert session.etag == etag
        await peer.check()


async def test_a_full_socket_drops_and_counts() -> None:
    udp = UdpPort("127.0.0.1", 0)
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.bind(("127.0.0.1", 0))

    class Full:
        def sendto(self, *_: object) -> int:
            raise BlockingIOError

    real, udp.sock = udp.sock, cast(socket.socket, Full())
    udp.send(b"x", receiver.getsockname())
    assert udp.send_dropped == 1
    udp.sock = real
    udp.send(b"y", receiver.getsockname())
    assert udp.send_dropped == 1
    assert receiver.recv(10) == b"y"
    receiver.close()
    udp.close()
    udp.close()


async def test_a_session_whose_timer_fails_is_ended_and_the_others_get_their_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with World() as world:
        broken, late = world.enter("publish", "one"), world.enter("publish", "two")

        def fail(now: float) -> None:
            raise RuntimeError("a fault of ours")

        monkeypatch.setattr(broken, "on_timer", fail)
        world.advance(60)
        world.hub.tick()
        assert {session_id for session_id, _ in world.ended} == {broken.session_id, late.session_id}
        assert world.hub.counters.pop("tick_errors") == 1
