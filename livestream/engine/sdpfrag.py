"""Trickle-ICE fragments (``application/trickle-ice-sdpfrag``, RFC 8840) as WHIP's PATCH brings them (RFC 9725 section 4.3).

Candidates are checked for form and then ignored: ICE-lite sends no checks, so it needs none. What counts are the credentials:
new ones ask for an ICE restart.
"""

from __future__ import annotations

from dataclasses import dataclass

from livestream.engine.sdp_offer import ICE_CHARS
from livestream.errors import InvalidFragment

LARGEST_FRAGMENT = 16 * 1024  # bytes
MOST_LINES = 500
KNOWN = ("a=", "m=", "c=", "b=", "v=", "o=", "s=", "t=")


@dataclass(frozen=True, slots=True)
class Fragment:
    ufrag: str | None
    password: str | None
    candidates: int


def parse_fragment(text: str) -> Fragment:
    """Raises: InvalidFragment."""
    if len(text) > LARGEST_FRAGMENT:
        raise InvalidFragment(f"The fragment is larger than {LARGEST_FRAGMENT} bytes.")
    lines = [line for line in text.replace("\r\n", "\n").split("\n") if line]
    if not lines:
        raise InvalidFragment("The fragment is empty.")
    if len(lines) > MOST_LINES:
        raise InvalidFragment(f"The fragment has more than {MOST_LINES} lines.")
    ufrag: str | None = None
    password: str | None = None
    candidates = 0
    for line in lines:
        if not line.startswith(KNOWN):
            raise InvalidFragment(f"Not a line of SDP: {line[:80]!r}.")
        name, _, value = line[2:].partition(":")
        if line.startswith("a=") and name == "ice-ufrag":
            ufrag = ufrag or _credential(value.strip(), 4, name)
        elif line.startswith("a=") and name == "ice-pwd":
            password = password or _credential(value.strip(), 22, name)
        elif line.startswith("a=") and name == "candidate":
            if len(value.split()) < 8:
                raise InvalidFragment(f"Malformed candidate: {value[:80]!r}.")
            candidates += 1
    if ufrag is None and password is None and candidates == 0 and "a=end-of-candidates" not in lines:
        raise InvalidFragment("The fragment holds neither credentials nor candidates.")
    return Fragment(ufrag, password, candidates)


def _credential(value: str, shortest: int, name: str) -> str:
    if not ICE_CHARS.fullmatch(value) or len(value) < shortest:
        raise InvalidFragment(f"Malformed a={name}: {shortest} to 256 letters, digits, + or / are needed (RFC 8839).")
    return value
