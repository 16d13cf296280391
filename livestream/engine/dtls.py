"""DTLS 1.2 (RFC 6347) with the SRTP extension (RFC 5764) by OpenSSL over memory BIOs: datagrams in, datagrams out.

The states of a peer, as one table: ``HANDSHAKING`` until Finished and the certificate's fingerprint have been checked, then
``CONNECTED`` until close_notify or a fatal error, then ``CLOSED`` for good.

OpenSSL's memory BIO knows no datagram borders: every datagram is written alone and read until OpenSSL wants more, so that
nothing accumulates; what OpenSSL writes is cut at record borders again, whole records per datagram.
"""

from __future__ import annotations

import contextlib
import enum
import re
import time
from dataclasses import dataclass

from aiortc import RTCCertificate
from aiortc.rtcdtlstransport import certificate_digest
from OpenSSL import SSL

from livestream.engine.errors import HandshakeFailed
from livestream.engine.srtp import PROFILES, Profile, SrtpReceiver, SrtpSender

# Fits into every path with IPv6 and a tunnel or two (1,280 bytes minus headers).
MTU = 1200
# Bytes that OpenSSL may have to say in one go: a flight with a certificate takes about 1,200; anything beyond is not sent.
LARGEST_FLIGHT = 16384
# A datagram holds few records; whatever comes after so many reads is left to OpenSSL's next turn.
READS_PER_DATAGRAM = 64

# AEAD first; CBC with SHA-1 for old peers. RSA suites: the peer may be the server and bring an RSA certificate.
CIPHERS = (
    b"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
    b"ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    b"ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA:ECDHE-RSA-AES256-SHA"
)
SSL_MODE_RELEASE_BUFFERS = 0x10  # pyOpenSSL has no name for it
EXPORTER_LABEL = b"EXTRACTOR-dtls_srtp"  # RFC 5764 section 4.2
DIGESTS = {"sha-256": ("sha256", 32), "sha-384": ("sha384", 48), "sha-512": ("sha512", 64)}
_HEX_PAIRS = re.compile(r"[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2})*", re.ASCII)


class DtlsState(enum.Enum):
    HANDSHAKING = "handshaking"
    CONNECTED = "connected"
    CLOSED = "closed"


TRANSITIONS: dict[DtlsState, frozenset[DtlsState]] = {
    DtlsState.HANDSHAKING: frozenset({DtlsState.CONNECTED, DtlsState.CLOSED}),
    DtlsState.CONNECTED: frozenset({DtlsState.CLOSED}),
    DtlsState.CLOSED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A certificate's fingerprint (RFC 8122): ``algorithm`` in lower case, ``value`` as upper-case hex pairs."""

    algorithm: str
    value: str

    @classmethod
    def parse(cls, text: str) -> Fingerprint | None:
        """From ``a=fingerprint``'s value; None for an algorithm other than SHA-2 or a value of the wrong length."""
        algorithm, _, value = text.strip().partition(" ")
        algorithm, value = algorithm.lower(), value.strip()
        known = DIGESTS.get(algorithm)
        if known is None or not _HEX_PAIRS.fullmatch(value) or value.count(":") + 1 != known[1]:
            return None
        return cls(algorithm, value.upper())


class DtlsContext:
    """The engine's certificate (ECDSA P-256, made once) and the OpenSSL context that all sessions share."""

    def __init__(self) -> None:
        certificate = RTCCertificate.generateCertificate()
        self.fingerprint = Fingerprint("sha-256", certificate_digest(certificate._cert, "sha-256"))
        context = SSL.Context(SSL.DTLS_METHOD)
        # No tickets, no cache: sessions are never resumed. The MTU is ours to set; renegotiation is refused.
        context.set_options(SSL.OP_NO_TICKET | SSL.OP_NO_QUERY_MTU | SSL.OP_NO_RENEGOTIATION)
        context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
        # A connection that has shaken hands waits for one goodbye: it needs no buffers until then (11 KB each).
        context.set_mode(SSL_MODE_RELEASE_BUFFERS)
        # Any certificate is let through here; who it belongs to is decided by the fingerprint of the SDP.
        context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *_: True)
        context.use_certificate(certificate._cert)
        context.use_privatekey(certificate._key)
        context.set_cipher_list(CIPHERS)
        context.set_tlsext_use_srtp(b":".join(profile.openssl_name for profile in PROFILES))
        self.ssl = context


