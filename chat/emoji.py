"""Whether a message is made of emoji only: what is left of a chat that shouts. Pure."""

from __future__ import annotations

import unicodedata

_JOINERS = frozenset("\u200d\ufe0f\ufe0e\u20e3")
_KEYCAPS = frozenset("0123456789#*")


def emoji_only(text: str) -> bool:
    """Emoji of any kind (flags, skin tones, families, keycaps) and spaces, and at least one of them.

    By category, not by a list that ages: symbols (So) and what joins and colours them. Letters and digits are none, except
    a digit inside a keycap.
    """
    seen = False
    for index, character in enumerate(text):
        if character.isspace() or character in _JOINERS or 0x1F3FB <= ord(character) <= 0x1F3FF:
            continue
        if 0xE0020 <= ord(character) <= 0xE007F:  # tags of a regional flag
            continue
        if character in _KEYCAPS and "\u20e3" in text[index + 1 : index + 3]:
            seen = True
            continue
        if unicodedata.category(character) != "So" and character not in "‼⁉〰〽↔↕▪▫▶◀◻◼◽◾⤴⤵⬅⬆⬇⬛⬜":
            return False
        seen = True
    return seen
