"""Text without its disguises: what a reader sees in it, whatever code points it is made of. Pure.

For comparing only, never for showing. In this order: NFKC (Unicode annex 15: full-width, circled and styled letters), case,
invisible characters (zero-width, soft hyphens, variation selectors), marks on letters of scripts that read without them,
letters of other scripts that look like Latin ones (Unicode technical standard 39) where a word mixes scripts or is made of
look-alikes only. Digits that stand for letters are undone only in words that are no price and no size: "$45", "32B", "W32",
"size 8" are what a clothes show is about.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass

from confusable_homoglyphs import confusables

# Scripts whose combining marks are decoration or vowel points; elsewhere (Devanagari, Thai) a mark is a letter's half.
_MARKED = ("LATIN", "GREEK", "CYRILLIC", "ARABIC", "HEBREW")
_LEET = {"0": "o", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "9": "g", "@": "a", "$": "s", "+": "t", "€": "e"}
_ONE = ("1", "!", "|")  # an i or an l: both are tried
_WORD = re.compile(r"[^\W_]+(?:[@$!|+€]+[^\W_]+)*|[@$][^\W_]+(?:[@$!|+€]+[^\W_]+)*", re.UNICODE)
_UNITS = (
    "cm|mm|m|in|inch|inches|ft|kg|g|oz|lb|lbs|us|uk|eu|fr|it|de|au|jp|kr|usd|eur|gbp|krw|cad|aud|chf|aed|y|yr|yrs|xs|s|m|l|x"
    "|xl|xxl|xxxl|t|p|w|k|[a-k]|aa|dd|ddd|ff|gg|pcs|pc|off|th|st|nd|rd|h|d|min|sec|am|pm"
)
# What a number in a clothes show is: an amount, a size, a size by country, a waist and length, a bust.
SIZE = re.compile(rf"(?:w|l|eu|us|uk|fr|it|de|sz|[a-z](?=\d+$))?\d+(?:x\d+)*(?:{_UNITS})?", re.IGNORECASE)
_NUMBER = r"\d+(?:[.,'’\s]\d+)*"
_PRICE = re.compile(
    rf"[$€£¥₩₹]\s?{_NUMBER}|{_NUMBER}\s?(?:[$€£¥₩₹%\"”]|(?:{_UNITS}|dollars?|euros?|bucks)\b)"
    rf"|\b(?:size|sz|taille|größe|talla|eu|us|uk|fr|it|de|w|l)\s?{_NUMBER}\b|\d+[.,]\d+|\b\d+\s?[x×/]\s?\d+\b",
    re.IGNORECASE,
)
# Scripts written without spaces, or with endings glued to words: there a blocked word is looked for inside words too.
_UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "THAI", "LAO", "KHMER", "MYANMAR", "IDEOGRAPHIC")


@dataclass(frozen=True, slots=True)
class Reading:
    """The words of a text, in one way to read it."""

    words: tuple[str, ...]

    @property
    def line(self) -> str:
        return " ".join(self.words)


def undisguised(text: str) -> str:
    """NFKC, one case, nothing invisible, no decoration; look-alikes still stand."""
    if text.isascii():  # has nothing of all that but its case
        return text.casefold()
    plain: list[str] = []
    for character in unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold()):
        category = unicodedata.category(character)
        if category in ("Cf", "Me") or "\ufe00" <= character <= "\ufe0f":
            continue
        if category == "Mn" and plain and _is_marked(plain[-1]):
            continue
        plain.append(character)
    return unicodedata.normalize("NFC", "".join(plain))


def in_latin(text: str) -> str:
    """The undisguised text with Latin letters for look-alikes, spaces and signs where they were."""
    plain = undisguised(text)
    return plain if plain.isascii() else _WORD.sub(lambda match: _letters(match.group()), plain)


def readings(text: str, *, sizes_too: bool = False) -> list[Reading]:
    """Every way to read the text, the plain one first; prices and sizes are read as themselves unless ``sizes_too``.

    At most six: plain, and with digits read as letters (1 as i, 1 as l), each with spelled-out letters drawn together.
    """
    words = [word for word in _WORD.findall(undisguised(text)) if word]
    found: list[tuple[str, ...]] = []
    for one in (None, "i", "l"):
        read = tuple(_letters(word if one is None else _digits_as_letters(word, one, sizes_too)) for word in words)
        for variant in (read, _drawn_together(read)):
            if variant not in found:
                found.append(variant)
    return [Reading(words) for words in found]


def without_numbers(text: str) -> str:
    """The text without prices and sizes, for words that are numbers themselves."""
    return _PRICE.sub(" ", unicodedata.normalize("NFKC", text))


def key(text: str) -> str:
    """Equal for texts that read the same: to find one message said again and again."""
    return "".join(run[0] for word in readings(text)[0].words for run in runs(word))


def runs(word: str) -> list[tuple[str, int]]:
    """Letters with how often each stands in a row: "good" is g1 o2 d1."""
    found: list[tuple[str, int]] = []
    for letter in word:
        if found and found[-1][0] == letter:
            found[-1] = (letter, found[-1][1] + 1)
        else:
            found.append((letter, 1))
    return found


def is_unspaced(text: str) -> bool:
    return any(unicodedata.name(character, "").startswith(_UNSPACED) for character in text)


def _is_marked(character: str) -> bool:
    return unicodedata.name(character, "").startswith(_MARKED)


def _letters(word: str) -> str:
    """A word with Latin letters for their look-alikes, if it is in disguise: a mix of scripts, or look-alikes throughout.

    A word of one foreign script that has letters of its own (ordinary Russian or Greek) stays as it is.
    """
    if word.isascii():
        return word
    like = [_latin(letter) for letter in word]
    latin = any(letter.isascii() and letter.isalpha() for letter in word)
    if latin or all(letter is not None for letter in like):
        return "".join(alike if alike is not None else letter for letter, alike in zip(word, like, strict=True))
    return word


@functools.lru_cache(maxsize=4096)
def _latin(character: str) -> str | None:
    """The lower-case ASCII letters that a character looks like; itself if it is ASCII; None: like none."""
    if character.isascii():
        return character
    found = confusables.is_confusable(character, greedy=True, preferred_aliases=[])
    for entry in found or ():
        for homoglyph in entry["homoglyphs"]:
            alike = str(homoglyph["c"])
            if alike.isascii() and alike.isalnum():
                return alike.lower()
    return None


def _digits_as_letters(word: str, one: str, sizes_too: bool) -> str:
    if word.isalpha() or (SIZE.fullmatch(word) and not sizes_too) or not any(character.isalpha() for character in word):
        return word
    return "".join(one if character in _ONE else _LEET.get(character, character) for character in word)


def _drawn_together(words: tuple[str, ...]) -> tuple[str, ...]:
    """``b a d`` is ``bad``: three single letters or more in a row are one word."""
    found: list[str] = []
    single: list[str] = []
    for word in (*words, ""):
        if len(word) == 1:
            single.append(word)
            continue
        found.extend(["".join(single)] if len(single) >= 3 else single)
        single = []
        if word:
            found.append(word)
    return tuple(found)
