"""Which push endpoints are taken. An endpoint is an address that a user sends and the server posts to: without a list of
the push services that browsers really use, anybody could have this server call any machine that it reaches. Pure."""

from __future__ import annotations

import base64
import binascii
from typing import Final
from urllib.parse import urlsplit

ENDPOINT_MOST = 1_024  # characters; those of today have 150 to 500
# Exact host names, and domains below which browsers' services hand out names of their own.
HOSTS: Final = frozenset(
    {"fcm.googleapis.com", "jmt17.google.com", "updates.push.services.mozilla.com", "web.push.apple.com"}
)
DOMAINS: Final = (".push.services.mozilla.com", ".notify.windows.com", ".push.apple.com")


def is_allowed(endpoint: str, extra: tuple[str, ...] = ()) -> bool:
    """``extra``: further origins, such as "https://push.example.org", from the settings."""
    if len(endpoint) > ENDPOINT_MOST or not (endpoint.isascii() and endpoint.isprintable()) or " " in endpoint:
        return False
    if "\\" in endpoint or "#" in endpoint:  # parsed differently by different programs
        return False
    try:
        parts = urlsplit(endpoint)
        port = parts.port
    except ValueError:
        return False
    if "@" in parts.netloc or not parts.hostname:
        return False
    if f"{parts.scheme}://{parts.netloc}" in extra:
        return True
    host = parts.hostname.lower()
    return (
        parts.scheme == "https"
        and port in (None, 443)
        and (host in HOSTS or host.endswith(DOMAINS))
        and host[-1] != "."
    )


def is_key(text: str, size: int) -> bool:
    """Whether this is base64url of so many bytes (RFC 8291: 65 of the point, 16 of the secret)."""
    try:
        return len(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))) == size
    except (ValueError, binascii.Error):
        return False
