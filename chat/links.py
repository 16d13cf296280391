"""Links in what people say: found however they are dressed, never made clickable by accident. Pure.

A link that a page may make clickable has a scheme of ``SCHEMES`` and was said by somebody who may say links; everything else
stays text. What only looks like a link (``example dot com``, ``www.example.com``) is found too, so that it can wait for
review, but is never clickable.
"""

from __future__ import annotations

import re

from chat.disguise import in_latin

SCHEMES = ("https", "http")  # a page that is opened; never javascript:, data:, intent: or an app of the reader's
_TLD = (
    "com|net|org|info|biz|shop|store|online|site|xyz|app|dev|io|co|tv|gg|ly|club|vip|icu|ru|cn|de|fr|uk|eu|kr|jp|br|mx|ca|au"
    "|nl|ch|pl|dk|pt|cz|ua|tr|sa|ae|eg|tk|ml|ga|cf|cc|ws|sh"
)
# Endings that are words: "love it.In love" has no link, "name.it/offer" has one.
_WORD_TLD = "it|in|is|me|at|no|be|us|to|st|ai|es|se|fi|ie|ar|ma|my|so|do|am|link|live|top"
_DOT = r"(?:\.|。|\s?[\[({]\s?(?:\.|dot)\s?[\])}]\s?|\s+dot\s+)"
_FOUND = re.compile(
    rf"\b[a-z][a-z0-9+.-]{{1,20}}:(?://|[^\s\d)(:]\S*[.:/(])"  # any scheme with something behind it
    rf"|\bwww{_DOT}\w"
    rf"|\b(?:mailto|tel|sms|javascript|data|intent|vbscript|file|market|tg|whatsapp):\S"
    rf"|(?<![\w.@])(?:[\w-]{{1,63}}{_DOT}){{1,4}}(?:{_TLD})(?![\w-])"
    rf"|(?<![\w.@])(?:[\w-]{{1,63}}{_DOT}){{1,4}}(?:{_WORD_TLD})[/:?#]\w"
    rf"|\b\w[\w.+-]*@(?:[\w-]+{_DOT})+[a-z]{{2,}}"  # an address of mail
    r"|\b\d{1,3}(?:\.\d{1,3}){3}\b",
    re.IGNORECASE,
)
_SIGNS = (":", ".", "。", "dot")  # every alternative above needs one of them
_AMOUNT = re.compile(r"[\d.,]+(?:[a-z]{0,3})?")


def has_link(text: str) -> bool:
    """Whether a reader could follow something in the text to another place."""
    latin = in_latin(text)
    if not any(sign in latin for sign in _SIGNS):
        return False
    found = (match.group() for match in _FOUND.finditer(latin))
    return any(_AMOUNT.fullmatch(one) is None or one.count(".") == 3 for one in found)  # "12.50 it" is a price
