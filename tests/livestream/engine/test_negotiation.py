"""The lines of the WHIP and WHEP checklist that concern offers and answers, one test each."""

from __future__ import annotations

import itertools
import re

import pytest

from livestream.engine.candidates import candidate_lines, local_addresses
from livestream.engine.dtls import Fingerprint
from livestream.engine.ice import Credentials
from livestream.engine.negotiation import Negotiated, negotiate
from livestream.engine.plan import Codec, Encoding, MediaPlan, Role, SessionPlan
from livestream.engine.sdp_answer import LocalTransport, write_answer, write_fragment
from livestream.engine.sdp_codecs import agreed_codecs
from livestream.engine.sdp_offer import parse_offer
from livestream.errors import InvalidOffer, UnacceptableOffer
from tests.livestream.engine.light_peer import make_offer

FINGERPRINT = Fingerprint("sha-256", ":".join(["AB"] * 32))
LOCAL = LocalTransport(Credentials("ours", "o" * 24), FINGERPRINT, candidate_lines(("192.0.2.1", "127.0.0.1"), 5000))


def agree(offer: str, role: Role = "publish", publication: SessionPlan | None = None) -> Negotiated:
    numbers = itertools.count(1001)
    return negotiate(parse_offer(offer), role, lambda: next(numbers), publication)


def answer(offer: str, role: Role = "publish", publication: SessionPlan | None = None) -> str:
    return write_answer(agree(offer, role, publication), LOCAL, 42, "stream")


def sections(sdp: str) -> list[str]:
    return re.split(r"(?=^m=)", sdp, flags=re.MULTILINE)[1:]


def video_publication(*codecs: Codec) -> SessionPlan:
    return SessionPlan("publish", None, MediaPlan("video", "1", codecs))


VP8 = Codec("VP8", 96, 90000)
H264_MAIN = Codec("H264", 100, 90000, fmtp="packetization-mode=1;profile-level-id=4d001f")


def offer_with(*lines: str, direction: str = "sendonly") -> str:
    """One video section with VP8 and further lines."""
    media = "m=video 9 UDP/TLS/RTP/SAVPF 96 97\na=mid:1\n{transport}a=rtpmap:96 VP8/90000\na=rtcp-fb:96 nack\n"
    media += "a=rtpmap:97 rtx/90000\na=fmtp:97 apt=96\n" + "".join(f"{line}\n" for line in lines)
    return make_offer(direction, media=media)


# Both -----------------------------------------------------------------------------------------------------------------


def test_every_line_ends_with_crlf_and_the_answer_begins_as_sdp_must() -> None:
    sdp = answer(make_offer())
    assert sdp.endswith("\r\n")
    assert "\n" not in sdp.replace("\r\n", "")
    assert sdp.startswith("v=0\r\no=- 42 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n")


def test_a_host_is_answered_recvonly_and_a_viewer_sendonly() -> None:
    for section in sections(answer(make_offer("sendonly"))):
        assert "a=recvonly\r\n" in section
    for section in sections(answer(make_offer("recvonly"), "watch")):
        assert "a=sendonly\r\n" in section


def test_sendrecv_is_answered_in_the_endpoints_direction() -> None:
    assert "a=recvonly" in answer(make_offer("sendrecv"))
    assert "a=sendonly" in answer(make_offer("sendrecv"), "watch")


def test_everything_is_bundled_and_multiplexed() -> None:
    sdp = answer(make_offer())
    assert "a=group:BUNDLE 0 1\r\n" in sdp
    for section in sections(sdp):
        assert "a=rtcp-mux\r\n" in section
        assert "a=rtcp-mux-only\r\n" in section


def test_the_server_is_ice_lite_with_all_candidates_in_the_answer() -> None:
    sdp = answer(make_offer())
    assert "a=ice-lite\r\n" in sdp
    first, second = sections(sdp)
    assert first.count("a=candidate:") == 2
    assert "a=end-of-candidates\r\n" in first
    assert "a=candidate" not in second  # bundled: it shares the first one's
    for section in (first, second):
        assert "a=ice-ufrag:ours\r\n" in section
        assert f"a=fingerprint:sha-256 {FINGERPRINT.value}\r\n" in section


