"""Blocked words in every disguise that is listed, and what must not be hit: prices, sizes, innocent neighbours."""

from __future__ import annotations

import pytest

from chat.blocked_words import BlockedWords
from chat.disguise import key
from chat.emoji import emoji_only
from chat.links import has_link

BLOCKED = BlockedWords(["shit", "scam", "free money", "god", "88", "바보", "傻瓜", "ass", "дурак", "damn"])

HIT = {
    "plain": ("what a scam", "scam"),
    "case": ("SCAM", "scam"),
    "phrase, spaces": ("get free   money now", "free money"),
    "phrase, signs": ("free.money", "free money"),
    "phrase, digits": ("fr33 m0ney", "free money"),
    "NFKC: full width": ("ｓｃａｍ", "scam"),
    "NFKC: styled": ("𝓼𝓬𝓪𝓶", "scam"),
    "NFKC: circled": ("ⓢⓒⓐⓜ", "scam"),
    "zero width": ("s\u200bc\u200da\u2060m", "scam"),
    "soft hyphen": ("sc\u00adam", "scam"),
    "variation selector": ("sca\ufe0fm", "scam"),
    "marks": ("s\u0336c\u0336a\u0336m\u0336", "scam"),
    "accents": ("scám", "scam"),
    "confusables: one Cyrillic letter": ("sсam", "scam"),
    "confusables: nearly all": ("ѕсаm", "scam"),
    "repeats": ("scaaaaam", "scam"),
    "repeats everywhere": ("sscaamm", "scam"),
    "one doubled letter": ("scamm", "scam"),
    "spelled out": ("s c a m", "scam"),
    "spelled out with signs": ("s.c-a_m", "scam"),
    "digits for letters": ("sh1t", "shit"),
    "digit in front": ("5hit", "shit"),
    "signs for letters": ("$c@m", "scam"),
    "another script": ("Дурак!", "дурак"),
    "no spaces between words": ("你这傻瓜吗", "傻瓜"),
    "glued endings": ("이바보야", "바보"),
    "a number by itself": ("88", "88"),
}


@pytest.mark.parametrize("name", HIT)
def test_disguises(name: str) -> None:
    text, word = HIT[name]
    assert BLOCKED.find(text) == word


@pytest.mark.parametrize(
    "text",
    [
        "good", "goods", "as", "glass", "assess", "classic", "scan", "ship it", "5 hit", "shirt", "mishit",
        "$88", "88 €", "88.50", "size 88", "EU 88", "88cm", "88 x 90", "88%",
        "a55", "34B", "W32 L34", "S M L XL", "size S", "5'5", "100% silk", "10-12", "2 for $45", "3XL",
        "привет", "дом", "γειά σου", "안녕하세요", "你好", "مرحبا", "नमस्ते", "👗🔥", "",
    ],
)  # fmt: skip
def test_innocent(text: str) -> None:
    assert BLOCKED.find(text) is None


def test_no_words_find_nothing() -> None:
    assert BlockedWords([]).find("scam") is None
    assert BlockedWords(["", " ", "\u200b"]).find("scam") is None


def test_the_same_said_in_another_dress() -> None:
    assert key("BUY NOW!!!") == key("ｂｕｙ   nооw")
    assert key("buy now") != key("buy later")


@pytest.mark.parametrize(
    "text",
    [
        "https://example.org/a", "HTTP://EXAMPLE.ORG", "www.example.org", "example.com", "see example.com/x?y",
        "example dot com", "example [dot] com", "example(.)com", "ex\u200bample.com", "ｅｘａｍｐｌｅ．ｃｏｍ", "example。com",
        "еxample.cоm", "javascript:alert(1)", "data:text/html,x", "tg://resolve", "mailto:a@b.example", "a@b.co",
        "t.me/abc", "bit.ly/abc", "10.0.0.1",
    ],
)  # fmt: skip
def test_links(text: str) -> None:
    assert has_link(text)


@pytest.mark.parametrize(
    "text",
    [
        "$12.50",
        "12.50 it is",
        "size: M",
        "so soft.In love",
        "wow.it fits",
        "ok...me too",
        "12:30",
        "3/4 sleeves",
        "@mara",
        "e.g. this",
    ],
)
def test_no_links(text: str) -> None:
    assert not has_link(text)


@pytest.mark.parametrize(
    ("text", "only"),
    [("😍", True), ("👩‍👩‍👧 🔥", True), ("🇩🇪", True), ("1️⃣", True), ("👍🏽", True), ("❤️", True),
     ("hi 😍", False), ("12", False), (" ", False), ("!", False)],
)  # fmt: skip
def test_emoji_only(text: str, only: bool) -> None:
    assert emoji_only(text) is only
