"""An offer of the kind that OBS Studio's WHIP output makes: sendonly, no BUNDLE-only tricks, one H264 and one Opus section,
source numbers announced, candidates inside, `a=setup:actpass`; and what its stack expects of the answer.

OBS itself needs a desktop and is not run here. The shape is that of libdatachannel's offers, which OBS uses.
"""

from __future__ import annotations

import re

from tests.interop.stage import Stage

FINGERPRINT = ":".join(["5A"] * 32)
OFFER = "\r\n".join(
    [
        "v=0",
        "o=rtc 3767197920 0 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "a=group:BUNDLE 0 1",
        "a=group:LS 0 1",
        "a=msid-semantic:WMS *",
        "a=setup:actpass",
        "a=ice-ufrag:zvWj",
        "a=ice-pwd:wS9ZwLzTRx8fU9GdAh7xQY",
        "a=ice-options:ice2,trickle",
        f"a=fingerprint:sha-256 {FINGERPRINT}",
        "m=audio 52104 UDP/TLS/RTP/SAVPF 111",
        "c=IN IP4 192.0.2.9",
        "a=mid:0",
        "a=sendonly",
        "a=ssrc:1314974 cname:o3bBYOJbWuPaPJPf",
        "a=ssrc:1314974 msid:obs audio",
        "a=rtcp-mux",
        "a=rtpmap:111 opus/48000/2",
        "a=fmtp:111 minptime=10;maxaveragebitrate=96000;stereo=1;sprop-stereo=1;useinbandfec=1",
        "a=candidate:1 1 UDP 2122317823 192.0.2.9 52104 typ host",
        "a=end-of-candidates",
        "m=video 52104 UDP/TLS/RTP/SAVPF 96",
        "c=IN IP4 192.0.2.9",
        "a=mid:1",
        "a=sendonly",
        "a=ssrc:1314975 cname:o3bBYOJbWuPaPJPf",
        "a=ssrc:1314975 msid:obs video",
        "a=rtcp-mux",
        "a=rtpmap:96 H264/90000",
        "a=rtcp-fb:96 nack",
        "a=rtcp-fb:96 nack pli",
        "a=rtcp-fb:96 goog-remb",
        "a=fmtp:96 profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1",
        "",
    ]
)


async def test_an_offer_of_libdatachannels_kind_is_answered_whole() -> None:
    async with Stage() as stage:
        answer = (await stage.engine.publish("show", OFFER)).answer
    head, *sections = re.split(r"(?=^m=)", answer, flags=re.MULTILINE)
    assert "a=group:BUNDLE 0 1" in head
    assert len(sections) == 2
    for section in sections:
        assert re.search(r"^m=\w+ [1-9]\d* UDP/TLS/RTP/SAVPF", section)  # a port of zero would be a refusal
        assert "a=recvonly" in section
        assert "a=setup:passive" in section  # it starts the handshake as soon as the answer is there
        assert "a=ice-ufrag:" in section
        assert "a=rtcp-mux" in section
    assert re.search(r"^a=candidate:.* typ host", answer, re.MULTILINE)  # it never asks again for candidates
    assert "a=rtpmap:96 H264/90000" in sections[1]
    assert "a=rtcp-fb:96 nack pli" in sections[1]
