"""What people may type into which field. Pure: each function gives back the value as it is kept, or raises InvalidField
with the field's name and what is accepted."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from hosts.errors import InvalidField

HANDLE: Final = re.compile(r"[a-z0-9_]{3,24}")
ID: Final = re.compile(r"[A-Za-z0-9_-]{1,32}")
# One @, something on both sides, a dot in the domain, no spaces: whether mail arrives only a mail can tell. No two parts
# of the pattern can match the same character next to each other, so it never backtracks far.
_PART = r"[^@\s\"(),:;<>\[\\\].]"
EMAIL: Final = re.compile(rf"(?:{_PART}|\.){{1,64}}@(?:{_PART}{{1,63}}\.)+{_PART}{{2,63}}")
# Addresses of pages, and names that a stranger could take for the people who run the server.
# fmt: off
RESERVED: Final = frozenset((
    "about", "account", "admin", "administrator", "api", "cart", "closet", "closetcast", "closets", "help", "host",
    "info", "listing", "listings", "login", "logout", "mail", "me", "moderator", "null", "official", "orders",
    "photos", "root", "search", "security", "sell", "session", "settings", "show", "shows", "signup", "staff",
    "static", "studio", "support", "system", "team", "undefined", "webmaster",
))
# fmt: on
PASSWORD_LEAST = 10  # characters
PASSWORD_MOST = 256  # argon2 takes more, but nobody types more
NAME_MOST = 60
BIO_MOST = 1_000
EMAIL_MOST = 254  # RFC 5321 section 4.5.3.1.3, without the angle brackets


def is_id(value: str) -> bool:
    """Whether this can be an id at all; whatever cannot is not worth a question to the database."""
    return ID.fullmatch(value) is not None


def is_handle(value: str) -> bool:
    return HANDLE.fullmatch(value) is not None


def line(field: str, value: str, least: int, most: int) -> str:
    """One line of text, trimmed, in NFC, without control characters."""
    return _text(field, value, least, most, newlines=False)


def paragraphs(field: str, value: str, most: int) -> str:
    """Text with line breaks; may be empty."""
    return _text(field, value, 0, most, newlines=True)


def _text(field: str, value: str, least: int, most: int, *, newlines: bool) -> str:
    if newlines:
        value = value.replace("\r\n", "\n").replace("\r", "\n")
    value = unicodedata.normalize("NFC", value.strip())
    length = f"must have {least} to {most} characters" if least else f"must have at most {most} characters"
    if not least <= len(value) <= most:
        raise InvalidField(field, f"{length}; it has {len(value)}.")
    for char in value:
        # Cc: control characters, Cs: halves of surrogate pairs; line and paragraph separators break one line into two.
        if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") and not (newlines and char in "\n\t"):
            raise InvalidField(field, "must not contain control characters.")
    if least and not any(_visible(char) for char in value):
        raise InvalidField(field, "must contain something that can be read.")
    return value


def _visible(char: str) -> bool:
    return (
        unicodedata.category(char)[0] in "LNPS" and char not in "\u115f\u1160\u3164\uffa0"
    )  # Hangul fillers are blank


def handle(value: str) -> str:
    """Kept in lower case, so that two people cannot differ by case alone."""
    value = value.strip().lower()
    if not is_handle(value):
        raise InvalidField("handle", "must have 3 to 24 characters: letters a to z, digits and _.")
    if value in RESERVED:
        raise InvalidField("handle", f"cannot be {value!r}: this name is reserved. Choose another one.")
    return value


def email(value: str) -> str:
    value = unicodedata.normalize("NFC", value.strip())
    printable = value.isprintable() and len(value) <= EMAIL_MOST
    if not printable or EMAIL.fullmatch(value) is None:
        raise InvalidField("email", "must be an address like ana@example.org.")
    return value


def email_key(value: str) -> str:
    """What makes two addresses one account: case and width do not count."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", value.strip()).casefold())[:EMAIL_MOST]


def password(value: str) -> str:
    if not PASSWORD_LEAST <= len(value) <= PASSWORD_MOST:
        raise InvalidField("password", f"must have {PASSWORD_LEAST} to {PASSWORD_MOST} characters.")
    if any(unicodedata.category(char) == "Cs" for char in value):
        raise InvalidField("password", "must be text.")
    return value


def name(value: str) -> str:
    return line("name", value, 1, NAME_MOST)


def bio(value: str) -> str:
    return paragraphs("bio", value, BIO_MOST)