@pytest.mark.parametrize(
    ("offered", "answered"), [("actpass", "passive"), ("active", "passive"), ("passive", "active")]
)
def test_the_dtls_role_is_passive_unless_the_offer_says_passive(offered: str, answered: str) -> None:
    negotiated = agree(make_offer(setup=offered))
    assert negotiated.dtls_client is (answered == "active")
    assert f"a=setup:{answered}\r\n" in answer(make_offer(setup=offered))


def test_extmap_allow_mixed_is_answered_when_offered() -> None:
    mixed = make_offer().replace("a=group", "a=extmap-allow-mixed\r\na=group", 1)
    assert "a=extmap-allow-mixed\r\n" in answer(mixed)
    assert "a=extmap-allow-mixed" not in answer(make_offer())


def test_sections_that_cannot_be_carried_are_rejected_with_port_zero() -> None:
    offer = make_offer().replace("BUNDLE 0 1", "BUNDLE 0 1 2 3")
    offer += "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:2\r\n"
    offer += "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:3\r\na=sendonly\r\na=rtcp-mux\r\na=rtpmap:96 VP8/90000\r\n"
    sdp = answer(offer)
    assert "a=group:BUNDLE 0 1\r\n" in sdp
    parts = sections(sdp)
    assert parts[2].startswith("m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n")
    assert parts[3].startswith("m=video 0 UDP/TLS/RTP/SAVPF 96\r\n")


def test_a_bundle_only_section_has_port_zero_and_is_no_rejected_one() -> None:
    """RFC 9143 section 6; Firefox with bundlePolicy max-bundle."""
    _, video = sections(make_offer())
    offer = make_offer().replace(video, video.replace("m=video 9", "m=video 0") + "a=bundle-only\r\n")
    agreed = agree(offer)
    assert agreed.plan.audio is not None
    assert agreed.plan.video is not None
    assert "m=video 9" in answer(offer)
    without = agree(make_offer().replace("m=video 9", "m=video 0"))
    assert without.plan.video is None


def test_a_rejected_first_section_leaves_the_transport_to_the_second() -> None:
    offer = make_offer().replace("opus/48000/2", "G722/8000")
    first, second = sections(answer(offer))
    assert first.startswith("m=audio 0 ")
    assert "a=candidate:" in second
    assert "a=group:BUNDLE 1\r\n" in answer(offer)


# Codecs, feedback, extensions -----------------------------------------------------------------------------------------


def test_codecs_keep_the_offers_order_and_payload_types() -> None:
    plan = agree(make_offer()).plan
    assert plan.video is not None
    assert plan.audio is not None
    assert [(codec.name, codec.payload_type, codec.rtx_payload_type) for codec in plan.video.codecs] == [
        ("VP8", 96, 97),
        ("H264", 102, 103),
    ]
    assert plan.audio.codecs[0] == Codec("opus", 111, 48000, 2, fmtp="minptime=10;useinbandfec=1")


def test_packetization_mode_one_wins_within_a_profile() -> None:
    lines = (
        "a=rtpmap:98 H264/90000",
        "a=fmtp:98 packetization-mode=0;profile-level-id=42e01f",
        "a=rtpmap:99 H264/90000",
        "a=fmtp:99 packetization-mode=1;profile-level-id=42e034",
        "a=rtpmap:100 H264/90000",
        "a=fmtp:100 packetization-mode=0;profile-level-id=4d001f",
    )
    offer = offer_with(*lines).replace("SAVPF 96 97", "SAVPF 96 97 98 99 100")
    host, viewer = agree(offer).plan.video, agree(offer.replace("sendonly", "recvonly"), "watch").plan.video
    assert host is not None
    assert viewer is not None
    assert [codec.payload_type for codec in host.codecs] == [96, 99, 100]
    assert [codec.payload_type for codec in viewer.codecs] == [96, 99]  # mode 0 cannot carry what hosts send


