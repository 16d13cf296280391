"""Money in a message, by language. Pure. The pages use the browser's own rules; a server has none without a large library."""

from __future__ import annotations

from typing import Final

SIGNS: Final = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "KRW": "₩"}
NO_DIGITS: Final = frozenset({"JPY", "KRW"})
# Sign before the number, point between the parts; the others write "48,50 €".
SIGN_FIRST: Final = frozenset({"en", "ko"})


def money(amount: int, currency: str, language: str) -> str:
    """``amount`` in minor units: 4850 USD is "$48.50", in German "48,50 $"."""
    digits = 0 if currency in NO_DIGITS else 2
    whole, part = divmod(amount, 10**digits)
    text = f"{whole:,}" + (f".{part:0{digits}d}" if part else "")
    sign = SIGNS.get(currency, currency)
    if language in SIGN_FIRST:
        return f"{sign}{text}" if currency in SIGNS else f"{sign} {text}"
    if language == "ar":  # the digits 0 to 9 as on the pages
        return f"\u2066{text} {sign}\u2069"
    group = "\u202f" if language == "fr" else "."
    text = text.replace(",", "\0").replace(".", ",").replace("\0", group)
    return f"{text}\u00a0{sign}"
