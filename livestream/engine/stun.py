"""STUN binding requests as ICE uses them (RFC 8489, RFC 8445 section 7): parse, verify, answer, ask. Pure: bytes in and out."""

from __future__ import annotations

import enum
import secrets
from dataclasses import dataclass
from typing import Any

from aioice import stun

# A binding request of any ICE agent fits in 548 bytes (RFC 8489 section 6.1: an IPv4 datagram that is never fragmented).
LARGEST_MESSAGE = 548
PRIORITY = (110 << 24) + (65535 << 8) + 255  # of a peer-reflexive candidate (RFC 8445 section 5.1.2.1)
MAGIC_COOKIE = b"\x21\x12\xa4\x42"


class Conflict(enum.Enum):
    """What the peer's role attribute says about ours; ICE-lite is always controlled (RFC 8445 section 6.1.1)."""

    NONE = 0
    BOTH_CONTROLLED = 1


@dataclass(frozen=True, slots=True)
class BindingRequest:
    """A parsed, not yet verified request."""

    local_ufrag: str  # the part of USERNAME that names us
    use_candidate: bool
    conflict: Conflict
    message: Any  # aioice's message: keeps the bytes that MESSAGE-INTEGRITY covers


def is_stun(data: bytes) -> bool:
    """Whether a datagram is STUN (RFC 7983 section 7: first byte 0..3) with the magic cookie in its place."""
    return len(data) >= 20 and data[0] < 4 and data[4:8] == MAGIC_COOKIE


def parse_request(data: bytes) -> BindingRequest | None:
    """A binding request with USERNAME and MESSAGE-INTEGRITY, or None: everything else gets silence, as it cannot be authentic."""
    if len(data) > LARGEST_MESSAGE or not is_stun(data):
        return None
    try:
        message = stun.parse_message(data)
    except Exception:
        # aioice raises ValueError for what it looks for and struct.error, IndexError and others for what it does not.
        return None
    if message.message_class is not stun.Class.REQUEST or message.message_method is not stun.Method.BINDING:
        return None
    attributes = message.attributes
    integrity = attributes.get("MESSAGE-INTEGRITY")
    username = attributes.get("USERNAME", "")
    if integrity is None or len(integrity) != 20 or ":" not in username:
        return None
    conflict = Conflict.BOTH_CONTROLLED if "ICE-CONTROLLED" in attributes else Conflict.NONE
    return BindingRequest(username.split(":", 1)[0], "USE-CANDIDATE" in attributes, conflict, message)


def request(username: str, password: str) -> tuple[bytes, bytes]:
    """(transaction number, binding request) of a controlled agent (RFC 8445 section 7.2.4)."""
    message = stun.Message(
        message_method=stun.Method.BINDING,
        message_class=stun.Class.REQUEST,
        transaction_id=secrets.token_bytes(12),
        attributes={"USERNAME": username, "PRIORITY": PRIORITY, "ICE-CONTROLLED": secrets.randbits(64)},
    )
    message.add_message_integrity(password.encode("ascii"))
    return message.transaction_id, bytes(message)


def is_answer(data: bytes) -> bool:
    """Whether a datagram claims to be a binding success response."""
    return data[:2] == b"\x01\x01"


def parse_answer(data: bytes) -> Any | None:
    """A binding success response with MESSAGE-INTEGRITY (not yet verified) as aioice's message, else None."""
    if len(data) > LARGEST_MESSAGE or not is_stun(data) or not is_answer(data):
        return None
    try:
        message = stun.parse_message(data)
    except Exception:
        return None  # see ``parse_request``
    integrity = message.attributes.get("MESSAGE-INTEGRITY")
    return message if integrity is not None and len(integrity) == 20 else None


def is_authentic(request: BindingRequest, password: str) -> bool:
    """Verify MESSAGE-INTEGRITY (short-term credentials, RFC 8489 section 9.1.3) in constant time."""
    return bool(request.message.check_message_integrity(password.encode("ascii")))


def success(request: BindingRequest, address: tuple[str, int], password: str) -> bytes:
    """The binding response: XOR-MAPPED-ADDRESS, MESSAGE-INTEGRITY, FINGERPRINT (RFC 8445 section 7.3.1.4).

    A socket for both families shows IPv4 peers as ``::ffff:192.0.2.1``; they are told the address they know.
    """
    address = (address[0].removeprefix("::ffff:") if "." in address[0] else address[0], address[1])
    response = stun.Message(
        message_method=stun.Method.BINDING,
        message_class=stun.Class.RESPONSE,
        transaction_id=request.message.transaction_id,
        attributes={"XOR-MAPPED-ADDRESS": address},
    )
    response.add_message_integrity(password.encode("ascii"))
    return bytes(response)


def role_conflict(request: BindingRequest, password: str) -> bytes:
    """Error 487 (RFC 8445 section 7.3.1.1): the peer must take the controlling role, a lite agent never does."""
    response = stun.Message(
        message_method=stun.Method.BINDING,
        message_class=stun.Class.ERROR,
        transaction_id=request.message.transaction_id,
        attributes={"ERROR-CODE": (487, "Role Conflict")},
    )
    response.add_message_integrity(password.encode("ascii"))
    return bytes(response)


def new_credentials() -> tuple[str, str]:
    """(ufrag, password): 48 and 144 bits of randomness (RFC 8445 section 5.3 asks for 24 and 128)."""
    return secrets.token_hex(6), secrets.token_hex(18)
