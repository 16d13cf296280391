"""Web Push: encrypted for one browser (RFC 8291), signed by this shop (VAPID, RFC 8292), posted to its push service (RFC 8030).

The endpoint came from a user. It is checked against the list of push services again before each post, redirects are not
followed, and nothing of an answer but its status is used.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from base64 import urlsafe_b64encode
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from py_vapid import Vapid02
from pywebpush import WebPusher

from hosts.database import Database
from hosts.notices import outbox_store
from hosts.notices.delivery import Outcome
from hosts.notices.endpoints import is_allowed
from hosts.notices.outbox_store import Subscription

logger = logging.getLogger(__name__)

TIMEOUT = aiohttp.ClientTimeout(total=10, connect=5)
# How long a push service keeps it for a phone that is off: what was urgent is over by then.
TTL_SECONDS, URGENT_TTL_SECONDS = 24 * 3600, 300
CLAIM_SECONDS = 12 * 3600  # RFC 8292 section 2: at most a day
CONNECTIONS = 32


async def load_key(database: Database) -> Vapid02:
    """The shop's key; made when it starts for the first time."""
    async with database.reading() as connection:
        pem = await outbox_store.has_push_key(connection)
    if pem is None:
        made = ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        async with database.writing() as connection:
            pem = await outbox_store.push_key(connection, made.decode())
    return Vapid02.from_pem(pem.encode())


def public_key(key: Vapid02) -> str:
    """As browsers want it for ``applicationServerKey``: the point, base64url."""
    point = key.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return urlsafe_b64encode(point).rstrip(b"=").decode()


class WebPush:
    """``contact``: an address for the push service's operator when something is wrong (RFC 8292 section 2.1)."""

    def __init__(self, key: Vapid02, contact: str, origins: tuple[str, ...] = ()) -> None:
        self._key = key
        self._contact = contact
        self._origins = origins
        self._http: aiohttp.ClientSession | None = None
        self.public_key = public_key(key)

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def push(self, to: Subscription, title: str, body: str, path: str, tag: str, urgent: bool) -> Outcome:
        """Send one message. Never raises."""
        if not is_allowed(to.endpoint, self._origins):
            return Outcome.GONE
        try:
            keys = {"p256dh": to.p256dh, "auth": to.auth}
            data = json.dumps({"title": title, "body": body, "path": path, "tag": tag}, ensure_ascii=False).encode()
            encoded = WebPusher({"endpoint": to.endpoint, "keys": keys}).encode(data)["body"]
        except Exception as error:  # keys that are no keys
            logger.info("a push subscription's keys cannot be used: %s", error)
            return Outcome.GONE
        return await self._post(to.endpoint, encoded, self._headers(to.endpoint, tag, urgent))

    def _headers(self, endpoint: str, tag: str, urgent: bool) -> dict[str, str]:
        parts = urlsplit(endpoint)
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "sub": self._contact,
            "exp": str(int(time.time()) + CLAIM_SECONDS),
        }
        signed: dict[str, Any] = self._key.sign(claims)
        return {
            "Authorization": signed["Authorization"],
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(URGENT_TTL_SECONDS if urgent else TTL_SECONDS),
            "Urgency": "high" if urgent else "normal",
            # RFC 8030 section 5.4: a newer message with this topic replaces one that still waits; at most 32 characters.
            "Topic": hashlib.sha256(tag.encode()).hexdigest()[:32],
        }

    async def _post(self, endpoint: str, data: bytes, headers: dict[str, str]) -> Outcome:
        if self._http is None:
            self._http = aiohttp.ClientSession(
                timeout=TIMEOUT, connector=aiohttp.TCPConnector(limit=CONNECTIONS), cookie_jar=aiohttp.DummyCookieJar()
            )
        try:
            async with self._http.post(endpoint, data=data, headers=headers, allow_redirects=False) as response:
                return outcome(response.status)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            logger.info("a push service does not answer: %s", error)
            return Outcome.AGAIN


def outcome(status: int) -> Outcome:
    """RFC 8030 sections 5 and 7.3: 404 and 410 say that the subscription has ended."""
    if 200 <= status < 300:
        return Outcome.SENT
    if status in (404, 410):
        return Outcome.GONE
    return Outcome.AGAIN if status == 429 or status >= 500 else Outcome.FAILED