class DtlsPeer:
    """One session's DTLS connection. Methods return the datagrams to send; none raises for what the peer sent.

    ``reason`` says why it closed. After ``CONNECTED`` ``sender`` and ``receiver`` carry the SRTP keys.
    """

    def __init__(self, context: DtlsContext, fingerprints: tuple[Fingerprint, ...], *, client: bool) -> None:
        self.state = DtlsState.HANDSHAKING
        self.reason = ""
        self.profile: Profile | None = None
        self.sender: SrtpSender | None = None
        self.receiver: SrtpReceiver | None = None
        self.cpu_seconds = 0.0  # spent on the handshake, for the statistics
        self._client = client
        self._fingerprints = fingerprints
        self._connection = SSL.Connection(context.ssl, None)
        self._connection.set_ciphertext_mtu(MTU)
        if client:
            self._connection.set_connect_state()
        else:
            self._connection.set_accept_state()

    def start(self) -> list[bytes]:
        """The client's first flight; a server has nothing to say yet."""
        return self._advance() if self._client else []

    def receive(self, datagram: bytes) -> list[bytes]:
        """Feed one datagram, drain every record in it."""
        if self.state is DtlsState.CLOSED:
            return []
        try:
            self._connection.bio_write(datagram)
        except SSL.Error:
            return []
        return self._advance()

    def timer(self) -> list[bytes]:
        """Retransmit the last flight if its timer has run out (RFC 6347 section 4.2.4); OpenSSL keeps the clock itself."""
        if self.state is not DtlsState.HANDSHAKING or self._connection.DTLSv1_get_timeout() != 0:
            return []
        try:
            self._connection.DTLSv1_handle_timeout()
        except SSL.Error:
            self._close("The handshake was given up after too many retransmissions.")
        return self._outgoing()

    def close(self) -> list[bytes]:
        """close_notify, once; the keys are forgotten."""
        if self.state is DtlsState.CLOSED:
            return []
        with contextlib.suppress(SSL.Error):  # before the handshake has finished there is nothing to close politely
            self._connection.shutdown()
        self._close("Closed here.")
        return self._outgoing()

    def _advance(self) -> list[bytes]:
        try:
            if self.state is DtlsState.HANDSHAKING:
                begun = time.thread_time()
                try:
                    self._connection.do_handshake()
                    self._check_and_key()
                finally:
                    self.cpu_seconds += time.thread_time() - begun
                self._become(DtlsState.CONNECTED)
            # Application data means nothing here (no data channels): read so that it does not pile up, then forgotten.
            for _ in range(READS_PER_DATAGRAM):
                self._connection.recv(MTU)
        except SSL.WantReadError:
            pass
        except SSL.ZeroReturnError:
            self._close("The peer said goodbye.")
        except HandshakeFailed as error:
            self._close(str(error))
        except SSL.Error as error:
            # OpenSSL ignores records that are not authentic by itself; what arrives here is fatal or an alert.
            self._close(f"OpenSSL gave up: {error}")
        return self._outgoing()

    def _check_and_key(self) -> None:
        certificate = self._connection.get_peer_certificate()
        if certificate is None:
            raise HandshakeFailed("The peer showed no certificate.")
        # RFC 8122 section 5: one matching fingerprint of an algorithm we know is enough.
        for fingerprint in self._fingerprints:
            digest = certificate.digest(DIGESTS[fingerprint.algorithm][0]).decode("ascii").upper()
            if digest == fingerprint.value:
                break
        else:
            raise HandshakeFailed("The certificate is not the one that the session description announced.")
        name = self._connection.get_selected_srtp_profile()
        profile = next((profile for profile in PROFILES if profile.openssl_name == name), None)
        if profile is None:
            raise HandshakeFailed("No SRTP protection profile was agreed.")
        material = self._connection.export_keying_material(EXPORTER_LABEL, profile.material_length)
        client_key, server_key = profile.split(material)
        ours, theirs = (client_key, server_key) if self._client else (server_key, client_key)
        self.profile = profile
        self.sender = SrtpSender(profile, ours)
        self.receiver = SrtpReceiver(profile, theirs)

    def _become(self, state: DtlsState) -> None:
        assert state in TRANSITIONS[self.state], f"{self.state} -> {state}"
        self.state = state

    def _close(self, reason: str) -> None:
        if self.state is not DtlsState.CLOSED:
            self._become(DtlsState.CLOSED)
            self.reason = reason
            self.sender = self.receiver = None

    def _outgoing(self) -> list[bytes]:
        flight = b""
        while len(flight) < LARGEST_FLIGHT:
            try:
                flight += self._connection.bio_read(LARGEST_FLIGHT)
            except SSL.WantReadError:
                break
            except SSL.Error:
                break
        return split_records(flight)


def split_records(flight: bytes) -> list[bytes]:
    """Pack whole DTLS records (13-byte header, length in its last two bytes) into datagrams of at most ``MTU`` bytes."""
    datagrams: list[bytes] = []
    begin = at = 0
    while at + 13 <= len(flight):
        end = at + 13 + int.from_bytes(flight[at + 11 : at + 13], "big")
        if end - begin > MTU and at > begin:
            datagrams.append(flight[begin:at])
            begin = at
        at = end
    if begin < len(flight):
        datagrams.append(flight[begin:])
    return datagrams