def test_only_eight_bit_profiles_of_vp9_and_av1_are_carried() -> None:
    lines = (
        "a=rtpmap:98 VP9/90000",
        "a=fmtp:98 profile-id=2",
        "a=rtpmap:99 vp9/90000",
        "a=fmtp:99 profile-id=0",
        "a=rtpmap:100 AV1/90000",
        "a=fmtp:100 level-idx=5;profile=0;tier=0",
        "a=rtpmap:101 AV1/90000",
        "a=fmtp:101 profile=1",
    )
    plan = agree(offer_with(*lines).replace("SAVPF 96 97", "SAVPF 98 99 100 101")).plan.video
    assert plan is not None
    assert [(codec.name, codec.payload_type) for codec in plan.codecs] == [("VP9", 99), ("AV1", 100)]


def test_feedback_is_the_intersection() -> None:
    cc = "a=extmap:5 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
    fb = [f"a=rtcp-fb:{one}" for one in ("96 nack pli", "* ccm fir", "96 goog-remb", "96 transport-cc", "96 rrtr")]
    sdp = answer(offer_with(cc, *fb))
    assert re.findall(r"a=rtcp-fb:96 (.*)\r", sdp) == ["nack", "nack pli", "ccm fir", "goog-remb", "transport-cc"]
    plan = agree(offer_with(*fb)).plan.video
    assert plan is not None
    assert not plan.codecs[0].transport_cc  # without its header extension there is nothing to report


def test_header_extensions_are_taken_with_the_offers_identifiers() -> None:
    lines = [
        "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
        "a=extmap:2/sendonly http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
        "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid",
        "a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
        "a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
        "a=extmap:16 http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time",
        "a=extmap:0 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
    ]
    host = agree(offer_with(*lines)).plan.video
    viewer = agree(offer_with(*lines, direction="recvonly"), "watch").plan.video
    mixed = agree(offer_with(*lines, "a=extmap-allow-mixed")).plan.video
    assert host is not None
    assert viewer is not None
    assert mixed is not None
    assert sorted(host.extensions.values()) == [2, 4, 10, 11]  # 16 needs two-byte headers, 0 is no identifier
    assert sorted(viewer.extensions.values()) == [2, 4]  # a viewer gets one stream: no rid
    assert 16 in mixed.extensions.values()


# Hosts ----------------------------------------------------------------------------------------------------------------


def test_announced_sources_and_their_repair() -> None:
    lines = ["a=ssrc-group:FID 77 78", "a=ssrc:77 cname:x", "a=ssrc:78 cname:x"]
    plan = agree(offer_with(*lines)).plan.video
    assert plan is not None
    assert plan.encodings == (Encoding(None, 77, 78),)
    nothing = agree(offer_with()).plan.video
    assert nothing is not None
    assert nothing.encodings == (Encoding(),)


SIMULCAST = (
    "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid",
    "a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
    "a=rid:h send",
    "a=rid:m send",
    "a=rid:l send max-width=320",
)


def test_simulcast_is_answered_by_rids() -> None:
    sdp = answer(offer_with(*SIMULCAST, "a=simulcast:send h;m,x;~l"))
    assert re.findall(r"a=rid:(.*)\r", sdp) == ["h recv", "m recv", "l recv"]
    assert "a=simulcast:recv h;m;l\r\n" in sdp
    plan = agree(offer_with(*SIMULCAST, "a=simulcast:send h;m;l")).plan.video
    assert plan is not None
    assert [encoding.rid for encoding in plan.encodings] == ["h", "m", "l"]


def test_simulcast_needs_its_rids_and_extensions() -> None:
    assert "simulcast" not in answer(offer_with(*SIMULCAST[2:], "a=simulcast:send h;m;l"))
    assert "a=simulcast:recv h\r\n" in answer(offer_with(*SIMULCAST[:3], "a=simulcast:send h;m;l"))
    assert "simulcast" not in answer(offer_with(*SIMULCAST, "a=simulcast:recv h;m;l"))


