"""The stream name in what an RTMP client sends: found whatever the pieces, refused with a sentence when it is none."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livestream.errors import RtmpRefused
from livestream.rtmp.chunks import HANDSHAKE, MOST_BYTES, PublishFinder, published_name


def text(value: str) -> bytes:
    data = value.encode()
    return b"\x02" + len(data).to_bytes(2, "big") + data


def publish(name: str) -> bytes:
    return text("publish") + b"\x00" + bytes(8) + b"\x05" + text(name) + text("live")


def chunks(kind: int, payload: bytes, size: int = 128, number: int = 3, timestamp: int = 0) -> bytes:
    """A message cut into chunks: a full header, then format 3."""
    stamp = min(timestamp, 0xFFFFFF).to_bytes(3, "big")
    extended = timestamp.to_bytes(4, "big") if timestamp >= 0xFFFFFF else b""
    head = bytes([number]) + stamp + len(payload).to_bytes(3, "big") + bytes([kind]) + bytes(4) + extended
    pieces = [payload[at : at + size] for at in range(0, len(payload), size)] or [b""]
    return head + (bytes([0xC0 | number]) + extended).join(pieces)


HELLO = b"\x03" + bytes(HANDSHAKE - 1)
CONNECT = chunks(20, text("connect") + bytes(300))


@given(st.integers(0, 2**32), st.integers(1, 600))
def test_the_name_is_found_however_the_bytes_are_cut(seed: int, largest: int) -> None:
    cut = random.Random(seed)
    long_name = "show." + "k" * 200  # longer than a chunk
    data = HELLO + CONNECT + chunks(20, publish(long_name), number=5) + b"media"
    finder, found, at = PublishFinder(), None, 0
    while found is None and at < len(data):
        step = cut.randint(1, largest)
        found = finder.feed(data[at : at + step])
        at += step
    assert found == long_name


def test_a_larger_chunk_size_and_extended_timestamps_are_followed() -> None:
    data = HELLO + chunks(1, (4096).to_bytes(4, "big"), number=2)
    data += chunks(20, text("connect") + bytes(900), size=4096) + chunks(20, publish("a.b"), size=4096, timestamp=2**25)
    assert PublishFinder().feed(data) == "a.b"


def test_messages_of_two_chunk_streams_may_be_mixed() -> None:
    name = "show." + "k" * 200
    first, second = chunks(20, publish(name), number=5), chunks(20, text("connect") + bytes(20))
    cut = 12 + 128  # between its first chunk and the next
    assert PublishFinder().feed(HELLO + first[:cut] + second + first[cut:]) == name


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"GET / HTTP/1.1\r\n", "speaks RTMP"),
        (HELLO + b"\xc3", "lacks its header"),
        (HELLO + chunks(9, bytes(70_000)), "media before"),
        (HELLO + chunks(1, bytes(4)), "chunk size"),
        (HELLO + chunks(20, text("publish") + b"nonsense"), "malformed"),
        (HELLO + chunks(20, publish("")), "stream key"),
        (HELLO + b"".join(chunks(20, text("x"), number=number) for number in range(2, 40)), "too many"),
    ],
)
def test_what_is_no_publishing_client_is_refused(data: bytes, sentence: str) -> None:
    with pytest.raises(RtmpRefused, match=sentence):
        PublishFinder().feed(data)


def test_a_client_that_talks_without_end_is_refused() -> None:
    talk = chunks(20, text("y") + bytes(100)) * (MOST_BYTES // 100)
    with pytest.raises(RtmpRefused, match="without saying"):
        PublishFinder().feed(HELLO + talk)


@given(st.binary(max_size=300))
def test_noise_is_refused_or_waits_for_more(noise: bytes) -> None:
    try:
        assert PublishFinder().feed(HELLO + noise) is None or b"publish" in noise
        published_name(noise)
    except RtmpRefused:
        pass
