"""SRTP and SRTCP of one session by libsrtp (RFC 3711, RFC 7714), keyed from DTLS (RFC 5764)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pylibsrtp import Error, Policy, Session
from pylibsrtp._binding import ffi

from livestream.engine.errors import NotAuthentic

# A host with three layers, their repair streams and audio uses 7 sources; reconnecting encoders take new ones.
MOST_SOURCES = 64
# Packets behind the highest sequence number that are still told apart. Incoming: one second of a fast stream. Outgoing: repeats
# for NACK come up to two seconds late; libsrtp keeps one bit for each.
INCOMING_WINDOW = 1024
OUTGOING_WINDOW = 4096
# pylibsrtp works in a buffer of 1,500 bytes and keeps 144 for the trailer: 1,356 would be left for a packet, while encoders that
# fill Ethernet's frames send 1,400 and more. In this one fits every datagram that the socket reads, and what is added to it.
WORK_BUFFER = 2304


@dataclass(frozen=True, slots=True)
class Profile:
    """A DTLS-SRTP protection profile; lengths in bytes."""

    openssl_name: bytes
    libsrtp_profile: int
    key_length: int
    salt_length: int

    @property
    def material_length(self) -> int:
        return 2 * (self.key_length + self.salt_length)

    def split(self, material: bytes) -> tuple[bytes, bytes]:
        """(client's, server's) master key with salt (RFC 5764 section 4.2)."""
        key, salt = self.key_length, self.salt_length
        salts = 2 * key
        return (
            material[:key] + material[salts : salts + salt],
            material[key:salts] + material[salts + salt : salts + 2 * salt],
        )


# In order of preference: AES-128-GCM costs two thirds of AES-CM with SHA-1 per packet.
PROFILES = (
    Profile(b"SRTP_AEAD_AES_128_GCM", Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 16, 12),
    Profile(b"SRTP_AES128_CM_SHA1_80", Policy.SRTP_PROFILE_AES128_CM_SHA1_80, 16, 14),
)


def _session(policy: Policy) -> Session:
    session = Session(policy=policy)
    session._cdata = ffi.new("char[]", WORK_BUFFER)
    session._buffer = ffi.buffer(session._cdata)
    return session


class SrtpSender:
    """Protects what goes to the peer. A packet with a sequence number that was sent before must be byte for byte the same:
    libsrtp then makes the same bytes again (``allow_repeat_tx``); a changed one would use a nonce twice."""

    def __init__(self, profile: Profile, key: bytes) -> None:
        policy = Policy(key=key, ssrc_type=Policy.SSRC_ANY_OUTBOUND, srtp_profile=profile.libsrtp_profile)
        policy.allow_repeat_tx = True
        policy.window_size = OUTGOING_WINDOW
        session = _session(policy)
        self.profile, self.key, self.session = profile, key, session
        self._protect = session.protect
        self._protect_rtcp = session.protect_rtcp

    def rtp(self, packet: bytes) -> bytes | None:
        """The protected packet, or None where libsrtp refuses it (too long, no RTP, older than the window)."""
        try:
            protected: bytes = self._protect(packet)
        except (Error, ValueError, TypeError):
            return None
        return protected

    def rtcp(self, compound: bytes) -> bytes | None:
        try:
            protected: bytes = self._protect_rtcp(compound)
        except (Error, ValueError, TypeError):
            return None
        return protected


class SrtpReceiver:
    """Verifies and decrypts what comes from the peer. Sources count only once a packet of theirs was authentic, so
    that strangers who guess the address cannot fill the table."""

    def __init__(self, profile: Profile, key: bytes) -> None:
        policy = Policy(key=key, ssrc_type=Policy.SSRC_ANY_INBOUND, srtp_profile=profile.libsrtp_profile)
        policy.window_size = INCOMING_WINDOW
        self.session = session = _session(policy)
        self._unprotect: Callable[[bytes], bytes] = session.unprotect
        self._unprotect_rtcp = session.unprotect_rtcp
        self._sources: set[bytes] = set()

    def rtp(self, packet: bytes) -> bytes:
        """Raises: NotAuthentic."""
        if len(packet) < 12:
            raise NotAuthentic("An RTP packet has at least 12 bytes.")
        source = packet[8:12]
        self._admit(source)
        try:
            plain: bytes = self._unprotect(packet)
        except (Error, ValueError) as error:
            raise NotAuthentic(str(error)) from None
        self._sources.add(source)
        return plain

    def unprotect_by(self, unprotect: Callable[[bytes], bytes]) -> None:
        """Another way to the same libsrtp session; it raises ValueError for what is not authentic."""
        self._unprotect = unprotect

    def rtcp(self, packet: bytes) -> bytes:
        """Raises: NotAuthentic."""
        if len(packet) < 8:
            raise NotAuthentic("An RTCP packet has at least 8 bytes.")
        source = packet[4:8]
        self._admit(source)
        try:
            plain: bytes = self._unprotect_rtcp(packet)
        except (Error, ValueError) as error:
            raise NotAuthentic(str(error)) from None
        self._sources.add(source)
        return plain

    def _admit(self, source: bytes) -> None:
        if source not in self._sources and len(self._sources) >= MOST_SOURCES:
            raise NotAuthentic("The session uses as many sources as it may.")
