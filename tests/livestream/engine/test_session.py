"""A session from its answer to its goodbye, over a real socket, with time given by the test."""

from __future__ import annotations

import pytest
from aioice import stun

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


# Where a viewer's media may go ------------------------------------------------------------------------------------------


async def test_a_show_is_not_sent_to_an_address_that_never_asked() -> None:
    """A viewer forges its source address and nominates it: whoever lives there answers no question of ours."""
    async with World() as world:
        viewer, session = await world.connect("watch")
        own = viewer.transport.get_extra_info("sockname")
        victim = await world.another(viewer)
        victim.answers_probes = False
        victim.send(bytes(victim.binding()))
        await victim.until(lambda: len(victim.probes) == 1)
        assert session.ice.nominated == victim.transport.get_extra_info("sockname")
        assert session.address == own
        victim.answer_probe(victim.probes[0], password="x" * 22)  # not authentic
        viewer.send(bytes(response_of(victim)))  # authentic, but from elsewhere
        await world.until(lambda: world.hub.counters["stun_ignored"] == 2)
        assert session.address == own
        victim.answer_probe(victim.probes[0])  # somebody is there and wants it after all
        await world.until(lambda: session.address == victim.transport.get_extra_info("sockname"))


async def test_a_viewer_whose_handshake_wandered_is_connected_once_an_address_is_proven() -> None:
    async with World() as world:
        first, session = await world.join("watch")
        second = await world.another(first)
        first.answers_probes = second.answers_probes = False
        await first.check()
        await second.check()
        second.dtls = first.dtls
        first._send = second._send  # type: ignore[method-assign]  # our flight goes to the first, its answer comes from the second
        for datagram in first.dtls.start():
            first.send(datagram)
        await world.until(lambda: session.state is SessionState.CONNECTED)
        assert session.address is None
        assert not world.sink(session).is_connected
        world.hub.tick()
        assert world.ended == []
        second.answer_probe(second.probes[-1])
        await world.until(lambda: world.sink(session).is_connected)
        assert session.address == second.transport.get_extra_info("sockname")


async def test_a_viewer_without_a_proven_address_is_ended_like_one_without_a_handshake() -> None:
    async with World() as world:
        first, session = await world.join("watch")
        second = await world.another(first)
        first.answers_probes = second.answers_probes = False
        await first.check()
        await second.check()
        second.dtls = first.dtls
        first._send = second._send  # type: ignore[method-assign]
        for datagram in first.dtls.start():
            first.send(datagram)
        await world.until(lambda: session.state is SessionState.CONNECTED)
        world.advance(HANDSHAKE_SECONDS + 0.1)
        world.hub.tick()
        assert (session.session_id, EndReason.DTLS_CLOSED) in world.ended
        assert world.hub.counters["addresses_unproven"] == 1


async def test_the_way_to_a_host_and_back_is_measured() -> None:
    async with World() as world:
        host, session = await world.connect("publish")
        assert session.round_trip_ms == 0
        host.answers_probes = False
        asked = len(host.probes)
        for expected in (20.0, 35.0):  # smoothed by a quarter
            world.advance(2.5)
            host.send(bytes(host.binding()))
            asked += 1
            await host.until(lambda count=asked: len(host.probes) == count)  # type: ignore[misc]
            world.advance(0.08)
            known = session.round_trip_ms
            host.answer_probe(host.probes[-1])
            await world.until(lambda value=known: session.round_trip_ms != value)  # type: ignore[misc]
            assert session.round_trip_ms == pytest.approx(expected)


async def test_a_restart_asks_with_the_credentials_that_are_in_use() -> None:
    async with World() as world:
        viewer, session = await world.connect("watch")
        other = await world.another(viewer)
        other.answers_probes = False
        world.hub.patch(session.session_id, "*", f"a=ice-ufrag:again\r\na=ice-pwd:{'n' * 22}\r\n")
        other.send(bytes(other.binding(use_candidate=False)))  # the credentials from before: not restarted yet
        await other.until(lambda: len(other.probes) == 1)
        assert other.probes[0].check_message_integrity(b"p" * 22)
        renewed = session.ice.restarted
        assert renewed is not None
        other.send(bytes(other.binding(ufrag=renewed.ufrag, password=renewed.password)))
        await other.until(lambda: len(other.probes) == 2)
        assert other.probes[1].check_message_integrity(b"n" * 22)
        assert other.probes[1].attributes["USERNAME"] == f"again:{renewed.ufrag}"


def response_of(peer: LightPeer) -> stun.Message:
    response = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, peer.probes[0].transaction_id)
    response.add_message_integrity(b"p" * 22)
    return response
