"""What a message may contain: plain text that a page can show on one line flow, whoever wrote it.

Text is normalised to NFC (Unicode annex 15) so that equal words are equal bytes, and trimmed. Refused, with a sentence:
control characters and line breaks (a message is one line), surrogates and noncharacters (no valid UTF-8 or no meaning),
and the bidirectional overrides and isolates of annex 9, which can reorder the names and buttons around a message.
Zero-width joiners stay: emoji are made of them.
"""

from __future__ import annotations

import unicodedata

from chat.errors import InvalidMessage

MAX_LENGTH = 500  # code points after trimming
MAX_RAW = 4 * MAX_LENGTH  # looked at before normalising: NFC never shrinks text by more than that
MAX_MARKS = 8  # combining marks in a row; living scripts stack four at most, more climbs over other people's lines
MAX_KEY = 64
_DIRECTION = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_REFUSED = frozenset({"Cc", "Cs", "Zl", "Zp"})
_INVISIBLE = frozenset({"Cf", "Zs", "Mn", "Me", "Cn"})
# Letters by category that draw nothing: the Hangul fillers and the blank Braille cell.
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800")


def message_text(raw: str) -> str:
    """The text as it is stored and shown. Raises: InvalidMessage."""
    if len(raw) > MAX_RAW:
        raise _too_long()
    text = unicodedata.normalize("NFC", raw).strip()
    if len(text) > MAX_LENGTH:
        raise _too_long()
    if text.isascii():  # most of what is said; of ASCII exactly the control characters do not print
        if not text.isprintable():
            raise _not_one_line()
        if not text:
            raise _empty()
        return text
    marks, visible = 0, False
    for character in text:
        category = unicodedata.category(character)
        if category in _REFUSED or character in _DIRECTION or _noncharacter(ord(character)):
            raise _not_one_line()
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if marks > MAX_MARKS:
            raise InvalidMessage(f"A letter carries at most {MAX_MARKS} marks.")
        visible = visible or (category not in _INVISIBLE and character not in _BLANK)
    if not visible:
        raise _empty()
    return text


def message_key(raw: str) -> str:
    """A client's own id of a message, the same for every resend. Raises: InvalidMessage."""
    if not 1 <= len(raw) <= MAX_KEY or not (raw.isascii() and raw.isprintable()):
        raise InvalidMessage(f"A message's key is 1 to {MAX_KEY} printable ASCII characters.")
    return raw


def _noncharacter(code: int) -> bool:
    return code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF


def _not_one_line() -> InvalidMessage:
    return InvalidMessage("A message is one line of plain text, without control characters.")


def _empty() -> InvalidMessage:
    return InvalidMessage("Say something: the message is empty.")


def _too_long() -> InvalidMessage:
    return InvalidMessage(f"A message is at most {MAX_LENGTH} characters long.", max_length=MAX_LENGTH)
