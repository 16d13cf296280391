"""Credentials for a TURN server that end by themselves, by the scheme that coturn calls ``use-auth-secret``.

The username is the Unix second at which the credentials end, a colon and a random name; the password is the Base64 of
HMAC-SHA1 over the username with a secret that only this server and the TURN server know (draft-uberti-behave-turn-rest-00,
section 2.2). Whoever reads an answer of WHIP or WHEP can relay for a day, not for ever.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

from web.settings import IceServer

# The TURN server checks the time again whenever an allocation is refreshed, so credentials must outlive the longest show.
LIFETIME = 24 * 3600  # seconds


def timed_credentials(url: str, secret: str, now: int, name: str) -> IceServer:
    """``now``: Unix seconds; ``name``: random, it tells one session from another in the TURN server's log."""
    username = f"{now + LIFETIME}:{name}"
    digest = hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()  # SHA-1 is what the scheme says
    return IceServer(url, username, base64.b64encode(digest).decode("ascii"))
