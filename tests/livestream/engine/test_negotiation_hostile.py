"""Offers of strangers: InvalidOffer, UnacceptableOffer or an answer, within a bounded time, and never anything else."""

from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livestream.engine.negotiation import negotiate
from livestream.engine.plan import Role
from livestream.engine.sdp_answer import write_answer
from livestream.engine.sdp_offer import LARGEST_OFFER, MOST_LINES, OfferedCodec, number, parse_offer
from livestream.errors import InvalidOffer, MediaError
from tests.livestream.engine.light_peer import make_offer
from tests.livestream.engine.test_negotiation import LOCAL

ROLES: tuple[Role, ...] = ("publish", "watch")


def handle(sdp: str) -> None:
    for role in ROLES:
        try:
            answer = write_answer(
                negotiate(parse_offer(sdp), role, lambda: 5 + time.monotonic_ns() % 2**31), LOCAL, 1, "s"
            )
        except MediaError:
            pass
        else:
            assert len(answer) < 2 * LARGEST_OFFER
            assert all(line[1:2] == "=" for line in answer.split("\r\n")[:-1]), (
                "nothing of the offer breaks out of its line"
            )


def test_size_and_lines_are_capped() -> None:
    with pytest.raises(InvalidOffer, match="larger"):
        parse_offer(make_offer() + "a=x:" + "y" * LARGEST_OFFER)
    with pytest.raises(InvalidOffer, match="larger"):
        parse_offer(make_offer() + "a=x:" + "é" * (LARGEST_OFFER // 2))
    with pytest.raises(InvalidOffer, match="lines"):
        parse_offer(make_offer() + "a=x\r\n" * MOST_LINES)
    with pytest.raises(InvalidOffer, match="lines"):
        parse_offer(make_offer() + "a=x\x85" * MOST_LINES)  # another of str.splitlines' separators
    with pytest.raises(InvalidOffer, match="m= lines"):
        parse_offer("v=0\r\n" + "m=audio 9 X 0\r\na=mid:0\r\n" * 40)


@pytest.mark.parametrize("digits", ["²", "٣", "1" * 5000, "-1", "+1", "1_0", "", " 1", "0x10", "4294967296"])
def test_numbers_are_plain_and_bounded(digits: str) -> None:
    assert number(digits, 0xFFFFFFFF) is None
    handle(make_offer().replace("apt=96", f"apt={digits}"))
    handle(make_offer().replace("a=fmtp:97", f"a=fmtp:{digits}"))
    handle(make_offer().replace("a=rtpmap:96", f"a=rtpmap:{digits}"))
    handle(make_offer().replace("VP8/90000", f"VP8/{digits}"))
    handle(make_offer().replace("opus/48000/2", f"opus/48000/{digits}"))
    handle(make_offer().replace("m=audio 9", f"m=audio {digits}"))
    handle(make_offer() + f"a=ssrc:{digits} cname:x\r\na=ssrc-group:FID {digits} {digits}\r\na=extmap:{digits} x\r\n")


def test_a_wildcard_flood_stays_cheap() -> None:
    formats = " ".join(str(payload_type) for payload_type in range(128))
    maps = "".join(f"a=rtpmap:{payload_type} VP8/90000\n" for payload_type in range(128))
    flood = "".join(f"a=rtcp-fb:* x{index}\n" for index in range(1700))
    offer = make_offer(media=f"m=video 9 UDP/TLS/RTP/SAVPF {formats}\na=mid:0\n{{transport}}{maps}{flood}")
    begun = time.thread_time()
    handle(offer)
    assert time.thread_time() - begun < 2  # the worst that fits into the caps; measured at about 0.1 s


LINES = make_offer().split("\r\n")


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(LINES) - 1), st.text(max_size=40)), max_size=4))
def test_changed_lines_never_raise_anything_else(changes: list[tuple[int, str]]) -> None:
    lines = list(LINES)
    for at, text in changes:
        lines[at] = lines[at][: max(2, len(lines[at]) // 2)] + text
    handle("\r\n".join(lines))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(LINES), max_size=60), st.text(max_size=60))
def test_shuffled_lines_never_raise_anything_else(lines: list[str], noise: str) -> None:
    handle("\r\n".join(["v=0", *lines, noise]))


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(
        ["fmtp", "rtpmap", "rtcp-fb", "extmap", "rid", "simulcast", "ssrc", "ssrc-group", "mid", "group", "fingerprint"]
    ),
    st.text(max_size=80),
)
def test_any_attribute_value_never_raises_anything_else(name: str, value: str) -> None:
    handle(make_offer() + f"a={name}:{value}\r\n")


def test_the_work_grows_with_the_offer_and_not_with_its_square(monkeypatch: pytest.MonkeyPatch) -> None:
    """64 codecs times 64 repair types with a kilobyte of parameters each held the media thread for 200 ms."""
    read = 0
    original = OfferedCodec.parameters

    def counting(self: OfferedCodec) -> dict[str, str]:
        nonlocal read
        read += 1
        return original(self)

    monkeypatch.setattr(OfferedCodec, "parameters", counting)
    types = range(128)
    many = "".join(
        f"a=rtpmap:{one} VP8/90000\r\n" if one < 64 else f"a=rtpmap:{one} rtx/90000\r\na=fmtp:{one} apt={one - 64}\r\n"
        for one in types
    )
    offer = make_offer("recvonly").replace("SAVPF 96 97 102 103", "SAVPF " + " ".join(map(str, types)))
    head, _, _ = offer.partition("a=rtpmap:96")
    negotiated = negotiate(
        parse_offer(head + many + "a=rtcp-fb:* nack\r\n" * 100), "watch", itertools.count(5).__next__
    )
    assert negotiated.plan.video is not None
    assert [codec.rtx_payload_type for codec in negotiated.plan.video.codecs] == list(range(64, 128))
    assert read <= 4 * len(types)
