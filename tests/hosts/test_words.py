"""Folding and splitting text for search."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hosts.words import (
    AFTER_ALL,
    WORD_LENGTH,
    WORDS_PER_LISTING,
    filter_key,
    fold,
    listing_words,
    query_words,
    words,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Camel Wool-Coat!", ["camel", "wool", "coat"]),
        ("Café crème", ["cafe", "creme"]),
        ("Levi's 501\u2019s", ["levis", "501s"]),
        ("\uff38\uff2c Stra\u00dfe", ["xl", "strasse"]),
        ("% _ \\ ' \"", []),
        ("wool wool WOOL", ["wool"]),
        ("外套 きもの", ["外套", "きもの"]),
        ("", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@given(st.text(max_size=200))
def test_words_are_clean_and_stable(text: str) -> None:
    found = words(text)
    assert len(set(found)) == len(found)
    for word in found:
        assert 0 < len(word) <= WORD_LENGTH
        assert "\0" not in word
        assert word < word + "\U0010fffe" < word + AFTER_ALL


@given(st.text(max_size=60))
def test_case_and_accents_do_not_matter(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert len(filter_key(text)) <= 40


@settings(max_examples=50)
@given(st.lists(st.text(alphabet="abc", min_size=1, max_size=6), max_size=600))
def test_bounds(parts: list[str]) -> None:
    text = " ".join(parts)
    found = listing_words([text])
    assert found == words(text)[:WORDS_PER_LISTING]
    assert query_words(text) == words(text)[:8]


def test_brands_and_sizes_are_compared_folded() -> None:
    assert filter_key("Levi's") == filter_key(" LEVIS ")
    assert filter_key("W29  L32") == filter_key("w29 l32")
    assert filter_key("8.5") != filter_key("85")