def test_a_viewers_direction_is_refused_for_a_host() -> None:
    for direction in ("recvonly", "inactive"):
        with pytest.raises(UnacceptableOffer, match="sendonly"):
            agree(make_offer(direction))
    with pytest.raises(UnacceptableOffer, match="recvonly"):
        agree(make_offer("sendonly"), "watch")


def test_no_common_codec_is_refused_with_what_would_be_taken() -> None:
    with pytest.raises(UnacceptableOffer, match="Opus"):
        agree(offer_with().replace("VP8", "H265"))
    with pytest.raises(UnacceptableOffer):
        agree("v=0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:0\r\n")


# Viewers --------------------------------------------------------------------------------------------------------------


def test_a_viewer_is_told_the_sources_that_every_packet_will_carry() -> None:
    sdp, plan = answer(make_offer("recvonly"), "watch"), agree(make_offer("recvonly"), "watch").plan
    assert plan.audio is not None
    assert plan.video is not None
    assert plan.audio.rtx_ssrc is None  # no rtx was offered for it
    assert len({plan.audio.ssrc, plan.video.ssrc, plan.video.rtx_ssrc}) == 3
    audio, video = sections(sdp)
    assert "a=msid:stream audio\r\n" in audio
    assert f"a=ssrc:{plan.audio.ssrc} cname:" in audio
    assert f"a=ssrc-group:FID {plan.video.ssrc} {plan.video.rtx_ssrc}\r\n" in video
    assert f"a=ssrc:{plan.video.rtx_ssrc} msid:stream video\r\n" in video


def test_a_viewer_keeps_every_common_codec_the_publications_first() -> None:
    lines = (
        "a=rtpmap:98 H264/90000",
        "a=fmtp:98 packetization-mode=1;profile-level-id=42e01f",
        "a=rtpmap:99 H264/90000",
        "a=fmtp:99 packetization-mode=1;profile-level-id=4d0028",
        "a=rtpmap:100 AV1/90000",
    )
    offer = offer_with(*lines, direction="recvonly").replace("SAVPF 96 97", "SAVPF 96 97 98 99 100")
    plan = agree(offer, "watch", video_publication(H264_MAIN, VP8)).plan.video
    assert plan is not None
    assert [codec.payload_type for codec in plan.codecs] == [99, 98, 96, 100]


def test_a_viewer_who_could_not_see_the_show_is_told_what_to_offer() -> None:
    with pytest.raises(UnacceptableOffer, match="H264"):
        agree(offer_with(direction="recvonly"), "watch", video_publication(H264_MAIN))


def test_a_viewer_may_ask_for_sound_only() -> None:
    offer = re.sub(r"m=video.*", "", make_offer("recvonly"), flags=re.DOTALL)
    plan = agree(offer.replace("BUNDLE 0 1", "BUNDLE 0"), "watch", video_publication(H264_MAIN)).plan
    assert plan.audio is not None
    assert plan.video is None


# What WebRTC requires -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "replacement", "sentence"),
    [
        (r"a=rtcp-mux\r\n", "", "rtcp-mux"),
        (r"a=group:.*\r\n", "", "BUNDLE"),
        (r"a=ice-ufrag:.*\r\n", "", "ice-ufrag"),
        (r"a=ice-pwd:.*\r\n", "", "ice-pwd"),
        (r"a=ice-pwd:.*\r\n", "a=ice-pwd:short\r\n", "ice-pwd"),
        (r"a=ice-ufrag:.*\r\n", "a=ice-ufrag:p eer\r\n", "ice-ufrag"),
        (r"a=fingerprint:.*\r\n", "", "fingerprint"),
        (r"a=fingerprint:.*\r\n", "a=fingerprint:sha-1 AB:CD\r\n", "fingerprint"),
        (r"a=setup:.*\r\n", "", "setup"),
        (r"a=setup:.*\r\n", "a=setup:holdconn\r\n", "setup"),
        (r"a=mid:.*\r\n", "", "mid"),
        (r"a=mid:1\r\n", "a=mid:0\r\n", "same a=mid"),
        (r"^v=0\r\n", "", "v=0"),
        (r"m=(audio|video) 9", r"m=\1 99999", "m= line"),
        (r"m=audio.*", "", "m= line"),
    ],
)
def test_what_is_missing_or_malformed_is_named(pattern: str, replacement: str, sentence: str) -> None:
    flags = re.DOTALL if pattern == r"m=audio.*" else 0
    with pytest.raises(InvalidOffer, match=re.escape(sentence)):
        agree(re.sub(pattern, replacement, make_offer(), flags=flags))


