from __future__ import annotations

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livestream.engine.errors import NotAuthentic
from livestream.engine.srtp import MOST_SOURCES, PROFILES, Profile, SrtpReceiver, SrtpSender
from tests.livestream.engine.light_peer import rtp

REPORT = b"\x80\xc9\x00\x01"  # an empty receiver report, followed by its SSRC


def pair(profile: Profile) -> tuple[SrtpSender, SrtpReceiver]:
    key = os.urandom(profile.key_length + profile.salt_length)
    return SrtpSender(profile, key), SrtpReceiver(profile, key)


@pytest.fixture(params=PROFILES, ids=lambda profile: profile.openssl_name.decode())
def ends(request: pytest.FixtureRequest) -> tuple[SrtpSender, SrtpReceiver]:
    return pair(request.param)


def protected(packet: bytes | None) -> bytes:
    assert packet is not None
    return packet


def test_what_is_protected_comes_back(ends: tuple[SrtpSender, SrtpReceiver]) -> None:
    sender, receiver = ends
    assert receiver.rtp(protected(sender.rtp(rtp(96, 1, 7)))) == rtp(96, 1, 7)
    report = REPORT + (7).to_bytes(4, "big")
    assert receiver.rtcp(protected(sender.rtcp(report))) == report


def test_changed_and_replayed_packets_are_refused(ends: tuple[SrtpSender, SrtpReceiver]) -> None:
    sender, receiver = ends
    packet = protected(sender.rtp(rtp(96, 1, 7)))
    with pytest.raises(NotAuthentic):
        receiver.rtp(packet[:-1] + bytes([packet[-1] ^ 1]))
    receiver.rtp(packet)
    with pytest.raises(NotAuthentic):
        receiver.rtp(packet)


def test_the_same_packet_again_gives_the_same_bytes(ends: tuple[SrtpSender, SrtpReceiver]) -> None:
    sender, _ = ends
    first = sender.rtp(rtp(96, 1, 7))
    for sequence in range(2, 2000):
        sender.rtp(rtp(96, sequence, 7))
    assert sender.rtp(rtp(96, 1, 7)) == first  # two seconds later


def test_sources_count_only_once_authentic(ends: tuple[SrtpSender, SrtpReceiver]) -> None:
    sender, receiver = ends
    for ssrc in range(1000, 1000 + 10 * MOST_SOURCES):  # forged: they must not use up the room
        with pytest.raises(NotAuthentic):
            receiver.rtp(rtp(96, 1, ssrc, bytes(40)))
        with pytest.raises(NotAuthentic):
            receiver.rtcp(REPORT + ssrc.to_bytes(4, "big") + bytes(40))
    for ssrc in range(MOST_SOURCES):
        receiver.rtp(protected(sender.rtp(rtp(96, 1, ssrc))))
    receiver.rtcp(protected(sender.rtcp(REPORT + (5).to_bytes(4, "big"))))  # a source that is known already
    with pytest.raises(NotAuthentic, match="sources"):
        receiver.rtp(protected(sender.rtp(rtp(96, 1, MOST_SOURCES))))
    with pytest.raises(NotAuthentic, match="sources"):
        receiver.rtcp(protected(sender.rtcp(REPORT + (9999).to_bytes(4, "big"))))
    receiver.rtp(protected(sender.rtp(rtp(96, 2, 3))))


@pytest.mark.parametrize("payload", [1344, 1345, 1400, 1460, 2030])
def test_packets_that_fill_a_frame_of_ethernet_pass(ends: tuple[SrtpSender, SrtpReceiver], payload: int) -> None:
    sender, receiver = ends
    packet = rtp(96, 1, 7, os.urandom(payload))
    assert receiver.rtp(protected(sender.rtp(packet))) == packet


def test_what_libsrtp_refuses_is_none(ends: tuple[SrtpSender, SrtpReceiver]) -> None:
    sender, _ = ends
    assert sender.rtp(b"short") is None
    assert sender.rtp(rtp(96, 1, 7, bytes(2300))) is None
    assert sender.rtcp(b"") is None


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=1600))
def test_any_bytes_are_refused_without_another_exception(data: bytes) -> None:
    _, receiver = PAIR
    for unprotect in (receiver.rtp, receiver.rtcp):
        with pytest.raises(NotAuthentic):
            unprotect(data)


PAIR = pair(PROFILES[0])
