"""Text as it is searched: without case, accents and punctuation. Pure; the same for what is listed and what is asked."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

WORD_LENGTH = 40  # of a stored word; longer ones are cut, on both sides alike
WORDS_PER_LISTING = (
    400  # title, brand, size and category first; a story of 4,000 characters has about 700, 350 distinct
)
WORDS_PER_QUERY = 8
AFTER_ALL = "\U0010ffff"  # sorts after every character that a word can have: a range up to it is a prefix
IGNORED = "'\u2019\u02bc"  # apostrophes join: "Levi's" is one word, found by "levis" as well


def fold(text: str) -> str:
    """Case, accents and width removed: "Café ＸＬ" becomes "cafe xl"."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return unicodedata.normalize("NFKC", plain).casefold()


def words(text: str) -> list[str]:
    """Distinct words in their order; everything that is no letter or digit separates."""
    folded = fold(text).translate({ord(char): None for char in IGNORED})
    spaced = "".join(char if char.isalnum() else " " for char in folded)
    return list(dict.fromkeys(word[:WORD_LENGTH] for word in spaced.split()))


def listing_words(texts: Iterable[str]) -> list[str]:
    """What a listing is found by; the first texts are the ones that are never cut off."""
    return list(dict.fromkeys(word for text in texts for word in words(text)))[:WORDS_PER_LISTING]


def query_words(query: str) -> list[str]:
    """The words that all have to be found, each as the beginning of one of the listing's."""
    return words(query)[:WORDS_PER_QUERY]


def filter_key(text: str) -> str:
    """What a brand or size is compared by: "Levi's" and "LEVIS" are one brand, "W29 L32" and "w29  l32" one size."""
    folded = fold(text).translate({ord(char): None for char in IGNORED})
    return " ".join(folded.split())[:40]
