"""A session from its answer to its goodbye, over a real socket, with time given by the test."""

from __future__ import annotations

import pytest

from livestream.engine.session import HANDSHAKE_SECONDS, TRANSITIONS, SessionState
from livestream.media import EndReason
from tests.livestream.engine.light_peer import LightPeer, make_offer, rtp
from tests.livestream.engine.test_hub import World


def test_every_state_may_close_and_closed_is_final() -> None:
    assert all(SessionState.CLOSED in TRANSITIONS[state] for state in SessionState if state is not SessionState.CLOSED)
    assert TRANSITIONS[SessionState.CLOSED] == frozenset()


@pytest.mark.parametrize("setup", ["actpass", "active", "passive"])
async def test_media_flows_both_ways_in_both_dtls_roles(setup: str) -> None:
    async with World() as world:
        peer, session = await world.connect("publish", setup=setup)
        peer.send_rtp(rtp(111, 1, 7, b"to the server"))
        await world.until(lambda: bool(world.sink(session).packets))
        assert world.sink(session).packets == [rtp(111, 1, 7, b"to the server")]
        session.send_rtp(bytearray(rtp(96, 5, 9, b"to the peer")))
        session.send_rtcp(b"\x80\xc9\x00\x01\x00\x00\x00\x09")
        await peer.until(lambda: bool(peer.rtp and peer.rtcp))
        assert peer.rtp == [rtp(96, 5, 9, b"to the peer")]
        assert peer.rtcp == [b"\x80\xc9\x00\x01\x00\x00\x00\x09"]
        assert session.protect_rtp(rtp(96, 6, 9)) != b""
        assert session.address == peer.transport.get_extra_info("sockname")


async def test_the_hot_path_and_the_polite_one_make_the_same_bytes() -> None:
    async with World() as world:
        _, session = await world.connect("publish")
        assert session.protect_rtp(rtp(96, 6, 9)) == session.protect_rtp(rtp(96, 6, 9))
        assert session.protect_rtp(b"no packet") == b""
        assert world.hub.counters["srtp_protect_failed"] == 1


async def test_nothing_is_sent_before_dtls_is_up() -> None:
    async with World() as world:
        peer, session = await world.join("publish")
        await peer.check()
        session.send_rtp(rtp(96, 5, 9))
        session.send_rtcp(b"\x80\xc9\x00\x01\x00\x00\x00\x09")
        await peer.check()  # the answer comes after whatever was sent before it
        assert (peer.rtp, peer.rtcp, session.protect_rtp(rtp(96, 5, 9))) == ([], [], b"")


async def test_a_handshake_has_a_time_limit() -> None:
    async with World() as world:
        peer, session = await world.join("publish")
        await peer.check()
        world.advance(HANDSHAKE_SECONDS + 0.1)
        world.hub.tick()
        assert world.ended == [(session.session_id, EndReason.DTLS_CLOSED)]
        assert world.hub.counters["handshakes_timed_out"] == 1


async def test_consent_expires_without_authentic_stun() -> None:
    async with World() as world:
        peer, session = await world.connect("watch")
        for _ in range(3):
            world.advance(29)
            world.hub.tick()
            await peer.check()
        assert world.ended == []
        world.advance(31)
        peer.send(bytes(peer.binding(password="x" * 24)))  # not authentic: gives no consent
        await world.until(lambda: world.hub.counters["stun_ignored"] == 1)
        world.hub.tick()
        assert world.ended == [(session.session_id, EndReason.CONSENT_EXPIRED)]


async def test_the_peers_goodbye_ends_the_session_once() -> None:
    async with World() as world:
        peer, session = await world.connect("publish")
        sink = world.sink(session)
        for datagram in peer.dtls.close():
            peer.send(datagram)
            peer.send(datagram)
        await world.until(lambda: bool(world.ended))
        assert world.ended == [(session.session_id, EndReason.DTLS_CLOSED)]
        assert sink.is_closed == 1


async def test_our_goodbye_reaches_the_peer() -> None:
    async with World() as world:
        peer, session = await world.connect("watch")
        world.hub.end(session, EndReason.DELETED)
        await peer.until(lambda: peer.dtls.reason == "The peer said goodbye.")
        assert session.protect_rtp(rtp(96, 5, 9)) == b""


async def test_a_wrong_certificate_ends_the_session_without_keys() -> None:
    async with World() as world:
        other = make_offer().split("a=fingerprint:sha-256 ")[1][:95]
        peer = await LightPeer().open()
        world.peers.append(peer)
        description = world.hub.join("show", "publish", world.parse(peer.offer.replace(other, ":".join(["00"] * 32))))
        peer.take(description.answer)
        await peer.check()
        for datagram in peer.dtls.start():
            peer.send(datagram)
        await world.until(lambda: bool(world.ended))
        assert world.ended == [(description.session_id, EndReason.DTLS_CLOSED)]
        assert world.hub.counters["handshakes_failed"] == 1


async def test_dtls_is_answered_where_it_came_from_and_media_goes_to_the_nominated_address() -> None:
    async with World() as world:
        first, session = await world.join("publish")
        second = await world.another(first)
        await first.check()  # nominates the first address
        request = second.binding(use_candidate=False)
        second.send(bytes(request))
        await second.response(request)
        for datagram in second.dtls.start():
            second.send(datagram)
        await second.until(lambda: second.dtls.sender is not None)
        await world.until(lambda: session.state is SessionState.CONNECTED)
        assert session.address == first.transport.get_extra_info("sockname")
        await second.check()  # nominated now
        assert session.address == second.transport.get_extra_info("sockname")