def test_transport_attributes_may_stand_at_session_level() -> None:
    media = "m=audio 9 UDP/TLS/RTP/SAVPF 111\na=mid:0\na=sendonly\na=rtcp-mux\na=rtpmap:111 opus/48000/2\n"
    head = f"a=ice-ufrag:peer\na=ice-pwd:{'p' * 22}\na=setup:actpass\na=fingerprint:sha-256 {FINGERPRINT.value}\n"
    negotiated = agree(make_offer(media=head + media).replace("BUNDLE 0 1", "BUNDLE 0"))
    assert negotiated.remote_ufrag == "peer"
    assert negotiated.fingerprints == (FINGERPRINT,)


# Candidates and fragments ---------------------------------------------------------------------------------------------


def test_candidates_come_in_falling_priority() -> None:
    lines = candidate_lines(("192.0.2.1", "2001:db8::1", "127.0.0.1"), 5000)
    priorities = [int(line.split()[3]) for line in lines]
    assert priorities == sorted(priorities, reverse=True)
    assert len({line.split()[0] for line in lines}) == 3
    assert all(line.endswith(" 5000 typ host") for line in lines)


def test_an_unspecified_bind_offers_the_machines_addresses_and_loopback_last() -> None:
    assert local_addresses("0.0.0.0")[-1] == "127.0.0.1"
    assert local_addresses("127.0.0.1") == ("127.0.0.1",)


def test_a_restarts_fragment_names_the_first_section_and_the_new_credentials() -> None:
    text = write_fragment(agree(make_offer()), LOCAL)
    assert "a=mid:0\r\n" in text
    assert "a=ice-ufrag:ours\r\na=ice-pwd:oooooooooooooooooooooooo\r\n" in text
    assert text.count("a=candidate:") == 2


def test_the_same_section_is_read_and_agreed_once_and_who_offers_it_each_time() -> None:
    """Viewers with the same browser share what is the same; what says who they are is theirs alone."""
    ours = Fingerprint("sha-256", ":".join(["AB"] * 32))
    first = parse_offer(make_offer("recvonly", ufrag="one1", password="1" * 22))
    second = parse_offer(make_offer("recvonly", "active", ufrag="two2", password="2" * 22, fingerprint=ours))
    for one, other in zip(first.media, second.media, strict=True):
        assert one.codecs is other.codecs
        assert agreed_codecs(one, one.kind, "watch") is agreed_codecs(other, other.kind, "watch")  # type: ignore[arg-type]
        assert (one.ufrag, one.password, one.setup) == ("one1", "1" * 22, "actpass")
        assert (other.ufrag, other.password, other.setup) == ("two2", "2" * 22, "active")
        assert other.fingerprints == [ours] != one.fingerprints
    turned = parse_offer(make_offer("sendonly", ufrag="three"))
    assert [one.direction for one in (*first.media, *turned.media)] == ["recvonly"] * 2 + ["sendonly"] * 2
    video = first.media[1]
    host = agreed_codecs(turned.media[1], "video", "publish")
    assert agreed_codecs(video, "video", "watch", tuple(reversed(host))) == tuple(
        reversed(agreed_codecs(video, "video", "watch"))
    )
