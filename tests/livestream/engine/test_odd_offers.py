"""Offers that are well-formed and unlike any browser's: what tools, old stacks and people with an editor send."""

from __future__ import annotations

import re

import pytest

from livestream.engine.plan import Codec
from livestream.errors import InvalidOffer, UnacceptableOffer
from tests.livestream.engine.light_peer import AUDIO, VIDEO, make_offer
from tests.livestream.engine.test_negotiation import agree, answer, sections, video_publication

DATA = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\na=mid:2\na=sctp-port:5000\n"
H264_ONLY = """m=video 9 UDP/TLS/RTP/SAVPF 102
a=mid:1
{transport}a=rtpmap:102 H264/90000
a=fmtp:102 packetization-mode=1;profile-level-id=42e01f
"""
H264 = Codec("H264", 102, 90000, fmtp="packetization-mode=1;profile-level-id=42e01f")


def test_the_picture_may_come_before_the_sound() -> None:
    for role, direction in (("publish", "sendonly"), ("watch", "recvonly")):
        offer = make_offer(direction, media=VIDEO + AUDIO).replace("BUNDLE 0 1", "BUNDLE 1 0")
        answered = answer(offer, role, video_publication(Codec("VP8", 96, 90000)) if role == "watch" else None)  # type: ignore[arg-type]
        assert [section.split()[0] for section in sections(answered)] == ["m=video", "m=audio"]
        assert "a=group:BUNDLE 1 0\r\n" in answered
        # The first taken section carries the transport of all (RFC 9143 section 7.3.2).
        assert sections(answered)[0].count("a=candidate:") > 0


def test_without_retransmission_there_is_none_in_the_plan() -> None:
    plan = agree(make_offer(media=AUDIO + H264_ONLY)).plan
    assert plan.video is not None
    assert [(codec.name, codec.rtx_payload_type, codec.nack) for codec in plan.video.codecs] == [("H264", None, False)]
    watching = agree(make_offer("recvonly", media=AUDIO + H264_ONLY), "watch", video_publication(H264)).plan
    assert watching.video is not None
    assert watching.video.rtx_ssrc is None


def test_a_host_without_sound_and_one_without_a_picture() -> None:
    silent = agree(make_offer(media=VIDEO).replace("BUNDLE 0 1", "BUNDLE 1")).plan
    assert silent.audio is None
    assert silent.video is not None
    blind = agree(make_offer(media=AUDIO).replace("BUNDLE 0 1", "BUNDLE 0")).plan
    assert blind.video is None


def test_a_second_camera_and_a_data_channel_are_rejected_and_stay_in_their_places() -> None:
    second = VIDEO.replace("a=mid:1", "a=mid:3")
    offer = make_offer(media=AUDIO + DATA + VIDEO + second).replace("BUNDLE 0 1", "BUNDLE 0 2 1 3")
    answered = answer(offer)
    assert [section.split()[:2] for section in sections(answered)] == [
        ["m=audio", "9"],
        ["m=application", "0"],
        ["m=video", "9"],
        ["m=video", "0"],
    ]
    assert "a=group:BUNDLE 0 1\r\n" in answered


@pytest.mark.parametrize("count", [32, 33, 100])
def test_many_sections_are_bounded(count: int) -> None:
    media = AUDIO + "".join(VIDEO.replace("a=mid:1", f"a=mid:{number}") for number in range(1, count))
    offer = make_offer(media=media).replace("BUNDLE 0 1", "BUNDLE " + " ".join(map(str, range(count))))
    if count <= 32:
        assert len(sections(answer(offer))) == count
    else:
        with pytest.raises(InvalidOffer, match="more than"):
            answer(offer)


def test_one_of_two_ways_is_refused_where_it_does_not_fit() -> None:
    """A viewer who also wants to talk: its sending section is rejected, the others are served."""
    offer = make_offer("recvonly", media=AUDIO + VIDEO)
    offer = offer.replace("a=recvonly", "a=sendonly", 1)
    answered = answer(offer, "watch", video_publication(Codec("VP8", 96, 90000)))
    assert [section.split()[:2] for section in sections(answered)] == [["m=audio", "0"], ["m=video", "9"]]


def test_two_ice_lite_sides_would_wait_for_each_other_for_ever() -> None:
    with pytest.raises(UnacceptableOffer, match="ICE-lite"):
        agree(make_offer().replace("t=0 0\r\n", "t=0 0\r\na=ice-lite\r\n"))


def test_candidates_that_only_the_offerers_network_knows_change_nothing() -> None:
    odd = (
        "a=candidate:1 1 udp 2113937151 0b1c4a52-7e6d-4b0f-9a51-6f1f0a2f0e3c.local 54321 typ host",
        "a=candidate:2 1 UDP 1 ::1 9 typ host tcptype active generation 0 network-cost 999",
        "a=candidate:",
        "a=end-of-candidates",
    )
    offer = re.sub(r"(a=mid:0\r\n)", lambda found: found[0] + "".join(f"{line}\r\n" for line in odd), make_offer())
    assert answer(offer) == answer(make_offer())


def test_sections_without_the_mid_extension_are_told_apart_by_payload_types() -> None:
    """BUNDLE without the MID extension: sections are told apart by payload types and announced sources."""
    plan = agree(make_offer(media=AUDIO + VIDEO.replace("a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\n", ""))).plan
    assert plan.audio is not None
    assert plan.video is not None
    assert plan.video.extensions == {}
    assert not {codec.payload_type for codec in plan.audio.codecs} & {codec.payload_type for codec in plan.video.codecs}
