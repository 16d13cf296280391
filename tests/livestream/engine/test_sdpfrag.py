from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livestream.engine.sdpfrag import Fragment, parse_fragment
from livestream.errors import InvalidFragment

CANDIDATE = "a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0 ufrag EsAw network-id 1\r\n"
TRICKLE = (
    "a=group:BUNDLE 0 1\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=ice-ufrag:EsAw\r\n"
    "a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n" + CANDIDATE + "a=end-of-candidates\r\n"
)


def test_the_example_of_rfc_9725() -> None:
    assert parse_fragment(TRICKLE) == Fragment("EsAw", "P2uYro0UCOQ4zxjKXaWCBui1", 1)


def test_line_feeds_alone_and_missing_credentials_are_fine() -> None:
    assert parse_fragment(CANDIDATE.replace("\r\n", "\n")) == Fragment(None, None, 1)
    assert parse_fragment("a=end-of-candidates\r\n") == Fragment(None, None, 0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\r\n",
        "hello",
        "{}",
        "a=mid:0\r\n",
        "a=candidate:1 1 udp\r\n",
        "a=ice-ufrag:abc\r\na=ice-pwd:" + "p" * 22,
        "a=ice-ufrag:abcd\r\na=ice-pwd:short",
        "a=ice-ufrag:ab²d\r\na=ice-pwd:" + "p" * 22,
        "a=end-of-candidates\r\n" + "a=x\r\n" * 600,
        "a=end-of-candidates\r\na=x:" + "x" * 20000,
    ],
)
def test_what_is_no_fragment_is_refused(text: str) -> None:
    with pytest.raises(InvalidFragment):
        parse_fragment(text)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200), st.integers(0, len(TRICKLE)))
def test_any_text_is_a_fragment_or_refused(text: str, at: int) -> None:
    for candidate in (text, TRICKLE[:at] + text + TRICKLE[at:]):
        with contextlib.suppress(InvalidFragment):
            parse_fragment(candidate)
