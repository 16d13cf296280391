from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.disguise import undisguised
from chat.errors import InvalidMessage
from chat.text import MAX_LENGTH, message_key, message_text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("  hello  ", "hello"),
        ("\nhello\t", "hello"),
        ("e\u0301", "\u00e9"),
        ("<b>bold</b> & co", "<b>bold</b> & co"),
        ("\U0001f469\u200d\U0001f9b0", "\U0001f469\u200d\U0001f9b0"),  # joined emoji
        ("x" * MAX_LENGTH, "x" * MAX_LENGTH),
        (" " * 700 + "x", "x"),
        ("\U0001f600" * MAX_LENGTH, "\U0001f600" * MAX_LENGTH),
    ],
)
def test_accepted(raw: str, text: str) -> None:
    assert message_text(raw) == text


@pytest.mark.parametrize(
    "raw",
    [
        "", "   ", "\u200b\u200d", "\u3164", "\u0301", "x" * (MAX_LENGTH + 1), " " * 3000 + "x",
        "two\nlines", "a\x00b", "a\x1bb", "a\x85b", "a\u2028b", "a\u202eb", "a\u2066b", "a\ud800b", "a\uffffb", "a\ufdd0b",
        "z" + "\u0335" * 9 + "!",
    ],
)  # fmt: skip
def test_refused(raw: str) -> None:
    with pytest.raises(InvalidMessage) as caught:
        message_text(raw)
    assert caught.value.message.endswith(".")


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=600))
def test_whatever_comes_out_is_safe(raw: str) -> None:
    try:
        text = message_text(raw)
    except InvalidMessage:
        return
    assert 1 <= len(text) <= MAX_LENGTH
    assert text == unicodedata.normalize("NFC", text).strip()
    text.encode()
    assert not any(unicodedata.category(character) in ("Cc", "Zl", "Zp") for character in text)
    assert message_text(text) == text


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(max_codepoint=127), max_size=40))
def test_plain_text_is_judged_as_any_other(raw: str) -> None:
    """The short way for ASCII says what the long one, which another letter at the end brings about, says."""
    assert undisguised(raw + "\u00df") == undisguised(raw) + "ss"
    try:
        text = message_text(raw + "x")
    except InvalidMessage as error:
        with pytest.raises(InvalidMessage, match=str(error)):
            message_text(raw + "\u00df")
    else:
        assert message_text(raw + "\u00df") == text[:-1] + "\u00df"


@pytest.mark.parametrize("key", ["", "x" * 65, "a\n", "\u00e9"])
def test_keys_refused(key: str) -> None:
    with pytest.raises(InvalidMessage):
        message_key(key)


def test_key_accepted() -> None:
    assert message_key("a" * 64) == "a" * 64
