"""Arabic letters in the form that fits their neighbours, for drawing where nothing else shapes text. Pure.

Unicode has a code point for each form (Arabic Presentation Forms A and B) and says of each which letter it is and where it
stands, so the tables are made from ``unicodedata``. A letter joins the one after it when it has an initial form (the Unicode
Standard, section 9.2).
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Literal

Form = Literal["isolated", "final", "initial", "medial"]
TATWEEL = "\u0640"


@cache
def _forms() -> tuple[dict[tuple[str, str], str], dict[str, str]]:
    """((letter, form) -> drawn letter, lam + alef -> the same as (isolated, final) in one string)."""
    letters: dict[tuple[str, str], str] = {}
    ligatures: dict[tuple[str, str], str] = {}
    for code in (*range(0xFB50, 0xFDFC), *range(0xFE80, 0xFEFD)):
        parts = unicodedata.decomposition(chr(code)).split()
        if not parts or not parts[0].startswith("<"):
            continue
        form, plain = parts[0].strip("<>"), "".join(chr(int(part, 16)) for part in parts[1:])
        if len(plain) == 1:
            letters.setdefault((plain, form), chr(code))
        elif len(plain) == 2 and plain[0] == "\u0644" and plain[1] in "\u0622\u0623\u0625\u0627" and code >= 0xFE80:
            ligatures[plain, form] = chr(code)
    pairs = {
        plain: ligatures[plain, "isolated"] + ligatures[plain, "final"] for plain, form in ligatures if form == "final"
    }
    return letters, pairs


def _joins_next(letter: str) -> bool:
    return letter == TATWEEL or (letter, "initial") in _forms()[0]


def _joins_before(letter: str) -> bool:
    return letter == TATWEEL or (letter, "final") in _forms()[0]


def shaped(text: str) -> str:
    """``text`` in its logical order, each Arabic letter replaced by the form that is drawn there; other text is unchanged."""
    letters, pairs = _forms()
    out: list[str] = []
    place = 0
    before = ""  # the last letter that is not a mark
    while place < len(text):
        letter = text[place]
        if unicodedata.category(letter) == "Mn":
            out.append(letter)
            place += 1
            continue
        linked = bool(before) and _joins_next(before) and _joins_before(letter)
        pair = pairs.get(text[place : place + 2])
        if pair is not None:
            out.append(pair[1] if linked else pair[0])
            before = text[place + 1]
            place += 2
            continue
        following = next((one for one in text[place + 1 :] if unicodedata.category(one) != "Mn"), "")
        ahead = _joins_next(letter) and bool(following) and _joins_before(following)
        form: Form = "medial" if linked and ahead else "final" if linked else "initial" if ahead else "isolated"
        out.append(letters.get((letter, form), letter))
        before = letter
        place += 1
    return "".join(out)
